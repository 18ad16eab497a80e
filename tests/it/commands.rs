//! Commands to a service that somebody else runs: given over Redis, answered over Redis, told to every page.

use std::time::Duration;

use futures::future::join_all;
use redis::AsyncCommands;
use reqwest::StatusCode;
use serde_json::{Value, json};
use service_manager::model::audit::{Action, Verdict};
use service_manager::model::user::Role;
use service_manager::server::audit::Filter;

use crate::support::foreign_service::{Foreign, give, give_once, is_known, outcome, refused, stage, stop, until_it_is};
use crate::support::{App, EventReader, RedisServer, eventually};

#[tokio::test]
async fn a_command_reaches_the_service_and_its_outcome_every_page() {
    let server = RedisServer::start().await;
    let (app, ana, mut mail) = stage(&server).await;
    let mut page = EventReader::new(ana.get(app.url("/api/services/status/stream")).send().await.expect("a stream"));
    page.next_change().await;

    let given = give(&app, &ana, "mail", json!({"command": "stop", "reason": "moving", "params": {"n": 1.0}})).await;
    assert_eq!(given.status(), StatusCode::ACCEPTED);
    let place = given.headers()["location"].to_str().expect("text").to_owned();
    let given: Value = given.json().await.expect("JSON");
    assert_eq!(place, format!("/api/commands/{}", given["commandId"].as_str().expect("an id")));

    let command = mail.next_command().await;
    let expected = json!({
        "id": given["commandId"], "command": "stop", "service": "mail", "actor": "ana",
        "timestamp": command["timestamp"], "reason": "moving", "params": {"n": 1.0},
    });
    assert_eq!(command, expected);
    assert!(command["timestamp"].as_u64().is_some_and(|at| at > 1_763_900_000_000));
    mail.answer(&command, "accepted", "").await;
    until_it_is(&app, &ana, &given, "accepted").await;
    mail.answer(&command, "succeeded", "All letters are out.").await;
    let ended = until_it_is(&app, &ana, &given, "succeeded").await;
    assert_eq!((&ended["message"], &ended["reason"]), (&json!("All letters are out."), &json!("moving")));

    let mut told = Vec::new();
    while told.last().is_none_or(|outcome| outcome != "succeeded") {
        let event = page.next_named("command").await;
        assert!(!event.id.is_empty(), "it counts when a page resumes");
        let news: Value = serde_json::from_str(&event.data).expect("JSON");
        assert_eq!(
            (&news["service"], &news["actor"], &news["id"]),
            (&json!("mail"), &json!("ana"), &given["commandId"])
        );
        told.push(news["outcome"].as_str().expect("a word").to_owned());
    }
    assert_eq!(told, ["requested", "accepted", "succeeded"]);

    let full: Value = serde_json::from_str(&app.state.hub.full_message()).expect("JSON");
    let rows = full["services"].as_array().expect("rows").iter();
    let row = rows.into_iter().find(|row| row["id"] == "mail").expect("its row");
    assert_eq!(row["command"], ended, "the row names the latest command");
    let filter = Filter { action: Some(Action::Stop), ..Filter::default() };
    let audited = app.state.audit.read(&filter, None, 10).await.expect("the audit").records;
    let outcome = audited[0].outcome.as_ref().expect("an outcome");
    assert_eq!((outcome.verdict, outcome.message.as_str()), (Verdict::Succeeded, "All letters are out."));
    assert_eq!((audited.len(), audited[0].intent.reason.as_deref()), (1, Some("moving")));
    assert_eq!(audited[0].intent.parameters["params"], r#"{"n":1.0}"#);
}

#[tokio::test]
async fn params_go_out_digit_for_digit_and_on_one_line() {
    let server = RedisServer::start().await;
    let (app, ana, mut mail) = stage(&server).await;
    let body = "{\"command\": \"stop\", \"params\": {\n  \"sum\": 123456789012345678901.10\r\n}}";
    let request = ana.post(app.url("/api/services/mail/commands")).header("sec-fetch-site", "same-origin");
    let given = request.header("content-type", "application/json").body(body).send().await.expect("an answer");
    assert_eq!(given.status(), StatusCode::ACCEPTED);
    let text = mail.next_text().await;
    assert!(text.contains(r#""params":{"sum":123456789012345678901.10}"#) && !text.contains(['\n', '\r']), "{text}");
}

#[tokio::test]
async fn a_page_that_comes_back_hears_what_became_of_a_command_meanwhile() {
    let server = RedisServer::start().await;
    let (app, ana, mut mail) = stage(&server).await;
    let mut page = EventReader::new(ana.get(app.url("/api/services/status/stream")).send().await.expect("a stream"));
    let position = page.next_change().await.id;
    drop(page);
    let (given, command) = stop(&app, &ana, &mut mail).await;
    mail.answer(&command, "refused", "Letters are on their way.").await;
    until_it_is(&app, &ana, &given, "refused").await;
    let back = ana.get(app.url("/api/services/status/stream")).header("last-event-id", position).send().await;
    let event = EventReader::new(back.expect("a stream")).next_change().await;
    let news: Value = serde_json::from_str(&event.data).expect("JSON");
    assert_eq!((event.name.as_str(), &news["outcome"]), ("command", &json!("refused")), "only the latest of it");
}

#[tokio::test]
async fn nobody_listening_is_said_at_once_and_so_is_a_silent_service() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let ana = app.signed_in("ana", Role::Operator).await;
    let never_reported: Value =
        give(&app, &ana, "balance-sync", json!({"command": "stop"})).await.json().await.expect("JSON");
    let command = outcome(&app, &ana, &never_reported).await;
    assert_eq!(command["outcome"], "unheard", "no worker runs");

    let mail = Foreign::start(&server, &app).await;
    drop(mail);
    eventually("it is gone", || async {
        let query = redis::cmd("PUBSUB").arg("NUMSUB").arg("service:commands").to_owned();
        let (_, count): (String, u64) = query.query_async(&mut server.connection().await).await.expect("a count");
        (count == 0).then_some(())
    })
    .await;
    let given: Value = give(&app, &ana, "mail", json!({"command": "stop"})).await.json().await.expect("JSON");
    assert_eq!(outcome(&app, &ana, &given).await["outcome"], "unheard");
    let again = give(&app, &ana, "mail", json!({"command": "stop"})).await;
    assert_eq!(again.status(), StatusCode::ACCEPTED, "what nobody heard does not stand in the way");
    let wanted: Option<String> = server.connection().await.hget("sm:wanted", "mail").await.expect("an answer");
    assert_eq!(wanted, None, "what nobody heard changes nothing");
}

#[tokio::test]
async fn a_service_that_does_not_take_it_up_within_five_seconds_gives_no_answer_and_a_late_one_counts() {
    let server = RedisServer::start().await;
    let (app, ana, mut mail) = stage(&server).await;
    let asked = std::time::Instant::now();
    let (given, command) = stop(&app, &ana, &mut mail).await;
    let silent = until_it_is(&app, &ana, &given, "no-answer").await;
    assert!((5..8).contains(&asked.elapsed().as_secs()), "{:?}", asked.elapsed());
    assert_eq!(silent["message"], "Nobody took it up within 5 s.");
    let verdict = async || {
        let filter = Filter { action: Some(Action::Stop), ..Filter::default() };
        let records = app.state.audit.read(&filter, None, 10).await.expect("the audit").records;
        (records.len(), records[0].outcome.as_ref().map(|outcome| outcome.verdict))
    };
    assert_eq!(verdict().await, (1, Some(Verdict::NoAnswer)));

    mail.answer(&command, "accepted", "").await;
    until_it_is(&app, &ana, &given, "accepted").await;
    let busy = give(&app, &ana, "mail", json!({"command": "trigger"})).await;
    assert_eq!(busy.status(), StatusCode::CONFLICT, "it is at it after all");
    mail.answer(&command, "succeeded", "").await;
    until_it_is(&app, &ana, &given, "succeeded").await;
    assert_eq!(verdict().await, (1, Some(Verdict::Succeeded)));
}

#[tokio::test]
async fn a_command_that_does_not_end_within_fifteen_minutes_gives_no_answer() {
    let server = RedisServer::start().await;
    let (app, ana, mut mail) = stage(&server).await;
    let (given, command) = stop(&app, &ana, &mut mail).await;
    mail.answer(&command, "accepted", "").await;
    until_it_is(&app, &ana, &given, "accepted").await;
    let id = given["commandId"].as_str().expect("an id");
    let mut redis = server.connection().await;
    let deadline: f64 = redis.zscore("sm:commands:open", id).await.expect("a deadline");
    let left = deadline / 1000.0 - Duration::from_millis(server.now().await).as_secs_f64();
    assert!((890.0..=901.0).contains(&left), "15 minutes from when it was taken up");
    let _: () = redis.zadd("sm:commands:open", id, 1).await.expect("the time is over");
    let ended = until_it_is(&app, &ana, &given, "no-answer").await;
    assert_eq!(ended["message"], "It did not end within 15 min.");
    let repeated = || async { outcome(&app, &ana, &given).await };
    mail.answer(&command, "accepted", "").await;
    mail.answer(&command, "failed", "The disk is full.").await;
    until_it_is(&app, &ana, &given, "failed").await;
    assert_eq!(repeated().await["message"], "The disk is full.");
}

#[tokio::test]
async fn a_request_repeated_under_its_key_gives_one_command() {
    let server = RedisServer::start().await;
    let (one, other) = (App::start(&server).await, App::start(&server).await);
    let ana = one.signed_in("ana", Role::Operator).await;
    let mut mail = Foreign::start(&server, &one).await;
    is_known(&other, "mail").await;
    let ana_there = other.sign_in("ana").await;
    let order = || json!({"command": "stop"});
    let at_one = (0..50).map(|_| give_once(&one, &ana, "mail", order(), Some("k")));
    let at_other = (0..50).map(|_| give_once(&other, &ana_there, "mail", order(), Some("k")));
    let (at_one, at_other) = tokio::join!(join_all(at_one), join_all(at_other));
    let mut ids = Vec::new();
    for answer in at_one.into_iter().chain(at_other) {
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        ids.push(answer.json::<Value>().await.expect("JSON")["commandId"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(mail.next_command().await["id"], ids[0]);
    let filter = Filter { action: Some(Action::Stop), ..Filter::default() };
    assert_eq!(one.state.audit.read(&filter, None, 10).await.expect("the audit").records.len(), 1, "one attempt");
    let another = give_once(&one, &ana, "mail", json!({"command": "trigger"}), Some("k")).await;
    let (status, rule) = refused(another).await;
    assert_eq!(status, 422, "{rule}");
}
