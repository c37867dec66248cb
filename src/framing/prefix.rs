//! Text that log shippers put before the JSON on its line: syslog headers, time and stream of CloudWatch
//! Logs, CRI's and fluentd's columns. Knows that the rest of the line is whole JSON, and no formats.

use crate::json::Cursor;

/// So far into a line the JSON is searched for, in bytes; and at so many brackets.
const LONGEST: usize = 2048;
const ATTEMPTS: usize = 16;

/// The JSON that a line ends with, behind other text: values one behind another, all of them whole.
pub(crate) fn behind_prefix(line: &[u8]) -> Option<&[u8]> {
    let mut front = line.get(..LONGEST).unwrap_or(line);
    // What looks like an array may be one that is damaged, in which every record is followed by JSON.
    if front.first() == Some(&b'[') {
        front = front.get(..=memchr::memchr(b'{', front)?)?;
    }
    let brackets = memchr::memchr2_iter(b'{', b'[', front).filter(|&at| at > 0).take(ATTEMPTS);
    brackets.filter_map(|at| line.get(at..)).find(|rest| is_whole(rest))
}

/// Whether a text is objects and arrays and nothing else.
fn is_whole(text: &[u8]) -> bool {
    let mut rest = text;
    loop {
        let mut cursor = Cursor::new(rest);
        if cursor.skip().is_err() {
            return false;
        }
        rest = rest.get(cursor.at()..).unwrap_or_default().trim_ascii_start();
        match rest.first() {
            None => return true,
            Some(b'{' | b'[') => {}
            Some(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_json_that_ends_the_line() {
        let json = r#"{"a":{"b":[1,{}]}}"#;
        for prefix in [
            "<134>1 2026-11-24T03:14:00Z host app - - [meta x=\"1\"] ",
            "Nov 24 03:14:00 host app[12]: ",
            "2026-11-24T03:14:00.1Z stdout F ",
            "2026-11-24T03:14:00+00:00\tcloudtrail\t",
            "[info] ",
            "info: {x} ",
            "x",
        ] {
            for rest in [json.to_owned(), format!("{json} {json} "), format!("[{json}]\r")] {
                let line = format!("{prefix}{rest}");
                assert_eq!(behind_prefix(line.as_bytes()), Some(rest.as_bytes()), "{line}");
            }
            for broken in [format!("{json} x"), json[..9].to_owned(), String::new()] {
                assert_eq!(behind_prefix(format!("{prefix}{broken}").as_bytes()), None, "{prefix}{broken}");
            }
        }
        assert_eq!(behind_prefix(json.as_bytes()), None);
        assert_eq!(behind_prefix(format!("[{json},{json}").as_bytes()), None);
    }
}
