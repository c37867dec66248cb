use std::path::{Path, PathBuf};

use proptest::prelude::*;

use crate::config::*;
use crate::time_zone::Zone;

const EXAMPLE: &str = include_str!("../../pipeline-configs/afterhours.example.toml");

/// Whatever is there, and the zones that are carried along.
struct Disk;

impl Loader for Disk {
    fn text(&self, path: &Path) -> Result<String, String> {
        #[expect(clippy::disallowed_methods, clippy::disallowed_types)] // a test may open files
        crate::config::text(std::fs::File::open(path))
    }

    fn zone(&self, name: &str) -> Result<Zone, String> {
        zones::zone(name, zones::embedded)
    }
}

fn read(text: &str) -> Result<Config, ConfigErrors> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pipeline-configs");
    let document = Document::parse(&Source { name: "rules.toml", text, beside: &beside })?;
    crate::config::read(document, ScheduleSpec::default(), &Disk)
}

/// Refused or taken, but never a panic; and what is refused is refused with a line.
fn total(text: &str) {
    match read(text) {
        Ok(config) => assert_eq!(config.rules.rules().len(), config.rule_locations.len()),
        Err(ConfigErrors(all)) => {
            assert!(!all.is_empty());
            for error in all {
                let line = error.location.line().unwrap_or(0);
                assert!(line >= 1, "{error}\nin\n{text}");
            }
        }
    }
}

#[test]
fn the_example_is_read_whole() {
    let config = read(EXAMPLE).unwrap();
    assert_eq!(config.rules.rules().len(), 7);
    assert_eq!(config.schedule("night").map(|schedule| schedule.zone().name()), Some("Europe/Berlin"));
    assert_eq!(config.unused, Vec::<String>::new());
}

#[test]
fn a_rule_finds_its_user_among_a_thousand_names() {
    let names: Vec<String> = (0..1000).map(|n| format!("\"user-{n}\"")).collect();
    let text = format!("[[rule]]\nname = \"many\"\nuser = [{}]\nseverity = \"high\"\n", names.join(","));
    let config = read(&text).unwrap();
    let rule = |user: &str| {
        let who = crate::rules::Principal::user(user.to_owned(), None);
        config.rules.matching(&who).rule().is_some()
    };
    assert!(rule("user-0") && rule("user-999") && !rule("user-1000"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn never_panics_on_a_mutated_example(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[\\[\\]{}=\",.a-z0-9:;*/\n é-]{0,6}"), 1..4)
    ) {
        let mut text: Vec<char> = EXAMPLE.chars().collect();
        for (at, length, put) in cuts {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, put.chars());
        }
        total(&text.into_iter().collect::<String>());
    }

    #[test]
    fn never_panics_on_mixed_lines(lines in prop::collection::vec(any::<prop::sample::Index>(), 0..24)) {
        let known: Vec<&str> = EXAMPLE.lines().filter(|line| !line.is_empty()).collect();
        let text: Vec<&str> = lines.iter().map(|line| *line.get(&known)).collect();
        total(&text.join("\n"));
    }

    #[test]
    fn never_panics_on_any_text(text in ".{0,80}") {
        total(&text);
    }
}
