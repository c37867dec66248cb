//! A file as memory. Mapping saves the kernel's copy, which costs as much as the search itself, but a file that another
//! program cuts short while it is mapped raises SIGBUS on the next look at its end. So SIGBUS inside a mapping puts
//! zeros in the place of what is gone, and remembers that it did; anywhere else it stays deadly.
//!
//! This is a room with unsafe code. Its safety rests on three points: a mapping is read-only and lives
//! as long as its `Mapped`; the handler touches nothing but the pages of that mapping and its three atomics; and nobody
//! trusts mapped bytes twice: they are searched in place and copied before they are parsed (`Filter::mapped`).
#![expect(unsafe_code)]

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::mm::{MapFlags, ProtFlags};

/// The mappings that exist. The handler must find them without a lock, so there is a fixed number of places: one for each
/// thread that may hold a mapping, and a few to spare.
static PLACES: [Place; 260] = [const { Place::free() }; 260];

struct Place {
    /// 0 where nothing is mapped.
    start: AtomicUsize,
    end: AtomicUsize,
    shrank: AtomicBool,
}

impl Place {
    const fn free() -> Self {
        let (start, end, shrank) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
        Place { start, end, shrank }
    }
}

/// A stretch of a file as memory.
pub(crate) struct Mapped {
    start: *mut c_void,
    length: usize,
    place: &'static Place,
}

impl Mapped {
    /// Maps `length` bytes of a file from `offset`, a multiple of [`PAGE`]. They must have been in the file a moment ago.
    pub(crate) fn new(file: &File, offset: u64, length: usize) -> io::Result<Self> {
        guard()?;
        // SAFETY: a new mapping at an address of the kernel's choice aliases nothing.
        let start = unsafe {
            rustix::mm::mmap(std::ptr::null_mut(), length, ProtFlags::READ, MapFlags::PRIVATE, file, offset)?
        };
        let address = start as usize;
        let free = |place: &&Place| {
            place.start.compare_exchange(0, address, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        };
        let Some(place) = PLACES.iter().find(free) else {
            // SAFETY: mapped above, handed to nobody.
            let _ = unsafe { rustix::mm::munmap(start, length) };
            return Err(io::Error::other("too many files are mapped"));
        };
        place.shrank.store(false, Ordering::Relaxed);
        // Nobody looks at the bytes before this.
        place.end.store(address + length, Ordering::Release);
        Ok(Mapped { start, length, place })
    }

    /// Whether the file was cut short while it was mapped, and somebody looked there; some of the bytes were zeros then.
    pub(crate) fn shrank(&self) -> bool {
        self.place.shrank.load(Ordering::Relaxed)
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the mapping covers these bytes until `drop`, readable throughout: what the file lost, the handler fills.
        unsafe { std::slice::from_raw_parts(self.start.cast(), self.length) }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        self.place.end.store(0, Ordering::Release);
        self.place.start.store(0, Ordering::Release);
        // SAFETY: the slices borrowed from `self` have ended.
        let _ = unsafe { rustix::mm::munmap(self.start, self.length) };
    }
}

/// The action on SIGBUS before ours: the runtime's, which ends the program.
static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

/// Installs the handler, once.
fn guard() -> io::Result<()> {
    static GUARDED: Mutex<bool> = Mutex::new(false);
    let mut guarded = GUARDED.lock().unwrap_or_else(PoisonError::into_inner);
    if *guarded {
        return Ok(());
    }
    // SAFETY: both structures are plain data for which zeros are valid, and the handler has the signature that SA_SIGINFO
    // asks for. What was there before is kept before ours can run.
    unsafe {
        let mut before: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGBUS, std::ptr::null(), &raw mut before) != 0 {
            return Err(io::Error::last_os_error());
        }
        let _ = BEFORE.set(before);
        let mut ours: libc::sigaction = std::mem::zeroed();
        ours.sa_sigaction = fault as *const () as usize;
        ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigemptyset(&raw mut ours.sa_mask);
        if libc::sigaction(libc::SIGBUS, &raw const ours, std::ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    *guarded = true;
    Ok(())
}

/// The handler: atomics and system calls only.
extern "C" fn fault(_signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut c_void) {
    // SAFETY: with SA_SIGINFO the kernel hands over a valid pointer, and SIGBUS carries an address.
    let address = unsafe { (*info).si_addr() } as usize;
    let ours = PLACES.iter().find_map(|place| {
        let (start, end) = (place.start.load(Ordering::Acquire), place.end.load(Ordering::Acquire));
        (start != 0 && (start..end).contains(&address)).then_some((place, start, end))
    });
    if let Some((place, start, end)) = ours {
        // The start is on a page; what is gone reaches from the page of the fault to the end.
        let page = start + (address - start) / PAGE * PAGE;
        let flags = MapFlags::PRIVATE | MapFlags::FIXED;
        // SAFETY: replaces pages of our own mapping only, by pages as readable as they were.
        let zeros =
            unsafe { rustix::mm::mmap_anonymous(page as *mut c_void, end - page, ProtFlags::READ, flags) };
        if zeros.is_ok() {
            place.shrank.store(true, Ordering::Relaxed);
            return;
        }
    }
    // Not ours: the fault happens again, for whoever was there before.
    if let Some(before) = BEFORE.get() {
        // SAFETY: this is what the system gave as the action before ours.
        unsafe { libc::sigaction(libc::SIGBUS, before, std::ptr::null_mut()) };
    }
}

/// The smallest page of the machines we know; a larger page size only lets the kernel refuse, which stays deadly.
pub(crate) const PAGE: usize = 4096;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_that_is_cut_short_reads_as_zeros_and_says_so() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![b'x'; 20 * PAGE]).unwrap();
        let other = Mapped::new(&file, 2 * PAGE as u64, 18 * PAGE).unwrap();
        let mapped = Mapped::new(&file, 0, 20 * PAGE).unwrap();
        assert_eq!(memchr::memchr_iter(b'x', &mapped).count(), 20 * PAGE);
        assert!(!mapped.shrank());
        file.set_len(3 * PAGE as u64 + 5).unwrap();
        assert_eq!(memchr::memchr_iter(b'x', &mapped).count(), 3 * PAGE + 5);
        assert!(mapped.shrank() && !other.shrank());
        assert_eq!(memchr::memchr_iter(b'x', &other).count(), PAGE + 5);
        assert!(other.shrank());
    }

    #[test]
    fn a_place_is_free_again_after_use() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abc").unwrap();
        for _ in 0..3 * PLACES.len() {
            assert_eq!(&Mapped::new(&file, 0, 3).unwrap()[..], b"abc");
        }
    }
}
