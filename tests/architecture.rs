//! The layout of the code, held by a test: rooms (folders), the floors they stand on, and which way imports go.
//! A file may import from its own room and from rooms on lower floors, never from the same floor or upward; no circle of
//! files; no file over 500 lines; no room over a tenth of the code. There are no exceptions.
//!
//! What counts as an import: every `use` and every path that begins with `crate`, `self`, `super`, `afterhours` or the name of
//! a child module. A re-export (`pub use`) is a name, not a dependency: an import of it counts for the file behind it.
//! Code under `#[cfg(test)]` does not count.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test may fail

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// The rooms of the library and the floor that each stands on. A room is a folder or a file in `src/`.
const LIBRARY: &[(&str, u8)] = &[
    ("sanitize", 1),
    ("json", 1),
    ("prefilter", 1),
    ("time_zone", 1),
    ("ics", 1),
    ("holidays", 1),
    ("input_kind", 1),
    ("framing", 2),
    ("sign_in", 2),
    ("schedule", 2),
    ("envelope", 3),
    ("rules", 3),
    ("calendar_view", 3),
    ("tag", 4),
    ("exhaustive", 4),
    ("config", 4),
    ("filter", 5),
    ("explain", 6),
    ("wasm", 6),
    ("lib", 7),
];

/// The rooms of the program, `src/bin/afterhours/`. All of them may import the library.
const PROGRAM: &[(&str, u8)] = &[
    ("sys", 1),
    ("outbox", 2),
    ("notify", 3),
    ("channels/fields", 4),
    ("channels/chat", 5),
    ("channels/email", 5),
    ("channels/paging", 5),
    ("channels/sms", 5),
    ("channels/ticketing", 5),
    ("channels/webhook", 5),
    ("channels", 6),
    ("dispatch", 7),
    ("output", 8),
    ("input/compression", 8),
    ("input", 9),
    ("server", 10),
    ("cli", 11),
    ("commands", 12),
    ("main", 13),
];

/// Lines that a file may have at the most.
const LONGEST_FILE: usize = 500;

/// A module path such as `["crate", "filter", "sink"]` or `["afterhours", "json"]`.
type ModulePath = Vec<String>;

/// One source file: what it imports and what it re-exports, both as absolute paths.
#[derive(Default)]
struct SourceFile {
    name: String,
    lines: usize,
    imports: BTreeSet<ModulePath>,
    reexports: BTreeMap<String, ModulePath>,
}

/// All files of both crates by their absolute module path; the library is `afterhours`, the program `crate`.
struct Code {
    files: BTreeMap<ModulePath, SourceFile>,
}

impl Code {
    fn read() -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let program = source.join("bin/afterhours");
        let mut files = BTreeMap::new();
        let mut add = |root: &Path, name: &str, skip: Option<&Path>| {
            for path in rust_files(root, skip) {
                let relative = path.strip_prefix(root).unwrap().with_extension("");
                let mut module: ModulePath = vec![name.to_owned()];
                module.extend(relative.iter().map(|part| part.to_str().unwrap().to_owned()));
                if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
                    module.pop();
                }
                if module.last().is_some_and(|last| last == "tests" || last == "judges") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let file =
                    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let mut reader = Reader::new(name, &module, &file);
                reader.visit_file(&file);
                let shown = path.strip_prefix(&source).unwrap().display().to_string();
                let read = SourceFile { name: shown, lines: text.lines().count(), ..reader.found };
                files.insert(module, read);
            }
        };
        add(&source, "afterhours", Some(&source.join("bin")));
        add(&program, "crate", None);
        Code { files }
    }

    /// The file that an absolute path leads to, through re-exports.
    fn target(&self, path: &[String], depth: u8) -> Option<&ModulePath> {
        let (module, rest) = (1..=path.len()).rev().find_map(|end| {
            self.files.get_key_value(&path[..end]).map(|(module, _)| (module, &path[end..]))
        })?;
        let Some(first) = rest.first() else { return Some(module) };
        match self.files[module].reexports.get(first) {
            Some(behind) if depth < 8 => {
                let mut further = behind.clone();
                further.extend(rest[1..].iter().cloned());
                self.target(&further, depth + 1).or(Some(module))
            }
            _ => Some(module),
        }
    }

    /// For each file the files that it imports.
    fn edges(&self) -> BTreeMap<&ModulePath, BTreeSet<&ModulePath>> {
        let edges = self.files.iter().map(|(module, file)| {
            let targets = file.imports.iter().filter_map(|path| self.target(path, 0));
            (module, targets.filter(|target| *target != module).collect())
        });
        edges.collect()
    }
}

/// All `.rs` files under `root` but those under `skip`.
fn rust_files(root: &Path, skip: Option<&Path>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && Some(path.as_path()) != skip {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Collects what one file imports.
struct Reader<'a> {
    /// `crate` or `afterhours`: how the file's own crate is called here.
    own: &'a str,
    module: &'a [String],
    children: BTreeSet<String>,
    found: SourceFile,
}

impl<'a> Reader<'a> {
    fn new(own: &'a str, module: &'a [String], file: &syn::File) -> Self {
        let children = file.items.iter().filter_map(|item| match item {
            syn::Item::Mod(child) if child.content.is_none() => Some(child.ident.to_string()),
            _ => None,
        });
        Reader { own, module, children: children.collect(), found: SourceFile::default() }
    }

    /// The absolute form of a path; `None` for one that leads to another crate or to a local name.
    fn absolute(&self, segments: &[String]) -> Option<ModulePath> {
        let first = segments.first()?;
        let mut base = match first.as_str() {
            "afterhours" => return Some(segments.to_vec()),
            "crate" => vec![self.own.to_owned()],
            "self" => self.module.to_vec(),
            "super" => self.module[..self.module.len() - 1].to_vec(),
            child if self.children.contains(child) => [self.module, std::slice::from_ref(first)].concat(),
            _ => return None,
        };
        for segment in &segments[1..] {
            match segment.as_str() {
                "super" => drop(base.pop()),
                _ => base.push(segment.clone()),
            }
        }
        Some(base)
    }

    fn tree(&mut self, prefix: &mut Vec<String>, tree: &syn::UseTree, public: bool) {
        let (leaf, name) = match tree {
            syn::UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.tree(prefix, &path.tree, public);
                prefix.pop();
                return;
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(prefix, tree, public);
                }
                return;
            }
            syn::UseTree::Name(name) if name.ident == "self" => (None, prefix.last().cloned()),
            syn::UseTree::Name(name) => (Some(name.ident.to_string()), Some(name.ident.to_string())),
            syn::UseTree::Rename(rename) => (Some(rename.ident.to_string()), Some(rename.rename.to_string())),
            syn::UseTree::Glob(_) => (None, None),
        };
        let segments: Vec<String> = prefix.iter().cloned().chain(leaf).collect();
        let Some(path) = self.absolute(&segments) else { return };
        match name {
            Some(name) if public => drop(self.found.reexports.insert(name, path)),
            _ => drop(self.found.imports.insert(path)),
        }
    }
}

/// Whether an item is compiled for tests only.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Const(item) => &item.attrs,
            syn::Item::Struct(item) => &item.attrs,
            _ => return syn::visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let public = !matches!(item.vis, syn::Visibility::Inherited);
        self.tree(&mut Vec::new(), &item.tree, public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1
            && let Some(path) = self.absolute(&segments)
        {
            self.found.imports.insert(path);
        }
        syn::visit::visit_path(self, path);
    }

    // Macros are not parsed by syn: their paths are read from the tokens.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let tokens = call.tokens.to_string().replace(" :: ", "::");
        for word in tokens.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            let segments: Vec<String> = word.split("::").map(str::to_owned).collect();
            if segments.len() > 1
                && let Some(path) = self.absolute(&segments)
            {
                self.found.imports.insert(path);
            }
        }
        syn::visit::visit_macro(self, call);
    }
}

/// The room that a file stands in: its folder, or for a file at the top its own name.
fn room(module: &[String]) -> String {
    let table = if module[0] == "crate" { PROGRAM } else { LIBRARY };
    for end in (2..=module.len()).rev() {
        let name = module[1..end].join("/");
        if table.iter().any(|(room, _)| *room == name) {
            return name;
        }
    }
    match module {
        [one] => if one == "crate" { "main" } else { "lib" }.to_owned(),
        _ => panic!("{} stands in no room of the table: add it, with its floor", module.join("::")),
    }
}

/// The floor of a file; everything in the program stands above the library.
fn floor(module: &[String]) -> u16 {
    let (table, base) = if module[0] == "crate" { (PROGRAM, 100) } else { (LIBRARY, 0) };
    let room = room(module);
    base + u16::from(table.iter().find(|(name, _)| *name == room).unwrap().1)
}

#[test]
fn imports_go_down() {
    let code = Code::read();
    let mut wrong = String::new();
    for (from, targets) in code.edges() {
        for to in targets {
            let same_room = from[0] == to[0] && room(from) == room(to);
            if !same_room && floor(to) >= floor(from) {
                let (from, to) = (&code.files[from].name, &code.files[to].name);
                let _ = writeln!(wrong, "  {from} imports {to}");
            }
        }
    }
    assert!(wrong.is_empty(), "imports that do not go down:\n{wrong}");
}

/// All files that can be reached from one, itself only through a circle.
fn reached<'a>(
    from: &ModulePath,
    edges: &BTreeMap<&'a ModulePath, BTreeSet<&'a ModulePath>>,
) -> BTreeSet<&'a ModulePath> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&ModulePath> = edges[from].iter().copied().collect();
    while let Some(file) = next.pop() {
        if seen.insert(file) {
            next.extend(edges[file].iter().copied());
        }
    }
    seen
}

#[test]
fn no_circle_of_files() {
    let code = Code::read();
    let edges = code.edges();
    let reached: BTreeMap<_, _> = edges.keys().map(|file| (*file, reached(file, &edges))).collect();
    let mut circles: BTreeSet<BTreeSet<&ModulePath>> = BTreeSet::new();
    for (file, beyond) in &reached {
        if beyond.contains(file) {
            circles.insert(beyond.iter().copied().filter(|other| reached[other].contains(file)).collect());
        }
    }
    let mut shown = String::new();
    for circle in &circles {
        let _ = writeln!(shown, "  a circle of {}:", circle.len());
        for file in circle {
            let to = edges[file].iter().filter(|to| circle.contains(*to));
            let names: Vec<&str> = to.map(|to| code.files[*to].name.as_str()).collect();
            let _ = writeln!(shown, "    {} -> {}", code.files[*file].name, names.join(", "));
        }
    }
    assert!(circles.is_empty(), "files that import each other in a circle:\n{shown}");
}

#[test]
fn files_and_rooms_stay_small() {
    let code = Code::read();
    let long: Vec<String> = code
        .files
        .values()
        .filter(|file| file.lines > LONGEST_FILE)
        .map(|file| format!("{} has {} lines", file.name, file.lines))
        .collect();
    assert!(long.is_empty(), "files over {LONGEST_FILE} lines: {long:?}");
    let all: usize = code.files.values().map(|file| file.lines).sum();
    let mut rooms: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for (module, file) in &code.files {
        *rooms.entry((module[0].as_str(), room(module))).or_default() += file.lines;
    }
    for ((owner, room), lines) in &rooms {
        println!("{owner} {room}: {lines} lines, {:.1} %", *lines as f64 * 100.0 / all as f64);
        assert!(lines * 10 <= all, "{room} is over a tenth of the code: {lines} of {all} lines");
    }
}

#[test]
fn every_room_of_the_table_exists() {
    let code = Code::read();
    let found: BTreeSet<(&str, String)> =
        code.files.keys().map(|module| (module[0].as_str(), room(module))).collect();
    for (owner, table) in [("afterhours", LIBRARY), ("crate", PROGRAM)] {
        for (name, _) in table {
            assert!(
                found.contains(&(owner, (*name).to_owned())),
                "there is no room {name}: take it out of the table"
            );
        }
    }
}
