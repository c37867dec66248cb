//! Links between documents lead to files and headings that exist, and the paths that the documents for developers name exist.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use super::{Document, documents, root};

/// Text without fenced blocks, in which nothing is a link.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> HashSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let kept = line.trim_start_matches('#').trim().chars();
            let kept = kept.filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
        })
        .collect()
}

/// A relative path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{} leaves the repository", path.display()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

fn targets(text: &str) -> Vec<String> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    links.map(|(target, _)| target.to_owned()).filter(|target| !target.contains("://")).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    let mut followed = 0;
    for Document { path, text } in &documents {
        for target in targets(&prose(text)) {
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = match file {
                "" => path.clone(),
                file => plain(&path.parent().unwrap().join(file)),
            };
            assert!(root().join(&file).exists(), "{}: no such file: {target}", path.display());
            if !anchor.is_empty() {
                let leads_to = documents.iter().find(|known| known.path == file).expect("a document");
                assert!(
                    anchors(&prose(&leads_to.text)).contains(anchor),
                    "{}: no such heading: {target}",
                    path.display()
                );
            }
            followed += 1;
        }
    }
    println!("{followed} links lead somewhere");
    assert!(followed > 50, "the links were not found");
}

#[test]
fn every_path_that_a_document_for_developers_names_exists() {
    let rooms = ["src", "tests", "benches", "fuzz", "docs", "pipeline-configs", ".ci"];
    let (mut seen, mut missing) = (0, Vec::new());
    for name in ["docs/ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"] {
        for code in prose(&super::document(name)).split('`').skip(1).step_by(2) {
            let path = code.split_whitespace().next().unwrap_or_default();
            let Some((room, _)) = path.split_once('/') else { continue };
            if rooms.contains(&room) {
                seen += 1;
                if !root().join(path).exists() {
                    missing.push(format!("{name}: {path}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no such files: {missing:#?}");
    assert!(seen > 40, "the paths were not found");
}

#[test]
fn the_readme_is_short() {
    assert!(super::document("README.md").lines().count() <= 250);
}
