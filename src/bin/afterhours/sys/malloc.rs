//! How the C library keeps memory.

/// Has large blocks given back to the system as soon as they are freed, whatever was asked for and freed before.
///
/// glibc takes the size of a large block that was freed for one that is needed often, and from then on keeps blocks of that size,
/// in a heap for each thread (mallopt(3), M_MMAP_THRESHOLD). The names of a large folder are such a block, and needed once: 300,000
/// of them took 95 MiB with two threads, and 38 MiB with this.
pub(crate) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        /// Where glibc begins, in bytes.
        const LARGE: libc::c_int = 128 << 10;
        #[expect(unsafe_code, reason = "rustix has no mallopt(3)")]
        // SAFETY: takes two numbers, and is of no consequence to memory that is in use.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        }
    }
}
