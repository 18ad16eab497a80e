//! The rules of the house that a machine can hold: who imports whom, and what stands in one place only.

use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms may name which, by the start of the imported path. The longest room that fits a file decides.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &["model"]),
    ("api", &["model", "api"]),
    ("live", &["model", "live"]),
    ("ui", &["model", "api", "live", "ui"]),
    ("app", &["ui"]),
    ("lib", &[]),
    ("main", &[]),
    ("server", &["model", "api::error", "server"]),
    ("server/hub", &["model", "server::hub", "server::metrics"]),
    ("server/metrics", &["model", "api::error", "server::metrics"]),
    ("server/router.rs", &["model", "api::error", "server", "app"]),
    ("server/routes", &["model", "api::error", "server"]),
];

struct Source {
    /// Relative to its folder, such as `server/hub.rs` in `src`.
    name: String,
    text: String,
}

fn sources() -> Vec<Source> {
    files_below("src")
}

/// The Rust files below a folder of this project, named from there.
fn files_below(folder: &str) -> Vec<Source> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    collect(&root, &mut files);
    files
        .iter()
        .map(|path| Source {
            name: path.strip_prefix(&root).expect("below the folder").to_string_lossy().into_owned(),
            text: fs::read_to_string(path).expect("text"),
        })
        .collect()
}

fn room_of(name: &str) -> (&'static str, &'static [&'static str]) {
    MAY_IMPORT
        .iter()
        .filter(|(room, _)| name == *room || name == format!("{room}.rs") || name.starts_with(&format!("{room}/")))
        .max_by_key(|(room, _)| room.len())
        .map(|(room, allowed)| (*room, *allowed))
        .unwrap_or_else(|| panic!("src/{name} stands in no room"))
}

/// The paths after `use crate::`, with groups such as `crate::server::{a, b}` taken apart, and whether they stand
/// inside a function.
fn imports(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices("use crate::") {
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let is_indented = text[line_start..start].starts_with(' ');
        let rest = &text[start + "use crate::".len()..];
        let path = rest[..rest.find(';').expect("an end")].split_whitespace().collect::<String>();
        match path.split_once('{') {
            Some((head, group)) => {
                let parts = group.trim_end_matches('}').split(',').filter(|part| !part.is_empty());
                found.extend(parts.map(|part| (format!("{head}{part}"), is_indented)));
            }
            None => found.push((path, is_indented)),
        }
    }
    found
}

fn is_within(path: &str, allowed: &str) -> bool {
    path == allowed || path.starts_with(&format!("{allowed}::"))
}

#[test]
fn every_room_imports_only_what_it_may() {
    let mut violations = Vec::new();
    let mut seen = 0;
    for source in sources() {
        let (room, allowed) = room_of(&source.name);
        for (path, in_a_function) in imports(&source.text) {
            seen += 1;
            let is_server_function_body = room == "api" && in_a_function && is_within(&path, "server");
            if !is_server_function_body && !allowed.iter().any(|allowed| is_within(&path, allowed)) {
                violations.push(format!("src/{} imports crate::{path}", source.name));
            }
        }
    }
    assert!(seen > 50, "imports are found at all");
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn test_files_import_helpers_from_support_alone() {
    let files = files_below("tests/it");
    let mut seen = 0;
    for file in files.iter().filter(|file| file.name != "architecture.rs") {
        // The files of one folder, such as `faults/`, may name one another.
        let own_folder = file.name.split(['/', '.']).next().expect("a name");
        for (start, found) in file.text.match_indices("crate::") {
            if file.text[..start].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
                continue;
            }
            let rest = &file.text[start + found.len()..];
            let module = rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().expect("a text");
            seen += 1;
            assert!(
                [own_folder, "support"].contains(&module),
                "tests/it/{} names crate::{module}: helpers of several tests belong in tests/it/support",
                file.name
            );
        }
    }
    assert!(seen > 50, "imports are found at all");
}

#[test]
fn routes_never_speak_to_redis_themselves() {
    for source in sources().iter().filter(|source| source.name.starts_with("server/routes")) {
        assert!(!source.text.contains("server::redis"), "src/{}", source.name);
        assert!(!source.text.contains("redis::"), "src/{}", source.name);
    }
}

#[test]
fn only_the_redis_room_knows_keys_channels_and_scripts() {
    for source in sources().iter().filter(|source| !source.name.starts_with("server/redis")) {
        let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        assert!(!code.contains("\"sm:"), "src/{} names a private key", source.name);
        assert!(!code.contains(".lua\""), "src/{} includes a script", source.name);
    }
}

#[test]
fn what_belongs_in_one_place_stands_in_one_place() {
    for (mark, home) in [("cfg(feature", "lib.rs"), ("env::var", "server/config.rs"), ("use super::", "")] {
        for source in sources().iter().filter(|source| source.name != home && !source.name.ends_with("tests.rs")) {
            let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
            assert!(!code.contains(mark), "src/{} contains {mark}", source.name);
        }
    }
}

#[test]
fn main_reads_like_a_table_of_contents() {
    let main = sources().into_iter().find(|source| source.name == "main.rs").expect("main.rs");
    assert!(main.text.lines().count() <= 60);
}

#[test]
fn the_runtime_file_says_what_the_build_was_told() {
    let section = |file: &str| -> Vec<String> {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("text");
        let (_, section) = text.split_once("[package.metadata.leptos]").expect("the section");
        let lines = section.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.take_while(|line| !line.starts_with('[')).map(ToOwned::to_owned).collect()
    };
    assert!(section("Leptos.toml").iter().any(|line| line.starts_with("site-root")));
    assert_eq!(section("Leptos.toml"), section("Cargo.toml"));
}

#[test]
fn every_setting_is_explained_in_the_example_file() {
    let example = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".env.example")).expect("text");
    let is_name = |text: &&str| text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let mut names = 0;
    for source in sources().iter().filter(|source| source.name.starts_with("server/config")) {
        let quoted = source.text.split('"').skip(1).step_by(2).filter(is_name);
        // `cargo leptos watch` sets these two itself, and what ends in a stroke begins many names.
        let is_no_setting = |name: &&str| ["LEPTOS_WATCH", "LEPTOS_RELOAD_PORT"].contains(name) || name.ends_with('_');
        for name in quoted.filter(|name| !is_no_setting(name)) {
            names += 1;
            let is_explained =
                example.lines().any(|line| line.trim_start_matches('#').starts_with(&format!("{name}=")));
            assert!(is_explained, "{name} is missing in .env.example");
        }
    }
    assert!(names > 20, "settings are found at all");
}

#[test]
fn the_map_names_only_what_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let map = fs::read_to_string(root.join("src/ARCHITECTURE.md")).expect("text");
    let rows = map.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let places: Vec<&str> =
        rows.flat_map(|cell| cell.split('`').step_by(2)).filter(|place| !place.is_empty()).collect();
    assert!(places.len() > 40, "places are found at all");
    for place in &places {
        assert!(root.join(place).exists(), "{place} is gone");
    }
    let rooms = sources().into_iter().map(|source| source.name);
    for name in rooms.filter(|name| name.matches('/').count() <= usize::from(name.starts_with("server/"))) {
        let folder = format!("src/{}/", name.trim_end_matches(".rs"));
        assert!(
            places.iter().any(|place| *place == format!("src/{name}") || *place == folder),
            "src/{name} is on no map"
        );
    }
}
