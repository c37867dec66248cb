//! A connection that brings HTTP requests, one after another, and how long it may take over each part of them. Knows time-outs
//! and when to leave; what is in a request is for others.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::TcpStream;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, sleep_until};

use crate::server::connections::{Phase, ServerState};
use crate::server::request::Worker;

/// How long a request's head may take from its first byte, and the first request of a connection.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may stay without a request, or its answer be left unread. Longer than hosts keep theirs (Vector: 90 s),
/// so that it is they who close it and no request meets a closed listener.
const IDLE: Duration = Duration::from_secs(120);
/// How long a connection may go on once the program is to end; then it is closed between two requests.
const LAST: Duration = Duration::from_millis(500);
/// The largest head of a request, and the most that is read at once, in bytes.
const BUFFER: usize = 256 << 10;

pub(super) fn serve(state: &Arc<ServerState>, stream: TcpStream, from: &Arc<str>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime.and_then(|runtime| runtime.block_on(connection(state, stream, from)));
    if let Err(error) = served {
        state.say_seldom("unserved", &format!("{from}: the connection could not be served: {error}"));
    }
}

async fn connection(state: &Arc<ServerState>, stream: TcpStream, from: &Arc<str>) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    // Answers are small, and the client waits for each.
    stream.set_nodelay(true)?;
    let stream = TokioIo::new(tokio::net::TcpStream::from_std(stream)?);
    let clock = Rc::new(Clock::start());
    let io = Watched { stream, state: Arc::clone(state), clock: Rc::clone(&clock) };
    let worker = Rc::new(Mutex::new(Worker::new(state, from)));
    let service = service_fn(|request| {
        let (worker, clock) = (Rc::clone(&worker), Rc::clone(&clock));
        async move {
            clock.set(Stage::Request);
            // Never waited for: HTTP/1.1 answers one request, and then takes the next.
            let answer = worker.lock().await.answer(request).await;
            clock.set(Stage::Idle);
            Ok::<_, Infallible>(answer)
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .max_buf_size(BUFFER)
            // Some close their side behind the last request, and wait for the answer.
            .half_close(true)
            // Its clock would run between requests too.
            .header_read_timeout(None)
            .serve_connection(io, service)
    );
    let mut phase = state.phase.subscribe();
    let mut leave = pin!(async {
        let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
        sleep(LAST).await;
    });
    let mut leaving = false;
    let mut late = pin!(sleep_until(clock.deadline()));
    let ended = poll_fn(|context| {
        if let Poll::Ready(ended) = connection.as_mut().poll(context) {
            return Poll::Ready(ended);
        }
        if !leaving && leave.as_mut().poll(context).is_ready() {
            leaving = true;
            connection.as_mut().graceful_shutdown();
        }
        if leaving && clock.stage.get().is_idle() {
            return Poll::Ready(Ok(()));
        }
        if late.deadline() != clock.deadline() {
            late.as_mut().reset(clock.deadline());
        }
        late.as_mut().poll(context).map(|()| {
            if clock.stage.get() == Stage::Head {
                state.served.cut.fetch_add(1, Ordering::Relaxed);
                state.say_seldom(
                    "slow head",
                    &format!("{from}: a request's head took longer than {HEAD:?}; the connection was closed"),
                );
            }
            Ok(())
        })
    });
    if let Err(error) = ended.await
        && error.is_parse()
    {
        state.served.refused.fetch_add(1, Ordering::Relaxed);
        state.say_seldom("parse", &format!("{from}: a request could not be understood: {error}"));
    }
    Ok(())
}

/// What the connection is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The first byte of the first request.
    New,
    /// The rest of a request's head.
    Head,
    /// A request's body, or our answer: its patience is the worker's.
    Request,
    /// The first byte of the next request.
    Idle,
}

impl Stage {
    fn is_idle(self) -> bool {
        matches!(self, Stage::New | Stage::Idle)
    }
}

/// Since when it has been waiting.
struct Clock {
    stage: Cell<Stage>,
    since: Cell<Instant>,
}

impl Clock {
    fn start() -> Self {
        Clock { stage: Cell::new(Stage::New), since: Cell::new(Instant::now()) }
    }

    fn set(&self, stage: Stage) {
        self.stage.set(stage);
        self.since.set(Instant::now());
    }

    fn deadline(&self) -> Instant {
        let allowed = match self.stage.get() {
            Stage::New | Stage::Head => HEAD,
            Stage::Idle => IDLE,
            // Far beyond what a body may take.
            Stage::Request => Duration::from_secs(24 * 3600),
        };
        self.since.get() + allowed
    }
}

/// A socket that tells when something comes.
struct Watched {
    stream: TokioIo<tokio::net::TcpStream>,
    state: Arc<ServerState>,
    clock: Rc<Clock>,
}

impl Read for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        if result.is_ready() {
            self.state.stirred();
            if self.clock.stage.get().is_idle() {
                self.clock.set(Stage::Head);
            }
        }
        result
    }
}

impl Write for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
