//! The world as a WebAssembly module sees it: the folders it was given, and stderr. The only file of the library that opens
//! or prints anything: inside the sandbox the library is the program.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "inside the sandbox nobody else brings the world"
)]

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::config;
use crate::config::{Loader, zones};
use crate::time_zone::Zone;

/// What the handler needs of the world.
pub(super) trait HostEnv: Loader {
    /// The folders in which the configuration may be, the first one first.
    fn folders(&self) -> Vec<PathBuf>;
    /// Whether there is something of this name; also where that cannot be found out.
    fn is_there(&self, path: &Path) -> bool;
    /// Tells people.
    fn say(&self, what: &str);
}

/// The host's sandbox.
#[derive(Debug, Clone, Copy)]
pub(super) struct Host;

impl Loader for Host {
    fn text(&self, path: &Path) -> Result<String, String> {
        config::text(File::open(path))
    }

    fn zone(&self, name: &str) -> Result<Zone, String> {
        // There is no zoneinfo in a sandbox.
        zones::zone(name, zones::embedded)
    }
}

impl HostEnv for Host {
    fn folders(&self) -> Vec<PathBuf> {
        opened_before().into_iter().map(PathBuf::from).collect()
    }

    fn is_there(&self, path: &Path) -> bool {
        path.try_exists().unwrap_or(true)
    }

    fn say(&self, what: &str) {
        // In one piece, so that nothing of the host's own comes between.
        let _ = std::io::stderr().write_all(format!("afterhours: {what}\n").as_bytes());
    }
}

/// The names of the folders that the host opened for the module, in its order.
#[cfg(target_os = "wasi")]
#[expect(unsafe_code, reason = "the standard library does not tell them")]
fn opened_before() -> Vec<String> {
    /// `prestat` of wasi_snapshot_preview1: a kind, 0 for a folder, and the length of its name.
    #[repr(C)]
    struct Prestat {
        kind: u8,
        length: u32,
    }
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        fn fd_prestat_get(fd: u32, prestat: *mut Prestat) -> u32;
        fn fd_prestat_dir_name(fd: u32, name: *mut u8, length: u32) -> u32;
    }
    let mut names = Vec::new();
    // They stand behind the three standard streams, without a gap.
    for fd in 3.. {
        let mut prestat = Prestat { kind: 0, length: 0 };
        // SAFETY: the host writes a prestat where one is.
        if unsafe { fd_prestat_get(fd, &mut prestat) } != 0 {
            break;
        }
        let mut name = vec![0; prestat.length as usize];
        // SAFETY: the host writes a name of the length that it reported.
        let named = unsafe { fd_prestat_dir_name(fd, name.as_mut_ptr(), prestat.length) } == 0;
        if prestat.kind == 0 && named {
            // Some hosts count a NUL.
            names.extend(String::from_utf8(name).ok().map(|name| name.trim_end_matches('\0').to_owned()));
        }
    }
    names
}

/// Nobody opens any for a module without a system, nor for the tests.
#[cfg(not(target_os = "wasi"))]
fn opened_before() -> Vec<String> {
    Vec::new()
}
