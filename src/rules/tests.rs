use std::sync::Arc;

use crate::rules::*;
use crate::schedule::{Hours, Reason, Schedule};
use crate::time_zone::Zone;

fn schedule(name: &str, hours: &str) -> Schedule {
    Schedule::new(name, Hours::parse(hours).unwrap().hours, Zone::utc()).unwrap()
}

fn of<const N: usize>(texts: [&str; N]) -> Option<Patterns> {
    Some(texts.into_iter().collect())
}

fn rule(name: &str, conditions: Conditions, schedules: Vec<ScheduleRef>) -> Rule {
    Rule { name: name.to_owned(), conditions, action: Action::Evaluate { schedules, severity: None } }
}

fn default() -> DefaultRule {
    DefaultRule {
        first: schedule("default", "Mo-Fr 09:00-17:00"),
        others: Vec::new(),
        severity: Severity::Low,
    }
}

/// Monday 2026-11-23 20:00 UTC.
const EVENING: i64 = 1_795_464_000;

fn decide(rules: &Rules, user: &str) -> (Option<String>, String, &'static str) {
    let principal = Principal::user(user, Some("111122223333"));
    let decision =
        rules.matching(&principal).decide(&principal, Some(EVENING), &mut ScheduleCache::default());
    (decision.rule.map(str::to_owned), decision.schedule.to_owned(), decision.reason.unwrap().as_str())
}

#[test]
fn the_first_rule_that_matches_wins_however_it_is_found() {
    let rules = Rules::new(
        vec![
            rule("glob", Conditions { user: of(["an*"]), ..Conditions::default() }, vec![]),
            rule("exact", Conditions { user: of(["anaya", "lee"]), ..Conditions::default() }, vec![]),
            rule("account", Conditions { account: of(["1111*"]), ..Conditions::default() }, vec![]),
            rule("late", Conditions { user: of(["kim"]), ..Conditions::default() }, vec![]),
        ],
        default(),
    );
    for (user, expected) in [("anaya", "glob"), ("lee", "exact"), ("kim", "account")] {
        assert_eq!(decide(&rules, user).0.as_deref(), Some(expected), "{user}");
    }
    let principal = Principal::user("nobody", Some("9"));
    assert!(rules.matching(&principal).rule().is_none());
    let principal = Principal { user: None, ..Principal::user("", Some("1111")) };
    assert_eq!(rules.matching(&principal).rule().map(|rule| rule.name.as_str()), Some("account"));
    assert!(rules.unreachable().is_empty(), "nothing is sure here");
}

#[test]
fn any_open_schedule_opens_and_the_first_is_named_otherwise() {
    let rotation = |user: &str| {
        let shift =
            Shift { from: EVENING - 60, until: EVENING + 60, owner: ShiftOwner::User(user.to_owned()) };
        ScheduleRef::OnCall(Arc::new(OnCallRotation::new("sre", Zone::utc(), [shift], None)))
    };
    let mut table = Lookup::new("offices");
    table.add("lee", None, schedule("late", "Mo-Fr 12:00-21:00"));
    let rules = Rules::new(
        vec![rule(
            "all",
            Conditions::default(),
            vec![
                ScheduleRef::Lookup(Arc::new(table)),
                rotation("anaya"),
                ScheduleRef::Schedule(schedule("never", "off")),
            ],
        )],
        default(),
    );
    let all = Some("all".to_owned());
    assert_eq!(decide(&rules, "lee"), (all.clone(), "late".into(), "inside_window"));
    assert_eq!(decide(&rules, "anaya"), (all.clone(), "oncall:sre".into(), "on_call"));
    assert_eq!(decide(&rules, "kim"), (all, "default".into(), "outside_window"));
}

#[test]
fn ignored_needs_no_time() {
    let conditions = Conditions { user: of(["svc-*"]), ..Conditions::default() };
    let rules = Rules::new(vec![Rule { name: "bots".into(), conditions, action: Action::Ignore }], default());
    let principal = Principal::user("svc-deploy", None);
    let decision = rules.matching(&principal).decide(&principal, None, &mut ScheduleCache::default());
    assert_eq!(decision.reason, Some(Reason::Ignored));
    assert_eq!((decision.rule, decision.schedule), (Some("bots"), "default"));
}

#[test]
fn the_unknown_match_no_pattern() {
    let star = |conditions: Conditions| {
        conditions.matches(&Principal { user: None, account: None, ..Principal::user("", None) })
    };
    assert!(!star(Conditions { user: of(["*"]), ..Conditions::default() }));
    assert!(!star(Conditions { account: of(["*"]), ..Conditions::default() }));
    assert!(!star(Conditions { arn: of(["*"]), ..Conditions::default() }));
    assert!(!star(Conditions { network: Some(vec!["0.0.0.0/0".parse().unwrap()]), ..Conditions::default() }));
    assert!(star(Conditions::default()));
}

#[test]
fn finds_unreachable_rules() {
    let group =
        |names: &[&str]| Some(Groups { names: vec!["g".into()], members: names.iter().copied().collect() });
    let net = |text: &str| Some(vec![text.parse().unwrap()]);
    let none = Conditions::default;
    for (early, late, expected) in [
        (none(), Conditions { user: of(["a"]), ..none() }, true),
        (Conditions { user: of(["a"]), ..none() }, none(), false),
        (Conditions { user: of(["svc-*"]), ..none() }, Conditions { user: of(["svc-a*"]), ..none() }, true),
        (
            Conditions { user: of(["svc-*"]), ..none() },
            Conditions { user: of(["svc-a"]), account: of(["1"]), ..none() },
            true,
        ),
        (
            Conditions { user: of(["svc-*"]), account: of(["1"]), ..none() },
            Conditions { user: of(["svc-a"]), ..none() },
            false,
        ),
        (Conditions { user: of(["a", "b"]), ..none() }, Conditions { group: group(&["a"]), ..none() }, true),
        (Conditions { group: group(&["a"]), ..none() }, Conditions { user: of(["a", "b"]), ..none() }, false),
        (
            Conditions { network: net("10.0.0.0/8"), ..none() },
            Conditions { network: net("10.2.0.0/16"), ..none() },
            true,
        ),
        (
            Conditions { network: net("10.2.0.0/16"), ..none() },
            Conditions { network: net("10.0.0.0/8"), ..none() },
            false,
        ),
        (
            Conditions { identity: Some(vec![crate::sign_in::Identity::Root]), ..none() },
            Conditions { identity: Some(vec![crate::sign_in::Identity::Root]), user: of(["*"]), ..none() },
            true,
        ),
    ] {
        let text = format!("{early} before {late}");
        let rules = Rules::new(vec![rule("early", early, vec![]), rule("late", late, vec![])], default());
        assert_eq!(!rules.unreachable().is_empty(), expected, "{text}");
    }
}
