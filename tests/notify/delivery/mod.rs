//! From a line on stdin to a request at a server, with everything that can go wrong between.

mod crashes;
mod retries;
mod routing;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Child, Stdio};

use kit::http_server::Server;

use crate::program::{Home, Ran};

/// A webhook at the server's URL, and further lines of its table.
pub(crate) fn hook(url: &str, more: &str) -> Home {
    Home::new(&format!(
        "[default]\nhours = \"off\"\n[notify.hook]\ntype = \"webhook\"\nurl = \"{url}/in\"\ninsecure = true\n{more}\n"
    ))
}

pub(crate) fn feed(home: &Home, arguments: &[&str], input: &str) -> Ran {
    let mut child = home.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = input.to_owned();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(text.as_bytes());
    });
    let ran = Ran::of(child.wait_with_output().unwrap());
    writer.join().unwrap();
    ran
}

/// How often each event was notified to a server of the `webhook` channel.
pub(crate) fn notified(server: &Server) -> BTreeMap<String, usize> {
    let mut notified = BTreeMap::new();
    for request in server.requests() {
        *notified.entry(event_id(&request.json())).or_default() += 1;
    }
    notified
}

fn event_id(body: &serde_json::Value) -> String {
    fn find(value: &serde_json::Value) -> Option<&str> {
        match value {
            serde_json::Value::Object(map) => {
                map.get("event_id").and_then(|id| id.as_str()).or_else(|| map.values().find_map(find))
            }
            _ => None,
        }
    }
    find(body).unwrap_or_else(|| panic!("no event_id in {body}")).to_owned()
}

fn numbers(home: &Home) -> serde_json::Value {
    let ran = home.run(&["notify", "status", "--json"]);
    ran.ended(0);
    let status: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    status["channels"][0].clone()
}

/// Ends the child with kill -9.
fn kill(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
