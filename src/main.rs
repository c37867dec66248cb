//! The program around the library: arguments, environment, streams, signals, time-zone files.

mod program;

use std::io::Write;

use program::tzdata::{self, TzData};

/// Until the command line is here: the zone data in use, and the offset now of each zone named.
fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let mode = args.next().unwrap_or_else(|| "auto".to_owned()).parse()?;
    let data = TzData::open(&mode)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "tzdata {} ({})", data.version(), data.source())?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    for name in args {
        if let Some(warning) = tzdata::warning(&name) {
            writeln!(out, "{warning}")?;
        }
        writeln!(out, "{name}: {}", data.zone(&name)?.local(now as i64))?;
    }
    Ok(())
}
