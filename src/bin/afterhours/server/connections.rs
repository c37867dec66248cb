//! What all connections share, and how many there are. Knows who is there and when somebody last said something; knows nothing
//! of what was said.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use afterhours::filter::Filter;
use tokio::sync::watch;

use crate::dispatch::router::NotificationRouter;
use crate::server::auth::Token;
use crate::server::listener::Stream;
use crate::server::options::Options;
use crate::server::output_queue::OutputQueue;
use crate::sys::messages::say;

/// How far the program is with its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    /// A signal came: all is served still.
    Draining,
    /// Nothing is served any more.
    Over,
}

#[derive(Debug)]
pub(super) struct ServerState {
    pub(super) output: Arc<OutputQueue>,
    pub(super) router: Option<NotificationRouter>,
    pub(super) token: Option<Token>,
    /// The largest body of a request, in bytes.
    pub(super) max_body: usize,
    pub(super) served: Counters,
    pub(super) phase: watch::Sender<Phase>,
    /// What the connections' filters are made of.
    filter: Mutex<Filter>,
    open: Mutex<Connections>,
    left: Condvar,
    /// How many may be there by each listener.
    most: usize,
    opened: Instant,
    /// Milliseconds after `opened`.
    stirred: AtomicU64,
    /// How often each kind of thing was said.
    said: Mutex<BTreeMap<&'static str, u64>>,
}

#[derive(Debug, Default)]
struct Connections {
    /// Those who came in by each listener: where one is full, the others are not.
    by_listener: Vec<PerListener>,
    last: u64,
    /// The line connections, which are closed at the end.
    raw: BTreeMap<u64, Arc<Stream>>,
}

#[derive(Debug, Default, Clone)]
struct PerListener {
    count: usize,
    told_full: bool,
}

impl Connections {
    fn count(&self) -> usize {
        self.by_listener.iter().map(|crowd| crowd.count).sum()
    }
}

/// What was served, in numbers.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) connections: AtomicU64,
    pub(super) requests: AtomicU64,
    /// Requests that were answered 200.
    pub(super) acknowledged: AtomicU64,
    /// Requests that were answered 503.
    pub(super) sent_back: AtomicU64,
    /// Requests that were refused for good: 4xx.
    pub(super) refused: AtomicU64,
    /// Requests of which only a part came.
    pub(super) cut: AtomicU64,
}

/// The same, when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServerStats {
    pub(crate) connections: u64,
    pub(crate) requests: u64,
    pub(crate) acknowledged: u64,
    pub(crate) sent_back: u64,
    pub(crate) refused: u64,
    pub(crate) cut: u64,
}

impl Counters {
    pub(super) fn read(&self) -> ServerStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ServerStats {
            connections: read(&self.connections),
            requests: read(&self.requests),
            acknowledged: read(&self.acknowledged),
            sent_back: read(&self.sent_back),
            refused: read(&self.refused),
            cut: read(&self.cut),
        }
    }
}

impl ServerState {
    pub(super) fn new(
        output: Arc<OutputQueue>,
        filter: Filter,
        router: Option<NotificationRouter>,
        token: Option<Token>,
        options: &Options,
        listeners: usize,
    ) -> Self {
        let open =
            Connections { by_listener: vec![PerListener::default(); listeners], ..Connections::default() };
        ServerState {
            output,
            router,
            token,
            max_body: options.max_body,
            served: Counters::default(),
            phase: watch::Sender::new(Phase::Serving),
            filter: Mutex::new(filter),
            open: Mutex::new(open),
            left: Condvar::new(),
            most: usize::from(options.max_connections),
            opened: Instant::now(),
            stirred: AtomicU64::new(0),
            said: Mutex::default(),
        }
    }

    /// A filter for a connection.
    pub(super) fn filter(&self) -> Filter {
        self.filter.lock().unwrap_or_else(PoisonError::into_inner).fresh()
    }

    fn open(&self) -> MutexGuard<'_, Connections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection until the value is dropped; waits before that until there is room for it at its listener. One with a
    /// stream is ended when it is over.
    pub(super) fn welcome(
        self: &Arc<Self>,
        listener: usize,
        name: &str,
        stream: Option<Arc<Stream>>,
    ) -> ConnectionGuard {
        let mut open = self.open();
        while open.by_listener[listener].count >= self.most {
            if !std::mem::replace(&mut open.by_listener[listener].told_full, true) {
                say(&format!(
                    "{name}: {} connections are open, as many as --max-connections allows at each address; more wait \
                     until one is closed",
                    self.most
                ));
            }
            open = self.left.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
        self.stirred();
        self.served.connections.fetch_add(1, Ordering::Relaxed);
        open.by_listener[listener].count += 1;
        open.last += 1;
        let number = open.last;
        if let Some(stream) = stream {
            // It slipped in while the listener was closed.
            if *self.phase.borrow() == Phase::Over {
                stream.end();
            }
            open.raw.insert(number, stream);
        }
        ConnectionGuard { state: Arc::clone(self), listener, number }
    }

    /// Something came in.
    pub(super) fn stirred(&self) {
        self.stirred.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether nobody is there, and nobody was for so long.
    pub(super) fn is_quiet(&self, time: Duration) -> bool {
        let quiet = self.now().saturating_sub(self.stirred.load(Ordering::Relaxed));
        self.open().count() == 0 && u128::from(quiet) >= time.as_millis()
    }

    /// Ends the connections that do not end by themselves; waits for those who are there, for so long. Says how many have not gone.
    pub(super) fn clear(&self, patience: Duration) -> usize {
        let until = Instant::now() + patience;
        let mut open = self.open();
        open.raw.values().for_each(|stream| stream.end());
        while open.count() > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            open = self.left.wait_timeout(open, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        open.count()
    }

    /// Says something that may happen often: of each kind the first few times, then ever less.
    pub(super) fn say_seldom(&self, kind: &'static str, message: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let count = said.entry(kind).or_default();
        *count += 1;
        if *count <= 8 || count.is_power_of_two() {
            say(message);
        }
    }
}

/// A connection that is counted.
#[derive(Debug)]
pub(super) struct ConnectionGuard {
    state: Arc<ServerState>,
    listener: usize,
    pub(super) number: u64,
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.state.stirred();
        let mut open = self.state.open();
        open.by_listener[self.listener].count -= 1;
        open.raw.remove(&self.number);
        // Whoever waits for room, and who waits for everybody to go.
        self.state.left.notify_all();
    }
}
