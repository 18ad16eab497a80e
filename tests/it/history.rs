//! What services reported: how long it is kept, how scripts page through it, and what charts are made of it.

use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use service_manager::model::audit::{Intent, Verdict};
use service_manager::model::event::StatusMessage;
use service_manager::model::service::{BuiltIn, ServiceId};
use service_manager::model::timeline::{STRETCHES, TimeRange, Timeline};
use service_manager::model::user::Role;
use service_manager::server::event_log::EventLog;

use crate::support::{App, RedisServer, eventually, intent, status_message};

const HOUR: u64 = 3_600_000;
const MINUTE: u64 = 60_000;

/// Puts a report into a service's history as the program does, with the time at which Redis would have taken it in.
async fn remember(redis: &RedisServer, service: &str, at: u64, sequence: u64, status: &str) {
    let message = format!(r#"{{"service":"{service}","timestamp":{at},"status":{status},"reportEvery":10000}}"#);
    let mut add = redis::cmd("ZADD");
    add.arg(format!("service:history:{service}")).arg(at).arg(format!("{at}-{sequence} {message}"));
    add.exec_async(&mut redis.connection().await).await.expect("remembered");
}

/// Puts so many members into a service's history; score and member are written in Lua, where `i` counts them and `at(i)` is
/// ten seconds earlier for each.
async fn fill(redis: &RedisServer, service: &str, count: u64, score_and_member: &str) {
    let script = format!(
        "local function at(i) return string.format('%.0f', ARGV[1] - i * 10000) end
        for i = ARGV[2], ARGV[2] + 4999 do redis.call('ZADD', KEYS[1], {score_and_member}) end"
    );
    let (at, mut connection) = (redis.now().await, redis.connection().await);
    for part in 0..count / 5_000 {
        let mut fill = redis::cmd("EVAL");
        fill.arg(&script).arg(1).arg(format!("service:history:{service}")).arg(at).arg(part * 5_000);
        fill.exec_async(&mut connection).await.expect("filled");
    }
}

async fn length(redis: &RedisServer, service: &str) -> u64 {
    let mut ask = redis::cmd("ZCARD");
    ask.arg(format!("service:history:{service}")).query_async(&mut redis.connection().await).await.expect("a length")
}

async fn known(app: &App, service: &str) -> StatusMessage {
    let message = status_message(service, r#"{"n":0}"#);
    app.state.event_log.append(&message).await.expect("appended");
    let id = ServiceId::parse(service).expect("an id");
    eventually("the service is known", || async { app.state.hub.view(id).map(drop) }).await;
    message
}

async fn get(app: &App, browser: &Client, path: &str) -> (u16, Value) {
    let answer = browser.get(app.url(&format!("/api/services/{path}"))).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

fn numbers(answer: &Value) -> Vec<u64> {
    let entries = answer["entries"].as_array().expect("entries");
    entries.iter().map(|entry| entry["status"]["n"].as_u64().expect("a number")).collect()
}

#[tokio::test]
async fn a_script_pages_through_the_history_newest_first_and_misses_nothing() {
    let redis = RedisServer::start().await;
    let app = App::start(&redis).await;
    let vera = app.signed_in("vera", Role::Viewer).await;
    known(&app, "mail").await;
    let start = redis.now().await - HOUR;
    for number in 1..=30 {
        // Ten and eleven came in the same ms, and by their text 10 would stand before 9.
        let at = if (9..=11).contains(&number) { start + 10_000 } else { start + number * 1_000 };
        remember(&redis, "mail", at, number, &format!(r#"{{"n":{number},"amount":1.50,"list":[]}}"#)).await;
    }
    let mut order: Vec<u64> = (1..=30).rev().collect();
    order.sort_by_key(|number| std::cmp::Reverse(if (9..=11).contains(number) { 10 } else { *number }));

    let (status, all) = get(&app, &vera, "mail/history").await;
    assert_eq!((status, numbers(&all)[0], &all["next"]), (200, 0, &Value::Null));
    assert_eq!(numbers(&all)[1..], order);
    let oldest = &all["entries"][30];
    assert_eq!(oldest["entry"], format!("{}-1", start + 1_000));
    assert_eq!((&oldest["lastSeen"], &oldest["service"]), (&json!(start + 1_000), &json!("mail")));
    let text = vera.get(app.url("/api/services/mail/history?limit=2")).send().await.expect("an answer");
    let text = text.text().await.expect("text");
    assert!(text.contains(r#""status":{"n":30,"amount":1.50,"list":[]}"#), "as it was written: {text}");

    let (mut collected, mut next) = (Vec::new(), String::new());
    loop {
        let (status, page) = get(&app, &vera, &format!("mail/history?limit=4{next}")).await;
        assert_eq!(status, 200);
        collected.extend(numbers(&page));
        assert!(collected.len() < 40, "it comes to an end");
        let Some(older) = page["next"].as_u64() else { break };
        next = format!("&to={older}");
    }
    assert_eq!(collected, numbers(&all));

    let (_, within) = get(&app, &vera, &format!("mail/history?from={}&to={}", start + 20_000, start + 22_000)).await;
    assert_eq!(numbers(&within), [21, 20], "from is part of it, to is not");
    let (_, none) = get(&app, &vera, "mail/history?to=2020-01-01T00:00").await;
    assert_eq!(none, json!({"entries": [], "next": null}));
}

#[tokio::test]
async fn what_is_wrong_with_a_question_is_named() {
    let redis = RedisServer::start().await;
    let app = App::start(&redis).await;
    let vera = app.signed_in("vera", Role::Viewer).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=", "limit"),
        ("limit=1.5", "limit"),
        ("from=yesterday", "from"),
        ("from=", "from"),
        ("to=-1", "to"),
        ("from=1e3", "from"),
        ("to=99999999999999999999", "to"),
    ] {
        let (status, problem) = get(&app, &vera, &format!("balance-sync/history?{query}")).await;
        assert_eq!((status, &problem["code"], &problem["field"]), (422, &json!("invalid"), &json!(field)), "{query}");
        assert!(problem["rule"].as_str().is_some_and(|rule| rule.starts_with("it must be ")), "{problem}");
    }
    for unknown in ["email-sender", "logs", "No-Id", "..%2Fx"] {
        let (status, problem) = get(&app, &vera, &format!("{unknown}/history")).await;
        assert_eq!((status, &problem["code"]), (404, &json!("not_found")), "{unknown}");
    }
    let (status, none) = get(&app, &vera, "balance-sync/history?limit=1000").await;
    assert_eq!((status, none), (200, json!({"entries": [], "next": null})), "one that has not reported yet is known");
}

#[tokio::test]
async fn what_others_wrote_under_the_key_is_passed_over() {
    let redis = RedisServer::start().await;
    let app = App::start(&redis).await;
    let vera = app.signed_in("vera", Role::Viewer).await;
    known(&app, "mail").await;
    let at = redis.now().await;
    for member in ["nothing", "1-1 {", "x {}", "5-0 {\"service\":\"mail\"}"] {
        let mut add = redis::cmd("ZADD");
        add.arg("service:history:mail").arg(at).arg(member);
        add.exec_async(&mut redis.connection().await).await.expect("added");
    }
    let (status, page) = get(&app, &vera, "mail/history").await;
    assert_eq!((status, numbers(&page)), (200, vec![0]));
}

#[tokio::test]
async fn history_is_kept_for_so_long_and_no_longer_also_of_who_went_silent() {
    let redis = RedisServer::start().await;
    let app = App::start_with(&redis, &[("HISTORY_RETENTION_HOURS", "2")]).await;
    let vera = app.signed_in("vera", Role::Viewer).await;
    let at = redis.now().await;
    known(&app, "silent").await;
    for (service, number) in [("mail", 1), ("silent", 2)] {
        remember(&redis, service, at - 3 * HOUR, number, r#"{"n":7}"#).await;
    }
    known(&app, "mail").await;
    assert_eq!(length(&redis, "mail").await, 1, "a report trims what is too old");
    assert_eq!(length(&redis, "silent").await, 2);
    assert_eq!(numbers(&get(&app, &vera, "silent/history").await.1), [0], "which nobody is shown meanwhile");
    let left: i64 = redis::cmd("PTTL")
        .arg("service:history:silent")
        .query_async(&mut redis.connection().await)
        .await
        .expect("a time");
    assert!((1..=2 * HOUR as i64).contains(&left), "nor kept for ever: {left}");
}

#[tokio::test]
async fn of_a_service_no_more_reports_are_kept_than_so_many() {
    let redis = RedisServer::start().await;
    let log = EventLog::new(redis.redis(), Duration::from_secs(3_600));
    fill(&redis, "mail", 100_000, "ARGV[1] - i, i").await;
    log.append(&status_message("mail", "{}")).await.expect("appended");
    assert_eq!(length(&redis, "mail").await, 100_000);
}

#[tokio::test]
async fn the_history_of_one_service_cannot_fill_redis() {
    let redis = RedisServer::start().await;
    let log = EventLog::new(redis.redis(), Duration::from_secs(7 * 24 * 3_600));
    // What was kept before anybody counted counts as well.
    fill(&redis, "mail", 5_000, "at(i), at(i) .. '-0 ' .. string.rep('x', 3000)").await;
    for number in 0..1_250 {
        let status = format!(r#"{{"state":"{number}","text":"{}"}}"#, "x".repeat(60_000));
        log.append(&status_message("mail", &status)).await.expect("appended");
    }
    let mut ask = redis::cmd("MEMORY");
    ask.arg(&["USAGE", "service:history:mail", "SAMPLES", "0"]);
    let bytes: f64 = ask.query_async(&mut redis.connection().await).await.expect("bytes");
    let mebibytes = bytes / 1_048_576.0;
    assert!((60.0..80.0).contains(&mebibytes), "{mebibytes} MiB");
}

async fn timeline(app: &App, service: &str, range: TimeRange) -> Timeline {
    let view = app.state.hub.view(ServiceId::parse(service).expect("an id")).expect("a service");
    app.state.history.timeline(&view, range, app.state.hub.now()).await.expect("a timeline")
}

#[tokio::test]
async fn a_silence_of_ten_minutes_is_a_gap_and_a_restart_of_the_manager_loses_nothing() {
    let redis = RedisServer::start().await;
    let app = App::start(&redis).await;
    let at = redis.now().await;
    for tenth in (0..300).rev().filter(|tenth| !(90..150).contains(tenth)) {
        let state = if tenth == 200 { r#","state":"failed""# } else { "" };
        remember(&redis, "mail", at - tenth * 10_000, tenth, &format!(r#"{{"n":{tenth}{state}}}"#)).await;
    }
    known(&app, "mail").await;
    let before = timeline(&app, "mail", TimeRange::Hour).await;
    app.stop().await;

    let again = App::start(&redis).await;
    let id = ServiceId::parse("mail").expect("an id");
    eventually("the service is known", || async { again.state.hub.view(id).map(drop) }).await;
    let after = timeline(&again, "mail", TimeRange::Hour).await;
    for timeline in [before, after] {
        let drawn = timeline.drawn(redis.now().await);
        assert_eq!(drawn.stretches.len(), STRETCHES);
        assert!((9 * MINUTE..=10 * MINUTE).contains(&drawn.silent), "{}", drawn.silent);
        let said: Vec<Option<String>> = drawn.bands().into_iter().map(|band| band.state).collect();
        let [idle, failed] = ["Idle", "Failed"].map(|word| Some(word.to_owned()));
        assert_eq!(said, [None, idle.clone(), failed, idle.clone(), None, idle]);
        let lengths = drawn.queue(0);
        assert!(lengths.iter().flatten().any(|span| span.max == 299.0), "from the first report on");
        assert_eq!(lengths.last().copied().flatten().map(|span| span.last), Some(0.0), "to the one that is known now");
    }
}

#[tokio::test]
async fn a_week_of_reports_is_reduced_as_well() {
    let redis = RedisServer::start().await;
    let app = App::start(&redis).await;
    let report = r#"{"service":"balance-sync","timestamp":1,"status":{"running":true,"priority":' .. i % 100 .. '}}"#;
    fill(&redis, "balance-sync", 60_000, &format!("at(i), at(i) .. '-0 {report}'")).await;
    app.state.event_log.append(&status_message("balance-sync", r#"{"running":true,"priority":5}"#)).await.expect("ok");
    let id = BuiltIn::BalanceSync.id();
    eventually("it has reported", || async { app.state.hub.view(id)?.last_seen }).await;
    let asked = std::time::Instant::now();
    let week = timeline(&app, "balance-sync", TimeRange::Week).await;
    crate::support::show(&format!("60,000 reports reduced in {:?}", asked.elapsed()));
    let drawn = week.drawn(redis.now().await);
    let whole = drawn.queue(0).into_iter().flatten().filter(|span| (span.min, span.max) == (0.0, 99.0)).count();
    assert!(whole > 290, "each stretch has the least and the most: {whole}");
}

#[tokio::test]
async fn a_page_is_given_the_history_and_what_happened() {
    let redis = RedisServer::start().await;
    let app = App::start(&redis).await;
    let vera = app.signed_in("vera", Role::Viewer).await;
    known(&app, "mail").await;
    let call = async |function: &str, fields: &[(&str, &str)]| {
        let request = vera.post(app.url(function)).header("sec-fetch-site", "same-origin").form(fields);
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    let (status, week) = call("/fn/service_timeline", &[("service", "mail"), ("range", "7d")]).await;
    assert_eq!((status, &week["range"], &week["queues"]), (200, &json!("7d"), &json!(["n"])));
    assert_eq!(call("/fn/service_timeline", &[("service", "mail")]).await.1["range"], "1h");
    assert_eq!(call("/fn/service_timeline", &[("service", "nobody")]).await.0, 404);
    assert_eq!(call("/fn/service_timeline", &[("service", "mail"), ("range", "2h")]).await.0, 422);

    let otto = app.signed_in("otto", Role::Operator).await;
    for (service, reason) in [("balance-sync", "quarter end"), ("account-discovery", "nothing")] {
        let command = json!({"command": "stop", "reason": reason});
        let path = format!("/api/services/{service}/commands");
        let request = otto.post(app.url(&path)).header("sec-fetch-site", "same-origin").json(&command);
        assert_eq!(request.send().await.expect("an answer").status(), 202);
    }
    for _ in 0..150 {
        let on_another = Intent { target: "balance-sync-archive".to_owned(), ..intent() };
        app.state.audit.note(&on_another, Verdict::Succeeded, "").await.expect("noted");
    }
    let (status, events) = call("/fn/service_events", &[("service", "balance-sync"), ("since", "0")]).await;
    assert_eq!((status, &events["runs"]), (200, &json!([])));
    let actions = events["actions"].as_array().expect("actions");
    assert_eq!(actions.len(), 1, "those on other services are not among them: {actions:?}");
    let told = ["action", "actor", "standing", "reason"].map(|field| actions[0][field].clone());
    assert_eq!(told, [json!("stop"), json!("otto"), json!("no-answer"), json!("quarter end")]);
    let later = format!("{}", redis.now().await + 1_000);
    let none = call("/fn/service_events", &[("service", "balance-sync"), ("since", &later)]).await;
    assert_eq!(none, (200, json!({"runs": [], "actions": []})));
}
