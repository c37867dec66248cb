//! The part of WASI that the module uses: one preopened folder for reading, called `conf`, and
//! stderr. Everything else is refused.

use std::collections::BTreeMap;
use std::path::Path;

use wasmi::{Caller, Func, FuncType, Memory, Store, Val, ValType};

/// The files of the folder. The default is an empty one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folder(pub(crate) BTreeMap<String, Vec<u8>>);

impl Folder {
    pub(crate) fn with(mut self, name: &str, text: &[u8]) -> Self {
        self.0.insert(name.to_owned(), text.to_vec());
        self
    }

    /// The example configuration, and the files that it names.
    pub(crate) fn example() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline-configs");
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
        Folder::default()
            .with("afterhours.toml", &read("afterhours.example.toml"))
            .with("afterhours.example.company.ics", &read("afterhours.example.company.ics"))
            .with("afterhours.example.offices.csv", &read("afterhours.example.offices.csv"))
    }
}

/// The host's state for a module.
pub(crate) struct World {
    folder: Folder,
    /// Open files and their offsets.
    open: BTreeMap<u32, (String, usize)>,
    pub(crate) stderr: Vec<u8>,
}

impl World {
    pub(crate) fn new(folder: Folder) -> Self {
        World { folder, open: BTreeMap::new(), stderr: Vec::new() }
    }
}

const NAME: &[u8] = b"conf";
const FOLDER: u32 = 3;
const FIRST_FILE: u32 = 4;

const SUCCESS: i32 = 0;
const BAD_FILE: i32 = 8;
const NO_ENTRY: i32 = 44;
const NOT_SUPPORTED: i32 = 52;

/// A function of `wasi_snapshot_preview1`.
pub(crate) fn function(store: &mut Store<World>, name: &str, kind: &FuncType) -> Func {
    let name = name.to_owned();
    Func::new(store, kind.clone(), move |mut caller: Caller<'_, World>, given, answer| {
        let memory = caller.get_export("memory").and_then(wasmi::Extern::into_memory).unwrap();
        let numbers: Vec<u32> = given
            .iter()
            .map(|value| match value {
                Val::I32(number) => number.cast_unsigned(),
                Val::I64(number) => *number as u32,
                other => panic!("{other:?}"),
            })
            .collect();
        let errno = call(&name, memory, &mut caller, &numbers);
        if let [answer] = answer {
            assert_eq!(answer.ty(), ValType::I32);
            *answer = Val::I32(errno);
        }
        Ok(())
    })
}

fn call(name: &str, memory: Memory, caller: &mut Caller<'_, World>, given: &[u32]) -> i32 {
    let (memory, world) = memory.data_and_store_mut(caller);
    let put = |memory: &mut [u8], at: u32, bytes: &[u8]| {
        memory[at as usize..at as usize + bytes.len()].copy_from_slice(bytes);
    };
    let word =
        |memory: &[u8], at: u32| u32::from_le_bytes(memory[at as usize..at as usize + 4].try_into().unwrap());
    // The ranges of a list of buffers.
    let buffers = |memory: &[u8], list: u32, count: u32| -> Vec<std::ops::Range<usize>> {
        let buffer = |n| {
            let from = word(memory, list + 8 * n) as usize;
            from..from + word(memory, list + 8 * n + 4) as usize
        };
        (0..count).map(buffer).collect()
    };
    let path = |memory: &[u8], at: u32, length: u32| {
        let path = &memory[at as usize..(at + length) as usize];
        String::from_utf8(path.to_vec()).unwrap().trim_start_matches("./").to_owned()
    };
    match (name, given) {
        ("fd_prestat_get", &[FOLDER, at]) => {
            put(memory, at, &(NAME.len() as u64).wrapping_shl(32).to_le_bytes());
            SUCCESS
        }
        ("fd_prestat_dir_name", &[FOLDER, at, _]) => {
            put(memory, at, NAME);
            SUCCESS
        }
        ("fd_prestat_get", _) => BAD_FILE,
        ("fd_fdstat_get", &[fd, at]) => {
            let kind = if fd == FOLDER { 3 } else { 4 };
            put(memory, at, &[kind, 0, 0, 0, 0, 0, 0, 0]);
            // All rights.
            put(memory, at + 8, &[0xff; 16]);
            SUCCESS
        }
        ("path_filestat_get", &[FOLDER, _, name, length, at]) => {
            let Some(file) = world.folder.0.get(&path(memory, name, length)) else { return NO_ENTRY };
            put(memory, at, &[0; 64]);
            put(memory, at + 16, &[4]);
            put(memory, at + 32, &(file.len() as u64).to_le_bytes());
            SUCCESS
        }
        ("path_open", &[FOLDER, _, name, length, .., at]) => {
            let path = path(memory, name, length);
            if !world.folder.0.contains_key(&path) {
                return NO_ENTRY;
            }
            let fd = (FIRST_FILE..).find(|fd| !world.open.contains_key(fd)).unwrap();
            world.open.insert(fd, (path, 0));
            put(memory, at, &fd.to_le_bytes());
            SUCCESS
        }
        ("fd_read", &[fd, list, count, at]) => {
            let Some((name, position)) = world.open.get_mut(&fd) else { return BAD_FILE };
            let file = &world.folder.0[name];
            let before = *position;
            for buffer in buffers(memory, list, count) {
                let length = buffer.len().min(file.len() - *position);
                memory[buffer.start..buffer.start + length]
                    .copy_from_slice(&file[*position..*position + length]);
                *position += length;
            }
            put(memory, at, &((*position - before) as u32).to_le_bytes());
            SUCCESS
        }
        ("fd_close", &[fd]) => world.open.remove(&fd).map_or(BAD_FILE, |_| SUCCESS),
        ("fd_write", &[2, list, count, at]) => {
            let before = world.stderr.len();
            for buffer in buffers(memory, list, count) {
                world.stderr.extend_from_slice(&memory[buffer]);
            }
            put(memory, at, &((world.stderr.len() - before) as u32).to_le_bytes());
            SUCCESS
        }
        ("environ_sizes_get", &[count, size]) => {
            put(memory, count, &[0; 4]);
            put(memory, size, &[0; 4]);
            SUCCESS
        }
        ("environ_get", _) => SUCCESS,
        ("random_get", &[at, length]) => {
            put(memory, at, &vec![7; length as usize]);
            SUCCESS
        }
        ("proc_exit", _) => panic!("the module ends itself"),
        _ => NOT_SUPPORTED,
    }
}
