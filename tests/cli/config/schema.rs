//! `afterhours schema config`: it accepts what `check` accepts, and refuses what `check` refuses for its shape.

use std::path::{Path, PathBuf};

use kit::second_opinion;
use serde_json::Value;

use super::Place;
use crate::harness::run;

fn schema() -> Value {
    serde_json::from_slice(&run(&["schema", "config"], b"").exits(0).stdout).unwrap()
}

/// The example and every TOML file of the documents and fixtures.
fn examples() -> Vec<PathBuf> {
    let mut folders = vec!["pipeline-configs", "docs", "tests/fixtures"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        let paths = entries.map(|entry| entry.unwrap().path());
        found.extend(paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml")));
    }
    found.retain(|path| run(&["check", path.to_str().unwrap()], b"").status.code() == Some(0));
    assert!(!found.is_empty());
    found
}

/// One wrong shape each.
const WRONG: &[&str] = &[
    "[default]\nhuors = \"off\"\n",
    "[default]\nhours = 9\n",
    "[default]\nseverity = \"hgih\"\n",
    "[schedules.a]\nhours = []\ntz = [\"UTC\"]\n",
    "[schedules.a]\nhours = [1]\n",
    "[schedules]\na = 1\n",
    "[calendars.a]\nclosed = true\n",
    "[groups]\na = { files = \"x\" }\n",
    "[groups]\na = 1\n",
    "[oncall.a]\nweekly = [\"a\"]\nstarts = 5\n",
    "[oncall.a]\nrota = [{ usr = \"a\" }]\n",
    "[lookup.a]\nfiel = \"x\"\n",
    "[lookup.a]\n",
    "[rule]\nuser = \"a\"\n",
    "[[rule]]\nuser = \"a\"\nignore = \"true\"\n",
    "[[rule]]\nusr = \"a\"\nseverity = \"low\"\n",
    "[[rule]]\nidentity = \"saml\"\nseverity = \"low\"\n",
    "[wasm]\nidentity = \"rot\"\n",
    "[wasm]\noutcom = \"any\"\n",
    "[filter]\nidentity = \"rot\"\n",
    "[filter]\ndedupe = \"true\"\n",
    "[filter]\nkep = \"all\"\n",
    "[listen]\naddresses = 5\n",
    "[outbox]\ndirectry = \"x\"\n",
    "[notify.a]\ntype = \"pigeon\"\n",
    "[notify.a]\n",
    "hours = \"off\"\n",
];

#[test]
fn accepts_the_examples_and_refuses_wrong_shapes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("schema.json");
    std::fs::write(&file, schema().to_string()).unwrap();
    let mut arguments = vec![file];
    arguments.extend(examples());
    arguments.push("--wrong".into());
    for (number, text) in WRONG.iter().enumerate() {
        let place = Place::with(text);
        place.check().exits(2);
        let path = dir.path().join(format!("wrong-{number}.toml"));
        std::fs::write(&path, text).unwrap();
        arguments.push(path);
    }
    second_opinion::python("config_schema.py", &arguments);
}

#[test]
fn is_made_of_the_keys_that_the_reader_has() {
    let schema = schema();
    let keys = |path: &str| -> Vec<String> {
        schema
            .pointer(path)
            .unwrap_or_else(|| panic!("{path}"))
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    let sections = keys("/properties");
    for section in ["default", "filter", "groups", "listen", "notify", "outbox", "rule", "schedules", "wasm"]
    {
        assert!(sections.iter().any(|known| known == section), "{section}");
    }
    // What the schema lists, the reader knows: each key by itself is never an unknown one.
    for (section, path) in [
        ("default", "/properties/default/properties"),
        ("schedules.a", "/properties/schedules/additionalProperties/properties"),
        ("calendars.a", "/properties/calendars/additionalProperties/properties"),
        ("oncall.a", "/properties/oncall/additionalProperties/properties"),
        ("lookup.a", "/properties/lookup/additionalProperties/properties"),
        ("filter", "/properties/filter/properties"),
        ("listen", "/properties/listen/properties"),
        ("outbox", "/properties/outbox/properties"),
        ("wasm", "/properties/wasm/properties"),
    ] {
        let lines: String = keys(path).iter().map(|key| format!("{key} = \"\"\n")).collect();
        let outcome = Place::with(&format!("[{section}]\n{lines}")).check();
        assert!(!outcome.stderr.contains("unknown key"), "{section}: {}", outcome.stderr);
    }
}
