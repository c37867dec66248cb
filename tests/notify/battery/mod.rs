//! What every HTTP channel must handle: all statuses; servers that close, stall, send garbage or
//! never end; wrong certificates; redirects; proxies. Each through the real program, and no message
//! afterwards contains a secret.
//!
//! A new channel is one entry of [`cases`].

mod answers;
mod cases;
mod ways;

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::program::{Home, Ran};
use cases::{Case, OTHERS, cases};
use kit::http_server::{Request, Server};

/// The outcome of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Done,
    Later,
    Never,
}

impl Case {
    /// The program with this channel at this URL, and further keys of the channel.
    fn home(&self, url: &str, more: &str) -> Home {
        let own = self.config.replace("{url}", url);
        let home = Home::new(&format!("[notify.c]\ntype = \"{}\"\n{more}{own}", self.kind));
        self.secrets.iter().fold(home, |home, (name, value)| home.env(name, *value))
    }

    /// Sends to a server without encryption, which may answer late.
    fn ask(&self, server: &Server) -> Ran {
        self.home(&server.url, "insecure = true\ntimeout = \"60s\"\n").test("c")
    }

    /// Fails if the output contains a secret, an encoding of one, or a value derived from secrets
    /// for the requests; or characters that a terminal would interpret.
    #[track_caller]
    fn keeps_secrets(&self, ran: &Ran, requests: &[Request]) {
        for (_, secret) in self.secrets {
            let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            ran.hides(secret).hides(&form).hides(&form.replace('+', "%20")).hides(&STANDARD.encode(secret));
            ran.hides(&secret.replace('"', "\\\""));
        }
        for request in requests {
            for derived in ["authorization", "webhook-signature"].map(|name| request.header(name)) {
                if let Some(word) = derived.split(' ').next_back().filter(|word| !word.is_empty()) {
                    for prefix in ["", "v1,", "Signature="] {
                        ran.hides(word.trim_start_matches(prefix));
                    }
                }
            }
        }
        assert!(!ran.err.contains("panicked"), "{}: {ran:?}", self.name);
        let odd = |text: &str| text.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}');
        assert!(!odd(&ran.out) && !odd(&ran.err), "{}: {ran:?}", self.name);
    }

    #[track_caller]
    fn ended(&self, ran: &Ran, then: Then, what: &dyn Debug) {
        let (code, words) = match then {
            Then::Done => (0, ": delivered"),
            Then::Later => (1, "it would be tried again"),
            Then::Never => (1, "it would not be tried again"),
        };
        assert!(
            ran.code == code && ran.out.contains(words),
            "{}, {what:?}, wanted {then:?}: {ran:?}",
            self.name
        );
        assert_eq!(ran.out.lines().count(), 1, "{}, {what:?}: {ran:?}", self.name);
    }
}

/// Runs a test on every item, several at a time.
fn every<T: Sync>(all: &[T], test: impl Fn(&T) + Sync) {
    at_once(8, all, test);
}

/// The same, `at_once` at a time: for tests that wait rather than compute.
fn at_once<T: Sync>(count: usize, all: &[T], test: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..count.min(all.len()) {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    test(one);
                }
            });
        }
    });
}

/// Every case with every item.
fn with<T: Clone>(what: &[T]) -> Vec<(Case, T)> {
    what.iter().flat_map(|one| cases().into_iter().map(move |case| (case, one.clone()))).collect()
}

#[test]
fn every_channel_type_has_a_case() {
    let ran = Home::new("[notify.c]\n").run(&["notify", "test"]);
    let (_, kinds) = ran.ended(2).err.trim_end().split_once("it is one of ").unwrap();
    let cases = cases();
    for kind in kinds.split(", ").filter(|kind| !OTHERS.contains(kind)) {
        assert!(cases.iter().any(|case| case.kind == kind), "{kind} has no case here");
    }
}
