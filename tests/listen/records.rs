//! Numbered sign-ins. Knows how they look in the input and in the output.

/// An after-hours sign-in with this number, and a newline.
pub(crate) fn line(number: usize) -> String {
    record(number) + "\n"
}

pub(crate) fn lines(numbers: std::ops::Range<usize>) -> String {
    numbers.map(line).collect()
}

/// Without the newline.
pub(crate) fn record(number: usize) -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    // Recent, because channels skip old ones; and the same within a run.
    static NOW: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let time = NOW.get_or_init(|| {
        let time = chrono::DateTime::from_timestamp(seconds as i64 - 60, 0).unwrap();
        time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    });
    format!(
        concat!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","accountId":"111122223333","userName":"user-{:08}"}},"#,
            r#""eventTime":"{}","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","#,
            r#""sourceIPAddress":"192.0.2.17","userAgent":"curl/8.17.0","responseElements":{{"ConsoleLogin":"Success"}},"#,
            r#""additionalEventData":{{"MFAUsed":"No"}},"eventID":"{:08x}-8b86-4d01-b42d-00cf4fc964ff"}}"#
        ),
        number, time, number
    )
}

/// Another event, about the size of a real one.
pub(crate) fn api_call() -> String {
    format!(
        concat!(
            r#"{{"eventVersion":"1.11","eventTime":"2026-11-24T03:00:00Z","eventSource":"s3.amazonaws.com","#,
            r#""eventName":"GetObject","requestParameters":{{"padding":"{}"}}}}"#
        ),
        "x".repeat(1000)
    ) + "\n"
}

/// The numbers of the sign-ins in an output, in order. Fails where a line is incomplete.
#[track_caller]
pub(crate) fn numbers(out: &[u8]) -> Vec<usize> {
    let whole = match out {
        [] => return Vec::new(),
        out => out.strip_suffix(b"\n").expect("the output ends with a whole line"),
    };
    whole.split(|&byte| byte == b'\n').map(number).collect()
}

#[track_caller]
fn number(line: &[u8]) -> usize {
    let line = std::str::from_utf8(line).unwrap();
    let digits = line.split("user-").nth(1).and_then(|rest| rest.get(..8));
    let number =
        digits.and_then(|digits| digits.parse().ok()).unwrap_or_else(|| panic!("incomplete: {line}"));
    let record = record(number);
    let tag = line.strip_prefix(&record[..record.len() - 1]).unwrap_or_else(|| panic!("incomplete: {line}"));
    let tag = tag
        .strip_prefix(r#","after_hours":{"verdict":"outside""#)
        .unwrap_or_else(|| panic!("no tag: {line}"));
    assert!(tag.ends_with("}}") && !tag[..tag.len() - 2].contains(['{', '}']), "incomplete: {line}");
    number
}
