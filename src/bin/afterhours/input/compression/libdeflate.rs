//! Gzip in one go, by libdeflate. The crate that wraps it keeps to itself where a member ends, and without that a file of
//! several members cannot be distinguished from one with extra bytes at its end, so two functions are called directly, in unsafe code.
//!
//! Its safety rests on two points: the decompressor is made here, used by one owner at a time and freed once; and lengths handed
//! over are those of the slices, so libdeflate never reads or writes outside them.
#![expect(unsafe_code)]

use std::ptr::NonNull;

use libdeflate_sys::{
    libdeflate_alloc_decompressor, libdeflate_decompressor, libdeflate_free_decompressor,
    libdeflate_gzip_decompress_ex, libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE,
    libdeflate_result_LIBDEFLATE_SUCCESS,
};

/// Unpacks members of gzip files, one after the other.
pub(crate) struct Inflater(NonNull<libdeflate_decompressor>);

/// What became of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    /// It is whole and its checksum is right: so many bytes were taken, and so many given.
    Whole { taken: usize, given: usize },
    /// It is larger than the room for it.
    NoRoom,
    /// It is truncated or damaged, or not a member.
    Damaged,
}

impl Inflater {
    /// `None` where there is no memory.
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: takes nothing; gives null or a decompressor of our own.
        NonNull::new(unsafe { libdeflate_alloc_decompressor() }).map(Inflater)
    }

    /// Unpacks the member that begins here.
    pub(crate) fn member(&mut self, packed: &[u8], room: &mut [u8]) -> Member {
        let (mut taken, mut given) = (0, 0);
        // SAFETY: the pointers and lengths are those of the two slices, and the counts are ours.
        let result = unsafe {
            libdeflate_gzip_decompress_ex(
                self.0.as_ptr(),
                packed.as_ptr().cast(),
                packed.len(),
                room.as_mut_ptr().cast(),
                room.len(),
                &raw mut taken,
                &raw mut given,
            )
        };
        #[expect(non_upper_case_globals, reason = "the names are C's")]
        match result {
            libdeflate_result_LIBDEFLATE_SUCCESS => Member::Whole { taken, given },
            libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE => Member::NoRoom,
            _ => Member::Damaged,
        }
    }
}

impl Drop for Inflater {
    fn drop(&mut self) {
        // SAFETY: made in `new`, freed here only.
        unsafe { libdeflate_free_decompressor(self.0.as_ptr()) };
    }
}
