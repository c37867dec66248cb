//! Where to listen and within which limits. Knows nothing of the command line.

use std::path::PathBuf;

use crate::server::listener::Address;

#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The addresses to listen on; empty for a run that does not listen.
    pub(crate) listen: Vec<Address>,
    /// The largest body of a request after decompression, in bytes.
    pub(crate) max_body: usize,
    /// How many connections are served at once at each address.
    pub(crate) max_connections: u16,
    /// The file with the token that requests must carry.
    pub(crate) token_file: Option<PathBuf>,
    /// The file mode of a unix: socket.
    pub(crate) listen_mode: u32,
}
