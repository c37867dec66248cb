//! Says to the linker what the module for Fluent Bit exports besides its own functions: the C library's `malloc` and `free`,
//! with which the host brings records (`src/wasm/memory.rs` says why). Does nothing for any other target.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("wasi") {
        println!("cargo::rustc-link-arg=--export=malloc");
        println!("cargo::rustc-link-arg=--export=free");
    }
}
