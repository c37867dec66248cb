//! The options of those who are sent records instead of reading them. Decides nothing.

use std::path::PathBuf;

use clap::Args;

use crate::server::Address;

/// Where to listen, and within which limits.
#[derive(Debug, Clone, Args)]
pub(crate) struct ListenOptions {
    /// Listen for records instead of reading them: unix:PATH, tcp:HOST:PORT or http:HOST:PORT; several times for several
    ///
    /// unix: and tcp: take lines. http: takes POST requests (lines or JSON, also gzipped), each answered 200 when its sign-ins
    /// are out and their notifications kept, and 503 when they are to be sent again. SIGTERM ends it when the connections are closed.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "AFTERHOURS_LISTEN",
        value_delimiter = ',',
        conflicts_with = "paths"
    )]
    pub(crate) listen: Vec<Address>,

    /// The largest body of a request, in bytes when unpacked (K and M are understood); larger ones are answered 413
    #[arg(long, value_name = "BYTES", env = "AFTERHOURS_MAX_BODY", default_value = "64M", value_parser = crate::cli::values::bytes)]
    pub(crate) max_body: usize,

    /// How many connections are served at once at each address; more wait until one is closed
    #[arg(long, value_name = "N", env = "AFTERHOURS_MAX_CONNECTIONS", default_value = "256",
          value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) max_connections: u16,

    /// A file that holds the token which every HTTP request must bear; AFTERHOURS_TOKEN in the environment is one too
    ///
    /// Without a token only unix: and loopback addresses are listened on. The file is read at every request: a new token in it
    /// counts at once.
    #[arg(long, value_name = "FILE", env = "AFTERHOURS_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,

    /// Who may connect to a unix: socket, as an octal mode
    #[arg(long, value_name = "MODE", env = "AFTERHOURS_LISTEN_MODE", default_value = "600", value_parser = crate::cli::values::mode)]
    pub(crate) listen_mode: u32,
}
