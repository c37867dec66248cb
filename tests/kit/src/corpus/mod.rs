//! Generates CloudTrail records to measure and test with: as many as asked for, the same ones for the same seed.
//! Knows how a trail looks (services, identities, key order, lengths, escapes) and in which envelopes pipelines carry it.
//! Knows nothing of the filter, so that an error in one is not repeated in the other.
//!
//! Depends on the standard library alone. Every name, account and address is invented. The proportions are those of
//! public CloudTrail data sets: 1.3 KB a record on average, one line in 400 with `\u00..` escapes, nearly none with bytes
//! past ASCII.

mod events;
mod rng;
mod sign_ins;
mod template;
#[cfg(test)]
mod tests;
mod world;

use std::io::{self, Write};

pub use rng::Rng;

/// What to generate. Start from [`Corpus::mixed`] or [`Corpus::dense`] and change what matters.
#[derive(Clone, Copy)]
pub struct Corpus {
    /// Equal seeds give equal bytes.
    pub seed: u64,
    /// The share of records that have to do with signing in, 0.0 to 1.0.
    pub sign_in_share: f64,
    pub sign_ins: SignIns,
    /// The first record's time, in seconds since 1970-01-01T00:00:00Z.
    pub start: i64,
    /// The time from one record to the next, in milliseconds.
    pub step: u64,
    /// Times are ordered except for a random delay of up to this many seconds, as in delivery.
    pub jitter: u64,
}

/// The kinds of sign-in records.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SignIns {
    /// Users, root and roles, successes and failures, and also CheckMfa and SwitchRole.
    Every,
    /// `ConsoleLogin` by IAM users only.
    IamUsersOnly,
}

/// What one record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `ConsoleLogin` by an IAM user.
    IamUserSignIn,
    /// `ConsoleLogin` by root or a role.
    OtherSignIn,
    /// Anything else.
    Other,
}

/// How records become lines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One record a line.
    Bare,
    /// S3 log files, each one line: `{"Records":[…]}` with so many records.
    S3 { records: usize },
    /// One record a line, as a string in an event of Vector's: `{…,"message":"{\"eventVersion\"…",…}`.
    Wrapped,
}

/// When to stop: after the first line that reaches the limit.
#[derive(Clone, Copy)]
pub enum Until {
    Bytes(u64),
    Records(u64),
}

/// What was generated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Newlines included.
    pub bytes: u64,
    pub lines: u64,
    pub records: u64,
    /// `ConsoleLogin` records by IAM users: what the filter finds before it looks at the hours.
    pub iam_user_sign_ins: u64,
    /// `ConsoleLogin` records of every identity.
    pub sign_ins: u64,
}

impl Corpus {
    /// The trail of a company: one record in 2,000 has to do with signing in.
    pub const fn mixed(seed: u64) -> Self {
        Self {
            seed,
            sign_in_share: 0.000_5,
            sign_ins: SignIns::Every,
            start: 1_793_577_600, // 2026-11-02T00:00:00Z, a Monday
            step: 200,
            jitter: 240,
        }
    }

    /// The worst case: every record is an IAM user's console sign-in. 17,280 a day, so that a small
    /// corpus also has moments on both sides of a schedule.
    pub const fn dense(seed: u64) -> Self {
        Self { sign_in_share: 1.0, sign_ins: SignIns::IamUsersOnly, step: 5_000, ..Self::mixed(seed) }
    }

    /// The endless trail, record by record.
    pub fn records(&self) -> Records {
        let mut rng = Rng::new(self.seed);
        Records {
            corpus: *self,
            world: world::World::new(&mut rng),
            events: events::Events::new(),
            shapes: sign_ins::Shapes::new(self.sign_ins),
            rng,
            made: 0,
        }
    }

    /// Writes lines until the limit is reached.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(&self, form: Form, until: Until, out: &mut impl Write) -> io::Result<Made> {
        let (mut records, mut made) = (self.records(), Made::default());
        let (mut record, mut line) = (Vec::new(), Vec::new());
        let enough = |made: &Made, line: &Vec<u8>| match until {
            Until::Bytes(n) => made.bytes + line.len() as u64 >= n,
            Until::Records(n) => made.records >= n,
        };
        while !enough(&made, &Vec::new()) {
            line.clear();
            match form {
                Form::Bare => made.count(records.next(&mut line)),
                Form::Wrapped => {
                    record.clear();
                    made.count(records.next(&mut record));
                    wrap(&record, &mut line);
                }
                Form::S3 { records: most } => {
                    line.extend_from_slice(br#"{"Records":["#);
                    for n in 0..most.max(1) {
                        if n > 0 {
                            line.push(b',');
                        }
                        made.count(records.next(&mut line));
                        if enough(&made, &line) {
                            break;
                        }
                    }
                    line.extend_from_slice(b"]}");
                }
            }
            line.push(b'\n');
            out.write_all(&line)?;
            made.bytes += line.len() as u64;
            made.lines += 1;
        }
        Ok(made)
    }

    /// The same in memory.
    pub fn bytes(&self, form: Form, until: Until) -> (Vec<u8>, Made) {
        let mut bytes = Vec::new();
        // Writing into a vector has no way to fail.
        let made = self.write(form, until, &mut bytes).unwrap_or_default();
        (bytes, made)
    }
}

impl Made {
    pub fn count(&mut self, kind: Kind) {
        self.records += 1;
        self.sign_ins += u64::from(kind != Kind::Other);
        self.iam_user_sign_ins += u64::from(kind == Kind::IamUserSignIn);
    }

    pub fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.records += other.records;
        self.iam_user_sign_ins += other.iam_user_sign_ins;
        self.sign_ins += other.sign_ins;
    }
}

/// The endless trail of one [`Corpus`].
pub struct Records {
    corpus: Corpus,
    world: world::World,
    events: events::Events,
    shapes: sign_ins::Shapes,
    rng: Rng,
    made: u64,
}

impl Records {
    /// Appends the next record to `line`, without a newline, and returns its kind.
    pub fn next(&mut self, line: &mut Vec<u8>) -> Kind {
        let rng = &mut self.rng;
        let delay = rng.below(self.corpus.jitter as usize + 1) as i64;
        let seconds = self.corpus.start + (self.made * self.corpus.step / 1_000) as i64 + delay;
        self.made += 1;
        let (time, created) = (timestamp(seconds), timestamp(seconds - 1 - rng.below(3_000) as i64));
        let times = [time.as_str(), created.as_str()];
        if rng.chance(self.corpus.sign_in_share) {
            self.shapes.write(&self.world, times, rng, line)
        } else {
            self.events.write(&self.world, times, rng, line);
            Kind::Other
        }
    }
}

/// `2026-11-02T00:00:00Z`. The calendar is Howard Hinnant's `civil_from_days`.
pub fn timestamp(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Vector's `aws_s3` source, an event a line: keys in its alphabetical order, the record as text.
fn wrap(record: &[u8], line: &mut Vec<u8>) {
    line.extend_from_slice(br#"{"bucket":"corp-trail-logs","message":""#);
    for &byte in record {
        if matches!(byte, b'"' | b'\\') {
            line.push(b'\\');
        }
        line.push(byte);
    }
    line.extend_from_slice(
        br#"","object":"AWSLogs/CloudTrail/us-east-1/2026/11/02/trail.json.gz","region":"us-east-1","source_type":"aws_s3","timestamp":"2026-11-02T00:05:00Z"}"#,
    );
}
