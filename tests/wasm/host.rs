//! Fluent Bit's side of the calling convention: copies tag and record into the module's memory with
//! a NUL after each, passes six numbers, and reads the answer up to its NUL.

use std::path::Path;

use wasmi::{Config, Engine, Func, Instance, Linker, Memory, Module, Store, Val};

use crate::wasi::{self, Folder, World};

/// The module. `None`, and a line that says so, where there is none.
pub(crate) fn module() -> Option<Vec<u8>> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/wasm/afterhours.wasm");
    let path = std::env::var_os("AFTERHOURS_WASM").map_or(built, Into::into);
    match std::fs::read(&path) {
        Ok(module) => Some(module),
        Err(error) => {
            println!("skipped, no module: {}: {error}", path.display());
            None
        }
    }
}

/// Whether a module uses WASI: the one for wasm32-unknown-unknown cannot read files.
pub(crate) fn reads_files(module: &[u8]) -> bool {
    module.windows(22).any(|name| name == b"wasi_snapshot_preview1")
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// NULL: the record is dropped.
    Nothing,
    /// The record's own pointer.
    Unchanged,
    /// Text up to a NUL.
    Text(Vec<u8>),
}

impl Answer {
    pub(crate) fn expect_json(&self, record: &[u8]) {
        if let Answer::Text(text) = self {
            let value = serde_json::from_slice::<serde_json::Value>(text);
            assert!(
                value.as_ref().is_ok_and(serde_json::Value::is_object),
                "{value:?}\n  {}\nwas answered with\n  {}",
                String::from_utf8_lossy(record),
                String::from_utf8_lossy(text)
            );
        }
    }
}

/// A running module.
pub(crate) struct Host {
    store: Store<World>,
    instance: Instance,
    memory: Memory,
    malloc: Func,
    free: Func,
}

impl Host {
    pub(crate) fn start(module: &[u8], folder: Folder, stack: usize) -> Self {
        let mut config = Config::default();
        config.set_max_stack_height(stack);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, module).unwrap();
        let mut store = Store::new(&engine, World::new(folder));
        let mut linker = Linker::new(&engine);
        for import in module.imports() {
            let function = wasi::function(&mut store, import.name(), import.ty().func().unwrap());
            linker.define(import.module(), import.name(), function).unwrap();
        }
        let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
        if let Some(initialize) = instance.get_func(&store, "_initialize") {
            initialize.call(&mut store, &[], &mut []).expect("the module does not start");
        }
        let memory = instance.get_memory(&store, "memory").unwrap();
        let malloc = instance.get_func(&store, "malloc").unwrap();
        let free = instance.get_func(&store, "free").unwrap();
        Host { store, instance, memory, malloc, free }
    }

    pub(crate) fn exports(&self) -> Vec<String> {
        self.instance.exports(&self.store).map(|export| export.name().to_owned()).collect()
    }

    /// What it has written to stderr so far.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8(self.store.data().stderr.clone()).unwrap()
    }

    /// The size of its memory, in pages.
    pub(crate) fn memory(&self) -> u64 {
        self.memory.size(&self.store)
    }

    pub(crate) fn malloc(&mut self, size: u32) -> u32 {
        let mut pointer = [Val::I32(0)];
        self.malloc.call(&mut self.store, &[number(size)], &mut pointer).expect("malloc traps");
        pointer[0].i32().unwrap().cast_unsigned()
    }

    fn free(&mut self, pointer: u32) {
        self.free.call(&mut self.store, &[number(pointer)], &mut []).expect("free traps");
    }

    fn copied(&mut self, text: &[u8]) -> u32 {
        let pointer = self.malloc(text.len() as u32 + 1);
        assert_ne!(pointer, 0, "no memory for {} bytes", text.len());
        self.memory.write(&mut self.store, pointer as usize, text).unwrap();
        self.memory.write(&mut self.store, pointer as usize + text.len(), &[0]).unwrap();
        pointer
    }

    pub(crate) fn call(&mut self, function: &str, record: &[u8]) -> Answer {
        let tag = self.copied(b"cloudtrail");
        let pointer = self.copied(record);
        let numbers = [tag, 10, 1_795_435_200, 0, pointer, record.len() as u32].map(number);
        let function = self.instance.get_func(&self.store, function).unwrap();
        let mut answer = [Val::I32(0)];
        if let Err(trap) = function.call(&mut self.store, &numbers, &mut answer) {
            panic!("{trap} on a record of {} bytes: {}", record.len(), String::from_utf8_lossy(record));
        }
        let answer = match answer[0].i32().unwrap().cast_unsigned() {
            0 => Answer::Nothing,
            own if own == pointer => Answer::Unchanged,
            other => {
                let text = &self.memory.data(&self.store)[other as usize..];
                Answer::Text(text[..text.iter().position(|&b| b == 0).unwrap()].to_vec())
            }
        };
        self.free(tag);
        self.free(pointer);
        answer
    }
}

fn number(value: u32) -> Val {
    Val::I32(value.cast_signed())
}
