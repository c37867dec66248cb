//! Three faults in the middle of a stream of numbered records: the filter is killed, the log
//! shipper is killed, the log shipper is stopped and started again. Prints what was lost.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};

use super::host::{Home, Host, until};
use super::records::{self, Tally};

/// Enough for the faults to occur in mid-stream. The figures in the configurations are of
/// `PIPELINE_RECORDS=100000`.
pub(crate) fn count() -> usize {
    std::env::var("PIPELINE_RECORDS").map_or(20_000, |count| count.parse().unwrap())
}

/// The time limit of a stream.
const PATIENCE: Duration = Duration::from_secs(150);
/// How long the output may be quiet before the stream counts as ended: log shippers wait before
/// they retry.
const SILENCE: Duration = Duration::from_secs(12);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// kill -9 of the filter, three times.
    FilterKilled,
    /// kill -9 of the log shipper, which is started again.
    HostKilled,
    /// SIGTERM to the log shipper, which is started again.
    Stopped,
}

/// A pipeline in a folder: where records go in, where they come out, and how the log shipper is
/// started.
pub(crate) struct Wiring<'a> {
    pub(crate) name: &'a str,
    pub(crate) home: &'a Home,
    pub(crate) start: &'a dyn Fn() -> Host,
    /// A file that grows while the filter works.
    pub(crate) midway: &'a str,
    /// The file that the sign-ins are written to.
    pub(crate) output: &'a str,
    /// The time limit of a stop.
    pub(crate) stop_within: Duration,
}

/// What a fault did.
pub(crate) struct Damage {
    pub(crate) tally: Tally,
}

impl Wiring<'_> {
    fn size(&self, file: &str) -> u64 {
        fs::metadata(self.home.path(file)).map_or(0, |file| file.len())
    }

    /// Streams the records through, with the fault on the way.
    #[track_caller]
    pub(crate) fn suffer(&self, fault: Fault) -> Damage {
        let count = count();
        let input = self.home.path("in/trail.ndjson");
        records::write(&input, count);
        // The tag adds about 250 bytes to a record.
        let expected = fs::metadata(&input).unwrap().len() + count as u64 * 250;
        let since = Instant::now();
        let mut host = (self.start)();
        let mut stop = Duration::ZERO;
        let strikes: &[u64] = match fault {
            Fault::None => &[],
            Fault::FilterKilled => &[15, 40, 70],
            Fault::HostKilled | Fault::Stopped => &[35],
        };
        for percent in strikes {
            // Roughly here: the exact place is random.
            let at = expected * (percent + chance(10)) / 100;
            let reached = until(PATIENCE, || self.size(self.midway) >= at);
            let size = self.size(self.midway);
            assert!(reached, "{}: {size} of {at} bytes came out\n{}", self.name, self.words());
            match fault {
                Fault::None => {}
                Fault::FilterKilled => {
                    let filters = self.home.filters();
                    assert!(!filters.is_empty(), "{}: no filter runs\n{}", self.name, self.words());
                    for filter in filters {
                        // It may have ended already.
                        let _ = kill_process(filter, Signal::KILL);
                    }
                }
                Fault::HostKilled => {
                    host.kill();
                    host = (self.start)();
                }
                Fault::Stopped => {
                    stop = host.stop(self.stop_within);
                    host = (self.start)();
                }
            }
        }
        self.wait_for_the_end(count);
        let took = since.elapsed();
        host.stop(self.stop_within);
        self.home.no_filter_within(Duration::from_secs(15));
        let tally = Tally::of(count, &self.home.read(self.output));
        println!(
            "{}, {fault:?}: {tally}; {:.1} s, stop {:.2} s",
            self.name,
            took.as_secs_f64(),
            stop.as_secs_f64()
        );
        Damage { tally }
    }

    /// Waits until everything has come out, or nothing more comes.
    fn wait_for_the_end(&self, count: usize) {
        let since = Instant::now();
        let (mut written, mut grew) = (self.size(self.output), Instant::now());
        while since.elapsed() < PATIENCE && grew.elapsed() < SILENCE {
            std::thread::sleep(Duration::from_millis(100));
            let now = self.size(self.output);
            if now != written {
                (written, grew) = (now, Instant::now());
            } else if grew.elapsed() > Duration::from_secs(1)
                && Tally::of(count, &self.home.read(self.output)).lost == 0
            {
                break;
            }
        }
    }

    /// The last messages of the log shipper.
    pub(crate) fn words(&self) -> String {
        let words = self.home.read("words");
        String::from_utf8_lossy(&words[words.len().saturating_sub(2000)..]).into_owned()
    }
}

/// A number below `end`.
fn chance(end: u64) -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish() % end
}
