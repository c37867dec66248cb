//! The members of a tar, one after the other, as a stream: ustar, pax and GNU, with long names. Memory is bounded: of a member
//! nothing is kept but its name. Knows nothing of what members hold.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};
use std::rc::Rc;

use afterhours::filter::FilterError;
use afterhours::sanitize;

use crate::input::compression::codec::damage;

/// The most bytes of headers before a member: names and attributes.
const MOST_HEADER: u64 = 1 << 20;
/// No limit: a member's data is being read.
const UNLIMITED: u64 = u64::MAX;
/// What a tar ends with, at least, in zero bytes.
const END: u64 = 512;
/// How many members that could not be read are named.
const MOST_NAMED: usize = 20;

/// A regular file in a tar.
pub(crate) struct Member<'m> {
    /// Its path, safe to print.
    pub(crate) name: String,
    pub(crate) data: &'m mut dyn Read,
}

/// What keeps a member, or those behind it, from being evaluated.
pub(crate) enum MemberError {
    /// It cannot be read; the others can.
    Unread(io::Error),
    /// Nothing more is to be read.
    Stop(Result<(), FilterError>),
}

/// Members that could not be read, or not to their end.
#[derive(Debug, Default)]
pub(crate) struct MemberErrors {
    /// Names and reasons.
    pub(crate) named: Vec<(String, String)>,
    pub(crate) more: u64,
}

impl MemberErrors {
    fn add(&mut self, name: String, why: impl ToString) {
        match self.named.len() < MOST_NAMED {
            true => self.named.push((name, why.to_string())),
            false => self.more += 1,
        }
    }
}

/// Hands out each regular file of a tar. A member that cannot be read does not keep the others from being read.
///
/// # Errors
/// The first error that ends it: of `each`, of the source, or damage of the tar itself. The second value has the members that
/// could not be read.
pub(crate) fn read_members(
    tar: Box<dyn Read + '_>,
    mut each: impl FnMut(Member<'_>) -> Result<(), MemberError>,
) -> (Result<(), FilterError>, MemberErrors) {
    let mut errors = MemberErrors::default();
    let result = members(tar, &mut each, &mut errors);
    (result, errors)
}

fn members(
    tar: Box<dyn Read + '_>,
    each: &mut dyn FnMut(Member<'_>) -> Result<(), MemberError>,
    errors: &mut MemberErrors,
) -> Result<(), FilterError> {
    let gate = Rc::new(Gate { left: Cell::new(MOST_HEADER), zeros: Cell::new(0), ended: Cell::new(false) });
    let mut archive = ::tar::Archive::new(GatedReader { source: tar, gate: Rc::clone(&gate) });
    // Two archives behind each other, and the zeros between them.
    archive.set_ignore_zeros(true);
    let mut last = String::new();
    let mut entries = archive.entries().map_err(FilterError::Read)?;
    loop {
        gate.left.set(MOST_HEADER);
        let mut entry = match entries.next() {
            Some(Ok(entry)) => entry,
            // Padding that is no whole number of blocks.
            Some(Err(_)) if gate.ended.get() && gate.zeros.get() >= END => break,
            Some(Err(error)) => return Err(FilterError::Read(described(error, &last, gate.ended.get()))),
            None => break,
        };
        gate.left.set(UNLIMITED);
        let name = sanitize::printable(&String::from_utf8_lossy(&entry.path_bytes()));
        let (size, kind) = (entry.size(), entry.header().entry_type());
        let sparse = kind.is_gnu_sparse() || is_pax_sparse(&mut entry);
        let mut data = Counted { source: &mut entry, count: 0 };
        let mut unread = None;
        if sparse {
            unread = Some(damage("it is a sparse file, which is not read from a tar; unpack the tar first"));
        } else if (kind.is_file() || kind.is_contiguous()) && !is_attributes(&name) {
            match each(Member { name: name.clone(), data: &mut data }) {
                Ok(()) => {}
                Err(MemberError::Unread(error)) => unread = Some(error),
                Err(MemberError::Stop(result)) => return result,
            }
        }
        // Whoever read it may have stopped early: the next header stands behind its end.
        io::copy(&mut data, &mut io::sink()).map_err(FilterError::Read)?;
        if data.count < size && !sparse {
            return Err(FilterError::Read(damage(format!("the tar is truncated in its member {name}"))));
        }
        if let Some(error) = unread {
            errors.add(name.clone(), error);
        }
        last = name;
    }
    if gate.zeros.get() < END {
        let what = format!("the tar has no end marker and may be truncated after its member {last}");
        return Err(FilterError::Read(damage(what)));
    }
    Ok(())
}

/// What macOS puts beside a file for its attributes: binary, and no file of anybody's.
fn is_attributes(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|file| file.starts_with("._"))
}

fn is_pax_sparse(entry: &mut ::tar::Entry<'_, impl Read>) -> bool {
    let is_sparse = |extension: io::Result<::tar::PaxExtension<'_>>| {
        extension.is_ok_and(|extension| extension.key_bytes().starts_with(b"GNU.sparse."))
    };
    let extensions = entry.pax_extensions().ok().flatten();
    extensions.into_iter().flatten().any(is_sparse)
}

/// An error between members.
fn described(error: io::Error, last: &str, ended: bool) -> io::Error {
    match error.kind() {
        ErrorKind::BrokenPipe | ErrorKind::WouldBlock | ErrorKind::InvalidData => error,
        _ if ended => damage(format!("the tar is truncated after its member {last}")),
        _ if last.is_empty() => damage(format!("the tar is damaged: {error}")),
        _ => damage(format!("the tar is damaged after its member {last}: {error}")),
    }
}

/// How much may be read of what is not a member's data.
#[derive(Debug)]
struct Gate {
    left: Cell<u64>,
    /// How many zero bytes were read last.
    zeros: Cell<u64>,
    /// There is no more.
    ended: Cell<bool>,
}

/// The library keeps long names and attributes in memory, whatever their length: this reader ends that.
struct GatedReader<'r> {
    source: Box<dyn Read + 'r>,
    gate: Rc<Gate>,
}

impl Read for GatedReader<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let left = self.gate.left.get();
        if left == UNLIMITED {
            self.gate.zeros.set(0);
            let count = self.source.read(room)?;
            self.gate.ended.set(count == 0 && !room.is_empty());
            return Ok(count);
        }
        if left == 0 {
            return Err(damage(format!("the tar has a header of more than {MOST_HEADER} bytes")));
        }
        let length = room.len().min(left as usize);
        let count = self.source.read(&mut room[..length])?;
        self.gate.ended.set(count == 0 && length > 0);
        let zeros = room[..count].iter().rev().take_while(|&&byte| byte == 0).count();
        match zeros == count {
            // Padding at the end may be long.
            true => self.gate.zeros.set(self.gate.zeros.get() + count as u64),
            false => {
                self.gate.zeros.set(zeros as u64);
                self.gate.left.set(left - count as u64);
            }
        }
        Ok(count)
    }
}

struct Counted<R> {
    source: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(room)?;
        self.count += count as u64;
        Ok(count)
    }
}
