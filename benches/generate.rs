//! Writes a corpus to standard output: `cargo run --release --example corpus -- mixed 1GiB >
//! mixed.ndjson`. Knows the names of sizes and formats. Knows nothing of records: those are the
//! kit's.

mod archive;

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use kit::corpus::{Corpus, Form, Made, Until};

const USAGE: &str = "usage: corpus mixed|dense|s3|one-line|wrapped SIZE [SEED]
       corpus archive FILES FOLDER [SEED]
  mixed    a trail of a whole company, one record a line; 1 in 2,000 has to do with signing in
  dense    nothing but console sign-ins by IAM users
  s3       mixed, as S3 log files: a line is {\"Records\":[...]} with 500 records
  one-line mixed, all of it in one such line
  wrapped  mixed, each record as text in an event of Vector's
  archive  mixed, a record every 2 seconds, as gzipped one-line files in AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/
SIZE is 1000000, 64KiB, 100MB, 1GiB, or a number of records: 5000records";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(made) => {
            // The counts to compare the filter's output with.
            let line = format!(
                "corpus: {} bytes, {} lines, {} records, {} console sign-ins, {} by IAM users\n",
                made.bytes, made.lines, made.records, made.sign_ins, made.iam_user_sign_ins
            );
            let _ = io::stderr().write_all(line.as_bytes());
            ExitCode::SUCCESS
        }
        Err(why) => {
            let _ = io::stderr().write_all(format!("corpus: {why}\n").as_bytes());
            ExitCode::from(2)
        }
    }
}

fn run(args: &[String]) -> Result<Made, String> {
    let of = |seed: &String| seed.parse().map_err(|_| format!("not a seed: {seed}\n{USAGE}"));
    let (kind, size, seed) = match args {
        [kind, files, folder, seed @ ..] if kind == "archive" && seed.len() < 2 => {
            let seed = seed.first().map_or(Ok(1), of)?;
            let files = files.parse().map_err(|_| format!("not a number of files: {files}\n{USAGE}"))?;
            let corpus = Corpus { step: 2_000, ..Corpus::mixed(seed) };
            return archive::write(&corpus, files, Path::new(folder)).map_err(|e| format!("{folder}: {e}"));
        }
        [kind, size] => (kind, size, 1),
        [kind, size, seed] => (kind, size, of(seed)?),
        _ => return Err(USAGE.to_owned()),
    };
    let (corpus, form) = match kind.as_str() {
        "mixed" => (Corpus::mixed(seed), Form::Bare),
        "dense" => (Corpus::dense(seed), Form::Bare),
        "s3" => (Corpus::mixed(seed), Form::S3 { records: 500 }),
        "one-line" => (Corpus::mixed(seed), Form::S3 { records: usize::MAX }),
        "wrapped" => (Corpus::mixed(seed), Form::Wrapped),
        _ => return Err(format!("not a corpus: {kind}\n{USAGE}")),
    };
    let until = until(size).ok_or_else(|| format!("not a size: {size}\n{USAGE}"))?;
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    corpus.write(form, until, &mut out).and_then(|made| out.flush().map(|()| made)).map_err(|e| e.to_string())
}

fn until(size: &str) -> Option<Until> {
    let digits = size.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = size.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let unit: u64 = match unit {
        "records" => return Some(Until::Records(number)),
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(unit).map(Until::Bytes)
}
