//! Listens for records instead of reading them: lines over unix: and tcp: sockets, requests over http:. Each connection has a
//! thread and a filter of its own; what they find goes out by one output queue. Knows when to begin, when to end, and in which order.

mod auth;
mod body;
mod connection_sink;
mod connections;
mod headers;
mod http;
mod line_protocol;
mod listener;
mod options;
mod output_queue;
mod request;

use std::io::Read as _;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use afterhours::filter::{Filter, Stats};
use anyhow::{Context as _, anyhow};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::dispatch::dispatcher::Dispatcher;
use crate::output::stdout::OutputSink;
use crate::server::auth::Token;
pub(crate) use crate::server::connections::ServerStats;
use crate::server::connections::{Phase, ServerState};
pub(crate) use crate::server::listener::Address;
use crate::server::listener::{Kind, Listener, Stream};
pub(crate) use crate::server::options::Options;
use crate::server::output_queue::{OutputQueue, ShutdownReason};
use crate::sys::messages::say;
use crate::sys::signals::Signals;

/// How much a connection reads at once, in bytes: less than a file's, for there are many of them.
pub(crate) const BLOCK: usize = 128 << 10;
/// After a signal, the program ends when nobody was there for so long...
const QUIET: Duration = Duration::from_millis(500);
/// ... and after so long in any case: ten seconds with what follows. Hosts wait longer before they kill (Vector: 60 s).
const DRAIN: Duration = Duration::from_secs(9);
/// How long the last answers, and the last bytes on stdout, may take after that.
const LAST: Duration = Duration::from_millis(500);

/// What is listened on, from before anything slow: who connects waits until it is served.
#[derive(Debug)]
pub(crate) struct Listeners {
    listeners: Vec<Listener>,
    token: Option<Token>,
}

/// What is left when it is over.
pub(crate) struct RunSummary {
    pub(crate) stats: Stats,
    pub(crate) served: ServerStats,
    pub(crate) dispatcher: Option<Dispatcher>,
    /// Why it could not go on to its end.
    pub(crate) result: anyhow::Result<()>,
}

impl Listeners {
    /// Listens, if that was asked for. To be called before any thread is started.
    pub(crate) fn open(options: &Options) -> anyhow::Result<Option<Self>> {
        if options.listen.is_empty() {
            return Ok(None);
        }
        let token = Token::set(options.token_file.as_deref())?;
        let open = |address| Listener::open(address, options.listen_mode, token.is_some());
        let listeners = options.listen.iter().map(open).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Some(Listeners { listeners, token }))
    }
}

/// Serves until a signal has come and everybody has gone, or nothing can go out any more.
pub(crate) fn serve(
    listeners: Listeners,
    options: &Options,
    filter: Filter,
    stdout: OutputSink,
    signals: &Signals,
) -> anyhow::Result<RunSummary> {
    let Listeners { listeners, token } = listeners;
    let (bell, ring) = UnixStream::pair().context("could not open a socket pair")?;
    let router = stdout.dispatcher().map(Dispatcher::router).cloned();
    let watched = stdout.leash().context("stdout")?;
    let output = OutputQueue::new(stdout, filter.policy().tag.clone(), ring).context("stdout")?;
    let state = Arc::new(ServerState::new(Arc::new(output), filter, router, token, options, listeners.len()));
    for (number, listener) in listeners.iter().enumerate() {
        say(&format!("listening on {}", listener.name));
        if listener.is_public() {
            say(&format!(
                "{}: the token and the records travel readable by everybody on the way; a proxy can add TLS",
                listener.name
            ));
        }
        let (listener, state) = (listener.share().context("could not listen")?, Arc::clone(&state));
        let greet = move || greet(number, &listener, &state);
        thread::Builder::new().name("accept".to_owned()).spawn(greet).context("could not start a thread")?;
    }
    wait(signals, &watched, bell, &state)?;
    // Nobody is to write to a socket that nobody will read.
    state.phase.send_replace(Phase::Over);
    listeners.into_iter().for_each(Listener::close);
    Ok(end(&state))
}

/// Waits for the end of serving.
fn wait(
    signals: &Signals,
    stdout: &impl AsFd,
    mut bell: UnixStream,
    state: &ServerState,
) -> anyhow::Result<()> {
    let mut deadline = None;
    loop {
        if signals.came() && deadline.is_none() {
            deadline = Some(Instant::now() + DRAIN);
            state.phase.send_replace(Phase::Draining);
            state.stirred();
        }
        if let Some(deadline) = deadline
            && (state.is_quiet(QUIET) || Instant::now() >= deadline)
        {
            return Ok(());
        }
        let mut waiting = vec![
            PollFd::new(&bell, PollFlags::IN),
            // No event is requested: poll(2) reports errors and hang-ups anyway.
            PollFd::from_borrowed_fd(stdout.as_fd(), PollFlags::empty()),
        ];
        if deadline.is_none() {
            waiting.push(PollFd::from_borrowed_fd(signals.wake(), PollFlags::IN));
        }
        let step = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        match poll(&mut waiting, deadline.is_some().then_some(&step)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error).context("could not wait"),
        }
        let (rang, gone) = (!waiting[0].revents().is_empty(), waiting[1].revents());
        if gone.intersects(PollFlags::ERR | PollFlags::HUP) {
            state.output.close(ShutdownReason::Stdout(std::io::ErrorKind::BrokenPipe.into()));
            return Ok(());
        }
        if rang {
            let _ = bell.read(&mut [0; 8]);
            return Ok(());
        }
    }
}

/// Takes stock.
fn end(state: &ServerState) -> RunSummary {
    let failed = state.output.has_ended();
    let remaining = if failed { 0 } else { state.clear(LAST) };
    let finished = state.output.finish(Instant::now() + if failed { Duration::ZERO } else { LAST });
    if remaining > 0 {
        say(&format!(
            "{remaining} connections were still open {DRAIN:?} after the signal; what they had not sent was not waited for"
        ));
    }
    let result = match finished.end {
        ShutdownReason::Over if finished.left > 0 => {
            Err(anyhow!("{} bytes are not written: nobody reads them", finished.left).context("stdout"))
        }
        ShutdownReason::Over => Ok(()),
        ShutdownReason::Stdout(error) => {
            Err(anyhow!(error).context("stdout: could not write; no request is answered 200 any more"))
        }
        ShutdownReason::Unreadable(what) => Err(anyhow!(what).context("stopped, as --unreadable stop says")),
    };
    // Where it failed, it ends at once: what is in the outbox is safe there.
    let dispatcher = if result.is_ok() { finished.stdout.and_then(OutputSink::close) } else { None };
    RunSummary { stats: finished.stats, served: state.served.read(), dispatcher, result }
}

/// Accepts a listener's connections, each to a thread of its own.
fn greet(number: usize, listener: &Listener, state: &Arc<ServerState>) {
    loop {
        let (stream, address) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(_) if *state.phase.borrow() == Phase::Over => return,
            Err(error) => {
                // Out of descriptors, mostly: some will be closed.
                state.say_seldom(
                    "accept",
                    &format!("{}: a connection could not be accepted: {error}", listener.name),
                );
                thread::sleep(Duration::from_millis(50));
                continue;
            }
        };
        let state = Arc::clone(state);
        let (name, kind) = (&listener.name, listener.kind);
        let stream = Arc::new(stream);
        let guard = state.welcome(number, name, (kind == Kind::Lines).then(|| Arc::clone(&stream)));
        let from: Arc<str> = match address {
            Some(address) => format!("{name} from {address}").into(),
            None => format!("{name} connection {}", guard.number).into(),
        };
        let serve = move || {
            let _guard = guard;
            match kind {
                Kind::Lines => line_protocol::serve(&state, &stream, from),
                Kind::Http => {
                    if let Some(Stream::Tcp(stream)) = Arc::into_inner(stream) {
                        http::serve(&state, stream, &from);
                    }
                }
            }
        };
        if let Err(error) = thread::Builder::new().name("connection".to_owned()).spawn(serve) {
            say(&format!("a connection was closed, for no thread could be started: {error}"));
        }
    }
}
