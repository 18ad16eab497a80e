//! The log of the built program: what somebody who looks for a fault can follow there.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{EventReader, Program, RedisServer, client, eventually};

const EVIL: &str = "evil\r\n\u{1b}[31m\u{7f}\u{9b}";

async fn publish(server: &RedisServer, channel: &str, payload: &str) {
    let mut connection = server.connection().await;
    redis::cmd("PUBLISH").arg(channel).arg(payload).exec_async(&mut connection).await.expect("published");
}

async fn stream(program: &Program, browser: &reqwest::Client, query: &str) -> EventReader {
    let request = browser.get(program.url(&format!("/api/services/status/stream{query}")));
    EventReader::new(request.send().await.expect("an answer"))
}

/// The value of a field as the text form writes it, without its quotes.
fn field(line: &str, name: &str) -> String {
    let (_, rest) = line.split_once(&format!(" {name}=")).unwrap_or_else(|| panic!("{name} in {line}"));
    rest.split(' ').next().expect("a value").trim_matches('"').to_owned()
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[tokio::test]
async fn the_way_of_a_change_can_be_followed_from_redis_to_the_page_and_back() {
    let mut server = RedisServer::start().await;
    let program = Program::serve(&server, &[]);
    let address = format!("127.0.0.1:{}", server.port);
    for connected in ["INFO Redis publisher connected", "INFO Redis subscriber connected"] {
        let line = program.line_with(&[connected]).await;
        assert_eq!(field(&line, "redis.address"), address);
    }
    let published = program.line_with(&["DEBUG published to service:balance-sync"]).await;
    assert_eq!(field(&published, "service.id"), "balance-sync");
    assert!(field(&published, "entry.id").contains('-'), "{published}");

    let browser = program.sign_in().await;
    let mut first = stream(&program, &browser, "?tab=one").await;
    first.next_change().await;
    let connected =
        program.line_with(&["INFO request{request.id=", "SSE client connected", "stream.tab=\"one\""]).await;
    assert_eq!(field(&connected, "user.name"), "admin");
    let instance = field(&connected, "instance.id");
    assert!(instance.starts_with(&format!("web-{}-", program.id())), "{instance}");
    drop(first);
    let closed = program.line_with(&["INFO", "SSE client disconnected", "reason=\"client closed\""]).await;
    assert_eq!((field(&closed, "user.name").as_str(), field(&closed, "stream.tab").as_str()), ("admin", "one"));
    assert_eq!(field(&closed, "instance.id"), instance, "one name for one process");
    field(&closed, "duration_ms").parse::<u64>().expect("whole milliseconds");

    let mut nameless = stream(&program, &browser, "").await;
    nameless.next_change().await;
    let mut second = stream(&program, &browser, "?tab=two").await;
    second.next_change().await;
    let mut third = stream(&program, &browser, "?tab=two").await;
    second.next_named("replaced").await;
    program.line_with(&["SSE client disconnected", "stream.tab=\"two\"", "reason=\"replaced\""]).await;
    let signed_out = browser.post(program.url("/logout")).header("sec-fetch-site", "same-origin").send().await;
    assert!(signed_out.expect("an answer").status().is_redirection());
    third.next_named("signed-out").await;
    nameless.next_named("signed-out").await;
    program.line_with(&["SSE client disconnected", "stream.tab=\"two\"", "reason=\"signed out\""]).await;
    let ends = || program.log().into_iter().filter(|line| line.contains("SSE client disconnected"));
    let nameless =
        eventually("the stream without a name ends", || async { ends().find(|line| !line.contains("stream.tab")) })
            .await;
    assert_eq!(ends().count(), 4, "each stream ends once");
    assert!(nameless.contains("reason=\"signed out\""), "{nameless}");

    server.kill();
    let token = format!("smt_{}", "0".repeat(64));
    let asked = client().get(program.url("/api/session")).bearer_auth(token).send();
    let refused = asked.await.expect("an answer");
    assert_eq!(refused.status(), 503);
    let id = refused.headers()["x-request-id"].to_str().expect("text").to_owned();
    for line in ["who sends a request could not be found out", "answered http.method=GET http.path=\"/api/session\""] {
        program.line_with(&["WARN", &format!("request{{request.id=\"{id}\"}}"), line]).await;
    }
    for lost in ["WARN Redis publisher lost", "WARN Redis subscriber lost"] {
        let line = program.line_with(&[lost]).await;
        assert_eq!(field(&line, "redis.address"), address);
        assert!(!field(&line, "error").is_empty(), "{line}");
    }
    server.start_again().await;
    for again in ["INFO Redis publisher connected", "INFO Redis subscriber connected"] {
        eventually("it connects again", || async {
            (program.log().iter().filter(|line| line.contains(again)).count() == 2).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_says_so_for_every_stream() {
    let server = RedisServer::start().await;
    let program = Program::serve(&server, &[]);
    let browser = program.sign_in().await;
    let mut events = stream(&program, &browser, "?tab=one").await;
    events.next_change().await;
    program.terminate();
    events.next_named("shutdown").await;
    program.line_with(&["SSE client disconnected", "stream.tab=\"one\"", "reason=\"shutdown\""]).await;
}

#[tokio::test]
async fn a_server_without_redis_says_what_it_tries_to_reach() {
    let mut server = RedisServer::start().await;
    server.kill();
    let program = Program::serve(&server, &[]);
    for line in ["WARN Redis publisher not connected", "WARN Redis subscriber not connected"] {
        let line = program.line_with(&[line]).await;
        assert_eq!(field(&line, "redis.address"), format!("127.0.0.1:{}", server.port));
    }
    server.start_again().await;
    program.line_with(&["INFO Redis publisher connected"]).await;
    program.line_with(&["INFO Redis subscriber connected"]).await;
}

#[tokio::test]
async fn json_says_the_same_in_fields() {
    let server = RedisServer::start().await;
    let program = Program::serve(&server, &[("LOG_FORMAT", "json")]);
    for connected in ["Redis publisher connected", "Redis subscriber connected"] {
        let line = json(&program.line_with(&[connected]).await);
        assert_eq!((&line["level"], &line["message"]), (&"INFO".into(), &connected.into()));
        assert_eq!(line["redis.address"], format!("127.0.0.1:{}", server.port));
    }
    let published = json(&program.line_with(&["published to service:balance-sync"]).await);
    assert_eq!((&published["level"], &published["service.id"]), (&"DEBUG".into(), &"balance-sync".into()));
    assert!(published["entry.id"].as_str().is_some_and(|entry| entry.contains('-')), "{published}");
    let browser = program.sign_in().await;
    let mut events = stream(&program, &browser, "?tab=one").await;
    events.next_change().await;
    drop(events);
    let ended = json(&program.line_with(&["SSE client disconnected"]).await);
    assert_eq!((&ended["user.name"], &ended["stream.tab"]), (&"admin".into(), &"one".into()));
    assert_eq!(ended["reason"], "client closed");
    assert!(ended["duration_ms"].is_u64() && ended["instance.id"].is_string(), "{ended}");
    for line in program.log() {
        assert!(json(&line).is_object(), "{line}");
    }
}

#[tokio::test]
async fn nothing_that_comes_from_outside_breaks_a_line_or_commands_a_terminal() {
    let server = RedisServer::start().await;
    for format in ["text", "json"] {
        let program = Program::serve(&server, &[("LOG_FORMAT", format)]);
        program.line_with(&["Redis subscriber connected"]).await;
        let in_json = serde_json::to_string(EVIL).expect("JSON");
        // The channel and the error of a refused message, the address of a request, the name in a sign-in.
        let controls = format!(r#"{{"service":"email-sender","timestamp":1,"status":{{}},"controls":[{in_json}]}}"#);
        eventually("both messages are refused", || async {
            publish(&server, &format!("service:{EVIL}"), "{}").await;
            publish(&server, "service:email-sender", &controls).await;
            let refused = program.log().into_iter().filter(|line| line.contains("a published message is refused"));
            let refused: Vec<_> = refused.collect();
            let has = |text: &str| refused.iter().any(|line| line.contains(text));
            (has("service:evil") && has("unknown variant")).then_some(())
        })
        .await;
        let form = [("name", EVIL), ("password", "correct horse battery")];
        let request = client().post(program.url("/login")).header("sec-fetch-site", "same-origin");
        request.form(&form).send().await.expect("an answer");
        program.line_with(&["a sign-in is refused"]).await;

        let log = program.log();
        for line in &log {
            assert!(!line.contains(char::is_control), "{format}: {line:?}");
            assert!(!line.starts_with("[31m") && !line.starts_with("evil"), "{format}: {line:?}");
        }
        let refused = log.iter().find(|line| line.contains("service:evil")).expect("the refusal");
        let said = if format == "json" {
            json(refused)["channel"].as_str().expect("text").to_owned()
        } else {
            refused.clone()
        };
        let expected = if format == "json" { EVIL } else { r"evil\r\n\u{1b}[31m\u{7f}\u{9b}" };
        assert!(said.contains(expected), "{format}: {said:?}");
    }
}

#[tokio::test]
async fn a_program_whose_log_nobody_reads_any_more_still_ends_when_it_is_told_to() {
    let server = RedisServer::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = Command::new(env!("CARGO_BIN_EXE_service-manager"))
        .arg("worker")
        .current_dir(folder.path())
        .env_clear()
        .envs([("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", &server.port.to_string()), ("RUST_LOG", "debug")])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program is built");
    let mut log = BufReader::new(process.stderr.take().expect("its log"));
    log.read_line(&mut String::new()).expect("its first line");
    drop(log);
    let told = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
    assert!(told.expect("kill is there").success());
    let ended = eventually("it ends", || {
        let ended = process.try_wait().expect("its state");
        async move { ended }
    });
    assert_eq!(ended.await.code(), Some(0));
}
