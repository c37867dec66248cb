//! `malloc` and `free` for the host, who copies records into the module's memory. Without them Fluent Bit takes the copies
//! from a heap of 8 KB that it lays out itself, and larger records are lost.
//!
//! On wasm32-wasip1 they are the C library's, and `build.rs` has the linker export them. On wasm32-unknown-unknown there is no
//! C library, and they are these.
#![cfg_attr(not(all(target_family = "wasm", target_os = "unknown")), cfg(test))]
#![expect(unsafe_code, reason = "memory is handed out by its address")]

use std::alloc::{Layout, alloc, dealloc};
use std::ptr;

/// Every block begins with its size, in as many bytes as keep the rest aligned for anything.
const HEAD: usize = 16;

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEAD)?, HEAD).ok()
}

/// Memory of a size, or NULL if there is not so much.
#[cfg_attr(all(target_family = "wasm", target_os = "unknown"), unsafe(no_mangle))]
pub(super) extern "C" fn malloc(size: usize) -> *mut u8 {
    let Some(layout) = layout(size) else { return ptr::null_mut() };
    // SAFETY: the layout is never empty.
    let block = unsafe { alloc(layout) };
    if block.is_null() {
        return block;
    }
    // SAFETY: the block is larger than its head, and aligned for it.
    unsafe {
        block.cast::<usize>().write(size);
        block.add(HEAD)
    }
}

/// Takes memory back.
///
/// # Safety
/// NULL, or what [`malloc`] gave and nobody took back yet.
#[cfg_attr(all(target_family = "wasm", target_os = "unknown"), unsafe(no_mangle))]
pub(super) unsafe extern "C" fn free(memory: *mut u8) {
    if memory.is_null() {
        return;
    }
    // SAFETY: the head of a block that `malloc` made is where it was written.
    unsafe {
        let block = memory.sub(HEAD);
        if let Some(layout) = layout(block.cast::<usize>().read()) {
            dealloc(block, layout);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_memory_that_can_be_written_and_takes_it_back() {
        for size in [0, 1, 15, 16, 17, 4096, 200_000] {
            let memory = malloc(size);
            assert!(!memory.is_null() && memory.addr().is_multiple_of(HEAD));
            // SAFETY: it is as large as was asked for.
            unsafe {
                memory.write_bytes(0xA5, size);
                free(memory);
            }
        }
        // SAFETY: as in C, nothing to take back.
        unsafe { free(ptr::null_mut()) };
        assert!(malloc(usize::MAX).is_null());
    }
}
