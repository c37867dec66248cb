//! What an object holds: the fields of a record, or values that may be envelopes. Knows nothing of
//! what is in those.

use crate::envelope::keys;
use crate::envelope::keys::NAMED;
use crate::envelope::paths::{Active, RecordPaths};
use crate::envelope::payload::looks_packed;
use crate::json::{Cursor, Error, Str};
use crate::prefilter::Prefilter;
use crate::sign_in::Fields;

/// Where a value is in its text.
pub(super) type Range = (usize, usize);

/// A value of an object that may hold records.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Its place in the order.
    rank: u8,
    pub(super) key: Vec<u8>,
    pub(super) value: Range,
    /// What the keys in it may be.
    pub(super) active: Active,
    /// Whether base64 is looked into.
    pub(super) packed: bool,
    pub(super) is_array: bool,
}

/// Reads the fields of a record, and says where what stands behind the object begins.
// Never a part of the walk itself: what it needs of the stack is free again when the record is evaluated.
#[inline(never)]
pub(super) fn fields<'a>(text: &'a [u8], fields: &mut Fields<'a>) -> Result<usize, Error> {
    let mut cursor = Cursor::new(text);
    each_member(&mut cursor, |cursor, name| {
        if !fields.take(cursor, name)? {
            cursor.skip()?;
        }
        Ok(())
    })?;
    let is_all = cursor.end().is_ok();
    Ok(if is_all { text.len() } else { cursor.at() })
}

fn each_member<'a>(
    cursor: &mut Cursor<'a>,
    mut each: impl FnMut(&mut Cursor<'a>, &[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    cursor.object(|cursor, key| match key.as_plain() {
        Some(plain) => each(cursor, plain),
        None => each(cursor, key.text().as_bytes()),
    })
}

/// The values that may hold records, in the order in which they are tried.
pub(super) struct Look<'l> {
    pub(super) prefilter: &'l Prefilter,
    pub(super) paths: &'l RecordPaths,
    pub(super) active: Active,
    /// The object is the value of an `event` key.
    pub(super) in_event: bool,
    /// The object is a value of its own.
    pub(super) is_own: bool,
    /// Values in which the sign-in's name cannot be are looked at too.
    pub(super) all: bool,
    /// The same of arrays, whose elements are wanted if any is.
    pub(super) arrays: bool,
}

impl Look<'_> {
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn candidates(&self, object: &[u8]) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        // The object was read before, so it is sound.
        let _ = each_member(&mut Cursor::new(object), |cursor, name| {
            let first = cursor.peek();
            let length = cursor.skip()?.len();
            let value = (cursor.at() - length, cursor.at());
            let Some(candidate) = self.candidate(name, first, value, object) else { return Ok(()) };
            // A key that stands twice counts with its last value, whatever that is.
            if let Some(known) = found.iter_mut().find(|known| known.key == candidate.key) {
                *known = candidate;
            } else if found.len() < MOST {
                found.push(candidate);
            }
            Ok(())
        });
        found.retain(|candidate| candidate.rank != LEFT_OUT);
        // They are few, and the sort of the standard library is large.
        for at in 1..found.len() {
            let place = |candidate: &Candidate| (candidate.rank, candidate.key.clone());
            let behind = found.iter().take(at).position(|other| place(other) > place(&found[at]));
            found[behind.unwrap_or(at)..=at].rotate_right(1);
        }
        found
    }

    fn candidate(&self, key: &[u8], first: Option<u8>, value: Range, object: &[u8]) -> Option<Candidate> {
        let step = self.paths.step(self.active, key);
        let rank = if step.is_some() { NAMED } else { keys::rank(key, self.in_event)? };
        let is_array = first == Some(b'[');
        let rank = match first {
            Some(b'[') => Some(rank.array),
            Some(b'{' | b'"') => rank.single,
            _ => None,
        };
        let text = object.get(value.0..value.1).unwrap_or_default();
        // Of an array, the elements are looked into only where the user names it.
        let packed = step.is_some() || !is_array && keys::may_be_packed(key);
        let may_hold = self.all
            || self.arrays && is_array
            || packed && looks_packed(text.get(1..).unwrap_or_default())
            || self.prefilter.may_hold(text);
        let start = if self.is_own && keys::is_records(key) { self.active } else { Active::default() };
        Some(Candidate {
            rank: rank.filter(|_| may_hold).unwrap_or(LEFT_OUT),
            key: key.to_vec(),
            value,
            active: step.unwrap_or_default().and(start),
            packed,
            is_array,
        })
    }
}

/// So many values of an object are read: more only if somebody spells the same keys in ever other cases.
const MOST: usize = 256;

/// The rank of a value in which nothing can be.
const LEFT_OUT: u8 = u8::MAX;

/// The message of a log event of CloudWatch Logs, unless the element is a record itself.
pub(super) fn message_of(log_event: &[u8]) -> Option<Vec<u8>> {
    let mut message: Option<Str<'_>> = None;
    let (mut source, mut name) = (false, false);
    let mut cursor = Cursor::new(log_event);
    if cursor.peek() != Some(b'{') {
        return None;
    }
    cursor
        .object(|cursor, key| {
            if key.is("message") {
                message = cursor.string_or_skip()?;
            } else {
                source |= key.is("eventSource");
                name |= key.is("eventName");
                cursor.skip()?;
            }
            Ok(())
        })
        .ok()?;
    let mut text = Vec::new();
    message.filter(|_| !(source && name))?.decode_into(&mut text);
    Some(text)
}
