//! The last line of every mail.

use crate::notify::message::Message;

/// The last line: lets a recipient recognize a duplicate.
pub(super) fn footer(message: &Message) -> String {
    format!("afterhours, notice {}. A second mail with this number is the same one again.", message.key())
}
