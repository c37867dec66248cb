//! The manual pages, made from the command line. Knows roff.

use clap::CommandFactory as _;

use crate::cli::Cli;

/// The page of the program.
pub(crate) fn page() -> anyhow::Result<String> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
