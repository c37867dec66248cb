//! The last line of every mail.

use crate::notify::message::Message;

/// What stands last, for whoever got it twice.
pub(super) fn footer(message: &Message) -> String {
    format!("afterhours, notice {}. A second mail with this number is the same one again.", message.key())
}
