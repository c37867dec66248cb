use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::outbox::*;

fn draft(key: u128, channels: u64) -> NewNotification {
    NewNotification { key, body: format!("{{\"n\":{key}}}").into_bytes(), channels }
}

struct Bench {
    _directory: tempfile::TempDir,
    writer: Writer,
    queue: DeliveryQueue,
    report: OutboxAdmin,
}

fn bench() -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("spool");
    let spool = OutboxDir::take(&path).unwrap();
    let writer = Writer::open(&spool, &["a", "b"]).unwrap();
    let queue = DeliveryQueue::open(&spool).unwrap();
    let report = OutboxAdmin::open(&path).unwrap().unwrap();
    Bench { _directory: directory, writer, queue, report }
}

/// What the outbox should hold: the obvious way to keep it.
#[derive(Debug, Default)]
struct Twin {
    known: BTreeMap<u128, i64>,
    /// By channel and key: attempts, due, or how it ended.
    pending: BTreeMap<(usize, u128), (u32, i64)>,
    delivered: usize,
    dead: BTreeMap<(usize, u128), ()>,
}

#[derive(Debug, Clone)]
enum Step {
    Enqueued(Vec<(u8, u8)>),
    Deliver(usize),
    Later(usize, i64),
    Refuse(usize),
    Revive,
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop::collection::vec((0..40_u8, 0..4_u8), 0..6).prop_map(Step::Enqueued),
        (0..2_usize).prop_map(Step::Deliver),
        (0..2_usize, 1..500_i64).prop_map(|(channel, wait)| Step::Later(channel, wait)),
        (0..2_usize).prop_map(Step::Refuse),
        Just(Step::Revive),
        (1..400_i64).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn holds_what_its_twin_holds(steps in prop::collection::vec(step(), 1..40)) {
        let Bench { mut writer, mut queue, report, .. } = bench();
        let ids = writer.channels().to_vec();
        let mut twin = Twin::default();
        let mut now = 1_000_000;
        for step in steps {
            match step {
                Step::Enqueued(drafts) => {
                    let drafts: Vec<NewNotification> =
                        drafts.into_iter().map(|(key, channels)| draft(key.into(), channels.into())).collect();
                    writer.put(&drafts, now).unwrap();
                    for NewNotification { key, channels, .. } in drafts {
                        if twin.known.insert(key, now).is_none() {
                            for channel in 0..2 {
                                if channels >> channel & 1 == 1 {
                                    twin.pending.insert((channel, key), (0, now));
                                }
                            }
                        }
                    }
                }
                Step::Wait(ms) => now += ms,
                Step::Revive => {
                    report.retry(None, now).unwrap();
                    for (key, ()) in std::mem::take(&mut twin.dead) {
                        twin.pending.insert(key, (0, now));
                    }
                    twin.pending.values_mut().for_each(|(_, due)| *due = now.min(*due));
                }
                Step::Deliver(channel) | Step::Refuse(channel) | Step::Later(channel, _) => {
                    let Some(due) = queue.due(ids[channel], now, 1).unwrap().pop() else {
                        prop_assert!(!twin.pending.iter().any(|((c, _), (_, due))| *c == channel && *due <= now));
                        continue;
                    };
                    let body: serde_json::Value = serde_json::from_slice(&due.body).unwrap();
                    let key = (channel, u128::from(body["n"].as_u64().unwrap()));
                    let (attempts, when) = twin.pending.remove(&key).unwrap();
                    prop_assert_eq!(attempts, due.attempts);
                    prop_assert!(when <= now);
                    let outcome = match step {
                        Step::Deliver(_) => {
                            twin.delivered += 1;
                            Outcome::Delivered
                        }
                        Step::Later(_, wait) => {
                            twin.pending.insert(key, (attempts + 1, now + wait));
                            Outcome::Later { due: now + wait, error: "busy".to_owned() }
                        }
                        _ => {
                            twin.dead.insert(key, ());
                            Outcome::Dead { error: "no".to_owned() }
                        }
                    };
                    queue.record_outcomes(&[(DeliveryId::Delivery(due.id), outcome)], now).unwrap();
                }
            }
            for (channel, id) in ids.iter().enumerate() {
                let of_channel = twin.pending.iter().filter(|((c, _), _)| *c == channel);
                prop_assert_eq!(queue.count_pending(*id).unwrap(), of_channel.clone().count() as u64);
                prop_assert_eq!(queue.next_due(*id).unwrap(), of_channel.map(|(_, (_, due))| *due).min());
            }
        }
        let counts = report.counts().unwrap();
        let sum = |each: fn(&Counts) -> u64| counts.iter().map(each).sum::<u64>() as usize;
        prop_assert_eq!(sum(|counts| counts.pending), twin.pending.len());
        prop_assert_eq!(sum(|counts| counts.dead), twin.dead.len());
        prop_assert_eq!(sum(|counts| counts.delivered), twin.delivered);
    }
}

#[test]
fn a_digest_stays_as_it_was_made() {
    let Bench { mut writer, mut queue, report, .. } = bench();
    let channel = writer.channels()[0];
    writer.put(&[draft(1, 1), draft(2, 1), draft(3, 1)], 100).unwrap();
    queue.create_batch(channel, 100, 2).unwrap();
    writer.put(&[draft(4, 1)], 101).unwrap();
    let batch = queue.batch_due(channel, 101).unwrap().unwrap();
    assert_eq!((batch.key, batch.attempts, batch.made), (1, 0, 100));
    let of = |queue: &DeliveryQueue| {
        let mut bodies = Vec::new();
        queue.each_of(batch.id, |body| bodies.push(String::from_utf8_lossy(body).into_owned())).unwrap();
        bodies
    };
    assert_eq!(of(&queue), ["{\"n\":1}", "{\"n\":2}"]);
    assert_eq!(queue.due(channel, 101, 9).unwrap().len(), 2, "what is gathered is not due alone");
    assert_eq!(queue.count_pending(channel).unwrap(), 4);
    let later = Outcome::Later { due: 500, error: "busy".to_owned() };
    queue.record_outcomes(&[(DeliveryId::Batch(batch.id), later)], 102).unwrap();
    assert!(queue.batch_due(channel, 499).unwrap().is_none());
    assert_eq!(of(&queue).len(), 2);
    let batch = queue.batch_due(channel, 500).unwrap().unwrap();
    assert_eq!(batch.attempts, 1);
    queue.record_outcomes(&[(DeliveryId::Batch(batch.id), Outcome::Delivered)], 501).unwrap();
    assert_eq!(queue.count_pending(channel).unwrap(), 2);
    assert_eq!(report.counts().unwrap()[0].delivered, 2);
    // The notifications of a dead-lettered batch are sent one by one when they are retried.
    queue.create_batch(channel, 600, 9).unwrap();
    let batch = queue.batch_due(channel, 600).unwrap().unwrap();
    queue
        .record_outcomes(&[(DeliveryId::Batch(batch.id), Outcome::Dead { error: "no".to_owned() })], 601)
        .unwrap();
    assert_eq!(report.retry(Some("a"), 700).unwrap(), 2);
    assert_eq!(queue.due(channel, 700, 9).unwrap().len(), 2);
}

#[test]
fn what_is_over_is_forgotten_and_nothing_else() {
    let Bench { mut writer, mut queue, report, .. } = bench();
    let channel = writer.channels()[0];
    let day = 86_400_000;
    writer.put(&[draft(1, 1), draft(2, 1), draft(3, 1)], 0).unwrap();
    let due = queue.due(channel, 0, 9).unwrap();
    let dead = Outcome::Dead { error: "no".to_owned() };
    queue
        .record_outcomes(
            &[(DeliveryId::Delivery(due[0].id), Outcome::Delivered), (DeliveryId::Delivery(due[1].id), dead)],
            0,
        )
        .unwrap();
    assert!(!queue.prune(6 * day).unwrap());
    assert_eq!(writer.put(&[draft(1, 1)], 6 * day).unwrap().known, 1, "a copy within the week");
    queue.prune(8 * day).unwrap();
    let counts = |report: &OutboxAdmin| {
        let counts = &report.counts().unwrap()[0];
        (counts.pending, counts.delivered, counts.dead)
    };
    assert_eq!(counts(&report), (1, 0, 1), "what waits and what is dead stay");
    queue.prune(91 * day).unwrap();
    assert_eq!(counts(&report), (1, 0, 0));
    assert_eq!(report.purge(State::Pending, None, i64::MAX).unwrap(), 1);
    assert_eq!(counts(&report), (0, 0, 0));
}

#[test]
fn a_damaged_file_is_refused_and_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    std::fs::write(&path, "no database at all, though long enough to be taken for one".repeat(40)).unwrap();
    let error = format!("{:#}", OutboxDir::take(directory.path()).unwrap_err());
    assert!(error.contains("move it away"), "{error}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("no database"));
}

#[test]
fn tables_of_another_version_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(OutboxDir::take(directory.path()).unwrap());
    let file = rusqlite::Connection::open(directory.path().join(FILE)).unwrap();
    file.pragma_update(None, "user_version", 9).unwrap();
    drop(file);
    let error = format!("{:#}", OutboxDir::take(directory.path()).unwrap_err());
    assert!(error.contains("another version"), "{error}");
}
