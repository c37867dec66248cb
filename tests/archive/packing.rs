//! Compresses, and writes folders of compressed files.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::harness::{Outcome, program, run_command};
use kit::fixtures::sign_in;

pub(crate) const ARGS: [&str; 4] = ["--hours", "off", "--tz", "UTC"];

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 3).unwrap()
}

/// The same by a compressor that does not know the size in advance.
pub(crate) fn zstd_stream(bytes: &[u8]) -> Vec<u8> {
    let mut packer = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(6));
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(3);
    let mut packer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Sign-ins whose user is named after a file.
pub(crate) fn records(name: &str, count: usize) -> Vec<String> {
    let user = |number| sign_in(&format!("{name}-{number}"), "2026-11-24T03:12:44Z", "curl/8.17.0");
    (0..count).map(user).collect()
}

/// An S3 log file: one line, without a newline.
pub(crate) fn container(records: &[String]) -> Vec<u8> {
    format!("{{\"Records\":[{}]}}", records.join(",")).into_bytes()
}

/// Random hexadecimal digits, which compress badly.
pub(crate) fn noise(length: usize) -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut text = String::with_capacity(length + 16);
    while text.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}"));
    }
    text
}

pub(crate) struct Folder(pub(crate) tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Runs the program in the folder.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str], stdin: &[u8]) -> Outcome {
        let mut command = program(&[&ARGS[..], args].concat());
        command.current_dir(self.path());
        run_command(command, stdin)
    }
}
