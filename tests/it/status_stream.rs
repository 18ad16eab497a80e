//! The status stream over HTTP: who gets one, what comes, and what becomes of it when things end or fail.

use std::time::Instant;

use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use service_manager::model::user::Role;

use crate::support::{App, BUSY_MACHINE, EventReader, Proxy, RedisServer, client, eventually, status_message};

async fn open(browser: &Client, app: &App, query: &str) -> Response {
    browser.get(app.url(&format!("/api/services/status/stream{query}"))).send().await.expect("an answer")
}

async fn publish(server: &RedisServer, service: &str, status: &str) {
    let payload = serde_json::to_string(&status_message(service, status)).expect("JSON");
    redis::cmd("PUBLISH")
        .arg(format!("service:{service}"))
        .arg(payload)
        .exec_async(&mut server.connection().await)
        .await
        .expect("published");
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[tokio::test]
async fn the_full_message_comes_at_once_and_changes_as_they_happen() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;

    let answer = open(&browser, &app, "").await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert_eq!(answer.headers()["cache-control"], "no-cache, no-transform");
    assert_eq!(answer.headers()["x-accel-buffering"], "no");
    let mut events = EventReader::new(answer);
    let full = events.next_change().await;
    assert!(json(&full.data)["balanceSync"].is_object());
    assert_eq!(json(&full.data)["services"].as_array().map(Vec::len), Some(3));

    publish(&server, "email-sender", r#"{"state":"running","queued":3}"#).await;
    let change = events.next_change().await;
    assert_eq!((change.name.as_str(), &json(&change.data)["service"]), ("message", &Value::from("email-sender")));
    assert_eq!(json(&change.data)["status"]["queued"], 3);
    assert!(change.id.contains('.') && change.id > full.id);
}

#[tokio::test]
async fn nobody_gets_a_stream_without_a_session() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    assert_eq!(open(&client(), &app, "").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn asking_for_the_headers_alone_opens_no_stream() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let answer = browser.head(app.url("/api/services/status/stream")).send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert_eq!((app.state.streams.open_here(), app.state.streams.count("ana").await.expect("a count").status), (0, 0));
}

#[tokio::test]
async fn the_fourth_stream_of_a_user_is_refused_over_all_instances() {
    let server = RedisServer::start().await;
    let (here, there) = (App::start(&server).await, App::start(&server).await);
    let browser = here.signed_in("ana", Role::Viewer).await;
    let elsewhere = there.sign_in("ana").await;

    let first = open(&browser, &here, "?tab=a").await;
    let second = open(&browser, &here, "?tab=b").await;
    let third = open(&elsewhere, &there, "?tab=c").await;
    for (app, browser) in [(&here, &browser), (&there, &elsewhere)] {
        let fourth = open(browser, app, "?tab=d").await;
        assert_eq!(fourth.status(), StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = fourth.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
        assert!((1..=45).contains(&wait));
    }

    drop(second);
    eventually("a closed stream makes room", || async {
        open(&elsewhere, &there, "?tab=d").await.status().is_success().then_some(())
    })
    .await;
    drop((first, third));
}

#[tokio::test]
async fn the_same_tab_takes_its_earlier_stream_over_on_any_instance() {
    let server = RedisServer::start().await;
    // An instance sees at its heartbeat what was taken over elsewhere.
    let here = App::start_with(&server, &[("SSE_HEARTBEAT_MS", "500")]).await;
    let there = App::start(&server).await;
    let browser = here.signed_in("ana", Role::Viewer).await;
    let elsewhere = there.sign_in("ana").await;

    let mut first = EventReader::new(open(&browser, &here, "?tab=a").await);
    let mut second = EventReader::new(open(&browser, &here, "?tab=a").await);
    assert_eq!(first.next_named("replaced").await.data, "{}");
    assert_eq!(first.next().await, None, "the loser's stream ends");
    let mut third = EventReader::new(open(&elsewhere, &there, "?tab=a").await);
    second.next_named("replaced").await;
    assert_eq!(third.next_change().await.name, "message");
}

#[tokio::test]
async fn a_page_that_comes_back_gets_only_what_changed_since() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let mut events = EventReader::new(open(&browser, &app, "?tab=a").await);
    events.next_change().await;
    publish(&server, "a", r#"{"n":1}"#).await;
    let last_seen = events.next_change().await.id;
    drop(events);
    publish(&server, "b", r#"{"n":2}"#).await;
    eventually("the change is known", || async { app.state.hub.full_message().contains("\"n\":2").then_some(()) })
        .await;

    let mut by_address = EventReader::new(open(&browser, &app, &format!("?tab=a&after={last_seen}")).await);
    let change = by_address.next_change().await;
    assert_eq!(json(&change.data)["service"], "b");

    let answer = browser
        .get(app.url("/api/services/status/stream?tab=b"))
        .header("last-event-id", last_seen)
        .send()
        .await
        .expect("an answer");
    let change = EventReader::new(answer).next_change().await;
    assert_eq!(json(&change.data)["service"], "b");

    let mut unknown = EventReader::new(open(&browser, &app, "?tab=c&after=nonsense").await);
    assert!(json(&unknown.next_change().await.data)["services"].is_array());
}

#[tokio::test]
async fn a_stream_outlives_redis_and_then_shows_the_new_truth() {
    let mut server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    publish(&server, "a", r#"{"n":1}"#).await;
    let mut events = EventReader::new(open(&browser, &app, "?tab=a").await);
    events.next_change().await;

    server.kill();
    assert_eq!(events.next_named("redis").await.data, r#"{"connected":false}"#);
    assert_eq!(open(&browser, &app, "?tab=b").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!app.is_ready().await);

    server.start_again().await;
    let full = events.next_named("message").await;
    assert!(json(&full.data)["services"].is_array(), "another epoch begins with a full message");
    assert_eq!(events.next_named("redis").await.data, r#"{"connected":true}"#);
    eventually("updates flow again", || async {
        publish(&server, "a", r#"{"n":2}"#).await;
        app.state.hub.full_message().contains("\"n\":2").then_some(())
    })
    .await;
    assert_eq!(json(&events.next_named("message").await.data)["status"]["n"], 2);
}

#[tokio::test]
async fn a_redis_that_hangs_is_told_and_what_it_then_says_is_shown() {
    let server = RedisServer::start().await;
    let proxy = Proxy::start(server.port).await;
    let app = App::start_with(&server, &[("REDIS_PORT", &proxy.port.to_string())]).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let mut events = EventReader::new(open(&browser, &app, "?tab=a").await);
    events.next_change().await;

    proxy.freeze();
    let frozen_at = Instant::now();
    assert_eq!(events.next_named("redis").await.data, r#"{"connected":false}"#);
    assert!(frozen_at.elapsed() < BUSY_MACHINE);
    assert!(proxy.held_back() > 0, "the freeze was felt");

    proxy.thaw();
    assert_eq!(events.next_named("redis").await.data, r#"{"connected":true}"#);
    eventually("updates flow again", || async {
        publish(&server, "a", r#"{"n":2}"#).await;
        app.state.hub.full_message().contains("\"n\":2").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_redis_that_was_emptied_is_noticed() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    publish(&server, "a", "{}").await;
    let known = || async { app.state.hub.full_message().contains("\"id\":\"a\"") };
    eventually("the service is known", || async { known().await.then_some(()) }).await;
    redis::cmd("FLUSHALL").exec_async(&mut server.connection().await).await.expect("flushed");
    eventually("the service is forgotten", || async { (!known().await).then_some(()) }).await;
}

#[tokio::test]
async fn signing_out_ends_the_sessions_streams_on_every_instance() {
    let server = RedisServer::start().await;
    let (here, there) = (App::start(&server).await, App::start(&server).await);
    let browser = here.signed_in("ana", Role::Viewer).await;
    let other_session = here.sign_in("ana").await;
    let mut near = EventReader::new(open(&browser, &here, "?tab=a").await);
    let cookie_elsewhere = there.url("/api/services/status/stream?tab=b");
    let mut far = EventReader::new(browser.get(cookie_elsewhere).send().await.expect("an answer"));
    let mut unconcerned = EventReader::new(open(&other_session, &here, "?tab=c").await);

    let asked = Instant::now();
    let answer = browser.post(here.url("/logout")).header("sec-fetch-site", "same-origin").send().await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::SEE_OTHER);
    near.next_named("signed-out").await;
    far.next_named("signed-out").await;
    assert!(asked.elapsed() < BUSY_MACHINE);
    publish(&server, "a", "{}").await;
    assert!(unconcerned.next_change().await.name == "message");
}

#[tokio::test]
async fn disabling_a_user_ends_their_streams() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let mut events = EventReader::new(open(&browser, &app, "?tab=a").await);
    let asked = Instant::now();
    app.state.users.set_disabled("ana", true).await.expect("disabled");
    events.next_named("signed-out").await;
    assert!(asked.elapsed() < BUSY_MACHINE);
    assert_eq!(open(&browser, &app, "?tab=a").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_ping_shows_that_the_stream_is_alive() {
    let server = RedisServer::start().await;
    let app = App::start_with(&server, &[("SSE_HEARTBEAT_MS", "100")]).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let mut events = EventReader::new(open(&browser, &app, "").await);
    let first = json(&events.next_named("ping").await.data);
    let second = json(&events.next_named("ping").await.data);
    assert!(second["now"].as_u64() > first["now"].as_u64());
    assert!(first["id"].is_string());
}

#[tokio::test]
async fn a_server_that_stops_tells_its_pages_when_to_come_back() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let mut events = EventReader::new(open(&browser, &app, "?tab=a").await);
    events.next_change().await;
    let stopping = tokio::spawn(app.stop());
    let retry_in = json(&events.next_named("shutdown").await.data)["retryIn"].as_u64().expect("ms");
    assert!((500..=2_500).contains(&retry_in));
    assert_eq!(events.next().await, None);
    assert!(stopping.await.expect("it stops") < BUSY_MACHINE);
}

#[tokio::test]
async fn a_restarted_server_knows_what_was_published_before() {
    let server = RedisServer::start().await;
    let before = App::start(&server).await;
    let browser = before.signed_in("ana", Role::Viewer).await;
    publish(&server, "email-sender", r#"{"queued":3}"#).await;
    eventually("the change is known", || async {
        before.state.hub.full_message().contains("email-sender").then_some(())
    })
    .await;
    before.stop().await;
    let after = App::start(&server).await;
    let full = browser.get(after.url("/api/services/status")).send().await.expect("an answer");
    assert_eq!(full.json::<Value>().await.expect("JSON")["emailSender"]["queued"], 3);
}

#[tokio::test]
async fn a_stream_is_opened_in_one_round_trip() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    // The first one teaches Redis the script.
    drop(open(&browser, &app, "?tab=a").await);
    let mut monitor = server.monitor().await;
    let (one, other) = (open(&browser, &app, "?tab=b").await, open(&browser, &app, "?tab=c").await);
    assert!(one.status().is_success() && other.status().is_success());
    let commands = monitor.read_up_to_now(&server).await;
    let about_sessions: Vec<_> = commands.iter().filter(|line| line.contains("sm:session:")).collect();
    // The check of all credentials, every two seconds, may come in between; it names no lease and ends with a prefix.
    let asked: Vec<_> = about_sessions.iter().filter(|line| !line.ends_with("\"sm:token:\"")).collect();
    assert_eq!(asked.len(), 2, "one command for each: {asked:#?}");
    assert!(asked.iter().all(|line| line.contains("sm:streams:") && line.contains("EVALSHA")), "{asked:#?}");
    assert!(!commands.iter().any(|line| line.contains("sm:console-user:ana")), "{commands:#?}");
}
