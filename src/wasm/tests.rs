use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Value;

use crate::config::{Loader, zones};
use crate::time_zone::Zone;
use crate::wasm::handler::{Answer, Handler};
use crate::wasm::host::HostEnv;

/// Two folders with some files, and what was said.
#[derive(Clone, Default)]
struct Sandbox {
    files: BTreeMap<PathBuf, String>,
    said: Rc<RefCell<Vec<String>>>,
}

impl Sandbox {
    fn with(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        Sandbox { files, ..Self::default() }
    }

    fn open(&self) -> Handler<Sandbox> {
        Handler::open(self.clone())
    }
}

impl Loader for Sandbox {
    fn text(&self, path: &Path) -> Result<String, String> {
        self.files.get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
    }

    fn zone(&self, name: &str) -> Result<Zone, String> {
        zones::zone(name, zones::embedded)
    }
}

impl HostEnv for Sandbox {
    fn folders(&self) -> Vec<PathBuf> {
        vec![".".into(), "/etc/afterhours".into()]
    }

    fn is_there(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    fn say(&self, what: &str) {
        self.said.borrow_mut().push(what.to_owned());
    }
}

fn record(user: &str, time: &str) -> String {
    format!(
        r#"{{"userIdentity":{{"type":"IAMUser","userName":"{user}"}},"eventTime":"{time}","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","responseElements":{{"ConsoleLogin":"Success"}}}}"#
    )
}

const NIGHT: &str = "2026-11-23T03:00:00Z";
const NOON: &str = "2026-11-23T12:00:00Z";

/// The answer without its NUL.
fn json(answer: Answer<'_>) -> String {
    let Answer::Json(text) = answer else { panic!("{answer:?}") };
    let (&last, text) = text.split_last().unwrap();
    assert!(last == 0 && !text.contains(&0));
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert!(serde_json::from_str::<Value>(&text).unwrap().is_object(), "{text}");
    text
}

fn reason(text: &str) -> String {
    let value: Value = serde_json::from_str(text).unwrap();
    value["after_hours"]["reason"].as_str().unwrap().to_owned()
}

#[test]
fn filters_and_tags() {
    let mut handler = Sandbox::default().open();
    let (night, noon) = (record("lee", NIGHT), record("lee", NOON));
    let tagged = json(handler.filter(night.as_bytes()));
    assert!(tagged.starts_with(&night[..night.len() - 1]) && reason(&tagged) == "outside_window");
    assert_eq!(json(handler.tag(night.as_bytes())), tagged);
    assert_eq!(handler.filter(noon.as_bytes()), Answer::Nothing);
    assert_eq!(reason(&json(handler.tag(noon.as_bytes()))), "inside_window");
    for other in [r#"{"eventName":"GetObject"}"#, r#"{"log":"ConsoleLogin"}"#, "", "{"] {
        assert_eq!(handler.filter(other.as_bytes()), Answer::Nothing);
        assert_eq!(handler.tag(other.as_bytes()), Answer::Unchanged);
    }
}

#[test]
fn doubt_goes_out() {
    let mut handler = Sandbox::default().open();
    let timeless = json(handler.filter(record("lee", "...").as_bytes()));
    assert_eq!(reason(&timeless), "no_event_time");
    let truncated = r#"{"log":"{\"eventName\":\"ConsoleLogin\",\"eventTime\":"}"#;
    for answer in [json(handler.filter(truncated.as_bytes())), json(handler.tag(truncated.as_bytes()))] {
        let value: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((reason(&answer).as_str(), &value["raw"]), ("unreadable", &Value::from(truncated)));
    }
    // It is the fourth record that came.
    assert!(json(handler.filter(truncated.as_bytes())).contains("\"line_number\":4"));
}

#[test]
fn what_is_no_utf8_comes_back_replaced() {
    let mut handler = Sandbox::default().open();
    let text = record("lXe", NIGHT);
    let bytes: Vec<u8> = text.bytes().map(|b| if b == b'X' { 0xe9 } else { b }).collect();
    let replaced = text.replace('X', "\u{fffd}");
    assert!(json(handler.filter(&bytes)).starts_with(&replaced[..replaced.len() - 1]));
}

#[test]
fn a_container_is_answered_with_one_object() {
    let mut handler = Sandbox::default().open();
    let records = |times: &[&str]| {
        let records: Vec<String> = times.iter().map(|time| record("lee", time)).collect();
        let inner = format!("{{\"Records\":[{{\"eventName\":\"GetObject\"}},{}]}}", records.join(","));
        format!("{{\"log\":{}}}", Value::from(inner))
    };
    // One of them is left: it is the answer.
    let one = json(handler.filter(records(&[NIGHT, NOON]).as_bytes()));
    assert_eq!(one, json(handler.filter(record("lee", NIGHT).as_bytes())));
    // Two are left, and the graver one is on top.
    let two: Value =
        serde_json::from_str(&json(handler.filter(records(&["never", NIGHT, NOON]).as_bytes()))).unwrap();
    let reasons: Vec<&Value> =
        two["Records"].as_array().unwrap().iter().map(|record| &record["after_hours"]["reason"]).collect();
    assert_eq!(reasons, ["no_event_time", "outside_window"]);
    assert_eq!(two["after_hours"], two["Records"][1]["after_hours"]);
    assert_eq!(handler.filter(records(&[NOON, NOON]).as_bytes()), Answer::Nothing);
    // To tag is to leave the record as it is.
    let whole = records(&["never", NIGHT, NOON]);
    let tagged = json(handler.tag(whole.as_bytes()));
    assert!(tagged.starts_with(&whole[..whole.len() - 1]) && reason(&tagged) == "outside_window");
    // What is no object is carried as text.
    let array = format!("[{},{}", record("lee", NIGHT), record("kim", NIGHT));
    let tagged: Value = serde_json::from_str(&json(handler.tag(array.as_bytes()))).unwrap();
    assert_eq!((&tagged["log"], &tagged["after_hours"]["verdict"]), (&array.into(), &"outside".into()));
}

#[test]
fn the_first_configuration_that_is_there_is_read() {
    let rules = r#"
        [default]
        hours = "off"
        [lookup.offices]
        file = "offices.csv"
        [schedules.always]
        hours = "24/7"
        [[rule]]
        user = "*"
        schedule = "lookup:offices"
        [notify.people]
        url = "https://example.com"
    "#;
    let mut sandbox = Sandbox::with(&[
        ("/etc/afterhours/afterhours.toml", rules),
        ("/etc/afterhours/offices.csv", "user,schedule\nlee,always\n"),
    ]);
    let mut handler = sandbox.open();
    assert_eq!(*sandbox.said.borrow(), [""; 0]);
    assert_eq!(handler.filter(record("lee", NIGHT).as_bytes()), Answer::Nothing);
    assert_eq!(reason(&json(handler.filter(record("kim", NOON).as_bytes()))), "never_open");
    sandbox.files.insert("./afterhours.toml".into(), "[default]\nhours = \"off\"\n".into());
    assert_eq!(reason(&json(sandbox.open().filter(record("lee", NIGHT).as_bytes()))), "never_open");
}

#[test]
fn without_a_file_the_hours_are_told() {
    let sandbox = Sandbox::default();
    sandbox.open();
    assert_eq!(
        *sandbox.said.borrow(),
        [
            "no afterhours.toml in the accessible paths (., /etc/afterhours): business hours are Mo-Fr 09:00-17:00, UTC"
        ]
    );
}

#[test]
fn a_broken_file_is_told_and_nothing_is_dropped() {
    let sandbox =
        Sandbox::with(&[("./afterhours.toml", "[default]\nhours = \"Mon-Fri 25:00\"\ntzz = \"UTC\"\n")]);
    let mut handler = sandbox.open();
    let said = sandbox.said.borrow().join("|");
    assert!(
        said.starts_with("./afterhours.toml:") && said.ends_with("every console sign-in goes out undecided"),
        "{said}"
    );
    assert!(!said.contains('|') && said.contains("(1 more; `afterhours check` lists them)"), "{said}");
    let root = record("", NOON).replace("IAMUser", "Root");
    for record in [record("lee", NOON), root] {
        let answer = json(handler.filter(record.as_bytes()));
        let value: Value = serde_json::from_str(&answer).unwrap();
        assert!(answer.starts_with(&record[..record.len() - 1]));
        assert_eq!(value["after_hours"]["verdict"], "undecided");
        assert!(value["after_hours"]["error"].as_str().unwrap().contains("afterhours.toml:"));
    }
    assert_eq!(handler.filter(br#"{"eventName":"GetObject"}"#), Answer::Nothing);
}

#[test]
fn its_own_part_says_what_counts() {
    let root = record("", NIGHT).replace("IAMUser", "Root");
    let filtered = |text: &str, record: &str| match Sandbox::with(&[("./afterhours.toml", text)])
        .open()
        .filter(record.as_bytes())
    {
        Answer::Json(answer) => Some(String::from_utf8(answer.to_vec()).unwrap()),
        _ => None,
    };
    assert!(filtered("", &root).is_none() && filtered("[wasm]\nidentity = \"all\"\n", &root).is_some());
    assert!(filtered("[wasm]\nidentity = [\"root\"]\n", &record("lee", NIGHT)).is_none());
    assert!(filtered("[wasm]\noutcome = \"failure\"\n", &record("lee", NIGHT)).is_none());
    assert!(
        filtered("[wasm]\ntag = \"when\"\n", &record("lee", NIGHT))
            .unwrap()
            .contains("\"when\":{\"verdict\"")
    );
    for wrong in
        ["identity = []", "identity = \"rot\"", "outcome = \"maybe\"", "tag = \"a b\"", "outcom = \"any\""]
    {
        let sandbox = Sandbox::with(&[("./afterhours.toml", &format!("[wasm]\n{wrong}\n"))]);
        sandbox.open();
        assert!(sandbox.said.borrow()[0].starts_with("./afterhours.toml:2: wasm."), "{:?}", sandbox.said);
    }
}

#[test]
#[expect(unsafe_code)] // the functions as the host calls them
fn the_exported_functions_take_pointers() {
    use crate::wasm::{afterhours_filter, afterhours_tag};
    use std::ffi::CStr;
    use std::ptr::null;

    let (night, other) = (record("lee", NIGHT), "{}");
    let length = |text: &str| text.len() as u32;
    // SAFETY: the pointers are those of strings with their lengths; the answers are copied before the next call.
    unsafe {
        let answer = afterhours_filter(null(), 0, 0, 0, night.as_ptr(), length(&night));
        let text = CStr::from_ptr(answer.cast()).to_str().unwrap().to_owned();
        assert_eq!(reason(&text), "outside_window");
        assert!(afterhours_filter(null(), 0, 0, 0, other.as_ptr(), 2).is_null());
        assert!(afterhours_filter(null(), 0, 0, 0, null(), 7).is_null());
        assert_eq!(afterhours_tag(null(), 0, 0, 0, other.as_ptr(), 2), other.as_ptr());
    }
}

proptest::proptest! {
    #[test]
    fn whatever_comes_is_answered_with_an_object_or_not_at_all(
        texts in proptest::collection::vec(r#"(\{"Records":\[|\{"log":"|\\"|ConsoleLogin|eventName|signin\.amazonaws\.com|[\[\]{}",:\\a0\x00é ]){0,12}"#, 1..4),
        cut in 0_usize..400
    ) {
        let mut handler = Sandbox::default().open();
        let mut whole = record("lee", NIGHT);
        whole.truncate(cut);
        for text in texts.iter().flat_map(|text| [text.clone(), format!("{whole}{text}"), format!("[{},{text}", record("k", NIGHT))]) {
            for answer in [handler.filter(text.as_bytes())] {
                if answer != Answer::Nothing { json(answer); }
            }
            let answer = handler.tag(text.as_bytes());
            if answer != Answer::Unchanged { json(answer); }
        }
    }
}
