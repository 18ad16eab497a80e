//! What is written for containers and nginx, held against what the program knows: no container engine runs here, so a
//! name, a port or a version that differs would otherwise be found by whoever deploys.

mod compose;
mod dockerfile;
mod nginx;
mod yaml;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The text of a file of the project.
fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The settings that the image itself brings.
fn image_settings() -> HashMap<String, String> {
    let settings = dockerfile::last_stage();
    let line = settings.iter().find_map(|line| line.strip_prefix("ENV ")).expect("settings of the image");
    let pairs = line.split_whitespace().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
