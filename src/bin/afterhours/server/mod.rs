//! Listens for records instead of reading them: lines over unix: and tcp: sockets, requests over http:. Each connection has a
//! thread and a filter of its own; what they find goes out by one outlet. Knows when to begin, when to end, and in which order.

mod auth;
mod body;
mod connection_sink;
mod connections;
mod headers;
mod http;
mod line_protocol;
mod listener;
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

use crate::cli::listen::ListenOptions;
use crate::dispatch::dispatcher::Dispatcher;
use crate::output::stdout::Stdout;
use crate::server::auth::Token;
pub(crate) use crate::server::connections::Served;
use crate::server::connections::{Hall, Phase};
pub(crate) use crate::server::listener::Address;
use crate::server::listener::{Door, Kind, Stream};
use crate::server::output_queue::{End, Outlet};
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
pub(crate) struct Doors {
    doors: Vec<Door>,
    token: Option<Token>,
}

/// What is left when it is over.
pub(crate) struct Passed {
    pub(crate) stats: Stats,
    pub(crate) served: Served,
    pub(crate) dispatcher: Option<Dispatcher>,
    /// Why it could not go on to its end.
    pub(crate) result: anyhow::Result<()>,
}

impl Doors {
    /// Listens, if that was asked for. To be called before any thread is started.
    pub(crate) fn open(options: &ListenOptions) -> anyhow::Result<Option<Self>> {
        if options.listen.is_empty() {
            return Ok(None);
        }
        let token = Token::set(options.token_file.as_deref())?;
        let open = |address| Door::open(address, options.listen_mode, token.is_some());
        let doors = options.listen.iter().map(open).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Some(Doors { doors, token }))
    }
}

/// Serves until a signal has come and everybody has gone, or nothing can go out any more.
pub(crate) fn serve(
    doors: Doors,
    options: &ListenOptions,
    filter: Filter,
    stdout: Stdout,
    signals: &Signals,
) -> anyhow::Result<Passed> {
    let Doors { doors, token } = doors;
    let (bell, ring) = UnixStream::pair().context("could not open a socket pair")?;
    let router = stdout.dispatcher().map(Dispatcher::router).cloned();
    let watched = stdout.leash().context("stdout")?;
    let outlet = Outlet::new(stdout, filter.policy().tag.clone(), ring).context("stdout")?;
    let hall = Arc::new(Hall::new(Arc::new(outlet), filter, router, token, options, doors.len()));
    for (number, door) in doors.iter().enumerate() {
        say(&format!("listening on {}", door.name));
        if door.is_public() {
            say(&format!(
                "{}: the token and the records travel readable by everybody on the way; a proxy can add TLS",
                door.name
            ));
        }
        let (door, hall) = (door.share().context("could not listen")?, Arc::clone(&hall));
        let greet = move || greet(number, &door, &hall);
        thread::Builder::new().name("accept".to_owned()).spawn(greet).context("could not start a thread")?;
    }
    wait(signals, &watched, bell, &hall)?;
    // Nobody is to write to a socket that nobody will read.
    hall.phase.send_replace(Phase::Over);
    doors.into_iter().for_each(Door::close);
    Ok(end(&hall))
}

/// Waits for the end of serving.
fn wait(signals: &Signals, stdout: &impl AsFd, mut bell: UnixStream, hall: &Hall) -> anyhow::Result<()> {
    let mut deadline = None;
    loop {
        if signals.came() && deadline.is_none() {
            deadline = Some(Instant::now() + DRAIN);
            hall.phase.send_replace(Phase::Draining);
            hall.stirred();
        }
        if let Some(deadline) = deadline
            && (hall.is_quiet(QUIET) || Instant::now() >= deadline)
        {
            return Ok(());
        }
        let mut waiting = vec![
            PollFd::new(&bell, PollFlags::IN),
            // No event is asked for: an error or hang-up is told anyway.
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
            hall.outlet.close(End::Stdout(std::io::ErrorKind::BrokenPipe.into()));
            return Ok(());
        }
        if rang {
            let _ = bell.read(&mut [0; 8]);
            return Ok(());
        }
    }
}

/// Takes stock.
fn end(hall: &Hall) -> Passed {
    let failed = hall.outlet.has_ended();
    let remaining = if failed { 0 } else { hall.clear(LAST) };
    let finished = hall.outlet.finish(Instant::now() + if failed { Duration::ZERO } else { LAST });
    if remaining > 0 {
        say(&format!(
            "{remaining} connections were still open {DRAIN:?} after the signal; what they had not sent was not waited for"
        ));
    }
    let result = match finished.end {
        End::Over if finished.left > 0 => {
            Err(anyhow!("{} bytes are not written: nobody reads them", finished.left).context("stdout"))
        }
        End::Over => Ok(()),
        End::Stdout(error) => {
            Err(anyhow!(error).context("stdout: could not write; no request is answered 200 any more"))
        }
        End::Unreadable(what) => Err(anyhow!(what).context("stopped, as --unreadable stop says")),
    };
    // Where it failed, it ends at once: what is in the outbox is safe there.
    let dispatcher = if result.is_ok() { finished.stdout.and_then(Stdout::close) } else { None };
    Passed { stats: finished.stats, served: hall.served.read(), dispatcher, result }
}

/// Lets connections in by a door, each to a thread of its own.
fn greet(number: usize, door: &Door, hall: &Arc<Hall>) {
    loop {
        let (stream, address) = match door.accept() {
            Ok(accepted) => accepted,
            Err(_) if *hall.phase.borrow() == Phase::Over => return,
            Err(error) => {
                // Out of descriptors, mostly: some will be closed.
                hall.say_seldom(
                    "accept",
                    &format!("{}: a connection could not be accepted: {error}", door.name),
                );
                thread::sleep(Duration::from_millis(50));
                continue;
            }
        };
        let hall = Arc::clone(hall);
        let (name, kind) = (&door.name, door.kind);
        let stream = Arc::new(stream);
        let guest = hall.welcome(number, name, (kind == Kind::Lines).then(|| Arc::clone(&stream)));
        let from: Arc<str> = match address {
            Some(address) => format!("{name} from {address}").into(),
            None => format!("{name} connection {}", guest.number).into(),
        };
        let serve = move || {
            let _guest = guest;
            match kind {
                Kind::Lines => line_protocol::serve(&hall, &stream, from),
                Kind::Http => {
                    if let Some(Stream::Tcp(stream)) = Arc::into_inner(stream) {
                        http::serve(&hall, stream, &from);
                    }
                }
            }
        };
        if let Err(error) = thread::Builder::new().name("connection".to_owned()).spawn(serve) {
            say(&format!("a connection was closed, for no thread could be started: {error}"));
        }
    }
}

/// A text from the command line or a request, for people: control characters would speak to their terminal.
fn shown(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
