//! The operator's guide quotes the page in bold: what stands there must be what the page says, and nothing that an
//! operator meets may be missing.

use std::fs;
use std::path::{Path, PathBuf};

use service_manager::live::event_stream::connection::Connection;
use service_manager::model::command::CommandState;
use service_manager::model::service::Control;
use service_manager::model::status::ServiceState;
use service_manager::model::user::Role;
use service_manager::ui::components::header::Tab;
use service_manager::ui::services_filter::STATES;
use service_manager::ui::services_view::TILES;

/// Where the words of the page stand in the source.
const SOURCES: [&str; 4] = ["src/ui", "src/live", "src/model", "src/server/dashboard"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn guide() -> String {
    fs::read_to_string(root().join("docs/operating.md")).expect("the guide")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What stands between quotes in the source, one text a line, without its tests.
fn texts_of_the_page() -> String {
    let mut texts = String::new();
    for file in SOURCES.iter().flat_map(|folder| files(&root().join(folder))) {
        let source = fs::read_to_string(&file).expect("text");
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for text in line.split('"').skip(1).step_by(2) {
                texts.extend([text, "\n"]);
            }
        }
    }
    texts
}

/// What the guide has in bold. A `…` stands for what differs, or for itself.
fn quotes(guide: &str) -> Vec<String> {
    guide.split("**").skip(1).step_by(2).map(|quote| quote.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_word_in_bold_stands_on_the_page() {
    let (guide, texts) = (guide(), texts_of_the_page());
    let quotes = quotes(&guide);
    assert!(quotes.len() > 100, "there are {}", quotes.len());
    // That bold words are words of the page is said in the guide, in bold.
    let unknown: Vec<&String> = quotes
        .iter()
        .filter(|quote| *quote != "Bold")
        .filter(|quote| !quote.split('…').map(str::trim).all(|part| texts.contains(part)))
        .collect();
    assert!(unknown.is_empty(), "the page does not say {unknown:?}");
}

#[test]
fn every_state_word_and_tab_that_an_operator_meets_is_in_the_guide() {
    let guide = guide();
    let quotes = quotes(&guide);
    let states = ["running", "idle", "paused", "stopped", "starting", "stopping", "restarting", "degraded", "failed"]
        .map(|word| ServiceState::from_word(word).label().to_owned());
    let connections = [
        Connection::Connecting { again: false },
        Connection::CatchingUp,
        Connection::Connected,
        Connection::Stale,
        Connection::Disconnected { retry_in: 5 },
        Connection::RedisDown,
        Connection::SignedOut,
        Connection::TooManyStreams { retry_in: 5 },
        Connection::Unavailable { retry_in: 5 },
        Connection::Polling,
        Connection::Asleep,
    ]
    .map(|connection| connection.words().to_owned());
    let outcomes = [
        CommandState::Succeeded,
        CommandState::Failed,
        CommandState::Refused,
        CommandState::NoAnswer,
        CommandState::Unheard,
    ]
    .map(|outcome| outcome.label().to_owned());
    let words = Control::ALL.map(|control| control.label().to_owned());
    let tabs = Tab::ALL.map(|tab| tab.label().to_owned());
    for word in states.iter().chain(&connections).chain(&outcomes).chain(&words).chain(&tabs) {
        assert!(quotes.contains(word), "the guide does not tell of {word}");
    }
    for role in Role::ALL {
        assert!(guide.contains(&format!("| {role} |")), "the guide does not say what a role of {role} may do");
    }
    for key in Tab::ALL.into_iter().filter_map(Tab::key).chain(["/", "j", "k", "g", "t", "?"]) {
        assert!(guide.contains(&format!("`{key}`")), "the guide does not name the key {key}");
    }
    let (tiles, _) = guide.split_once(" are filters").expect("what the tiles do");
    let (_, tiles) = tiles.rsplit_once("The tiles ").expect("which they are");
    for tile in TILES {
        let (_, label) = STATES.iter().find(|(name, _)| *name == tile).expect("a tile filters by a state");
        assert!(tiles.contains(&format!("**{label}**")), "the guide does not name the tile {label}");
    }
}
