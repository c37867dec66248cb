//! The fixture files, and generated records. Knows what a sign-in looks like. Knows nothing of the
//! program.

use std::path::PathBuf;

use crate::process::lines_of;

pub fn path(name: &str) -> PathBuf {
    crate::root().join("tests/fixtures").join(name)
}

pub fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The lines of a fixture, without their newlines.
pub fn lines(name: &str) -> Vec<Vec<u8>> {
    lines_of(&bytes(name)).into_iter().map(<[u8]>::to_vec).collect()
}

/// The rows of a tab-separated table after its heading, without the first column (the line number),
/// which is checked.
pub fn table<const COLUMNS: usize>(name: &str) -> Vec<[String; COLUMNS]> {
    let text = String::from_utf8(bytes(name)).unwrap();
    let rows = text.lines().skip(1).enumerate().map(|(at, row)| {
        let mut cells = row.split('\t').map(str::to_owned);
        assert_eq!(cells.next(), Some((at + 1).to_string()), "{name}: line numbers run from 1");
        let cells: Vec<String> = cells.collect();
        cells.try_into().unwrap_or_else(|_| panic!("{name}: row {} has other columns", at + 1))
    });
    rows.collect()
}

/// One line of `shapes.ndjson` and the correct answer for it.
pub struct Shape {
    pub line: Vec<u8>,
    pub name: String,
    /// Whether it is a console sign-in by an IAM user.
    pub by_iam_user: bool,
    /// The kind as `--identity` spells it; `-` where the record is not a sign-in.
    pub identity: String,
    pub outcome: String,
    /// `true`, `false` or `null`, as the tag spells it.
    pub mfa: String,
    pub event_time: String,
    /// Who signed in; `-` where nobody is named.
    pub person: String,
    /// The role; `-` where none was assumed.
    pub role: String,
}

pub fn shapes() -> Vec<Shape> {
    let lines = lines("shapes.ndjson");
    let rows = table::<9>("shapes.tsv");
    assert_eq!(lines.len(), rows.len());
    let shapes = lines.into_iter().zip(rows);
    shapes
        .map(|(line, [shape, name, yes, identity, outcome, mfa, event_time, person, role])| Shape {
            line,
            name: format!("shape {shape}: {name}"),
            by_iam_user: yes == "yes",
            identity,
            outcome,
            mfa,
            event_time,
            person,
            role,
        })
        .collect()
}

/// A sign-in by an IAM user at `event_time`.
pub fn sign_in_at(event_time: &str) -> String {
    sign_in("anaya", event_time, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
}

/// A sign-in by an IAM user; `user_agent` is inserted as it is, with its escapes.
pub fn sign_in(user: &str, event_time: &str, user_agent: &str) -> String {
    format!(
        concat!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","accountId":"111122223333","userName":"{}"}},"#,
            r#""eventTime":"{}","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","#,
            r#""sourceIPAddress":"192.0.2.17","userAgent":"{}","responseElements":{{"ConsoleLogin":"Success"}},"#,
            r#""additionalEventData":{{"MFAUsed":"No"}},"eventID":"6f9619ff-8b86-4d01-b42d-00cf4fc964ff"}}"#
        ),
        user, event_time, user_agent
    )
}

/// Another event, about the size of a real one.
pub fn api_call(number: usize) -> String {
    format!(
        concat!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","accountId":"111122223333"}},"#,
            r#""eventTime":"2026-11-24T03:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","#,
            r#""awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","userAgent":"aws-sdk-rust/1.8","#,
            r#""requestParameters":{{"bucketName":"example","key":"reports/{}.parquet","padding":"{}"}},"#,
            r#""responseElements":null,"eventID":"0f8fad5b-d9cb-469f-a165-70867728950e"}}"#
        ),
        number,
        "x".repeat(700)
    )
}

/// The lines with a newline after each.
pub fn stream<L: AsRef<[u8]>>(lines: &[L]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend_from_slice(line.as_ref());
        bytes.push(b'\n');
    }
    bytes
}
