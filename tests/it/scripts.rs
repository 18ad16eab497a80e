//! What stands behind `make`, where it must not do harm: which password Redis is given, and whose process it is.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with the project's scripts and nothing else.
fn elsewhere() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let copied = Command::new("cp").arg("-r").arg(scripts).arg(folder.path()).status().expect("cp is there");
    assert!(copied.success());
    fs::create_dir(folder.path().join(".run")).expect("a folder");
    folder
}

fn run(folder: &TempDir, script: &str, settings: &[(&str, &str)]) -> Output {
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", script]).current_dir(folder.path());
    let path = std::env::var_os("PATH").expect("a path");
    bash.env_clear().env("PATH", path).envs(settings.iter().copied());
    bash.output().expect("bash is there")
}

#[test]
fn redis_is_given_the_password_that_the_program_reads() {
    let folder = elsewhere();
    let write = ". scripts/lib/say.sh; . scripts/lib/env-file.sh; . scripts/lib/redis.sh; write_redis_settings 7000";
    let password_in_file = |settings: &[(&str, &str)]| {
        let written = run(&folder, write, settings);
        assert!(written.status.success(), "{written:?}");
        let text = fs::read_to_string(folder.path().join(".run/redis.conf")).expect("settings");
        text.lines()
            .find_map(|line| line.strip_prefix("requirepass "))
            .map(|password| password.trim_matches('"').to_owned())
    };
    let setting = ("REDIS_PASSWORD", "of-the-setting");
    assert_eq!(password_in_file(&[]), None);
    assert_eq!(password_in_file(&[setting]).as_deref(), Some("of-the-setting"));
    for text in ["of-the-file", "of-the-file\n", "of-the-file\r\n"] {
        fs::write(folder.path().join("password"), text).expect("written");
        let file = ("REDIS_PASSWORD_FILE", "password");
        assert_eq!(password_in_file(&[setting, file]).as_deref(), Some("of-the-file"), "{text:?}");
    }
    let missing = run(&folder, write, &[setting, ("REDIS_PASSWORD_FILE", "nowhere")]);
    assert!(!missing.status.success(), "{missing:?}");
}

#[test]
fn cleaning_minds_a_redis_of_ours_and_nobody_else() {
    let folder = elsewhere();
    let pid_file = folder.path().join(".run/redis.pid");
    let mut somebody = Command::new("sleep").arg("60").spawn().expect("sleep is there");
    fs::write(&pid_file, somebody.id().to_string()).expect("written");
    let cleaned = run(&folder, "scripts/clean.sh", &[]);
    assert!(cleaned.status.success(), "{cleaned:?}");
    assert!(!pid_file.exists() && cleaned.stderr.is_empty(), "{cleaned:?}");

    // After a restart of the machine there may be nobody under that number.
    fs::create_dir(folder.path().join(".run")).expect("a folder");
    somebody.kill().expect("it still runs");
    somebody.wait().expect("it ends");
    fs::write(&pid_file, somebody.id().to_string()).expect("written");
    let cleaned = run(&folder, "scripts/clean.sh", &[]);
    assert!(cleaned.status.success() && cleaned.stderr.is_empty(), "{cleaned:?}");

    fs::create_dir(folder.path().join(".run")).expect("a folder");
    let mut ours = Command::new("bash").args(["-c", "exec -a redis-server sleep 60"]).spawn().expect("bash is there");
    fs::write(&pid_file, ours.id().to_string()).expect("written");
    let is_named = || fs::read_to_string(format!("/proc/{}/cmdline", ours.id())).expect("a name").contains("redis");
    while !is_named() {
        std::thread::yield_now();
    }
    let refused = run(&folder, "scripts/clean.sh", &[]);
    assert!(!refused.status.success() && pid_file.exists(), "{refused:?}");
    ours.kill().expect("it still runs");
    ours.wait().expect("it ends");
}
