//! What the users of the corpus rely on: the same bytes for the same seed, valid JSON, correct
//! counts.

use serde_json::Value;

use super::{self as corpus, Corpus, Form, Kind, Made, Until};

const SOME: Until = Until::Records(20_000);

/// Whether the filter finds this record, computed the slow way.
fn is_iam_user_sign_in(record: &Value) -> bool {
    record["eventSource"] == "signin.amazonaws.com"
        && record["eventName"] == "ConsoleLogin"
        && record["userIdentity"]["type"] == "IAMUser"
}

fn records_of(line: &[u8]) -> Vec<Value> {
    let value: Value = serde_json::from_slice(line).expect("a line is JSON");
    if let Some(records) = value["Records"].as_array() {
        records.clone()
    } else if let Some(text) = value["message"].as_str() {
        vec![serde_json::from_str(text).expect("a message is JSON")]
    } else {
        vec![value]
    }
}

fn recount(bytes: &[u8]) -> Made {
    let mut made = Made { bytes: bytes.len() as u64, ..Made::default() };
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        made.lines += 1;
        for record in records_of(line) {
            made.count(match (is_iam_user_sign_in(&record), record["eventName"] == "ConsoleLogin") {
                (true, _) => Kind::IamUserSignIn,
                (false, true) => Kind::OtherSignIn,
                (false, false) => Kind::Other,
            });
        }
    }
    made
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_different_ones() {
    let of = |seed| Corpus::mixed(seed).bytes(Form::Bare, SOME).0;
    assert!(of(1) == of(1));
    assert!(of(1) != of(2));
}

#[test]
fn a_shorter_corpus_is_a_prefix_of_a_longer_one() {
    let (long, _) = Corpus::mixed(3).bytes(Form::Bare, Until::Records(500));
    let (short, _) = Corpus::mixed(3).bytes(Form::Bare, Until::Bytes(100_000));
    assert!(short.len() >= 100_000 && long.starts_with(&short));
}

#[test]
fn every_form_is_json_with_the_counts_reported() {
    for corpus in [Corpus { sign_in_share: 0.2, ..Corpus::mixed(4) }, Corpus::dense(4)] {
        for form in [Form::Bare, Form::S3 { records: 300 }, Form::Wrapped] {
            let (bytes, made) = corpus.bytes(form, Until::Records(3_000));
            assert_eq!(made, recount(&bytes));
            assert_eq!(made.records, 3_000);
        }
    }
}

#[test]
fn dense_is_nothing_but_iam_users_signing_in() {
    let (_, made) = Corpus::dense(5).bytes(Form::Bare, Until::Records(1_000));
    assert_eq!((made.sign_ins, made.iam_user_sign_ins), (1_000, 1_000));
}

#[test]
fn mixed_is_shaped_like_a_trail() {
    let (bytes, made) = Corpus::mixed(6).bytes(Form::Bare, SOME);
    let lines: Vec<_> = bytes.split_inclusive(|&b| b == b'\n').collect();
    let part =
        |test: &dyn Fn(&[u8]) -> bool| lines.iter().filter(|line| test(line)).count() as f64 / 20_000.0;

    let average = bytes.len() as f64 / 20_000.0;
    assert!((1_200.0..1_500.0).contains(&average), "average {average}");
    let long = part(&|line| line.len() > 3_000);
    assert!((0.002..0.05).contains(&long), "longer than 3 KB: {long}");
    assert!(part(&|line| line.len() > 40_000) > 0.0);
    let escaped = part(&|line| line.windows(4).any(|w| w == br"\u00"));
    assert!((0.001_5..0.003_5).contains(&escaped), "with escapes: {escaped}");
    assert!(part(&|line| !line.is_ascii()) > 0.0);
    assert!((2..40).contains(&made.sign_ins), "{made:?}");
}

#[test]
fn times_begin_at_the_start_and_are_ordered_but_for_the_jitter() {
    let corpus = Corpus::mixed(7);
    let (bytes, _) = corpus.bytes(Form::Bare, Until::Records(5_000));
    let times: Vec<_> = bytes
        .split_inclusive(|&b| b == b'\n')
        .map(|line| records_of(line)[0]["eventTime"].as_str().expect("a time").to_owned())
        .collect();
    assert!(times.iter().all(|t| ("2026-11-02T00:00:00Z".."2026-11-02T00:21:00Z").contains(&t.as_str())));
    // 2,000 records are 400 seconds: more than the jitter.
    assert!(times.windows(2_001).all(|w| w[0] < w[2_000]));
    assert!(times.windows(2).any(|w| w[0] > w[1]));
}

#[test]
fn timestamps_follow_the_calendar() {
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_793_577_600, "2026-11-02T00:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
    ] {
        assert_eq!(corpus::timestamp(seconds), text);
    }
}
