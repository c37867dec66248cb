//! The handler for Fluent Bit: the filter as a WebAssembly module that its `wasm` filter calls for every record. Knows the
//! calling convention; what is said of a record is the [`filter`](crate::filter)'s affair, as in the program.
//!
//! Built by `cargo rustc --lib --crate-type cdylib --release --target wasm32-wasip1`. Two functions to choose from:
//!
//! | `function_name` | a sign-in outside hours, or in doubt | a sign-in inside hours | any other record |
//! |---|---|---|---|
//! | `afterhours_filter` | tagged | dropped | dropped |
//! | `afterhours_tag` | tagged | tagged | as it came |
//!
//! A record is answered with one JSON object, or with nothing where it is dropped; never with anything else, and never with a
//! trap: the host would lose the record. The bytes of a tagged record are those that the program would write, except that
//! what is no UTF-8, and so no JSON, is replaced by U+FFFD. `line_number` is the number of the record, from 1.
//!
//! A record may be a container of many (`{"log":"{\"Records\":[…]}"}`), of which the program makes several lines. Here one
//! object must do: `afterhours_filter` answers with the one line if it is one, else with `{"Records":[…]}` that holds the
//! lines; `afterhours_tag` with the record as it came. Both carry the gravest tag on top: outside before undecided before inside, and the
//! highest severity.
//!
//! # Stack
//!
//! Fluent Bit gives a module 8 KB of stack for its frames unless `wasm_stack_size` says otherwise, and one that needs more is a
//! trap. What a record or a configuration says never decides how deep calls go, and functions whose many variables
//! are not needed any more further down are kept out of line.
//!
//! # Configuration
//!
//! There are no arguments and no environment: [`CONFIGURATION`] is looked for in each folder of `accessible_paths`, in their
//! order, and the first that is there is read, once, when the module starts. It has the keys of the program's configuration,
//! and `[wasm]` for what the command line says there (see [`WasmOptions`]); what only the program can do is passed over. Without a
//! file the hours are the program's default. If the file is invalid, that is reported on stderr, and every console sign-in of whatever identity
//! goes out undecided: in doubt, forward.

mod handler;
mod host;
mod init;
mod memory;
mod options;
mod output;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::ptr;

pub use crate::wasm::init::CONFIGURATION;
pub use crate::wasm::options::{SECTION_KEYS, WasmOptions};

use crate::wasm::handler::{Answer, Handler};
use crate::wasm::host::Host;

thread_local! {
    /// Taken out while a record is evaluated and put back after it: should a call ever be cut off, the next one collected nothing,
    /// and begins anew instead of going on with half of something.
    static HANDLER: Cell<Option<Box<Handler<Host>>>> = const { Cell::new(None) };
}

fn handler() -> Box<Handler<Host>> {
    HANDLER.take().unwrap_or_else(|| Box::new(Handler::open(Host)))
}

/// Fluent Bit's filter function: the tagged record for a console sign-in outside hours, NULL for anything else.
///
/// The answer ends with a NUL and is good until the next call.
///
/// # Safety
/// `record` is NULL, or `record_len` bytes that nobody changes meanwhile. Nothing else is looked at.
#[cfg_attr(target_family = "wasm", unsafe(no_mangle))]
#[expect(unsafe_code, reason = "the host brings a pointer")]
pub unsafe extern "C" fn afterhours_filter(
    _tag: *const u8,
    _tag_len: u32,
    _sec: u32,
    _nsec: u32,
    record: *const u8,
    record_len: u32,
) -> *const u8 {
    // SAFETY: as the caller promises.
    unsafe { answer(record, record_len, Handler::filter) }
}

/// Fluent Bit's filter function: the tagged record for a console sign-in, inside hours too; any other record as it came.
///
/// The answer ends with a NUL and is good until the next call, or is `record` itself.
///
/// # Safety
/// `record` is NULL, or `record_len` bytes that nobody changes meanwhile. Nothing else is looked at.
#[cfg_attr(target_family = "wasm", unsafe(no_mangle))]
#[expect(unsafe_code, reason = "the host brings a pointer")]
pub unsafe extern "C" fn afterhours_tag(
    _tag: *const u8,
    _tag_len: u32,
    _sec: u32,
    _nsec: u32,
    record: *const u8,
    record_len: u32,
) -> *const u8 {
    // SAFETY: as the caller promises.
    unsafe { answer(record, record_len, Handler::tag) }
}

#[expect(unsafe_code, reason = "the host brings a pointer")]
unsafe fn answer(
    record: *const u8,
    length: u32,
    judge: impl for<'d> FnOnce(&'d mut Handler<Host>, &[u8]) -> Answer<'d>,
) -> *const u8 {
    if record.is_null() {
        return ptr::null();
    }
    // SAFETY: the caller of the exported functions promises that these are its bytes.
    let bytes = unsafe { std::slice::from_raw_parts(record, length as usize) };
    let mut handler = handler();
    let answer = match judge(&mut handler, bytes) {
        Answer::Nothing => ptr::null(),
        Answer::Unchanged => record,
        // The handler's own buffer: it stays where it is when the handler is put back.
        Answer::Json(text) => text.as_ptr(),
    };
    HANDLER.set(Some(handler));
    answer
}

/// Called by the host before anything else: a module that is a library, and has no `main`, starts here. Constructors of the
/// C library would run around every single call if nobody called them.
#[cfg(target_os = "wasi")]
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "a constructor is the C library's")]
pub extern "C" fn _initialize() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker makes it, and the host calls this function once, first.
    unsafe { __wasm_call_ctors() };
    // Errors of the configuration are reported now, not with the first record.
    HANDLER.set(Some(handler()));
}
