//! Reads compiled time-zone data: TZif versions 1 to 4, RFC 9636.
//! Knows the bytes. Knows nothing of where they came from, and does not trust them: never panics,
//! never reads past their end.
//!
//! Not `jiff` 1.0.2: it moves rule changes that cross New Year in UTC, accepts unsorted changes and
//! leap seconds, and adds 45,462 bytes to the WASM module. It is the second opinion in the tests.

use crate::time_zone::posix::{OFFSETS, Rule};

/// The contents of a TZif file, reduced to offsets: names and daylight-saving flags are not needed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// Unix seconds at which the offset changes, strictly ascending.
    pub(crate) starts: Vec<i64>,
    /// Seconds east of UTC; one more than `starts`, since the first applies before all of them.
    pub(crate) offsets: Vec<i32>,
    /// The rule that applies after the last change.
    pub(crate) rule: Option<Rule>,
    /// The last change of the file, whether or not the offset differs there: the rule applies from
    /// there on.
    pub(crate) last: Option<i64>,
}

/// Why the bytes are not a time zone.
pub(crate) type Fault = &'static str;

const HEADER: usize = 44;

/// Reads a whole file.
pub(crate) fn read(bytes: &[u8]) -> Result<Table, Fault> {
    let first = Header::read(bytes)?;
    if first.version == 0 {
        return block(bytes.get(HEADER..).unwrap_or(&[]), &first, 4).map(|(table, _)| table);
    }
    // Version 2 and later repeat everything with 64-bit times: skip the 32-bit block.
    let rest = bytes.get(HEADER + first.length(4)?..).ok_or("cut short")?;
    let second = Header::read(rest)?;
    let (mut table, footer) = block(rest.get(HEADER..).unwrap_or(&[]), &second, 8)?;
    let footer = footer.strip_prefix(b"\n").ok_or("no footer")?;
    let end = footer.iter().position(|&b| b == b'\n').ok_or("footer cut short")?;
    if end > 0 {
        table.rule = Some(Rule::parse(&footer[..end]).ok_or("footer is no POSIX time zone")?);
    }
    Ok(table)
}

struct Header {
    version: u8,
    isutcnt: usize,
    isstdcnt: usize,
    leapcnt: usize,
    timecnt: usize,
    typecnt: usize,
    charcnt: usize,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let head = bytes.get(..HEADER).ok_or("too short for a TZif header")?;
        if !head.starts_with(b"TZif") {
            return Err("not a TZif file");
        }
        let count = |index: usize| be32(&head[20 + 4 * index..]) as u32 as usize;
        let header = Self {
            version: head[4],
            isutcnt: count(0),
            isstdcnt: count(1),
            leapcnt: count(2),
            timecnt: count(3),
            typecnt: count(4),
            charcnt: count(5),
        };
        if header.typecnt == 0 || header.typecnt > 256 {
            return Err("no local time types, or too many");
        }
        Ok(header)
    }

    /// Length of the block of data after this header.
    fn length(&self, time_size: usize) -> Result<usize, Fault> {
        [
            self.timecnt.checked_mul(time_size + 1),
            Some(self.typecnt * 6),
            Some(self.charcnt),
            self.leapcnt.checked_mul(time_size + 4),
            Some(self.isstdcnt),
            Some(self.isutcnt),
        ]
        .into_iter()
        .try_fold(0usize, |sum, part| sum.checked_add(part?))
        .ok_or("impossible counts")
    }
}

/// Reads one data block and returns the bytes after it.
fn block<'b>(bytes: &'b [u8], header: &Header, time_size: usize) -> Result<(Table, &'b [u8]), Fault> {
    let length = header.length(time_size)?;
    let (data, rest) = bytes.split_at_checked(length).ok_or("cut short")?;
    if header.leapcnt > 0 {
        return Err("counts leap seconds, which log times do not (a file from right/?)");
    }
    let (times, data) = data.split_at(header.timecnt * time_size);
    let (indices, data) = data.split_at(header.timecnt);
    let types = &data[..header.typecnt * 6];
    let offset = |index: u8| -> Result<i32, Fault> {
        let offset = types.get(usize::from(index) * 6..).filter(|t| t.len() >= 6).map(be32);
        let offset = offset.ok_or("a local time type that is not there")?;
        if OFFSETS.contains(&offset) { Ok(offset) } else { Err("an offset of more than a day") }
    };
    let mut table = Table { starts: Vec::new(), offsets: vec![offset(0)?], rule: None, last: None };
    for (time, &index) in times.chunks_exact(time_size).zip(indices) {
        let time = if time_size == 8 { be64(time) } else { i64::from(be32(time)) };
        let offset = offset(index)?;
        if table.last.is_some_and(|last| time <= last) {
            return Err("changes out of order");
        }
        table.last = Some(time);
        // A change of the name or the daylight flag alone does not change the clock.
        if table.offsets.last() != Some(&offset) {
            table.starts.push(time);
            table.offsets.push(offset);
        }
    }
    Ok((table, rest))
}

fn be32(bytes: &[u8]) -> i32 {
    bytes.first_chunk().map_or(0, |chunk| i32::from_be_bytes(*chunk))
}

fn be64(bytes: &[u8]) -> i64 {
    bytes.first_chunk().map_or(0, |chunk| i64::from_be_bytes(*chunk))
}
