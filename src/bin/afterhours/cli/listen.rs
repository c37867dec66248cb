//! The options for listening on a socket. Decides nothing.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::server::{Address, Options};

/// Where to listen, and within which limits.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Listening")]
pub(crate) struct ListenOptions {
    /// Receive records on unix:PATH, tcp:HOST:PORT or http:HOST:PORT
    ///
    /// May be given more than once. unix: and tcp: take lines. http: takes POST requests (lines or JSON, also gzipped). `200` means that the sign-ins are written
    /// and their notifications are on disk; `503` means: send the request again. SIGTERM ends the program when the connections are
    /// closed.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "AFTERHOURS_LISTEN",
        value_delimiter = ',',
        conflicts_with = "paths"
    )]
    pub(crate) listen: Vec<Address>,

    /// The largest request body after decompression (K and M are understood); a larger one is answered 413
    #[arg(long, hide_short_help = true, value_name = "BYTES", env = "AFTERHOURS_MAX_BODY", default_value = "64M", value_parser = crate::cli::values::bytes)]
    pub(crate) max_body: usize,

    /// The number of connections served at once at each address; further ones wait
    #[arg(long, hide_short_help = true, value_name = "N", env = "AFTERHOURS_MAX_CONNECTIONS", default_value = "256",
          value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) max_connections: u16,

    /// A file with the token that every HTTP request must carry, instead of AFTERHOURS_TOKEN
    ///
    /// Without a token only unix: and loopback addresses are allowed. The file is read at every request, so a new token counts at
    /// once.
    #[arg(long, hide_short_help = true, value_hint = ValueHint::FilePath, value_name = "FILE", env = "AFTERHOURS_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,

    /// The file mode of a unix: socket, octal
    #[arg(long, hide_short_help = true, value_name = "MODE", env = "AFTERHOURS_LISTEN_MODE", default_value = "600", value_parser = crate::cli::values::mode)]
    pub(crate) listen_mode: u32,
}

impl ListenOptions {
    /// What the server takes of it.
    pub(crate) fn server(&self) -> Options {
        Options {
            listen: self.listen.clone(),
            max_body: self.max_body,
            max_connections: self.max_connections,
            token_file: self.token_file.clone(),
            listen_mode: self.listen_mode,
        }
    }
}
