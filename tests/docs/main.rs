//! The documents: what they show is what the program prints, their reference tables are complete, their links lead somewhere.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test may fail

use std::path::{Path, PathBuf};
use std::process::Command;

mod examples;
mod links;
mod notifications;
mod reference;

/// A document of the repository: its path from the root, and its text.
struct Document {
    path: PathBuf,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_afterhours"))
}

/// What the program prints on stdout; it must end well.
fn printed(arguments: &[&str]) -> String {
    let output = program().args(arguments).output().expect("the program runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn document(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All documents that people read: those at the root, the reference pages and the guides.
fn documents() -> Vec<Document> {
    let mut documents = Vec::new();
    collect(Path::new(""), false, &mut documents);
    collect(Path::new("docs"), true, &mut documents);
    collect(Path::new("pipeline-configs"), true, &mut documents);
    assert!(documents.len() > 12, "only {} documents were found", documents.len());
    documents
}

fn collect(folder: &Path, deep: bool, documents: &mut Vec<Document>) {
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if deep {
                collect(&path, deep, documents);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let text = std::fs::read_to_string(root().join(&path)).unwrap();
            documents.push(Document { path, text });
        }
    }
}
