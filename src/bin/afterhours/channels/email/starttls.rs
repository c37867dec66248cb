//! The stream of a conversation that begins in clear text, as STARTTLS does. Knows where the clear text ends, and not what is
//! said in it.
//!
//! Whoever sits between can put lines behind the server's answer to STARTTLS. A client that has read them into its buffer by
//! then takes them for the first answers inside the encryption, and may believe a message delivered that nobody took:
//! <https://www.usenix.org/system/files/sec21-poddebniak.pdf>, section 4. lettre keeps such a buffer. So clear text is
//! given to it byte by byte, as far as it asks: what stands behind the answer is left for the handshake, which fails on it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The most that a server may say in one conversation, in bytes.
const MOST: usize = 1 << 20;
/// How a TLS record with a handshake in it begins, and no line of SMTP: RFC 8446, section 5.1.
const HANDSHAKE: u8 = 22;

#[derive(Debug)]
pub(super) struct Clear {
    stream: TcpStream,
    /// Nothing but lines of text has been written so far.
    clear: bool,
    read: usize,
}

impl Clear {
    pub(super) fn new(stream: TcpStream) -> Self {
        Clear { stream, clear: true, read: 0 }
    }
}

impl AsyncTokioStream for Clear {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for Clear {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.read > MOST {
            return Poll::Ready(Err(io::Error::other("the server says too much")));
        }
        let stream = Pin::new(&mut this.stream);
        if this.clear && buffer.remaining() > 0 {
            let mut byte = [0];
            let mut one = ReadBuf::new(&mut byte);
            ready!(stream.poll_read(context, &mut one))?;
            this.read += one.filled().len();
            buffer.put_slice(one.filled());
        } else {
            let before = buffer.filled().len();
            ready!(stream.poll_read(context, buffer))?;
            this.read += buffer.filled().len() - before;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Clear {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.clear &= bytes.first() != Some(&HANDSHAKE);
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
