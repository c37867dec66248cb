//! Addresses to listen on, and listening there. Knows sockets and their files; knows nothing of what comes in.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use afterhours::sanitize::truncated;
use anyhow::{Context as _, anyhow, bail};
use rustix::fs::{FlockOperation, Mode, flock};
use rustix::io::Errno;
use rustix::net::Shutdown::Both;
use rustix::net::shutdown;

/// A text from the command line or a request is shown up to here, in characters.
pub(super) const SHOWN: usize = 200;

/// Where to listen, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Unix(PathBuf),
    /// `HOST:PORT`
    Tcp(String),
    Http(String),
}

const FORMS: &str = "write unix:PATH, tcp:HOST:PORT or http:HOST:PORT, such as http:127.0.0.1:9902";

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let host_and_port = |rest: &str| match rest.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(rest.to_owned()),
            _ => Err(format!("{rest:?} is not HOST:PORT; {FORMS}")),
        };
        match text.split_once(':') {
            Some(("unix", "")) => Err(format!("a path is missing; {FORMS}")),
            Some(("unix", path)) => Ok(Address::Unix(path.into())),
            Some(("tcp", rest)) => host_and_port(rest.strip_prefix("//").unwrap_or(rest)).map(Address::Tcp),
            Some(("http", rest)) => {
                let rest = rest.strip_prefix("//").unwrap_or(rest);
                // A path may stand there: requests are taken on every path.
                host_and_port(rest.split('/').next().unwrap_or(rest)).map(Address::Http)
            }
            Some(("https", _)) => {
                Err("TLS is not spoken here: put a proxy in front of http:HOST:PORT".to_owned())
            }
            _ => Err(FORMS.to_owned()),
        }
    }
}

/// A socket that listens.
#[derive(Debug)]
pub(crate) struct Listener {
    /// For people.
    pub(super) name: String,
    pub(super) kind: Kind,
    listener: Socket,
}

/// What is spoken at a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Lines,
    Http,
}

#[derive(Debug)]
enum Socket {
    Unix(UnixListener, SocketFile),
    Tcp(TcpListener),
}

/// The file of a socket. It is removed at the end, unless it has become that of another program.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    /// Device and inode.
    id: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|id| id == self.id) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

impl Listener {
    /// Listens from now on: who connects waits until it is served. `guarded` says that a token is asked for.
    pub(super) fn open(address: &Address, mode: u32, guarded: bool) -> anyhow::Result<Self> {
        match address {
            Address::Unix(path) => {
                let name = format!("unix:{}", truncated(&path.to_string_lossy(), SHOWN));
                let (listener, file) = unix(path, mode).with_context(|| format!("--listen {name}"))?;
                Ok(Listener { name, kind: Kind::Lines, listener: Socket::Unix(listener, file) })
            }
            Address::Tcp(host) => {
                let refusal = "lines over tcp: bear no token, so that it must be a loopback address such as 127.0.0.1; \
                               from other machines, send to http: with a token";
                Self::tcp("tcp", host, Kind::Lines, Some(refusal))
            }
            Address::Http(host) => {
                let refusal = "other machines could send records, so that a token must be set: --token-file FILE, or \
                               AFTERHOURS_TOKEN in the environment; or listen on a loopback address such as 127.0.0.1";
                Self::tcp("http", host, Kind::Http, (!guarded).then_some(refusal))
            }
        }
    }

    /// `refusal` says why addresses that others can reach are none.
    fn tcp(scheme: &str, host: &str, kind: Kind, refusal: Option<&str>) -> anyhow::Result<Self> {
        let written = || format!("--listen {scheme}:{}", truncated(host, SHOWN));
        let found: Vec<SocketAddr> = host.to_socket_addrs().with_context(written)?.collect();
        if let Some(refusal) = refusal
            && !found.iter().all(|address| address.ip().to_canonical().is_loopback())
        {
            return Err(anyhow!("{refusal}").context(written()));
        }
        let listener = TcpListener::bind(&*found).with_context(written)?;
        let name = format!("{scheme}:{}", listener.local_addr().with_context(written)?);
        Ok(Listener { name, kind, listener: Socket::Tcp(listener) })
    }

    /// Whether other machines may reach it.
    pub(super) fn is_public(&self) -> bool {
        match &self.listener {
            Socket::Unix(..) => false,
            Socket::Tcp(tcp) => {
                !tcp.local_addr().is_ok_and(|address| address.ip().to_canonical().is_loopback())
            }
        }
    }

    /// Waits for a connection; says where it comes from, if that can be said.
    pub(super) fn accept(&self) -> io::Result<(Stream, Option<SocketAddr>)> {
        match &self.listener {
            Socket::Unix(listener, _) => listener.accept().map(|(stream, _)| (Stream::Unix(stream), None)),
            Socket::Tcp(listener) => {
                listener.accept().map(|(stream, from)| (Stream::Tcp(stream), Some(from)))
            }
        }
    }

    /// Lets nobody in any more, whoever has handles to it: who knocks is refused at once.
    pub(super) fn close(self) {
        // Refused by no socket that listens.
        let _ = match &self.listener {
            Socket::Unix(listener, _) => shutdown(listener, Both),
            Socket::Tcp(listener) => shutdown(listener, Both),
        };
    }

    /// Another handle to the same listener; the socket's file stays with this one.
    pub(super) fn share(&self) -> io::Result<Self> {
        let listener = match &self.listener {
            Socket::Unix(listener, file) => {
                // The id of no file: it removes none.
                let file = SocketFile { path: file.path.clone(), id: (u64::MAX, u64::MAX) };
                Socket::Unix(listener.try_clone()?, file)
            }
            Socket::Tcp(listener) => Socket::Tcp(listener.try_clone()?),
        };
        Ok(Listener { name: self.name.clone(), kind: self.kind, listener })
    }
}

fn unix(path: &Path, mode: u32) -> anyhow::Result<(UnixListener, SocketFile)> {
    let _alone = folder_locked(path);
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.file_type().is_socket() => {
            bail!("there is a file of that name, and it is not a socket; it was left alone");
        }
        Ok(_) => match UnixStream::connect(path) {
            Ok(_) => bail!("another program listens there; end it, or take another path"),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                // Left behind by a program that was killed.
                fs::remove_file(path).context("the stale socket there could not be removed")?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).context("there is a socket which could not be tried"),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    // Nobody may connect between bind and chmod: the mode is there from the beginning. No other thread runs yet.
    let before = rustix::process::umask(Mode::from_bits_truncate(!mode & 0o777));
    let bound = UnixListener::bind(path);
    rustix::process::umask(before);
    let listener = bound?;
    let id = identity(path)?;
    Ok((listener, SocketFile { path: path.to_owned(), id }))
}

/// Keeps others of us from the folder of a socket until the value is dropped: of two that find a stale one, the second would
/// remove what the first has just made. Whoever holds the lock for long is none of us, and not waited for; a folder that cannot be
/// locked is used all the same.
fn folder_locked(path: &Path) -> Option<fs::File> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let folder = fs::File::open(folder).ok()?;
    for _ in 0..100 {
        match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Some(folder),
            Err(Errno::WOULDBLOCK | Errno::INTR) => std::thread::sleep(Duration::from_millis(20)),
            Err(_) => return None,
        }
    }
    None
}

/// A connection.
#[derive(Debug)]
pub(super) enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Stream {
    /// Lets who reads find an end behind what has come already.
    pub(super) fn end(&self) {
        // Fails where the other side has closed it.
        let _ = match self {
            Stream::Unix(stream) => stream.shutdown(Shutdown::Read),
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Read),
        };
    }
}

impl Read for &Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Unix(stream) => (&*stream).read(buffer),
            Stream::Tcp(stream) => (&*stream).read(buffer),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Stream::Unix(stream) => stream.as_fd(),
            Stream::Tcp(stream) => stream.as_fd(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let read = |text: &str| text.parse::<Address>();
        assert_eq!(read("unix:/run/a.sock"), Ok(Address::Unix("/run/a.sock".into())));
        assert_eq!(read("tcp:127.0.0.1:5170"), Ok(Address::Tcp("127.0.0.1:5170".to_owned())));
        for text in ["http:[::1]:80", "http://[::1]:80", "http://[::1]:80/", "http://[::1]:80/in"] {
            assert_eq!(read(text), Ok(Address::Http("[::1]:80".to_owned())), "{text}");
        }
        for text in [
            "",
            "9902",
            "127.0.0.1:9902",
            "udp:x:1",
            "unix:",
            "tcp:5170",
            "http:host",
            "http:host:65536",
            "tcp::1",
        ] {
            assert!(read(text).unwrap_err().contains("unix:PATH, tcp:HOST:PORT or http:HOST:PORT"), "{text}");
        }
        assert!(read("https://127.0.0.1:1").unwrap_err().contains("proxy"));
    }

    #[test]
    fn a_socket_file_that_belongs_to_another_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let (_listener, file) = unix(&path, 0o600).unwrap();
        assert_eq!(fs::symlink_metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert!(unix(&path, 0o600).unwrap_err().to_string().contains("another program listens"));
        fs::remove_file(&path).unwrap();
        fs::write(&path, "kept").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
        assert!(unix(&path, 0o600).unwrap_err().to_string().contains("not a socket"));
    }
}
