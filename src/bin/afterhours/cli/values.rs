//! How the values of options are written: durations, sizes, modes. Knows no option.

use std::time::Duration;

use afterhours::envelope::RecordPaths;

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    crate::notify::duration(text).ok_or_else(|| "a time, such as 10s, 5m or 1h".to_owned())
}

pub(crate) fn bytes(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &*text[digits.len()..].to_ascii_uppercase() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        _ => return Err("a number of bytes, such as 65536, 64K or 16M".to_owned()),
    };
    let count: usize =
        digits.parse().map_err(|_| "a number of bytes, such as 65536, 64K or 16M".to_owned())?;
    let most = 1 << 30;
    match count.checked_mul(scale) {
        Some(bytes) if (1024..=most).contains(&bytes) => Ok(bytes),
        _ => Err("from 1K to 1024M".to_owned()),
    }
}

/// A path to records; what it means is the library's.
pub(crate) fn record_path(text: &str) -> Result<String, String> {
    RecordPaths::parse(&[text]).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// An octal file mode.
pub(crate) fn mode(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err("an octal mode, such as 600, 660 or 666".to_owned()),
    }
}
