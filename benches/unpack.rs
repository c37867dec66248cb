//! Decompresses gzip files and does nothing else: the lower bound of what an archive costs, with the library that the filter
//! uses (libdeflate) on as many threads. `cargo run --release --example unpack -- -j2 FOLDER`.
//! Knows small files of one member only: each is held in memory, compressed and decompressed.
#![allow(unsafe_code, reason = "libdeflate is called directly, without the filter around it")]

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

use libdeflate_sys::{
    libdeflate_alloc_decompressor, libdeflate_decompressor, libdeflate_free_decompressor,
    libdeflate_gzip_decompress, libdeflate_result_LIBDEFLATE_SUCCESS,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (threads, folder) = match &arguments[..] {
        [threads, folder] if threads.starts_with("-j") => (threads[2..].parse().unwrap_or(0), folder),
        [folder] => (1, folder),
        _ => (0, &String::new()),
    };
    if threads == 0 {
        let _ = io::stderr().write_all(b"usage: unpack [-jN] FOLDER\n");
        return ExitCode::from(2);
    }
    let done = list(Path::new(folder)).and_then(|files| unpack(&files, threads));
    let (line, status) = match done {
        Ok(bytes) => (format!("{bytes} bytes\n"), ExitCode::SUCCESS),
        Err(error) => (format!("unpack: {folder}: {error}\n"), ExitCode::from(2)),
    };
    let _ = io::stdout().write_all(line.as_bytes());
    status
}

/// The files below a folder, in the filter's order.
fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// The size of all of them, decompressed, in bytes.
fn unpack(files: &[PathBuf], threads: usize) -> io::Result<usize> {
    let next = AtomicUsize::new(0);
    let worker = || -> io::Result<usize> {
        let mut decompressor = Decompressor::new().ok_or(io::ErrorKind::OutOfMemory)?;
        let (mut packed, mut room, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            packed.clear();
            io::copy(&mut fs::File::open(path)?, &mut packed)?;
            // The last four bytes are the decompressed size (RFC 1952, ISIZE); these files have one
            // member.
            let size = packed.last_chunk().map_or(0, |size| u32::from_le_bytes(*size) as usize);
            if room.len() < size {
                room.resize(size, 0);
            }
            match decompressor.gzip(&packed, &mut room) {
                Some(written) => bytes += written,
                None => return Err(io::Error::other(format!("{} is damaged", path.display()))),
            }
        }
        Ok(bytes)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| Err(io::Error::other("a thread died"))))
            .sum()
    })
}

/// A decompressor of libdeflate's.
struct Decompressor(NonNull<libdeflate_decompressor>);

impl Decompressor {
    /// `None` where there is no memory.
    fn new() -> Option<Self> {
        // SAFETY: the call takes no argument and returns null or a decompressor that is ours to free.
        NonNull::new(unsafe { libdeflate_alloc_decompressor() }).map(Self)
    }

    /// Decompresses the first member of `packed`: how many bytes were written to `room`. `None` where it is damaged or larger.
    fn gzip(&mut self, packed: &[u8], room: &mut [u8]) -> Option<usize> {
        let mut written = 0;
        // SAFETY: pointers and lengths are those of the two slices, and `written` outlives the call.
        let result = unsafe {
            libdeflate_gzip_decompress(
                self.0.as_ptr(),
                packed.as_ptr().cast(),
                packed.len(),
                room.as_mut_ptr().cast(),
                room.len(),
                &raw mut written,
            )
        };
        (result == libdeflate_result_LIBDEFLATE_SUCCESS).then_some(written)
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` and freed only here.
        unsafe { libdeflate_free_decompressor(self.0.as_ptr()) };
    }
}
