//! SIGHUP reloads the configuration: a valid one is used from the next line on, an invalid one is rejected and the old one
//! stays active. Knows the configuration's file and the filter's letter box; never stops a stream.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::thread;

use afterhours::filter::RulesHandle;
use anyhow::Context;
use signal_hook::consts::SIGHUP;

use crate::cli::common::HoursOptions;
use crate::commands::{file_options, settings};
use crate::sys::config_file::{Config, ConfigFile};
use crate::sys::messages::say;

/// Listens for SIGHUP from now on, if there is a file to read again. Without one the signal means what it always means.
/// `fits` says whether the rest of the program can go on with what was read.
pub(crate) fn on_hangup(
    options: &HoursOptions,
    fits: impl Fn(&Config) -> Result<(), String> + Send + 'static,
    replacement: RulesHandle,
) -> anyhow::Result<()> {
    if options.config.is_none() {
        return Ok(());
    }
    let (mut woken, wake) = UnixStream::pair().context("could not open a socket pair for SIGHUP")?;
    signal_hook::low_level::pipe::register(SIGHUP, wake).context("could not listen for SIGHUP")?;
    let options = options.clone();
    let listen = move || {
        // Several signals that came while the file was read are one wish.
        let mut bytes = [0; 64];
        while woken.read(&mut bytes).is_ok_and(|count| count > 0) {
            let read = settings::zone_data(&options.tzdata)
                .and_then(|data| {
                    let file = ConfigFile::read(options.config.as_deref())?;
                    let mut document = file.parse()?;
                    file_options::take(&mut document)?;
                    Ok(settings::config(document, &options, &data)?)
                })
                .and_then(|config| fits(&config).map(|()| config).map_err(anyhow::Error::msg));
            match read {
                Ok(config) => {
                    config.warnings.iter().chain(&config.remarks).for_each(|line| say(line));
                    // Print first: a supervisor that sees the new rules at work may end the program.
                    say("configuration reloaded");
                    replacement.give(config.rules);
                }
                Err(error) => say(&format!(
                    "{error:#}\nafterhours: configuration not reloaded; the old one stays active"
                )),
            }
        }
    };
    thread::Builder::new()
        .name("reload".to_owned())
        .spawn(listen)
        .context("could not start a thread for SIGHUP")?;
    Ok(())
}
