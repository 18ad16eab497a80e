//! What the README and the pages under `docs/` show a shell doing is done, and must come out as it stands there.
//!
//! In a block marked `console`, a line that begins with `$ ` is a command, lines that begin with `> ` go on with it, and
//! the lines below are what it prints; `…` stands for whatever differs from run to run. The commands of one page run in one
//! shell, one after the other, beside a program whose services work on a sandbox.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use service_manager::server::logs::own::OwnLines;
use service_manager::server::redis::Redis;
use service_manager::server::worker::{self, WorkerContext};
use tokio_util::sync::CancellationToken;

use crate::support::pages_of_docs::{Shown, blocks, shown};
use crate::support::{App, RedisServer, Sandbox, eventually};

/// Where the pages say that the server is.
const ADDRESS: &str = "127.0.0.1:3000";

/// What the pages call the program.
const PROGRAM: &str = "target/release/service-manager";

/// A line of its own before each command's output; no output holds it.
const MARK: &str = "=-=-= next =-=-=";

/// The time that one page's commands may take.
const LONGEST: Duration = Duration::from_secs(60);

fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).expect("a folder").map(|entry| entry.expect("an entry").path());
    let pages = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let pages = pages.chain([root.join("README.md")]);
    pages.map(|path| (path.clone(), fs::read_to_string(&path).expect("text"))).collect()
}

/// Whether a text is the expected one, where `…` stands for anything.
fn fits(expected: &str, text: &str) -> bool {
    let mut rest = text.trim_end();
    let parts: Vec<&str> = expected.trim_end().split('…').collect();
    for (place, part) in parts.iter().enumerate() {
        let is_last = place + 1 == parts.len();
        let found = match (place, is_last) {
            (0, _) => rest.starts_with(part).then_some(0),
            (_, true) => rest.ends_with(part).then(|| rest.len() - part.len()),
            _ => rest.find(part),
        };
        let Some(start) = found else { return false };
        rest = &rest[start + part.len()..];
    }
    rest.is_empty() || parts.len() > 1 && parts.last() == Some(&"")
}

/// Runs the commands in one shell and gives what each of them printed, as far as they come within a minute.
fn run(folder: &Path, address: &str, shown: &[Shown]) -> Vec<String> {
    let script: String = shown.iter().map(|shown| format!("echo '{MARK}'\n{}\n", shown.command)).collect();
    let script = script.replace(ADDRESS, address).replace(PROGRAM, env!("CARGO_BIN_EXE_service-manager"));
    let printed = folder.join("printed");
    let mut shell = Command::new("bash")
        .args(["-c", &format!("exec 2>&1\n{script}")])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(fs::File::create(&printed).expect("a file"))
        .spawn()
        .expect("bash runs");
    let deadline = Instant::now() + LONGEST;
    while shell.try_wait().expect("it can be asked").is_none() {
        if Instant::now() > deadline {
            shell.kill().expect("it can be ended");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let text =
        String::from_utf8_lossy(&fs::read(&printed).expect("text")).replace("\r\n", "\n").replace(address, ADDRESS);
    text.split(&format!("{MARK}\n")).skip(1).map(ToOwned::to_owned).collect()
}

#[test]
fn no_curl_line_escapes() {
    let mut lines = 0;
    for (path, page) in pages() {
        assert!(!page.contains("`curl "), "{}: a command in a sentence is not run", path.display());
        for (mark, block) in blocks(&page) {
            for line in block.into_iter().filter(|line| line.contains("curl ")) {
                lines += 1;
                let is_run = mark == "console" && (line.starts_with("$ ") || line.starts_with("> "));
                assert!(is_run, "{}: {line}", path.display());
            }
        }
    }
    assert!(lines >= 10, "there are {lines}");
}

/// Where the links of a page lead that stay in this project.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.filter(|target| !target.contains("://"))
}

/// The names by which a page's headings are linked to.
fn anchors(page: &str) -> Vec<String> {
    let titles = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |letter: &char| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter);
    titles.map(|title| title.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let more = ["examples/foreign-service/README.md", "src/ARCHITECTURE.md", "benches/README.md"].map(|name| {
        let path = root.join(name);
        (path.clone(), fs::read_to_string(&path).expect("text"))
    });
    let mut checked = 0;
    for (path, page) in pages().into_iter().chain(more) {
        for link in links(&page) {
            checked += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().expect("a folder").join(file) };
            assert!(target.exists(), "{}: {link}", path.display());
            if !anchor.is_empty() {
                let headings = anchors(&fs::read_to_string(&target).expect("text"));
                assert!(headings.iter().any(|heading| heading == anchor), "{}: {link}", path.display());
            }
        }
    }
    assert!(checked > 30, "there are {checked}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_of_the_docs_prints_what_stands_there() {
    let mut failures = Vec::new();
    for (path, page) in pages() {
        let shown = shown(&page);
        if shown.is_empty() {
            continue;
        }
        let (server, sandbox) = (RedisServer::start().await, Sandbox::start(20).await);
        let password = "a-redis-password-for-the-docs";
        let set_password = redis::cmd("CONFIG").arg(&["SET", "requirepass", password]).to_owned();
        set_password.exec_async(&mut server.connection().await).await.expect("Redis takes a password");
        let settings: &[(&str, &str)] = &[
            ("REDIS_PASSWORD", password),
            ("CORE_BANKING_URL", &sandbox.url()),
            ("ADMIN_USERNAME", "admin"),
            ("ADMIN_PASSWORD", "a-password-for-the-docs"),
            ("METRICS_TOKEN", "a-token-for-the-docs"),
        ];
        let app = App::start_with(&server, settings).await;
        let stop = CancellationToken::new();
        let redis = Redis::new(app.state.config.redis.clone()).expect("a way to Redis");
        let context = WorkerContext::new(&app.state.config, redis, app.state.metrics.clone()).expect("a worker");
        let working = tokio::spawn(worker::run(context, OwnLines::new().1, stop.clone()));
        eventually("there is an administrator and the bank is discovered", || async {
            let has_admin = !app.state.users.list().await.expect("an answer").is_empty();
            (has_admin && app.state.bank.is_discovered().await.expect("an answer")).then_some(())
        })
        .await;
        let folder = tempfile::tempdir().expect("a folder");
        let mut env: HashMap<&str, String> =
            settings.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        env.insert("REDIS_HOST", "127.0.0.1".to_owned());
        env.insert("REDIS_PORT", server.port.to_string());
        let lines: String = env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        fs::write(folder.path().join(".env"), lines).expect("settings");

        let address = app.address.to_string();
        let (at, shown) = (folder.path().to_owned(), shown);
        let (shown, outputs) = tokio::task::spawn_blocking(move || {
            let outputs = run(&at, &address, &shown);
            (shown, outputs)
        })
        .await
        .expect("the shell ends");
        if outputs.len() < shown.len() {
            failures.push(format!("{}: never ended: {}", path.display(), shown[outputs.len() - 1].command));
        }
        for (shown, output) in shown.iter().zip(outputs) {
            if !fits(&shown.output, &output) {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                failures.push(format!("{name}: $ {}\n--- says\n{}--- printed\n{output}", shown.command, shown.output));
            }
        }
        stop.cancel();
        working.await.expect("the worker ends");
        app.stop().await;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn an_ellipsis_stands_for_anything_and_nothing_else_does() {
    for (expected, text, is_good) in [
        ("a\n", "a\n", true),
        ("a", "b", false),
        ("", "", true),
        ("", "a", false),
        ("a…c", "abbbc", true),
        ("a…c", "ac", true),
        ("a…c", "abcd", false),
        ("…b…", "abc", true),
        ("…", "whatever\nit is", true),
        ("a…b…c", "acb", false),
    ] {
        assert_eq!(fits(expected, text), is_good, "{expected:?} {text:?}");
    }
}
