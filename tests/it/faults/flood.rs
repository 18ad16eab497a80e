//! More than can be taken in at once.

use std::fs;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::streams::StreamRangeReply;
use reqwest::Client;
use service_manager::model::user::Role;

use crate::support::{
    App, BUSY_MACHINE, EventReader, METRICS_TOKEN, Program, RedisServer, Scrape, client, eventually, show, soak,
};

/// Messages in a second.
const RATE: u64 = 50_000;

/// How long the flood lasts, in seconds.
const SECONDS: u64 = 2;

const SERVICES: u64 = 100;

/// By how much the program may grow.
const MOST_GROWTH: u64 = 64 * 1024 * 1024;

fn message(n: u64) -> (String, String) {
    let service = format!("flood-{}", n % SERVICES);
    let payload = format!(r#"{{"service":"{service}","timestamp":1,"status":{{"state":"running","n":{n}}}}}"#);
    (format!("service:{service}"), payload)
}

/// Publishes these, all at once.
async fn publish(redis: &mut MultiplexedConnection, messages: impl Iterator<Item = (String, String)>) {
    let mut together = redis::pipe();
    for (channel, payload) in messages {
        together.cmd("PUBLISH").arg(channel).arg(payload).ignore();
    }
    together.exec_async(redis).await.expect("published");
}

/// Publishes so many messages a second as far as Redis can; gives how many there were.
async fn flood(redis: &mut MultiplexedConnection, seconds: u64) -> u64 {
    const TOGETHER: u64 = 1_000;
    let (began, mut sent) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(seconds) {
        publish(redis, (sent..sent + TOGETHER).map(message)).await;
        sent += TOGETHER;
        tokio::time::sleep_until((began + Duration::from_micros(sent * 1_000_000 / RATE)).into()).await;
    }
    sent
}

/// Waits until every service is as it said last in messages with all numbers below `end`.
async fn until_they_are_as_said_last(browser: &Client, url: &str, end: u64) {
    eventually("every service is as it said last", || async {
        let full: serde_json::Value = browser.get(url).send().await.ok()?.json().await.ok()?;
        let is_right = |service: u64| full[format!("flood{service}")]["n"] == end - SERVICES + service;
        (0..SERVICES).all(is_right).then_some(())
    })
    .await;
}

/// What a process has in memory, in bytes.
fn memory(process: u32) -> u64 {
    let pages = fs::read_to_string(format!("/proc/{process}/statm")).expect("a process");
    pages.split(' ').nth(1).expect("the resident pages").parse::<u64>().expect("a number") * 4_096
}

async fn scrape(program: &Program) -> Scrape {
    let answer = client().get(program.url("/metrics")).bearer_auth(METRICS_TOKEN).send().await.expect("an answer");
    Scrape::of(answer.text().await.expect("text"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(target_os = "linux")]
async fn a_flood_costs_little_and_leaves_every_service_as_it_said_last() {
    let server = RedisServer::start().await;
    let settings = [("METRICS_TOKEN", METRICS_TOKEN), ("RUST_LOG", "warn")];
    let program = Program::serve(&server, &settings);
    let browser = program.sign_in().await;
    let stream = browser.get(program.url("/api/services/status/stream?tab=a")).send();
    let mut events = EventReader::new(stream.await.expect("an answer"));
    let reading = tokio::spawn(async move { while events.next_whenever().await.is_some() {} });
    let mut redis = server.connection().await;
    publish(&mut redis, (0..SERVICES).map(message)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    let (before, seconds) = (memory(program.id()), SECONDS * u64::from(soak()));
    let watching = {
        let process = program.id();
        tokio::spawn(async move {
            let (mut most, until) = (0, Instant::now() + Duration::from_secs(seconds + 3));
            while Instant::now() < until {
                most = most.max(memory(process));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            most
        })
    };
    let began = Instant::now();
    let sent = flood(&mut redis, seconds).await;
    let lasted = began.elapsed();
    let ended = Instant::now();
    until_they_are_as_said_last(&browser, &program.url("/api/services/status"), sent).await;
    let right_after = ended.elapsed();
    let growth = watching.await.expect("no panic").saturating_sub(before);
    let scrape = scrape(&program).await;
    let of = |series: &str| scrape.value(series);
    show(&format!(
        "flood: {sent} messages in {lasted:.2?}, {:.0} a second; {} taken in, {} passed over, {} subscribers lost; memory grew by \
         {:.1} MiB; every service right after {right_after:.2?}",
        sent as f64 / lasted.as_secs_f64(),
        of("inbox_adopted_total"),
        of("inbox_overtaken_total"),
        of("redis_connection_losses_total{connection=\"subscriber\"}"),
        growth as f64 / 1024.0 / 1024.0,
    ));
    assert!(of("inbox_overtaken_total") > 0.0, "more came than was taken in");
    assert!(right_after < BUSY_MACHINE, "{right_after:?}");
    assert!(growth <= MOST_GROWTH, "{growth} bytes");
    assert!(!reading.is_finished(), "the page's stream goes on");
    reading.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_that_may_wait_is_taken_in_whole_and_in_order() {
    const BURST: u64 = 8_000;
    let server = RedisServer::start().await;
    let app = App::start_with(&server, &[("METRICS_TOKEN", METRICS_TOKEN)]).await;
    let mut redis = server.connection().await;
    let began = Instant::now();
    publish(&mut redis, (0..BURST).map(message)).await;
    eventually("all are taken in", || async {
        (redis::cmd("XLEN").arg("sm:events").query_async::<u64>(&mut server.connection().await).await.ok()? == BURST)
            .then_some(())
    })
    .await;
    let took = began.elapsed();
    let log: StreamRangeReply =
        redis::cmd("XRANGE").arg(&["sm:events", "-", "+"]).query_async(&mut redis).await.expect("the log");
    let numbers: Vec<u64> = log.ids.iter().filter_map(|entry| number(&entry.get::<String>("message")?)).collect();
    assert_eq!(numbers, (0..BURST).collect::<Vec<_>>());
    assert_eq!(Scrape::read(&app).await.value("inbox_overtaken_total"), 0.0);
    show(&format!(
        "burst: {BURST} messages taken in within {took:.2?}, {:.0} a second",
        BURST as f64 / took.as_secs_f64()
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_services_push_out_nothing_that_known_ones_said() {
    const MADE_UP: u64 = 20_000;
    let server = RedisServer::start().await;
    let app = App::start_with(&server, &[("METRICS_TOKEN", METRICS_TOKEN)]).await;
    let (browser, url) = (app.signed_in("ana", Role::Viewer).await, app.url("/api/services/status"));
    let mut redis = server.connection().await;
    publish(&mut redis, (0..SERVICES).map(message)).await;
    until_they_are_as_said_last(&browser, &url, SERVICES).await;

    // What is published waits until there is room: first more than is offered at once, then what each service says last.
    server.set_memory_full(true).await;
    let (first, last) = (300 * SERVICES, 301 * SERVICES);
    publish(&mut redis, (0..first).step_by(SERVICES as usize).map(message)).await;
    publish(&mut redis, (first..last).map(message)).await;
    let made_up = |n: u64| {
        let (_, payload) = message(n);
        let service = format!("made-up-{n}");
        (format!("service:{service}"), payload.replace(&format!("flood-{}", n % SERVICES), &service))
    };
    publish(&mut redis, (0..MADE_UP).map(made_up)).await;
    let overtaken = eventually("messages are passed over", || async {
        let overtaken = Scrape::read(&app).await.value("inbox_overtaken_total") as u64;
        (overtaken > MADE_UP / 2).then_some(overtaken)
    })
    .await;
    server.set_memory_full(false).await;
    until_they_are_as_said_last(&browser, &url, last).await;
    show(&format!("{MADE_UP} made-up services: {overtaken} messages passed over, none of a known service's last"));
}

fn number(message: &str) -> Option<u64> {
    serde_json::from_str::<serde_json::Value>(message).expect("JSON")["status"]["n"].as_u64()
}
