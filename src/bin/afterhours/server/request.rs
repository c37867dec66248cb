//! One HTTP request and its answer. 200 is a promise: its sign-ins are out and their notifications on disk. Everything that stands in
//! the answer to what fails for now is 503, so that the shipper sends it again; what would fail again is 4xx, and reported on
//! stderr.

use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use afterhours::filter::{Filter, FilterError, InputState, Stats};
use afterhours::sanitize::truncated;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::server::body::{Body, NO_TEXT, TOO_LARGE};
use crate::server::connection_sink::ConnectionSink;
use crate::server::connections::{Phase, ServerState};
use crate::server::headers::{is_gzip, is_text};
use crate::server::listener::SHOWN;
use crate::server::output_queue::{Durability, ShutdownReason};

/// How long a body may go without a byte, and how long it may be waited for in all...
const PAUSE: Duration = Duration::from_secs(20);
/// ... and a second more for so many bytes that came: a byte now and then would hold a connection for ever.
const PACE: usize = 64 << 10;
/// How long, and for how many bytes, the rest of a refused body is read, so that its sender comes to read the answer.
const REFUSED: (Duration, usize) = (Duration::from_secs(5), 256 << 20);

/// Answers the requests of one connection.
pub(super) struct Worker {
    state: Arc<ServerState>,
    from: Arc<str>,
    filter: Filter,
    feed: InputState,
    sink: ConnectionSink,
    phase: watch::Receiver<Phase>,
}

/// Why a request is not answered 200.
enum Refusal {
    /// It must not be sent again as it is.
    Never(StatusCode, String),
    /// It may be sent again.
    Later(&'static str),
    /// Its body did not come to its end.
    Cut(StatusCode, String),
}

impl Worker {
    pub(super) fn new(state: &Arc<ServerState>, from: &Arc<str>) -> Self {
        let filter = state.filter();
        let (output, router) = (Arc::clone(&state.output), state.router.clone());
        let sink = ConnectionSink::new(output, router, Arc::clone(from), None, filter.policy());
        let (feed, phase) = (filter.feed(), state.phase.subscribe());
        Worker { state: Arc::clone(state), from: Arc::clone(from), filter, feed, sink, phase }
    }

    pub(super) async fn answer(&mut self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let asks_for_health = request.uri().path() == "/healthz";
        if asks_for_health && matches!(*request.method(), Method::GET | Method::HEAD) {
            // Who asks bears no token: nobody is to keep a place by asking again and again.
            return closing(match self.state.output.is_open() {
                true => plain(StatusCode::OK, "ok"),
                false => plain(StatusCode::SERVICE_UNAVAILABLE, "the program ends"),
            });
        }
        self.state.served.requests.fetch_add(1, Ordering::Relaxed);
        let (head, mut body) = request.into_parts();
        let result = match self.gzip(&head.method, &head.headers) {
            Ok(gzip) => self.take_in(&mut body, gzip).await,
            Err(refusal) => Err(refusal),
        };
        let served = &self.state.served;
        match result {
            Ok((stats, foreign)) => {
                served.acknowledged.fetch_add(1, Ordering::Relaxed);
                let mut text = format!("{{\"lines\":{},\"forwarded\":{}", stats.lines, stats.forwarded);
                if stats.unrecognized > 0 {
                    text.push_str(&format!(",\"unrecognized\":{}", stats.unrecognized));
                }
                if let Some(what) = foreign {
                    self.state.say_seldom("no records", &format!("{}: {what}", self.from));
                    text.push_str(&format!(",\"warning\":{}", serde_json::Value::from(what)));
                }
                text.push('}');
                let mut answer = plain(StatusCode::OK, &text);
                answer
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                answer
            }
            Err(Refusal::Later(why)) => {
                served.sent_back.fetch_add(1, Ordering::Relaxed);
                self.state.say_seldom("503", &format!("{}: a request was answered 503: {why}", self.from));
                let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, why);
                answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                closing(answer)
            }
            Err(Refusal::Cut(status, why)) => {
                served.cut.fetch_add(1, Ordering::Relaxed);
                self.state.say_seldom("cut", &format!("{}: {why}", self.from));
                closing(plain(status, &why))
            }
            Err(Refusal::Never(status, why)) => {
                served.refused.fetch_add(1, Ordering::Relaxed);
                let kind = status.canonical_reason().unwrap_or("refused");
                self.state.say_seldom(
                    kind,
                    &format!("{}: a request was answered {}: {why}", self.from, status.as_u16()),
                );
                // Who waits to be asked for the body has not sent it.
                if !head.headers.contains_key(header::EXPECT) {
                    read_off(&mut body).await;
                }
                let mut answer = plain(status, &why);
                let more = match status {
                    StatusCode::METHOD_NOT_ALLOWED => Some((header::ALLOW, "POST, PUT")),
                    StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer")),
                    _ => None,
                };
                answer
                    .headers_mut()
                    .extend(more.map(|(name, value)| (name, HeaderValue::from_static(value))));
                closing(answer)
            }
        }
    }

    /// Whether the request may come in, and whether its body is gzipped.
    fn gzip(&self, method: &Method, headers: &HeaderMap) -> Result<bool, Refusal> {
        let text = |name| headers.get(name).map(|value: &HeaderValue| value.as_bytes());
        if let Some(token) = &self.state.token {
            match token.admits(text(header::AUTHORIZATION)) {
                Ok(true) => {}
                Ok(false) => {
                    let why = "the request must bear the token: Authorization: Bearer TOKEN";
                    return Err(Refusal::Never(StatusCode::UNAUTHORIZED, why.to_owned()));
                }
                Err(why) => {
                    self.state.say_seldom("token", &format!("no request can be let in: {why}"));
                    return Err(Refusal::Later("the token cannot be read"));
                }
            }
        }
        if headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site") {
            let why = "requests from web pages are not taken";
            return Err(Refusal::Never(StatusCode::FORBIDDEN, why.to_owned()));
        }
        if !matches!(*method, Method::POST | Method::PUT) {
            let why = "records are sent by POST or PUT; GET /healthz says whether the program is well";
            return Err(Refusal::Never(StatusCode::METHOD_NOT_ALLOWED, why.to_owned()));
        }
        let kind = text(header::CONTENT_TYPE).unwrap_or_default();
        if !is_text(kind) {
            let why = format!(
                "{} is not read here; send lines or JSON as application/x-ndjson, text/plain or application/json \
                 (Fluent Bit: format json_lines)",
                truncated(&String::from_utf8_lossy(kind), SHOWN)
            );
            return Err(Refusal::Never(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        }
        if text(header::CONTENT_LENGTH)
            .and_then(|text| std::str::from_utf8(text).ok()?.parse::<u64>().ok())
            .is_some_and(|length| length > self.state.max_body as u64)
        {
            return Err(self.too_large());
        }
        is_gzip(headers)
            .map_err(|name| {
                let name = truncated(&name, SHOWN);
                format!("bodies that are packed as {name} are not read here; send them as they are, or gzip")
            })
            .map_err(|why| Refusal::Never(StatusCode::UNSUPPORTED_MEDIA_TYPE, why))
    }

    fn too_large(&self) -> Refusal {
        let why = format!(
            "the body is larger than {} bytes; send smaller batches, or allow more with --max-body",
            self.state.max_body
        );
        Refusal::Never(StatusCode::PAYLOAD_TOO_LARGE, why)
    }

    /// Evaluates a body as it comes, and waits until what was found is safe.
    /// Returns what was counted, and what is to be said of a body without records.
    async fn take_in(
        &mut self,
        incoming: &mut Incoming,
        gzip: bool,
    ) -> Result<(Stats, Option<String>), Refusal> {
        let read = self.judge(incoming, gzip).await;
        if read.is_err() {
            // A whole line counts, even if the rest never came. Its rest does not: the host sends it again.
            self.filter.cut(&mut self.feed);
        }
        let settled = self.sink.settle();
        let stats = self.filter.take_stats();
        self.state.output.count(&stats);
        let foreign = read?;
        match settled {
            Ok(Some(Durability::Unkept)) => {
                Err(Refusal::Later("the notifications could not be put into the outbox"))
            }
            // Asked even where nothing had to be written: 200 says that it could have been.
            Ok(_) if self.state.output.is_open() => Ok((stats, foreign)),
            Ok(_) | Err(_) => Err(Refusal::Later("nothing goes out any more: the program ends")),
        }
    }

    async fn judge(&mut self, incoming: &mut Incoming, gzip: bool) -> Result<Option<String>, Refusal> {
        let mut body = Body::new(gzip, self.state.max_body);
        // Only what its sender takes: where we are slow, because nobody reads our output, he is not to blame.
        let (mut came, mut waited) = (0, Duration::ZERO);
        loop {
            let allowed = PAUSE + Duration::from_secs((came / PACE) as u64);
            let (since, patience) = (Instant::now(), PAUSE.min(allowed.saturating_sub(waited)));
            let piece = before_the_end(&mut self.phase, timeout(patience, incoming.frame())).await;
            waited += since.elapsed();
            let piece = match piece {
                None => return Err(Refusal::Later("the program ends")),
                Some(Err(_)) => {
                    let why = format!(
                        "a body stopped or came too slowly: {came} bytes in {} s; a pause may take {} s, and all of it \
                         so long and a second for each {PACE} bytes",
                        waited.as_secs(),
                        PAUSE.as_secs()
                    );
                    return Err(Refusal::Cut(StatusCode::REQUEST_TIMEOUT, why));
                }
                Some(Ok(None)) => None,
                Some(Ok(Some(Ok(frame)))) => match frame.into_data() {
                    Ok(data) => Some(data),
                    Err(_trailers) => continue,
                },
                Some(Ok(Some(Err(error)))) => {
                    let why = format!(
                        "a body was cut off after {came} bytes: {error}; its whole lines were judged"
                    );
                    return Err(Refusal::Cut(StatusCode::BAD_REQUEST, why));
                }
            };
            came += piece.as_ref().map_or(0, Bytes::len);
            let last = piece.is_none();
            body.came(piece);
            self.judge_piece(&mut body)?;
            if last {
                // Whatever their spelling, there are records.
                if self.filter.stats().sign_ins > 0 {
                    return Ok(None);
                }
                let no_text = |why| Refusal::Never(StatusCode::UNSUPPORTED_MEDIA_TYPE, why);
                return body.without_records().map_err(no_text);
            }
        }
    }

    fn judge_piece(&mut self, body: &mut Body) -> Result<(), Refusal> {
        let ended = loop {
            match self.filter.advance(&mut self.feed, body, &mut self.sink) {
                Ok(true) => {}
                Ok(false) => break self.filter.end(&mut self.feed, &mut self.sink),
                Err(stop) => break Err(stop),
            }
        };
        match ended {
            Ok(()) => Ok(()),
            Err(FilterError::Read(error)) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(FilterError::Read(error)) if error.kind() == TOO_LARGE => Err(self.too_large()),
            Err(FilterError::Read(error)) if error.kind() == NO_TEXT => {
                Err(Refusal::Never(StatusCode::UNSUPPORTED_MEDIA_TYPE, error.to_string()))
            }
            Err(FilterError::Read(error)) => {
                let why = format!("the body cannot be unpacked: {error}");
                Err(Refusal::Cut(StatusCode::BAD_REQUEST, why))
            }
            Err(FilterError::Sink(_)) => Err(Refusal::Later("nothing goes out any more: the program ends")),
            Err(FilterError::Unreadable { line_number, error }) => {
                let what =
                    format!("{}:{line_number}: may be a sign-in and cannot be read: {error}", self.from);
                self.state.output.close(ShutdownReason::Unreadable(what));
                Err(Refusal::Later("a line could not be read, and --unreadable stop ends the program"))
            }
        }
    }
}

/// The future's value, unless the program ends first.
async fn before_the_end<F: Future>(phase: &mut watch::Receiver<Phase>, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut over = pin!(phase.wait_for(|phase| *phase == Phase::Over));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => over.as_mut().poll(context).map(|_| None),
    })
    .await
}

/// Reads and forgets the rest of a body.
async fn read_off(body: &mut Incoming) {
    let (time, mut most) = REFUSED;
    let until = Instant::now() + time;
    while let Ok(Some(Ok(frame))) = tokio::time::timeout_at(until, body.frame()).await {
        let size = frame.data_ref().map_or(0, Bytes::len);
        match most.checked_sub(size) {
            Some(left) => most = left,
            None => return,
        }
    }
}

fn plain(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(format!("{text}\n"))));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

/// The rest of the request is of no use, and what comes after it cannot be found without it.
fn closing(mut answer: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}
