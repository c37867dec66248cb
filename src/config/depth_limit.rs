//! How deep a TOML text nests, found out before it is read: the reader calls itself for every level. Knows brackets, dots and
//! what they mean nothing in.

/// The levels that are allowed: twice what any key needs.
pub(super) const DEEPEST: usize = 8;

/// The first byte that stands deeper than [`DEEPEST`] levels: a level is an open bracket of a value, or a dot of a key.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let mut scan = Scan { blank: true, ..Scan::default() };
    let mut at = 0;
    while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
        let step = match rest {
            [b'#', ..] => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            [b'"', b'"', b'"', ..] => quoted(rest, b"\"\"\""),
            [b'\'', b'\'', b'\'', ..] => quoted(rest, b"'''"),
            [b'"', ..] => quoted(rest, b"\""),
            [b'\'', ..] => quoted(rest, b"'"),
            [byte, ..] => {
                scan.take(*byte);
                1
            }
            [] => return None,
        };
        if scan.level() > DEEPEST {
            return Some(at);
        }
        at += step;
    }
    None
}

/// The length of a string, with its quotes. One that is never closed ends with its line, or with the text.
fn quoted(text: &[u8], quotes: &[u8]) -> usize {
    let mut at = quotes.len();
    while let Some(&byte) = text.get(at) {
        if text.get(at..).is_some_and(|rest| rest.starts_with(quotes)) {
            return at + quotes.len();
        }
        if byte == b'\n' && quotes.len() == 1 {
            return at;
        }
        at += if byte == b'\\' && quotes.first() == Some(&b'"') { 2 } else { 1 };
    }
    text.len()
}

#[derive(Default)]
struct Scan {
    /// The level of the table that the lines are in.
    table: usize,
    /// The level inside each bracket that is open.
    open: Vec<usize>,
    /// The dots of the key that is being written.
    dots: usize,
    /// Nothing but blanks came on this line.
    blank: bool,
    /// The line is a table's name.
    name: bool,
}

impl Scan {
    fn level(&self) -> usize {
        self.open.last().copied().unwrap_or(self.table) + self.dots
    }

    fn take(&mut self, byte: u8) {
        let blank = std::mem::take(&mut self.blank);
        match byte {
            b'\n' => {
                if std::mem::take(&mut self.name) {
                    self.open.clear();
                    self.table = self.dots;
                }
                (self.blank, self.dots) = (true, 0);
            }
            b'[' if self.open.is_empty() && (blank || self.name) => {
                (self.name, self.table) = (true, 0);
            }
            b'[' | b'{' => {
                self.open.push(self.level() + 1);
                self.dots = 0;
            }
            b']' | b'}' if !self.name => {
                self.open.pop();
                self.dots = 0;
            }
            b'.' => self.dots += 1,
            b',' => self.dots = 0,
            b' ' | b'\t' | b'\r' => self.blank = blank,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_configurations_are_flat() {
        assert_eq!(too_deep(include_str!("../../pipeline-configs/afterhours.example.toml")), None);
        let many =
            "[[rule]]\nuser = [\"[[[[[[[[[\", '{{{{{{{{{', 'a.b.c.d.e.f.g.h.i.j']\n# [[[[[[[[[\n".repeat(50);
        assert_eq!(too_deep(&many), None);
        assert_eq!(
            too_deep(
                "a = \"\"\"\n[[[[[[[[[[\n\\\"\"\"\"\nb = 1.5\nc = [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5]"
            ),
            None
        );
        assert_eq!(too_deep(&"[schedules.a\n".repeat(50)), None);
    }

    #[test]
    fn every_kind_of_level_counts() {
        let deep = |text: &str| too_deep(text).is_some();
        for (open, close) in [("[", "]"), ("{b=", "}"), ("{b.c=", "}")] {
            let nested = |n: usize| format!("a = {}1{}\n", open.repeat(n), close.repeat(n));
            let most = if open.contains('.') { 4 } else { 8 };
            assert!(!deep(&nested(most)) && deep(&nested(most + 1)), "{open}");
        }
        for (start, end) in [("[", "]\n"), ("[[", "]]\n"), ("", " = 1\n")] {
            let dotted = |n: usize| format!("{start}a{}{end}", ".b".repeat(n));
            assert!(!deep(&dotted(8)) && deep(&dotted(9)), "{start}");
        }
        assert!(deep("[a.b.c.d]\ne.f.g = {h.i = [[[1]]]}\n"));
        assert!(deep(&"x = [\n".repeat(9)));
    }
}
