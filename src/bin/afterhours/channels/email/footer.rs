//! The last line of every mail.

use crate::notify::message::Message;

/// The last line: lets a recipient recognize a duplicate.
pub(super) fn footer(message: &Message) -> String {
    format!("afterhours, notification {}. A second mail with this number is a repetition.", message.key())
}
