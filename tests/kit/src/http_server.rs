//! An HTTP server on loopback that records its requests and answers as the test says. It stops when
//! the value is dropped.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    pub at: Instant,
}

impl Request {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON: {error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The fields of a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

/// What to answer.
#[derive(Clone)]
pub enum Reply {
    /// Status, further headers, body.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// The same, after a while.
    Slow(Duration, Box<Reply>),
    /// Closes the connection without an answer.
    Close,
    /// A few bytes of a status line, and then nothing for this time.
    Stall(Duration),
    /// Arbitrary bytes, which need not be HTTP; then the connection is closed.
    Bytes(Arc<Script>),
}

pub fn ok(body: &str) -> Reply {
    status(200, body)
}

pub fn status(status: u16, body: &str) -> Reply {
    Reply::Answer(status, vec![("content-type", "application/json".to_owned())], body.as_bytes().to_vec())
}

/// Writes the bytes of [`Reply::Bytes`].
pub type Script = dyn Fn(&mut dyn Write) + Send + Sync;

type Answerer = dyn Fn(&Request, usize) -> Reply + Send + Sync;

pub struct Server {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    seen: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// `answer` gets each request and the number of requests before it.
    pub fn start(answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Self::on(listener, answer)
    }

    /// The same over TLS: `https://localhost:PORT`.
    pub fn tls(
        tls: Arc<rustls::ServerConfig>,
        answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Self::with(listener, Some(tls), answer)
    }

    pub fn on(
        listener: TcpListener,
        answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::with(listener, None, answer)
    }

    fn with(
        listener: TcpListener,
        tls: Option<Arc<rustls::ServerConfig>>,
        answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let url = match tls {
            None => format!("http://{address}"),
            Some(_) => format!("https://localhost:{}", address.port()),
        };
        let seen = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        listener.set_nonblocking(true).unwrap();
        let answer: Arc<Answerer> = Arc::new(answer);
        let (list, end) = (Arc::clone(&seen), Arc::clone(&stop));
        thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        let (list, answer, end) = (Arc::clone(&list), Arc::clone(&answer), Arc::clone(&end));
                        let tls = tls.clone();
                        thread::spawn(move || {
                            stream.set_nonblocking(false).unwrap();
                            stream.set_nodelay(true).unwrap();
                            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                            match tls.map(|tls| rustls::ServerConnection::new(tls).unwrap()) {
                                None => serve(stream, &list, &*answer, &end),
                                Some(tls) => {
                                    serve(rustls::StreamOwned::new(tls, stream), &list, &*answer, &end);
                                }
                            }
                        });
                    }
                    Err(_) => thread::sleep(Duration::from_millis(2)),
                }
            }
        });
        Server { url, seen, stop }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// The only request that came.
    pub fn only(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests.into_iter().next().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn serve(stream: impl Read + Write, seen: &Mutex<Vec<Request>>, answer: &Answerer, end: &AtomicBool) {
    let mut reader = BufReader::new(stream);
    while !end.load(Ordering::Relaxed) {
        let Some(request) = read(&mut reader) else { return };
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        if !reply(reader.get_mut(), answer(&request, number)) {
            return;
        }
    }
}

/// Whether the connection stays open.
fn reply(stream: &mut dyn Write, reply: Reply) -> bool {
    match reply {
        Reply::Answer(status, headers, body) => {
            let mut text = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            text.push_str("\r\n");
            let sent = stream.write_all(text.as_bytes()).and_then(|()| stream.write_all(&body));
            sent.and_then(|()| stream.flush()).is_ok()
        }
        Reply::Slow(time, then) => {
            thread::sleep(time);
            self::reply(stream, *then)
        }
        Reply::Close => false,
        Reply::Stall(time) => {
            let _ = stream.write_all(b"HTTP/1.1 2").and_then(|()| stream.flush());
            thread::sleep(time);
            false
        }
        Reply::Bytes(write) => {
            write(stream);
            let _ = stream.flush();
            false
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length: usize = headers.get("content-length").map_or(Some(0), |text| text.parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, target, headers, body, at: Instant::now() })
}
