use crate::notify::message::*;
use crate::notify::samples;

#[test]
fn what_is_said_in_words() {
    for (name, message) in samples::all() {
        samples::same_as_file(&format!("{name}.txt"), &message.text());
        assert!(message.title().chars().count() <= 150, "{}", message.title());
        assert!(!message.text().contains(['\u{1b}', '\r', '\u{202e}']));
    }
}

#[test]
fn links_lead_to_the_console_of_the_partition() {
    let with = |region: &str, arn: &str, id: &str| {
        link(&Notification {
            region: Some(region.to_owned()),
            arn: Some(arn.to_owned()),
            event_id: Some(id.to_owned()),
            ..samples::notification()
        })
    };
    let id = "5a3f0c1e-7d42-4b8a-9c60-000000000006";
    assert_eq!(
        with("eu-central-1", "arn:aws:iam::1:user/a", id).unwrap(),
        format!(
            "https://eu-central-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-central-1#/events/{id}"
        )
    );
    assert_eq!(
        with("us-gov-west-1", "arn:aws-us-gov:iam::1:user/a", id).unwrap(),
        format!("https://console.amazonaws-us-gov.com/cloudtrailv2/home?region=us-gov-west-1#/events/{id}")
    );
    assert_eq!(
        with("cn-north-1", "", id).unwrap(),
        format!("https://console.amazonaws.cn/cloudtrailv2/home?region=cn-north-1#/events/{id}")
    );
    for (region, id) in [("evil.example/", id), ("us-east-1", "x/../y"), ("", id), ("us-east-1", "a b")] {
        assert_eq!(with(region, "arn:aws:iam::1:user/a", id), None);
    }
}
