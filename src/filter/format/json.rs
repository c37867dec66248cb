//! Lines for pipelines: every byte of the record as it came, and the tag.

use bytes::BufMut;

use crate::filter::sink::{Alert, Unreadable};
use crate::tag;

pub(super) fn sign_in(alert: &Alert<'_>, out: &mut impl BufMut) {
    alert.tag.write_tagged(alert.name, alert.object, out);
}

pub(super) fn unreadable(unreadable: &Unreadable<'_>, out: &mut impl BufMut) {
    tag::write_undecided(unreadable.tag, unreadable.error, unreadable.line_number, unreadable.raw, out);
}
