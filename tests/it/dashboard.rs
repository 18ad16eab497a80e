//! The dashboard: what an instance measures of itself, and what services publish on `service:metrics`.

use redis::AsyncCommands;
use reqwest::{Client, StatusCode};
use serde_json::json;
use service_manager::model::dashboard::{Dashboard, Tile};
use service_manager::model::job::Lane;
use service_manager::model::service::BuiltIn;
use service_manager::model::user::Role;
use service_manager::server::core_banking::wire::Customer;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::{Taken, Work};

use crate::support::{App, EventReader, RedisServer, eventually};

async fn shown(app: &App, browser: &Client) -> Dashboard {
    let request = browser.post(app.url("/fn/dashboard")).header("sec-fetch-site", "same-origin");
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.expect("what the page shows")
}

fn tile<'a>(tiles: &'a [Tile], label: &str) -> &'a Tile {
    tiles.iter().find(|tile| tile.label == label).unwrap_or_else(|| panic!("no {label}: {tiles:?}"))
}

async fn publish(server: &RedisServer, payload: &str) {
    server.connection().await.publish::<_, _, ()>("service:metrics", payload).await.expect("published");
}

fn metrics(service: &str, metrics: serde_json::Value) -> String {
    json!({ "service": service, "timestamp": 1, "metrics": metrics }).to_string()
}

#[tokio::test]
async fn an_instance_shows_its_streams_and_the_jobs_of_all() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let stream = browser.get(app.url("/api/services/status/stream?tab=a")).send().await.expect("a stream");
    let _events = EventReader::new(stream);
    let customers =
        [10_000_001, 10_000_002].map(|id| Customer { customer_id: id.to_string(), display_name: "A".into() });
    app.state.bank.meet_customers(&customers).await.expect("users");
    let jobs = &app.state.jobs;
    for (user, lane) in [(1, Lane::Priority), (2, Lane::Background)] {
        jobs.enqueue(&Work::SyncBalances(user), lane, None).await.expect("queued");
    }
    let Some(Taken::Job(job)) = jobs.take(BuiltIn::BalanceSync, "w").await.expect("taken") else { panic!("a job") };
    jobs.settle(&job, &Ending::Done("Done.".to_owned())).await.expect("settled");
    app.state.dashboard.measure().await;

    let dashboard = shown(&app, &browser).await;
    let [own] = dashboard.instances.as_slice() else { panic!("{dashboard:?}") };
    assert!(own.instance.starts_with("web"), "{}", own.instance);
    let value = |label| tile(&own.tiles, label).value.as_str();
    assert_eq!(
        (value("Open streams"), value("Priority jobs waiting"), value("Background jobs waiting")),
        ("1", "0", "1")
    );
    let duration = value("Job duration, p99");
    assert!(duration.ends_with(" ms") && duration == value("Job duration, p50"), "{duration}");
    assert!(value("Deliveries").ends_with(" /s"));
    assert!(tile(&own.tiles, "Open streams").line.starts_with('M'));
}

#[tokio::test]
async fn whichever_instance_answers_shows_all_of_them_and_itself_while_redis_is_away() {
    let mut server = RedisServer::start().await;
    let apps = [App::start(&server).await, App::start(&server).await];
    let browser = apps[0].signed_in("ana", Role::Viewer).await;
    let _stream = browser.get(apps[1].url("/api/services/status/stream")).send().await.expect("a stream");
    let [one, other] = eventually("both show both", || async {
        for app in &apps {
            app.state.dashboard.measure().await;
        }
        let both = [apps[0].state.dashboard.shown().await, apps[1].state.dashboard.shown().await];
        both.iter().all(|shown| shown.instances.len() == 2).then_some(both)
    })
    .await;
    let names = |shown: &Dashboard| shown.instances.iter().map(|one| one.instance.clone()).collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other));
    let mut streams: Vec<_> =
        one.instances.iter().map(|instance| tile(&instance.tiles, "Open streams").value.as_str()).collect();
    streams.sort_unstable();
    assert_eq!(streams, ["0", "1"]);
    server.kill();
    assert_eq!(apps[0].state.dashboard.shown().await.instances.len(), 1);
}

#[tokio::test]
async fn what_services_measure_is_shown_by_every_instance_and_starts_no_row() {
    let server = RedisServer::start().await;
    let apps = [App::start(&server).await, App::start(&server).await];
    let browser = apps[0].signed_in("ana", Role::Viewer).await;
    publish(&server, &metrics("mail", json!({ "sent": 3, "<b>rate</b>": 0.5 }))).await;
    publish(&server, &metrics("mail", json!({ "sent": 5 }))).await;
    for app in &apps {
        let there = eventually("it is heard", || async {
            let measured = app.state.dashboard.measurements().shown(app.state.hub.now());
            measured.into_iter().find(|service| tile(&service.tiles, "sent").value == "5")
        })
        .await;
        assert_eq!((there.service.as_str(), there.tiles.len()), ("mail", 2), "what it said before stays");
        assert!(app.state.hub.view(there.service).is_none(), "it is no status");
    }
    apps[0].state.dashboard.measure().await;
    let dashboard = shown(&apps[0], &browser).await;
    assert!(dashboard.services[0].heard > 1_700_000_000_000);
    assert_eq!(tile(&dashboard.services[0].tiles, "sent").range, "5 to 5");
    let page = browser.get(apps[0].url("/dashboard")).header("accept", "text/html").send().await.expect("an answer");
    let html = page.text().await.expect("text");
    assert!(html.contains("&lt;b&gt;rate&lt;/b&gt;") && html.contains("<path d=\"M"), "the first HTML has it, as text");

    apps[0].state.dashboard.measurements().forget("mail".parse().expect("an id"));
    assert_eq!(shown(&apps[0], &browser).await.services, Vec::new());
}

#[tokio::test]
async fn what_breaks_a_rule_is_counted_once_and_kept_as_a_sample() {
    let server = RedisServer::start().await;
    let apps = [App::start(&server).await, App::start(&server).await];
    let many: serde_json::Map<_, _> = (0..65).map(|number| (format!("n{number}"), number.into())).collect();
    for payload in [
        "nope".to_owned(),
        metrics("mail", json!({ "a": "1" })),
        r#"{"service":"mail","timestamp":1,"metrics":{"a":1e999}}"#.to_owned(),
        metrics("logs", json!({ "a": 1 })),
        metrics("mail", json!({ "turned \u{202e}round": 1 })),
        metrics("mail", many.into()),
        metrics("mail", json!({ "x".repeat(65): 1 })),
    ] {
        publish(&server, &payload).await;
    }
    publish(&server, &metrics("mail", json!({ "good": 1 }))).await;
    for app in &apps {
        let measured = eventually("the good one is heard", || async {
            let measured = app.state.dashboard.measurements().shown(0);
            (!measured.is_empty()).then_some(measured)
        })
        .await;
        assert_eq!(measured[0].tiles.iter().map(|tile| tile.label.as_str()).collect::<Vec<_>>(), ["good"]);
    }
    let log = &apps[0].state.event_log;
    eventually("all are counted", || async { (log.rejected_count().await.ok()? == 7).then_some(()) }).await;
    let samples = log.samples().await.expect("samples");
    assert!(samples.iter().all(|sample| sample.channel == "service:metrics"));
    assert!(samples[1].error.contains("metrics has 65 names; it may have 64"), "{}", samples[1].error);
}
