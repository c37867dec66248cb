//! Writes a corpus as CloudTrail stores it in a bucket: one-line gzipped files in folders by
//! account, region and day. Knows the layout, the file names and how large such files are. Knows
//! nothing of records: those are the kit's.
//!
//! Layout and names: AWS CloudTrail user guide, "CloudTrail log file name format".

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};

use kit::corpus::{Corpus, Made, Rng};

/// The minimum and maximum number of records in a file. Drawn evenly over the logarithm, as in
/// quiet and busy regions: half of the files have fewer than 45 records (60 KB, 12 KB gzipped), and
/// a tenth of the files holds half of all records.
const RECORDS: (f64, f64) = (2.0, 1_000.0);

/// A file being written. The next one of the same account and region begins when it is closed.
struct File {
    line: Vec<u8>,
    made: Made,
    quota: u64,
}

impl File {
    fn new(rng: &mut Rng) -> Self {
        let (least, most) = (RECORDS.0.ln(), RECORDS.1.ln());
        let part = rng.below(1 << 20) as f64 / f64::from(1 << 20);
        Self { line: Vec::new(), made: Made::default(), quota: (least + part * (most - least)).exp() as u64 }
    }
}

/// Writes exactly `files` files under `folder`; records are in the order of delivery. The bytes
/// counted are decompressed ones.
///
/// # Errors
///
/// Those of the file system.
pub(crate) fn write(corpus: &Corpus, files: u64, folder: &Path) -> io::Result<Made> {
    let (mut records, mut made) = (corpus.records(), Made::default());
    let mut rng = Rng::new(corpus.seed ^ 0xA7C4_17E5);
    let mut under_way: BTreeMap<[String; 2], File> = BTreeMap::new();
    let mut record = Vec::new();
    while made.lines < files {
        record.clear();
        let kind = records.next(&mut record);
        let place = ["recipientAccountId", "awsRegion"].map(|name| field(&record, name).to_owned());
        let file = under_way.entry(place.clone()).or_insert_with(|| File::new(&mut rng));
        file.line.extend_from_slice(if file.line.is_empty() { br#"{"Records":["# } else { b"," });
        file.line.extend_from_slice(&record);
        file.made.count(kind);
        if file.made.records < file.quota {
            continue;
        }
        // Unfinished files at the end were never delivered and are not counted.
        let mut closed = std::mem::replace(file, File::new(&mut rng));
        closed.line.extend_from_slice(b"]}");
        closed.made.bytes = closed.line.len() as u64;
        closed.made.lines = 1;
        pack(folder, &place, field(&record, "eventTime"), &closed.line, &mut rng)?;
        made.add(closed.made);
    }
    Ok(made)
}

/// Writes one file into its folder, gzipped as Java does by default: level 6, no name, no time.
fn pack(
    folder: &Path,
    [account, region]: &[String; 2],
    time: &str,
    line: &[u8],
    rng: &mut Rng,
) -> io::Result<()> {
    let [year, month, day] = [&time[..4], &time[5..7], &time[8..10]];
    let minute = format!("{year}{month}{day}T{}{}Z", &time[11..13], &time[14..16]);
    let mut unique = Vec::new();
    rng.letters(16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", &mut unique);
    let unique = String::from_utf8_lossy(&unique).into_owned();
    let folder = folder.join(format!("AWSLogs/{account}/CloudTrail/{region}/{year}/{month}/{day}"));
    fs::create_dir_all(&folder)?;
    let file =
        fs::File::create(folder.join(format!("{account}_CloudTrail_{region}_{minute}_{unique}.json.gz")))?;
    let mut packer = GzBuilder::new().write(file, Compression::new(6));
    packer.write_all(line)?;
    packer.finish().map(drop)
}

/// The text of the last field of that name. The corpus writes these without spaces and escapes.
fn field<'a>(record: &'a [u8], name: &str) -> &'a str {
    let record = std::str::from_utf8(record).unwrap_or_default();
    let key = format!(r#""{name}":""#);
    let value = record.rfind(&key).map_or("", |at| &record[at + key.len()..]);
    value.split('"').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;
    use std::path::PathBuf;

    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() { walk(&entry.path(), found) } else { found.push(entry.path()) }
        }
    }

    #[test]
    fn files_are_in_the_folders_of_their_records_and_hold_the_counts_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        let corpus = Corpus { sign_in_share: 0.01, step: 200_000, ..Corpus::mixed(3) };
        let made = write(&corpus, 60, folder.path()).expect("written");
        let mut found = Vec::new();
        walk(folder.path(), &mut found);
        let (mut again, mut days) = (Made::default(), std::collections::BTreeSet::new());
        for path in &found {
            let mut text = String::new();
            GzDecoder::new(fs::File::open(path).expect("a file")).read_to_string(&mut text).expect("gzip");
            let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            again.lines += 1;
            again.bytes += text.len() as u64;
            let path = path.strip_prefix(folder.path()).expect("inside").to_str().expect("ASCII");
            days.insert(path.split('/').nth(6).expect("a day").to_owned());
            let mut last = "";
            for record in value["Records"].as_array().expect("records") {
                let word = |key: &str| record[key].as_str().expect("text");
                let place =
                    format!("AWSLogs/{}/CloudTrail/{}/", word("recipientAccountId"), word("awsRegion"));
                assert!(path.starts_with(&place), "{place} in {path}");
                last = word("eventTime");
                let sign_in = word("eventName") == "ConsoleLogin";
                again.records += 1;
                again.sign_ins += u64::from(sign_in);
                again.iam_user_sign_ins += u64::from(sign_in && record["userIdentity"]["type"] == "IAMUser");
            }
            assert!(path.contains(&last[..10].replace('-', "/")), "{last} in {path}");
        }
        assert_eq!((again, again.lines), (made, 60));
        assert!(made.sign_ins > 0 && days.len() > 1, "{made:?} {days:?}");
    }
}
