//! SIGHUP reloads the configuration.

use std::time::{Duration, Instant};

use super::{Place, tag, user};
use crate::harness::{Live, PATIENCE, signal, start};

/// The new configuration applies between two lines; an invalid one is rejected and the old one
/// stays.
#[test]
fn sighup_reloads_the_configuration() {
    let named = |name: &str| format!("[schedules.{name}]\nhours = []\n[default]\nschedule = \"{name}\"\n");
    let place = Place::with(&named("first"));
    let mut live = start(&["-c", &place.config(), "--keep", "sign-ins"]);
    let ask = |live: &mut Live| {
        live.send(user("lee").as_bytes());
        tag(&live.next())["schedule"].as_str().unwrap().to_owned()
    };
    assert_eq!(ask(&mut live), "first");
    let until = |live: &mut Live, before: &str, wanted: &str| {
        let since = Instant::now();
        loop {
            let now = ask(live);
            if now == wanted {
                return;
            }
            assert_eq!(now, before);
            assert!(since.elapsed() < PATIENCE, "it stays with {before}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    place.write("rules.toml", &named("second"));
    signal(&live.child, "HUP");
    until(&mut live, "first", "second");
    place.write("rules.toml", "[default]\nhours = \"Mon-Fri 25:00-26:00\"\n");
    signal(&live.child, "HUP");
    std::thread::sleep(Duration::from_millis(300));
    place.write("rules.toml", &named("third"));
    signal(&live.child, "HUP");
    until(&mut live, "second", "third");
    live.end_input();
    let outcome = live.finish().exits(0);
    let messages = place.plain(&outcome.stderr);
    assert!(messages.contains("rules.toml:2: default.hours: hour past 24"), "{messages}");
    assert!(messages.contains("the old one stays active"), "{messages}");
    assert_eq!(messages.matches("configuration reloaded").count(), 2, "{messages}");
}
