//! The metrics move as what they count does.

use axum::Router;
use axum::routing::get;
use reqwest::StatusCode;
use service_manager::model::job::{JobState, Lane};
use service_manager::model::user::Role;
use service_manager::server::router::enclose;
use service_manager::server::worker::queue::Work;

use crate::support::browser::{asked, open, scraped_app};
use crate::support::workers::{context, end_of, start};
use crate::support::{App, RedisServer, Sandbox, Scrape, client, eventually, serve, status_message, until_it_is};

async fn publish(server: &RedisServer, channel: &str, payload: &str) {
    let mut connection = server.connection().await;
    redis::cmd("PUBLISH").arg(channel).arg(payload).exec_async(&mut connection).await.expect("published");
}

fn report(service: &str) -> String {
    serde_json::to_string(&status_message(service, r#"{"state":"running"}"#)).expect("JSON")
}

/// Publishes until the inbox counts: what is published from then on is heard.
async fn wait_until_heard(server: &RedisServer, app: &App) {
    eventually("a message is adopted", || async {
        publish(server, "service:first", &report("first")).await;
        app.state.hub.full_message().contains("\"id\":\"first\"").then_some(())
    })
    .await;
}

/// Waits until all that was published is adopted, counted and known to these instances: from then on only the test
/// moves the counts.
async fn settle(server: &RedisServer, apps: &[&App]) {
    publish(server, "service:last", &report("last")).await;
    eventually("everything is adopted and counted", || async {
        let mut adopted = 0.0;
        for app in apps {
            adopted += Scrape::read(app).await.value("inbox_adopted_total");
        }
        let length = redis::cmd("XLEN").arg("sm:events").query_async::<u32>(&mut server.connection().await).await;
        let is_known = apps.iter().all(|app| app.state.hub.full_message().contains("\"last\""));
        (is_known && f64::from(length.expect("a length")) == adopted).then_some(())
    })
    .await;
}

#[tokio::test]
async fn streams_are_counted_as_they_open_and_end() {
    let server = RedisServer::start().await;
    let app = scraped_app(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;

    let mut first = open(&browser, &app, "?tab=a").await;
    first.next_change().await;
    let mut second = open(&browser, &app, "?tab=a").await;
    first.next_named("replaced").await;
    assert_eq!(first.next().await, None);
    until_it_is(&app, "streams_ended_total{reason=\"replaced\"}", 1.0).await;
    let scrape = Scrape::read(&app).await;
    assert_eq!((scrape.value("streams_open"), scrape.value("streams_opened_total")), (1.0, 2.0));

    second.next_change().await;
    drop(second);
    until_it_is(&app, "streams_ended_total{reason=\"client\"}", 1.0).await;
    until_it_is(&app, "streams_open", 0.0).await;

    let mut third = open(&browser, &app, "?tab=b").await;
    let signed_out = browser.post(app.url("/logout")).header("sec-fetch-site", "same-origin").send().await;
    assert_eq!(signed_out.expect("an answer").status(), StatusCode::SEE_OTHER);
    third.next_named("signed-out").await;
    until_it_is(&app, "streams_ended_total{reason=\"signed_out\"}", 1.0).await;

    let mut fourth = open(&app.sign_in("ana").await, &app, "?tab=c").await;
    let metrics = app.state.metrics.clone();
    let stopping = tokio::spawn(app.stop());
    fourth.next_named("shutdown").await;
    assert_eq!(fourth.next().await, None);
    stopping.await.expect("it stops");
    let scrape = Scrape::of(metrics.text().expect("text"));
    assert_eq!(scrape.value("streams_ended_total{reason=\"shutdown\"}"), 1.0);
    assert_eq!((scrape.value("streams_open"), scrape.value("streams_opened_total")), (0.0, 4.0));
}

#[tokio::test]
async fn pages_that_come_back_are_counted_with_what_they_were_given() {
    let server = RedisServer::start().await;
    let app = scraped_app(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let position = open(&browser, &app, "?tab=a").await.next_change().await.id;
    assert_eq!(Scrape::read(&app).await.value("reconnects_total"), 0.0, "a first stream is no reconnect");

    open(&browser, &app, &format!("?tab=a&after={position}")).await.next_named("ping").await;
    open(&browser, &app, "?tab=a&after=another.1-0").await.next_change().await;
    for nothing in ["nonsense", ""] {
        let begun = open(&browser, &app, &format!("?tab=a&after={nothing}")).await.next_change().await;
        assert!(begun.data.starts_with("{\"balanceSync\""), "what is no position begins as a first stream does");
    }
    let scrape = Scrape::read(&app).await;
    assert_eq!(scrape.value("reconnects_total"), 2.0, "and is none");
    assert_eq!(scrape.value("stream_resumes_total{kind=\"incremental\"}"), 1.0);
    assert_eq!(scrape.value("stream_resumes_total{kind=\"full\"}"), 1.0);
}

#[tokio::test]
async fn what_is_published_is_counted_where_it_comes_in_and_where_it_goes_out() {
    let server = RedisServer::start().await;
    let app = scraped_app(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    wait_until_heard(&server, &app).await;
    settle(&server, &[&app]).await;

    let (mut one, mut other) = (open(&browser, &app, "?tab=a").await, open(&browser, &app, "?tab=b").await);
    one.next_change().await;
    other.next_change().await;
    let before = Scrape::read(&app).await;
    for _ in 0..3 {
        publish(&server, "service:email-sender", &report("email-sender")).await;
        one.next_change().await;
        other.next_change().await;
    }
    publish(&server, "service:email-sender", "not json").await;
    publish(&server, "service:Not_An_Id", &report("email-sender")).await;
    let rejected = before.value("inbox_rejected_total") + 2.0;
    until_it_is(&app, "inbox_rejected_total", rejected).await;

    let after = Scrape::read(&app).await;
    let grown = |series: &str| after.value(series) - before.value(series);
    assert_eq!(grown("inbox_adopted_total"), 3.0);
    assert_eq!(grown("publishes_total{kind=\"status\"}"), 3.0);
    assert_eq!(grown("publishes_total{kind=\"job\"}"), 0.0);
    // Three changes to two readers, each read before the next; a ping may come in between.
    for series in ["deliveries_total", "writes_total"] {
        assert!((6.0..=8.0).contains(&grown(series)), "{series}: {}", grown(series));
    }
}

#[tokio::test]
async fn two_instances_count_a_message_once() {
    let server = RedisServer::start().await;
    let (one, other) = (scraped_app(&server).await, scraped_app(&server).await);
    wait_until_heard(&server, &one).await;
    until_it_is(&other, "redis_connected{connection=\"subscriber\"}", 1.0).await;
    settle(&server, &[&one, &other]).await;
    let sum = async |series: &str| Scrape::read(&one).await.value(series) + Scrape::read(&other).await.value(series);
    let before = (sum("inbox_adopted_total").await, sum("inbox_rejected_total").await);
    for number in 0..20 {
        publish(&server, "service:email-sender", "not json").await;
        publish(&server, &format!("service:s{number}"), &report(&format!("s{number}"))).await;
    }
    eventually("every message is counted", || async {
        let after = (sum("inbox_adopted_total").await, sum("inbox_rejected_total").await);
        (after == (before.0 + 20.0, before.1 + 20.0)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn refusals_and_errors_are_counted_by_their_code() {
    let server = RedisServer::start().await;
    let app = scraped_app(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let mut open_streams = Vec::new();
    for _ in 0..3 {
        open_streams.push(open(&browser, &app, "").await);
    }
    assert_eq!(asked(&browser, &app, "").await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(asked(&client(), &app, "").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(asked(&browser, &app, "?tab=a%20b").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(client().post(app.url("/login")).send().await.expect("an answer").status(), StatusCode::FORBIDDEN);
    let forbidden = browser.post(app.url("/fn/sync_balance")).header("sec-fetch-site", "same-origin");
    assert_eq!(forbidden.send().await.expect("an answer").status(), StatusCode::FORBIDDEN);
    assert_eq!(client().get(app.url("/nothing")).send().await.expect("an answer").status(), StatusCode::NOT_FOUND);

    let scrape = Scrape::read(&app).await;
    for kind in ["too_many", "signed_out", "invalid", "foreign_origin", "forbidden"] {
        assert_eq!(scrape.value(&format!("errors_total{{kind=\"{kind}\"}}")), 1.0, "{kind}");
    }
    assert!(scrape.value("errors_total{kind=\"other\"}") >= 1.0);
    assert_eq!(scrape.value("stream_requests_refused_total{reason=\"too_many\"}"), 1.0);
    assert_eq!(scrape.value("stream_requests_refused_total{reason=\"unavailable\"}"), 0.0);
    assert_eq!(scrape.value("streams_opened_total"), 3.0);
}

#[tokio::test]
async fn a_panic_is_counted_as_one() {
    let state = App::idle_state();
    let broken = Router::new().route("/broken", get(async || -> &'static str { panic!("on purpose") }));
    let address = serve(enclose(broken, &state).with_state(state.clone())).await;
    let answer = client().get(format!("http://{address}/broken")).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let scrape = Scrape::of(state.metrics.text().expect("text"));
    assert_eq!(scrape.value("errors_total{kind=\"panic\"}"), 1.0);
    assert_eq!(scrape.value("errors_total{kind=\"internal\"}"), 0.0, "one failure counts once");
}

#[tokio::test]
async fn a_redis_that_goes_and_comes_is_seen_on_both_connections() {
    let mut server = RedisServer::start().await;
    let app = scraped_app(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let connections = ["{connection=\"publisher\"}", "{connection=\"subscriber\"}"];
    for connection in connections {
        until_it_is(&app, &format!("redis_connected{connection}"), 1.0).await;
    }

    server.kill();
    for connection in connections {
        until_it_is(&app, &format!("redis_connected{connection}"), 0.0).await;
        until_it_is(&app, &format!("redis_connection_losses_total{connection}"), 1.0).await;
    }
    assert_eq!(asked(&browser, &app, "").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    let scrape = Scrape::read(&app).await;
    assert_eq!(scrape.value("stream_requests_refused_total{reason=\"unavailable\"}"), 1.0);
    assert!(scrape.value("errors_total{kind=\"unavailable\"}") >= 1.0);

    server.start_again().await;
    for connection in connections {
        until_it_is(&app, &format!("redis_connected{connection}"), 1.0).await;
        until_it_is(&app, &format!("redis_connection_losses_total{connection}"), 1.0).await;
    }
}

#[tokio::test]
async fn redis_answers_are_timed_in_seconds() {
    let server = RedisServer::start().await;
    let app = scraped_app(&server).await;
    until_it_is(&app, "redis_latency_seconds_count", 1.0).await;
    until_it_is(&app, "redis_latency_seconds_count", 2.0).await;
    let scrape = Scrape::read(&app).await;
    let sum = scrape.value("redis_latency_seconds_sum");
    assert!(sum > 0.0 && sum < 4.0, "{sum}");
    let buckets = scrape.series().filter(|(series, _)| series.contains("redis_latency_seconds_bucket"));
    assert_eq!(buckets.count(), 15, "14 bounds and infinity");
    assert_eq!(scrape.value("redis_latency_seconds_bucket{le=\"2\"}"), 2.0);
    assert_eq!(scrape.value("redis_latency_seconds_bucket{le=\"0.0001\"}").fract(), 0.0);
}

#[tokio::test]
async fn jobs_are_counted_by_the_worker_that_ends_them() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    let ended = |service: &str, lane: &str, outcome: &str| {
        let labels = format!("{{lane=\"{lane}\",outcome=\"{outcome}\",service=\"{service}\"}}");
        Scrape::of(context.metrics.text().expect("text")).value(&format!("jobs_ended_total{labels}"))
    };
    let (running, shutdown) = start(&context);
    let counted = async |service, lane, outcome| {
        eventually("it is counted", || async { (ended(service, lane, outcome) == 1.0).then_some(()) }).await;
    };
    // The first round goes through the background lane, once discovery has met the only user.
    counted("balance-sync", "background", "done").await;

    let asked = async |work| {
        let job = context.jobs.enqueue(&work, Lane::Priority, None).await.expect("queued");
        end_of(&context.jobs, &job).await.state
    };
    assert_eq!(asked(Work::SyncBalances(1)).await, JobState::Done);
    counted("balance-sync", "priority", "done").await;
    assert_eq!(asked(Work::DiscoverAccounts(1)).await, JobState::Done);
    counted("account-discovery", "priority", "done").await;
    context.bank.meet_accounts(1, &["an account that nobody knows".to_owned()]).await.expect("kept");
    assert_eq!(asked(Work::SyncBalances(1)).await, JobState::Dead);
    counted("balance-sync", "priority", "dead").await;
    assert_eq!(ended("balance-sync", "priority", "done"), 1.0);
    assert_eq!(ended("account-enrichment", "priority", "done"), 0.0);
    shutdown.cancel();
    running.await.expect("the services end");
}
