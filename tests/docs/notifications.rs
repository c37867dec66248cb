//! The configuration that the README shows for notifications notifies: what it says of each channel is what each is sent.

use std::io::Write;
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

use kit::http_server::{Server, ok, status};

use super::{document, program};

/// A sign-in of the last day at 02:00 or 22:00 UTC, which is never within the README's business hours.
fn sign_in(user: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let hour = 3_600;
    let midnight = now - now % (24 * hour);
    let at = [midnight + 22 * hour, midnight + 2 * hour, midnight - 2 * hour];
    let at = at.into_iter().find(|at| *at <= now).unwrap();
    let at = chrono::DateTime::from_timestamp(i64::try_from(at).unwrap(), 0).unwrap();
    serde_json::json!({
        "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin",
        "eventTime": at.format("%Y-%m-%dT%H:%M:%SZ").to_string(), "eventID": format!("id-{user}"),
        "userIdentity": { "type": "IAMUser", "userName": user, "accountId": "111122223333" },
        "responseElements": { "ConsoleLogin": "Success" }, "additionalEventData": { "MFAUsed": "Yes" },
    })
    .to_string()
}

/// The configuration under the heading.
fn shown() -> String {
    let readme = document("README.md");
    let section = readme.split("\n## Notifications\n").nth(1).expect("the section on notifications");
    section.split("```toml\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
}

#[test]
fn the_configuration_of_the_readme_notifies() {
    let slack = Server::start(|_, _| ok("ok"));
    let pagerduty = Server::start(|_, _| status(202, r#"{"status":"success","message":"Event processed"}"#));
    // Servers of the test instead of the services', and without TLS; nothing else is changed.
    let text = shown().replace("type = \"slack\"", "type = \"slack\"\ninsecure = true").replace(
        "type = \"pagerduty\"",
        &format!("type = \"pagerduty\"\ninsecure = true\nbase_url = \"{}\"", pagerduty.url),
    );
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("afterhours.toml");
    std::fs::write(&config, &text).unwrap();
    let mut filter = program()
        .env_clear()
        .env("SLACK_WEBHOOK", format!("{}/services/T00/B00/s3cret", slack.url))
        .env("PAGERDUTY_KEY", "0123456789abcdef0123456789abcdef")
        .arg("-c")
        .arg(&config)
        .arg("--outbox")
        .arg(folder.path().join("outbox"))
        .args(["--drain", "60s"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = format!("{}\n{}\n", sign_in("anaya"), sign_in("break-glass-1"));
    filter.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = filter.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}\n{text}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2, "{said}");

    let posted: String = slack.requests().iter().map(|request| request.text()).collect();
    assert!(posted.contains("anaya") && posted.contains("break-glass-1"), "Slack was sent: {posted}");
    let called = pagerduty.requests();
    assert_eq!(called.len(), 1, "PagerDuty is for the emergency user only: {called:?}");
    assert!(called[0].text().contains("break-glass-1"));
}
