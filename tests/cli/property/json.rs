//! Random JSON in random spellings. Knows JSON; knows nothing of sign-ins.

use serde_json::Value;

use super::lines::MARK;

/// A small generator of numbers (SplitMix64): the same seed gives the same line on every machine.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(super) fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// JSON as it is written: ordered members, repeated keys, numbers in their spelling.
#[derive(Clone)]
pub(super) enum Json {
    Text(String),
    /// A number, `true`, `false` or `null`.
    Bare(&'static str),
    List(Vec<Json>),
    Members(Vec<(String, Json)>),
}

pub(super) fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

pub(super) fn members<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Members(members.map(|(key, value)| (key.to_owned(), value)).into())
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Json::Bare("null"),
            Value::Bool(true) => Json::Bare("true"),
            Value::Bool(false) => Json::Bare("false"),
            Value::Number(_) => Json::Bare("17"),
            Value::String(string) => Json::Text(string.clone()),
            Value::Array(list) => Json::List(list.iter().map(Json::from).collect()),
            Value::Object(map) => {
                Json::Members(map.iter().map(|(key, value)| (key.clone(), value.into())).collect())
            }
        }
    }
}

/// How a line is written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// One character in so many is written as an escape; 0 for none.
    pub(super) escapes: usize,
    /// White space is at one place in so many; 0 for nowhere.
    pub(super) spaces: usize,
}

impl Style {
    pub(super) fn random(dice: &mut Dice) -> Self {
        Style { escapes: dice.pick(&[0, 0, 0, 400, 40, 3]), spaces: dice.pick(&[0, 0, 0, 20, 2]) }
    }

    pub(super) fn write(self, dice: &mut Dice, json: &Json) -> String {
        let mut out = String::new();
        self.write_into(dice, json, &mut out);
        out
    }

    pub(super) fn write_into(self, dice: &mut Dice, json: &Json, out: &mut String) {
        self.space(dice, out);
        match json {
            Json::Bare(word) => out.push_str(word),
            Json::Text(string) => self.quote(dice, string, out),
            Json::List(list) => {
                out.push('[');
                for (at, item) in list.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    self.write_into(dice, item, out);
                }
                out.push(']');
            }
            Json::Members(list) => {
                out.push('{');
                for (at, (key, value)) in list.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    self.space(dice, out);
                    self.quote(dice, key, out);
                    self.space(dice, out);
                    out.push(':');
                    self.write_into(dice, value, out);
                }
                out.push('}');
            }
        }
        self.space(dice, out);
    }

    pub(super) fn space(self, dice: &mut Dice, out: &mut String) {
        if self.spaces > 0 && dice.one_in(self.spaces) {
            out.push_str(dice.pick(&[" ", "\t", "  ", " \t "]));
        }
    }

    pub(super) fn quote(self, dice: &mut Dice, string: &str, out: &mut String) {
        out.push('"');
        // The marks that identify a line stay readable.
        let marks: Vec<usize> = string.match_indices(MARK).map(|(at, _)| at).collect();
        let in_mark = |at| marks.iter().any(|&mark| (mark..mark + MARK.len() + 6).contains(&at));
        for (at, character) in string.char_indices() {
            let must = matches!(character, '"' | '\\' | '\0'..='\x1f');
            if !must && (self.escapes == 0 || in_mark(at) || !dice.one_in(self.escapes)) {
                out.push(character);
                continue;
            }
            let short = match character {
                '"' => Some("\\\""),
                '\\' => Some("\\\\"),
                '/' => Some("\\/"),
                '\n' => Some("\\n"),
                '\t' => Some("\\t"),
                _ => None,
            };
            match short {
                Some(short) if dice.one_in(2) => out.push_str(short),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        let hex = format!("\\u{unit:04x}");
                        out.push_str(&if dice.one_in(2) {
                            hex.to_uppercase().replace("\\U", "\\u")
                        } else {
                            hex
                        });
                    }
                }
            }
        }
        out.push('"');
    }
}

/// Random JSON without a meaning, at most `depth` deep.
pub(super) fn junk(dice: &mut Dice, depth: usize) -> Json {
    match dice.below(if depth == 0 { 4 } else { 6 }) {
        0 => Json::Bare(dice.pick(&[
            "null",
            "true",
            "false",
            "0",
            "-0",
            "1.10",
            "1.0E+300",
            "-1E-400",
            "18446744073709551616",
        ])),
        1 => text(dice.pick(&[
            "",
            "ConsoleLogin",
            "signin.amazonaws.com",
            "\"ConsoleLogin\"",
            "\\",
            "é \u{1f600} \0",
            "}",
            "{\"",
        ])),
        2 => text("plain"),
        3 => Json::Bare("42"),
        4 => Json::List((0..dice.below(4)).map(|_| junk(dice, depth - 1)).collect()),
        _ => {
            // No event name: junk must never be a sign-in by chance, nor be named as one.
            let keys = ["a", "detail", "logEvents", "Records", "userAgent", "é"];
            Json::Members(
                (0..dice.below(4)).map(|_| (dice.pick(&keys).to_string(), junk(dice, depth - 1))).collect(),
            )
        }
    }
}
