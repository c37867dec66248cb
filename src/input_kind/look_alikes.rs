//! Other logs that are taken for CloudTrail's, because they lie in the same bucket or come out of the same pipe. Knows how their
//! lines begin. Knows nothing of records.

/// A kind of log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// What to do instead, if there is something.
    pub(super) fix: Option<&'static str>,
}

const fn kind(name: &'static str) -> Kind {
    Kind { name, fix: None }
}

/// Keys of JSON that only one kind of log has: all of a row must be there.
const BY_KEYS: [(&[&str], Kind); 13] = [
    (&["\"detectorId\"", "\"severity\""], kind("GuardDuty findings")),
    (&["\"GuardDuty Finding\""], kind("GuardDuty findings")),
    (&["\"SchemaVersion\"", "\"ProductArn\""], kind("Security Hub findings")),
    (&["\"configurationItem"], kind("AWS Config snapshots")),
    (&["\"webaclId\""], kind("WAF logs")),
    (&["\"query_name\"", "\"srcids\""], kind("Route 53 resolver query logs")),
    (&["\"auditID\"", "\"verb\""], kind("Kubernetes audit logs")),
    (&["\"class_uid\"", "\"metadata\""], kind("OCSF events without the record in raw_data")),
    (&["\"protoPayload\""], kind("Google Cloud audit logs")),
    (&["\"operationName\"", "\"resourceId\""], kind("Azure activity logs")),
    (&["\"displayMessage\"", "\"eventType\""], kind("Okta system logs")),
    (&["\"lookupResults\""], kind("an answer of a lookup")),
    (&["\"digestStartTime\""], kind("CloudTrail digests")),
];

/// What a text looks like that begins so. `None` if it looks like nothing known.
pub(super) fn of(sample: &[u8]) -> Option<Kind> {
    let text = String::from_utf8_lossy(sample);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.contains('\0') {
        return Some(kind("binary data"));
    }
    if text.starts_with(['{', '[']) {
        let of_keys = BY_KEYS.iter().find(|(keys, _)| keys.iter().all(|key| text.contains(key)));
        return Some(of_keys.map_or(kind("other JSON"), |&(_, kind)| kind));
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (first, second) = (lines.next()?, lines.next());
    of_line(first).or_else(|| second.and_then(of_line)).or_else(|| csv(first, second))
}

fn of_line(line: &str) -> Option<Kind> {
    let fields: Vec<&str> = line.split_ascii_whitespace().take(8).collect();
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let is_time =
        |text: &str| text.len() >= 19 && text.starts_with("20") && text.as_bytes().get(10) == Some(&b'T');
    let priority = line.strip_prefix('<').and_then(|rest| rest.split_once('>')).map(|(number, _)| number);
    Some(match *fields.as_slice() {
        ["version", "account-id", ..] => kind("VPC flow logs"),
        [version, account, interface, ..]
            if digits(version, 1) && digits(account, 12) && interface.starts_with("eni-") =>
        {
            kind("VPC flow logs")
        }
        ["http" | "https" | "h2" | "grpcs" | "ws" | "wss", time, ..] if is_time(time) => {
            kind("Application Load Balancer access logs")
        }
        ["tls", "1.0" | "2.0", time, ..] if is_time(time) => kind("Network Load Balancer access logs"),
        [time, _, client, backend, _, _, ..]
            if is_time(time) && client.contains(':') && (backend.contains(':') || backend == "-") =>
        {
            kind("Classic Load Balancer access logs")
        }
        [owner, _, time, ..]
            if owner.len() == 64 && owner.bytes().all(|b| b.is_ascii_hexdigit()) && time.starts_with('[') =>
        {
            kind("S3 access logs")
        }
        ["#Version:", "1.0", ..] | ["#Fields:", "date", "time", "x-edge-location", ..] => {
            kind("CloudFront access logs")
        }
        [host, _, _, time, _, method, ..]
            if time.starts_with('[') && method.starts_with('"') && !host.starts_with('[') =>
        {
            kind("web server access logs")
        }
        [month, day, time, _, _, ..] if is_month(month) && day.len() <= 2 && is_clock(time) => kind("syslog"),
        _ if priority.is_some_and(|number| number.len() <= 3 && number.parse::<u8>().is_ok()) => {
            kind("syslog")
        }
        _ if line.starts_with("CEF:") || line.contains(" CEF:") => kind("CEF"),
        _ if line.starts_with("LEEF:") || line.contains(" LEEF:") => kind("LEEF"),
        _ if line.starts_with("<?xml") || line.starts_with("<Event") => kind("XML"),
        _ if line.to_ascii_lowercase().starts_with("<!doctype html") || line.starts_with("<html") => {
            kind("an HTML page")
        }
        _ => return None,
    })
}

fn is_month(word: &str) -> bool {
    const MONTHS: &str = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
    word.len() == 3 && MONTHS.split(' ').any(|month| month == word)
}

fn is_clock(word: &str) -> bool {
    matches!(word.as_bytes(), [_, _, b':', _, _, b':', _, _])
}

/// Two lines with the same separators, the first without numbers.
fn csv(first: &str, second: Option<&str>) -> Option<Kind> {
    let lower = first.to_ascii_lowercase();
    let is_history = ["event name", "event time", "event source"].iter().all(|column| lower.contains(column));
    if is_history || (lower.contains("eventname") && lower.contains("eventtime")) {
        return Some(Kind {
            name: "a CSV of CloudTrail's event history",
            fix: Some("download it as JSON, or run: aws cloudtrail lookup-events --output json | afterhours"),
        });
    }
    let second = second?;
    let separated = |separator: char| {
        let count = |line: &str| line.matches(separator).count();
        count(first) >= 2 && count(second) >= count(first)
    };
    match () {
        () if separated(',') => Some(kind("CSV")),
        () if separated('\t') => Some(kind("tab-separated values")),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_known_by_their_lines() {
        for (name, text) in [
            ("VPC flow logs", "version account-id interface-id srcaddr dstaddr\n2 1 eni-1 1.2.3.4 5.6.7.8"),
            ("VPC flow logs", "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6"),
            (
                "Application Load Balancer access logs",
                "https 2026-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086",
            ),
            (
                "Network Load Balancer access logs",
                "tls 2.0 2026-12-20T02:59:40 net/my-network-loadbalancer/c6e77 cb 192.0.2.1:1 x",
            ),
            (
                "Classic Load Balancer access logs",
                "2026-05-13T23:39:43.945958Z my-lb 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001",
            ),
            (
                "S3 access logs",
                "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be amzn-s3-demo-bucket1 [06/Feb/2026:00:00:38 +0000] 192.0.2.3",
            ),
            ("CloudFront access logs", "#Version: 1.0\n#Fields: date time x-edge-location"),
            (
                "web server access logs",
                "192.0.2.7 - - [23/Nov/2026:03:12:44 +0000] \"GET / HTTP/1.1\" 200 12",
            ),
            ("syslog", "Nov 23 03:12:44 host sshd[12]: Accepted publickey"),
            ("syslog", "<13>1 2026-11-23T03:12:44Z host app - - - hello"),
            ("CEF", "CEF:0|Vendor|Product|1.0|100|name|5|src=10.0.0.1"),
            ("XML", "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>"),
            ("an HTML page", "<!DOCTYPE html>\n<html><head>"),
            ("CSV", "user,time,city\nanna,2026-11-23,Berlin\n"),
            ("tab-separated values", "user\ttime\tcity\nanna\t2026-11-23\tBerlin\n"),
            (
                "a CSV of CloudTrail's event history",
                "Event ID,Event time,User name,Event name,Resource type,Event source\n",
            ),
            ("GuardDuty findings", r#"{"schemaVersion":"2.0","service":{"detectorId":"x"},"severity":2}"#),
            ("GuardDuty findings", r#"{"detail-type":"GuardDuty Finding","detail":{}}"#),
            ("WAF logs", r#"{"timestamp":1,"formatVersion":1,"webaclId":"arn"}"#),
            ("AWS Config snapshots", r#"{"fileVersion":"1.0","configurationItems":[]}"#),
            ("Kubernetes audit logs", r#"{"kind":"Event","auditID":"x","verb":"get"}"#),
            ("other JSON", "[{\"a\":1}]"),
            ("binary data", "abc\0\x01"),
        ] {
            assert_eq!(of(text.as_bytes()).map(|kind| kind.name), Some(name), "{text}");
            assert_eq!(
                of(format!("\u{feff}\r\n{text}").as_bytes()).map(|kind| kind.name),
                Some(name),
                "{text}"
            );
        }
        for unknown in [
            "",
            "\n",
            "hello world",
            "a, b\nc",
            "May I say something now, please",
            "Nov 23 is a day like others",
        ] {
            assert_eq!(of(unknown.as_bytes()), None, "{unknown}");
        }
    }
}
