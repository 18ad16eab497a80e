use std::path::Path;

use clap::Parser;
use service_manager::server::command_line::{Command, CommandLine};

use crate::deployment::{file, image_settings};

/// The instructions, each on one line, without comments.
fn instructions() -> Vec<String> {
    let text = file("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// The instructions that make the image itself.
pub fn last_stage() -> Vec<String> {
    let all = instructions();
    let start = all.iter().rposition(|line| line.starts_with("FROM ")).expect("a stage");
    all[start..].to_vec()
}

fn value<'a>(lines: &'a [String], start: &str) -> &'a str {
    let found: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix(start)).collect();
    let [value] = found.as_slice() else { panic!("{start} stands {} times", found.len()) };
    value
}

/// What stands between two texts in a file.
fn between(text: &str, start: &str, end: &str) -> String {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start}"));
    rest.split(end).next().unwrap_or_default().to_owned()
}

/// The words of an instruction in exec form: `CMD ["a", "b"]`.
fn words(form: &str) -> Vec<String> {
    serde_json::from_str(form).unwrap_or_else(|error| panic!("{form} is no exec form: {error}"))
}

#[test]
fn the_image_is_built_with_the_tools_of_every_other_build() {
    let lines = instructions();
    let compiler = between(&file("rust-toolchain.toml"), "channel = \"", "\"");
    assert_eq!(value(&lines, "FROM rust:"), format!("{compiler}-bookworm AS build"));
    assert_eq!(value(&lines, "ENV RUSTUP_TOOLCHAIN="), compiler);
    let cargo_leptos = between(&file("scripts/lib/tools.sh"), "CARGO_LEPTOS_VERSION=", "\n");
    assert_eq!(value(&lines, "ARG CARGO_LEPTOS_VERSION="), cargo_leptos);
    let wasm_bindgen = between(&file("Cargo.lock"), "name = \"wasm-bindgen\"\nversion = \"", "\"");
    assert_eq!(value(&lines, "ARG WASM_BINDGEN_VERSION="), wasm_bindgen);
    let library =
        between(&file("tools/split-wasm/Cargo.lock"), "name = \"wasm-bindgen-cli-support\"\nversion = \"", "\"");
    assert_eq!(library, wasm_bindgen, "the page of `make run` is connected by the same version");
    let target = between(&file("rust-toolchain.toml"), "targets = [\"", "\"");
    assert_eq!(value(&lines, "RUN rustup target add "), target);
    let node: u32 = between(value(&lines, "FROM node:"), "", "-").parse().expect("a version");
    let least: u32 =
        between(&file("scripts/lib/tools.sh"), "process.versions.node, 10) >= ", "'").parse().expect("one");
    assert!(node >= least, "Node.js {node}, at least {least}");
}

#[test]
fn the_program_is_built_by_its_lock_files() {
    let builds: Vec<_> = instructions().into_iter().filter(|line| line.contains("cargo leptos build")).collect();
    assert_eq!(builds.len(), 2, "dependencies, then the program");
    assert!(builds.iter().all(|line| line.contains("cargo leptos build --release --split --cargo-locked")));
    assert!(instructions().iter().any(|line| line.starts_with("RUN npm ci ")));
}

#[test]
fn the_page_is_compressed_after_it_was_built() {
    let lines = instructions();
    let root = between(&file("Leptos.toml"), "site-root = \"", "\"");
    let last = lines.iter().rfind(|line| line.contains("cargo leptos build")).expect("a build");
    assert!(last.ends_with(&format!("&& node /tools/precompress.mjs {root}")), "{last}");
    assert!(lines.contains(&"COPY tools/precompress.mjs /tools/".to_owned()));
}

#[test]
fn nothing_gets_into_a_build_but_what_it_copies() {
    let ignored = file(".dockerignore");
    let mut rules = ignored.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    assert_eq!(rules.next(), Some("*"), "everything is left out");
    let mut let_in: Vec<_> = rules.map(|rule| rule.strip_prefix('!').expect("an exception").to_owned()).collect();
    let mut copied = Vec::new();
    for line in instructions().iter().filter_map(|line| line.strip_prefix("COPY ")) {
        let mut sources: Vec<_> = line.split(' ').map(ToOwned::to_owned).collect();
        sources.pop();
        if !sources[0].starts_with("--from=") {
            copied.extend(sources);
        }
    }
    let_in.sort();
    copied.sort();
    assert_eq!(let_in, copied);
    for path in copied {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path).exists(), "{path} is there");
        let secret = [".env", "target", ".git", ".run", "node_modules"];
        assert!(!secret.iter().any(|name| path.split('/').any(|part| part.starts_with(name))), "{path} stays outside");
    }
}

#[test]
fn the_image_starts_the_program_without_root_and_without_a_shell() {
    let lines = last_stage();
    let user: Vec<u32> = value(&lines, "USER ").split(':').map(|id| id.parse().expect("a number")).collect();
    assert!(user.len() == 2 && !user.contains(&0), "a user and a group by number");
    let entry = words(value(&lines, "ENTRYPOINT "));
    let run = |more: Vec<String>| CommandLine::try_parse_from(entry.iter().cloned().chain(more)).expect("a command");
    assert!(matches!(run(words(value(&lines, "CMD "))).command, Command::Serve { no_worker: false }));
    let health = between(value(&lines, "HEALTHCHECK "), " CMD ", "\n");
    let health = CommandLine::try_parse_from(words(&health)).expect("a command");
    assert!(matches!(health.command, Command::Healthcheck));
    assert_eq!(words(&between(value(&lines, "HEALTHCHECK "), " CMD ", "\n"))[0], entry[0]);
    let address = &image_settings()["LEPTOS_SITE_ADDR"];
    assert_eq!(*address, format!("0.0.0.0:{}", value(&lines, "EXPOSE ")));
}

#[test]
fn everything_lies_where_the_program_looks_for_it() {
    let lines = last_stage();
    let folder = value(&lines, "WORKDIR ");
    assert_eq!(words(value(&lines, "ENTRYPOINT ")), [format!("{folder}/service-manager")]);
    let beside = lines.iter().find(|line| line.contains("/service-manager ") && line.starts_with("COPY ")).expect("it");
    for name in ["release/service-manager", "release/hash.txt", "/build/Leptos.toml"] {
        assert!(beside.contains(name), "{name} lies beside the program");
    }
    assert!(beside.ends_with(" ./"));
    let root = between(&file("Leptos.toml"), "site-root = \"", "\"");
    let site = format!("COPY --from=build /build/{root} {}", image_settings()["LEPTOS_SITE_ROOT"]);
    assert!(lines.contains(&site), "{site}");
}

#[test]
fn the_labels_say_what_the_package_says() {
    let lines = last_stage();
    let labels = value(&lines, "LABEL ");
    for (name, value) in [
        ("version", env!("CARGO_PKG_VERSION")),
        ("description", env!("CARGO_PKG_DESCRIPTION")),
        ("licenses", env!("CARGO_PKG_LICENSE")),
    ] {
        assert!(labels.contains(&format!("org.opencontainers.image.{name}=\"{value}\"")), "{name}: {value}");
    }
}
