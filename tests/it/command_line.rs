//! The program as it is called from a shell.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use redis::AsyncCommands;
use service_manager::model::audit::AuditRecord;
use service_manager::model::audit_list::Standing;
use service_manager::model::user::Role;
use service_manager::server::audit::{Audit, Filter};

use crate::support::{App, PASSWORD, RedisServer};

/// The program with these words and that Redis, in a folder without settings.
fn program(server: &RedisServer, words: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_service-manager"));
    program.args(words).current_dir(env!("CARGO_TARGET_TMPDIR")).env_clear().stdin(Stdio::null());
    program.envs([("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", &server.port.to_string()), ("RUST_LOG", "warn")]);
    program
}

/// What the program does with these words, that Redis and this standard input.
fn run(server: &RedisServer, words: &[&str], input: &str) -> Output {
    let mut child = program(server, words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    child.stdin.take().expect("an input").write_all(input.as_bytes()).expect("written");
    child.wait_with_output().expect("it ends")
}

fn told(server: &RedisServer, words: &[&str], input: &str) -> String {
    let output = run(server, words, input);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {errors}");
    assert_eq!(errors, "", "{words:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn refused(server: &RedisServer, words: &[&str], exit_status: i32) -> String {
    let output = run(server, words, "");
    assert_eq!(output.status.code(), Some(exit_status), "{words:?}");
    assert!(output.stdout.is_empty(), "{words:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// What the audit says that was done on the command line, the oldest first.
async fn audited(server: &RedisServer) -> Vec<String> {
    let filter = Filter { actor: Some("command line".to_owned()), ..Filter::default() };
    let page = Audit::new(server.redis()).read(&filter, None, 100).await.expect("the audit");
    let told = page.records.iter().rev().map(|record| {
        let AuditRecord { intent, .. } = record;
        assert_eq!((intent.role, intent.address.as_str(), intent.request_id.as_str()), (None, "", ""));
        let parameters: String = intent.parameters.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("{} {}{parameters} {}", intent.action, intent.target, Standing::of(record))
    });
    told.collect()
}

#[tokio::test]
async fn what_is_done_on_the_command_line_is_in_the_audit() {
    let server = RedisServer::start().await;
    told(&server, &["user", "add", "ana", "--role", "admin"], &format!("{PASSWORD}\n"));
    refused(&server, &["user", "add", "ana", "--role", "viewer"], 1);
    told(&server, &["user", "passwd", "ana"], &format!("{PASSWORD}\n"));
    let token = told(&server, &["token", "create", "--user", "ana", "--name", "nightly run"], "");
    let listed = told(&server, &["token", "list"], "");
    let id = listed.lines().nth(1).and_then(|line| line.split_whitespace().next()).expect("an id").to_owned();
    told(&server, &["token", "revoke", &id], "");
    refused(&server, &["user", "disable", "ana"], 1);
    told(&server, &["user", "add", "cleo", "--role", "admin"], &format!("{PASSWORD}\n"));
    told(&server, &["user", "disable", "ana"], "");
    told(&server, &["user", "enable", "ana"], "");
    refused(&server, &["user", "disable", "bob"], 1);
    assert_eq!(
        audited(&server).await,
        [
            "user-add user ana role=admin succeeded".to_owned(),
            "user-add user ana role=viewer refused".to_owned(),
            "user-password user ana succeeded".to_owned(),
            format!("token-create token {id} name=nightly run role=admin user=ana succeeded"),
            format!("token-revoke token {id} succeeded"),
            "user-disable user ana refused".to_owned(),
            "user-add user cleo role=admin succeeded".to_owned(),
            "user-disable user ana succeeded".to_owned(),
            "user-enable user ana succeeded".to_owned(),
            "user-disable user bob refused".to_owned(),
        ]
    );
    let mut redis = server.connection().await;
    let written: redis::streams::StreamRangeReply = redis.xrange_all("sm:audit").await.expect("entries");
    let written = format!("{written:?}");
    assert!(!written.contains(PASSWORD) && !written.contains(token.trim()), "no secret is in it");
}

#[tokio::test]
async fn what_cannot_be_audited_is_not_done_on_the_command_line() {
    let server = RedisServer::start().await;
    told(&server, &["user", "add", "ana", "--role", "admin"], &format!("{PASSWORD}\n"));
    told(&server, &["token", "create", "--user", "ana", "--name", "n"], "");
    let listed = told(&server, &["token", "list"], "");
    let id = listed.lines().nth(1).and_then(|line| line.split_whitespace().next()).expect("an id").to_owned();
    // Whatever else a script writes would find room: the audit alone cannot be written.
    let mut redis = server.connection().await;
    let () = redis.rename("sm:audit", "sm:was-audit").await.expect("moved");
    let () = redis.set("sm:audit", "no stream").await.expect("in its place");
    let before = (told(&server, &["user", "list"], ""), told(&server, &["token", "list"], ""));
    for words in [
        &["user", "add", "bob", "--role", "viewer"][..],
        &["user", "disable", "ana"],
        &["user", "passwd", "ana"],
        &["token", "create", "--user", "ana", "--name", "m"],
        &["token", "revoke", &id],
    ] {
        refused(&server, words, 1);
    }
    assert_eq!((told(&server, &["user", "list"], ""), told(&server, &["token", "list"], "")), before);
}

#[tokio::test]
async fn users_are_added_listed_kept_out_and_let_in_again() {
    let server = RedisServer::start().await;
    assert_eq!(
        told(&server, &["user", "add", "ana", "--role", "admin"], &format!("{PASSWORD}\n")),
        "added ana (admin)\n"
    );
    let said = told(&server, &["user", "add", "bob", "--role", "viewer"], "");
    let password = said.strip_prefix("added bob (viewer)\npassword: ").expect("a generated password").trim_end();
    assert_eq!(password.len(), 32);
    assert_eq!(told(&server, &["user", "disable", "bob"], ""), "disabled bob\n");
    let listed = "NAME  ROLE    STATE\nana   admin   enabled\nbob   viewer  disabled\n";
    assert_eq!(told(&server, &["user", "list"], ""), listed);
    assert_eq!(told(&server, &["user", "enable", "bob"], ""), "enabled bob\n");
    assert_eq!(told(&server, &["user", "passwd", "bob"], &format!("{PASSWORD}\n")), "changed the password of bob\n");
    let app = App::start(&server).await;
    app.sign_in("ana").await;
    app.sign_in("bob").await;
}

#[tokio::test]
async fn a_token_is_printed_alone_listed_and_revoked() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    app.state.users.add("ana", Role::Operator, PASSWORD.into()).await.expect("added");
    let words = ["token", "create", "--user", "ana", "--name", "nightly sync", "--role", "viewer"];
    let token = told(&server, &words, "").trim_end().to_owned();
    assert!(token.starts_with("smt_") && !token.contains(char::is_whitespace), "{token}");
    let listed = told(&server, &["token", "list"], "");
    let [heading, row] = listed.lines().collect::<Vec<_>>().try_into().expect("two lines");
    assert_eq!(
        heading.split_whitespace().collect::<Vec<_>>(),
        ["ID", "USER", "NAME", "ROLE", "CREATED", "LAST", "USED"]
    );
    assert!(row.contains("  ana   nightly sync  viewer  20") && row.ends_with("  never"), "{row}");
    assert!(!listed.contains(&token[4..]));
    let id = row.split(' ').next().expect("an id");
    assert_eq!(told(&server, &["token", "revoke", id], ""), format!("revoked {id}\n"));
    assert_eq!(told(&server, &["token", "list"], "").lines().count(), 1);
    let said = refused(&server, &["token", "revoke", id], 1);
    assert_eq!(
        said,
        format!("error: token '{id}' does not exist\n\n  tip: `service-manager token list` shows their ids\n")
    );
}

#[tokio::test]
async fn a_failure_exits_with_1_and_says_what_to_do() {
    let mut server = RedisServer::start().await;
    told(&server, &["user", "add", "ana", "--role", "viewer"], PASSWORD);
    for (words, said) in [
        (
            vec!["user", "add", "ana", "--role", "viewer"],
            "error: user 'ana' exists already\n\n  tip: `service-manager user passwd ana` changes their password\n",
        ),
        (
            vec!["user", "disable", "nobody"],
            "error: user 'nobody' does not exist\n\n  tip: `service-manager user list` shows who there is\n",
        ),
        (
            vec!["token", "create", "--user", "ana", "--name", "x", "--role", "admin"],
            "error: a token of 'ana' cannot have the role admin: the user's own role is viewer\n",
        ),
        (
            vec!["token", "create", "--user", "nobody", "--name", "x"],
            "error: user 'nobody' does not exist\n\n  tip: `service-manager user list` shows who there is\n",
        ),
    ] {
        assert_eq!(refused(&server, &words, 1), said, "{words:?}");
    }
    server.kill();
    let said = refused(&server, &["user", "list"], 1);
    assert!(said.contains("\n  tip: see whether the Redis runs that the REDIS_ settings name\n"), "{said}");
}

#[tokio::test]
async fn a_wrong_call_exits_with_2_and_names_the_choices() {
    let server = RedisServer::start().await;
    for (words, part) in [
        (vec!["user", "add", "ana", "--role", "boss"], "[possible values: viewer, operator, admin]"),
        (vec!["user", "add", "Ana", "--role", "admin"], "a user name is 1 to 64 of a-z"),
        (vec!["user", "add", "ana"], "--role <ROLE>"),
        (vec!["usr", "list"], "a similar subcommand exists: 'user'"),
        (vec!["token", "create", "--user", "ana"], "--name <NAME>"),
        (vec![], "Usage: service-manager <COMMAND>"),
    ] {
        let said = refused(&server, &words, 2);
        assert!(said.contains(part), "{words:?}: {said}");
    }
}

#[tokio::test]
async fn help_explains_every_command() {
    let server = RedisServer::start().await;
    let help = told(&server, &["--help"], "");
    for word in ["serve", "worker", "sandbox", "user", "token", ".env.example", "Exit status: 0 done, 1 failed, 2"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    for command in ["user", "token", "sandbox"] {
        let help = told(&server, &[command, "--help"], "");
        assert!(help.contains("Commands:"), "{help}");
    }
    assert_eq!(told(&server, &["--version"], ""), format!("service-manager {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn serving_is_refused_where_a_part_of_the_page_is_missing() {
    let server = RedisServer::start().await;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    // A program of its own, so that no build of the page has put its hashes beside it.
    let alone = folder.path().join("service-manager");
    std::fs::hard_link(env!("CARGO_BIN_EXE_service-manager"), &alone).expect("a link");
    let port = server.port.to_string();
    let refusal = || {
        let mut serve = Command::new(&alone);
        serve.arg("serve").current_dir(folder.path()).env_clear();
        let output =
            serve.envs([("REDIS_PORT", port.as_str()), ("LEPTOS_SITE_ROOT", "site")]).output().expect("it ends");
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).expect("text")
    };
    assert!(refusal().contains("Leptos.toml"));
    let settings = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("Leptos.toml");
    std::fs::copy(settings, folder.path().join("Leptos.toml")).expect("a copy");
    assert!(refusal().contains("site/pkg"));
    std::fs::create_dir_all(folder.path().join("site/pkg")).expect("a folder");
    let told = refusal();
    assert!(told.contains("hash.txt is not there; it must stand beside the program"), "{told}");
}

#[tokio::test]
async fn a_token_that_could_not_be_told_does_not_stay() {
    let server = RedisServer::start().await;
    told(&server, &["user", "add", "ana", "--role", "viewer"], PASSWORD);
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a device that is always full");
    let output = program(&server, &["token", "create", "--user", "ana", "--name", "x"]).stdout(full).output();
    assert_eq!(output.expect("it ends").status.code(), Some(1));
    assert_eq!(told(&server, &["token", "list"], "").lines().count(), 1, "the heading alone");
}
