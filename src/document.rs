//! Takes apart JSON that does not come one value a line: a container that is longer than a line may be, and pretty-printed
//! files. Fed in parts of any size, it hands out one element after the other, in memory bounded by the longest element.
//! Knows brackets and strings; whether an element is sound is for its reader to say.

/// What came out of a document.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// An object or array: an element of the container, or a whole value of the document. It may span several lines.
    Element(&'a [u8]),
    /// A stretch that cannot be taken apart, or is longer than allowed; its beginning, and what is wrong with it.
    Damaged(&'a [u8], &'static str),
}

const RECORDS: &[u8] = b"{\"Records\":[";

/// Whether a line begins as a container whose elements can be handed out one by one.
pub fn starts_container(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    if text.first() == Some(&b'[') {
        return true;
    }
    let mut wanted = RECORDS.iter();
    let mut next = wanted.next();
    for &byte in text {
        match next {
            Some(&want) if byte == want => next = wanted.next(),
            Some(b'"' | b':' | b'[') if byte.is_ascii_whitespace() => {}
            _ => break,
        }
    }
    next.is_none()
}

/// Whether the first line of an input shows that its values span several lines: it only opens brackets (`{`, `[`,
/// `{"Records": [`), or it begins an array that does not end on it.
///
/// A torn NDJSON line ends anywhere but there, so it is never mistaken for the beginning of a document.
pub fn spans_lines(first_line: &[u8]) -> bool {
    let line = first_line.trim_ascii();
    match (line.first(), line.last()) {
        (Some(b'{' | b'['), Some(b'{' | b'[')) => line.len() <= 64,
        (Some(b'['), Some(b',')) => true,
        _ => false,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between the values of the document.
    Top,
    /// Inside `{"Records":[`, with so many bytes of it matched.
    Prefix(usize),
    /// Between the elements of a container.
    Between,
    /// Inside an element.
    Element,
    /// Behind the array of a `Records` object, before its closing brace.
    Behind,
    /// Nothing can be told apart any more.
    Lost,
}

/// The taker-apart. See the module.
#[derive(Debug)]
pub struct Splitter {
    state: State,
    depth: usize,
    /// The depth around an element.
    level: usize,
    in_string: bool,
    /// The last byte was a backslash inside a string.
    escaped: bool,
    element: Vec<u8>,
    too_long: bool,
    longest: usize,
}

impl Splitter {
    /// Elements longer than `longest` bytes come out as damaged.
    pub fn new(longest: usize) -> Self {
        Splitter {
            state: State::Top,
            depth: 0,
            level: 0,
            in_string: false,
            escaped: false,
            element: Vec::new(),
            too_long: false,
            longest,
        }
    }

    /// Takes the next part of the document.
    pub fn feed(&mut self, part: &[u8], each: &mut dyn FnMut(Piece<'_>)) {
        // Where the bytes of the open element begin in this part.
        let mut from = 0;
        let mut at = 0;
        while at < part.len() {
            if self.in_string {
                let in_element = matches!(self.state, State::Element | State::Prefix(_));
                at = self.string(part, at);
                if self.state == State::Lost && !in_element {
                    from = at;
                }
                continue;
            }
            let byte = part[at];
            match self.state {
                State::Lost => break,
                State::Top => match byte {
                    b'[' => (self.state, self.depth, self.level) = (State::Between, 1, 1),
                    b'{' => {
                        (self.state, self.depth, self.level) = (State::Prefix(1), 1, 0);
                        from = at;
                    }
                    b' ' | b'\t' | b'\r' | b'\n' | b',' => {}
                    _ => {
                        self.state = State::Lost;
                        from = at;
                        break;
                    }
                },
                State::Prefix(matched) => {
                    if byte == RECORDS[matched] {
                        self.state = State::Prefix(matched + 1);
                        if matched + 1 == RECORDS.len() {
                            (self.state, self.depth, self.level) = (State::Between, 2, 2);
                            self.element.clear();
                        }
                    } else if !(matches!(RECORDS[matched], b'"' | b':' | b'[') && byte.is_ascii_whitespace())
                        || (2..10).contains(&matched)
                    {
                        // An object of another kind: all of it is one element. This byte is looked at again.
                        self.state = State::Element;
                        self.in_string = (2..10).contains(&matched);
                        continue;
                    }
                }
                State::Between => match byte {
                    b'{' | b'[' => {
                        self.state = State::Element;
                        from = at;
                        self.depth += 1;
                    }
                    b']' => {
                        self.depth -= 1;
                        self.state = if self.depth == 0 { State::Top } else { State::Behind };
                    }
                    b'"' => self.in_string = true,
                    _ => {}
                },
                State::Element => match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => {
                        self.depth -= 1;
                        if self.depth == self.level {
                            self.hand_out(&part[from..=at], each);
                            self.state = if self.level == 0 { State::Top } else { State::Between };
                            from = at + 1;
                        }
                    }
                    _ => {}
                },
                State::Behind => match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => {
                        self.depth -= 1;
                        if self.depth == 0 {
                            self.state = State::Top;
                        }
                    }
                    _ => {}
                },
            }
            at += 1;
        }
        if matches!(self.state, State::Element | State::Prefix(_) | State::Lost) {
            let room = self.longest.saturating_sub(self.element.len());
            let rest = &part[from..];
            self.too_long |= rest.len() > room;
            self.element.extend_from_slice(&rest[..rest.len().min(room)]);
        }
    }

    /// The document ends here.
    pub fn end(mut self, each: &mut dyn FnMut(Piece<'_>)) {
        match self.state {
            State::Top => {}
            State::Lost => each(Piece::Damaged(&self.element, "text that is no JSON value")),
            State::Element | State::Prefix(_) => {
                let element = std::mem::take(&mut self.element);
                each(Piece::Damaged(&element, "the text ends inside a record"));
            }
            State::Between | State::Behind => {
                each(Piece::Damaged(&self.element, "the text ends inside a container of records"));
            }
        }
    }

    /// Goes on behind the string, or to the end of the part. A line break in a string means that a quote is missing:
    /// what follows cannot be told apart.
    fn string(&mut self, part: &[u8], mut at: usize) -> usize {
        if std::mem::take(&mut self.escaped) {
            at += 1;
        }
        while let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', part.get(at..).unwrap_or_default()) {
            at += found;
            match part[at] {
                b'"' => {
                    self.in_string = false;
                    return at + 1;
                }
                b'\n' => {
                    self.in_string = false;
                    self.state = State::Lost;
                    return at;
                }
                _ if at + 1 == part.len() => self.escaped = true,
                _ => {}
            }
            at += 2;
        }
        part.len()
    }

    fn hand_out(&mut self, end: &[u8], each: &mut dyn FnMut(Piece<'_>)) {
        if self.element.is_empty() && end.len() <= self.longest {
            each(Piece::Element(end));
            return;
        }
        self.too_long |= self.element.len() + end.len() > self.longest;
        if self.too_long {
            each(Piece::Damaged(&self.element, "a record longer than allowed"));
        } else {
            self.element.extend_from_slice(end);
            each(Piece::Element(&self.element));
        }
        self.element.clear();
        self.too_long = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, step: usize) -> Vec<String> {
        let mut out = Vec::new();
        let mut each = |piece: Piece<'_>| {
            out.push(match piece {
                Piece::Element(text) => String::from_utf8_lossy(text).into_owned(),
                Piece::Damaged(text, why) => format!("!{} ({why})", String::from_utf8_lossy(text)),
            });
        };
        let mut splitter = Splitter::new(40);
        for part in text.as_bytes().chunks(step) {
            splitter.feed(part, &mut each);
        }
        splitter.end(&mut each);
        out
    }

    #[test]
    fn takes_documents_apart_in_parts_of_every_size() {
        let cases = [
            (
                r#"{"Records":[{"a":1},{"b":"]}\"{"} , {"c":{"d":[]}}]}"#,
                vec![r#"{"a":1}"#, r#"{"b":"]}\"{"}"#, r#"{"c":{"d":[]}}"#],
            ),
            ("{ \"Records\" :\n[\n{\"a\":\n1}\n]\n,\"x\":{\"y\":[\"}\"]}}\n", vec!["{\"a\":\n1}"]),
            (r#"[{"a":1},[2],"{",3,{"b":2}]"#, vec![r#"{"a":1}"#, "[2]", r#"{"b":2}"#]),
            (
                "{\"Record\":[1]}\n{\"Records\":{}}\n{}\n{ }",
                vec![r#"{"Record":[1]}"#, r#"{"Records":{}}"#, "{}", "{ }"],
            ),
            (r#"{"R\"x":[1]} {"Re}":2}"#, vec![r#"{"R\"x":[1]}"#, r#"{"Re}":2}"#]),
            ("[]", vec![]),
            (r#"{"Records":[]}"#, vec![]),
            (r#"{"Records":[{"a":1},{"b"#, vec![r#"{"a":1}"#, r#"!{"b (the text ends inside a record)"#]),
            (r#"{"Records":[{"a":1}"#, vec![r#"{"a":1}"#, "! (the text ends inside a container of records)"]),
            ("[{\"a\":\"x\ny\"},{}]", vec!["!{\"a\":\"x (text that is no JSON value)"]),
            ("[1] x", vec!["!x (text that is no JSON value)"]),
        ];
        for (text, wanted) in cases {
            for step in [1, 2, 3, 7, 1000] {
                let mut got = split(text, step);
                for piece in &mut got {
                    // How much of a damaged stretch is shown depends on the parts.
                    if let Some(cut) = piece.find("\ny").filter(|_| piece.starts_with('!')) {
                        let end = piece.rfind(" (").unwrap();
                        piece.replace_range(cut..end, "");
                    }
                }
                assert_eq!(got, wanted, "{text:?} in steps of {step}");
            }
        }
    }

    #[test]
    fn an_element_that_is_too_long_is_damaged_and_its_neighbours_are_not() {
        let text = format!(r#"[{{"a":1}},{{"b":"{}"}},{{"c":3}}]"#, "x".repeat(50));
        for step in [1, 5, 1000] {
            let got = split(&text, step);
            assert_eq!((got.len(), &*got[0], &*got[2]), (3, r#"{"a":1}"#, r#"{"c":3}"#));
            assert!(got[1].ends_with("(a record longer than allowed)"), "{}", got[1]);
        }
    }

    #[test]
    fn knows_a_document_by_its_first_line() {
        for yes in ["{", "[", " [ ", "{\"Records\":[", "{\"Records\": [ {", "[{", "[{\"a\":1},"] {
            assert!(spans_lines(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            "{}",
            "[]",
            "{\"a\":",
            "{\"a\":1},",
            "{\"a\":1}",
            "{\"eventName\":\"Con",
            "[{\"a\":1}]",
            "x[",
        ] {
            assert!(!spans_lines(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn knows_a_container_by_its_beginning() {
        for yes in ["[", " [{", "{\"Records\":[{", "{ \"Records\" : [ "] {
            assert!(starts_container(yes.as_bytes()), "{yes}");
        }
        for no in ["", "{", "{\"Rec ords\":[", "{\"Records\":{", "{\"records\":["] {
            assert!(!starts_container(no.as_bytes()), "{no}");
        }
    }
}
