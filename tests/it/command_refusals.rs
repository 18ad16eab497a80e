//! Commands that are not given, and answers that do not count.

use futures::future::join_all;
use redis::AsyncCommands;
use reqwest::StatusCode;
use serde_json::{Value, json};
use service_manager::model::audit::{Action, Verdict};
use service_manager::model::audit_list::Standing;
use service_manager::model::service::ServiceId;
use service_manager::model::status::ServiceState;
use service_manager::model::user::Role;
use service_manager::server::audit::Filter;

use crate::support::foreign_service::{Foreign, give, give_once, is_known, outcome, refused, stage, stop, until_it_is};
use crate::support::{App, RedisServer, eventually, intent};

#[tokio::test]
async fn of_a_hundred_commands_at_two_instances_one_is_given_and_the_others_are_told_which() {
    let server = RedisServer::start().await;
    let (one, other) = (App::start(&server).await, App::start(&server).await);
    let ana = one.signed_in("ana", Role::Operator).await;
    let mut mail = Foreign::start(&server, &one).await;
    is_known(&other, "mail").await;
    let ana_there = other.sign_in("ana").await;
    let at_one = (0..50).map(|_| give(&one, &ana, "mail", json!({"command": "stop"})));
    let at_other = (0..50).map(|_| give(&other, &ana_there, "mail", json!({"command": "trigger"})));
    let (at_one, at_other) = tokio::join!(join_all(at_one), join_all(at_other));
    let answers = at_one.into_iter().chain(at_other);
    let (mut given, mut told) = (0, Vec::new());
    for answer in answers {
        if answer.status() == StatusCode::ACCEPTED {
            given += 1;
        } else {
            told.push(refused(answer).await);
        }
    }
    assert_eq!((given, told.len()), (1, 99));
    let command = mail.next_command().await["command"].as_str().expect("a word").to_owned();
    let expected = (409, format!("mail is busy: its {command} by ana has not ended."));
    assert!(told.iter().all(|answer| *answer == expected), "{told:?}");
}

#[tokio::test]
async fn what_a_service_does_not_take_or_cannot_follow_is_refused_with_the_reason() {
    let server = RedisServer::start().await;
    let (app, ana, mut mail) = stage(&server).await;
    let give = async |service: &str, body: Value| refused(give(&app, &ana, service, body).await).await;
    let pause = give("mail", json!({"command": "pause"})).await;
    assert_eq!(pause, (409, "mail does not take 'pause'.".to_owned()));
    let start = give("mail", json!({"command": "start"})).await;
    assert_eq!(start, (409, "mail: It runs already.".to_owned()));
    mail.report(r#"{"running":false}"#, r#"["start","stop","trigger"]"#).await;
    let mail = ServiceId::parse("mail").expect("an id");
    let is_stopped = || async { (app.state.hub.view(mail)?.state() == ServiceState::Stopped).then_some(()) };
    eventually("the stop is known", is_stopped).await;
    assert_eq!(give("mail", json!({"command": "trigger"})).await, (409, "mail: It is stopped.".to_owned()));
    assert_eq!(give("letters", json!({"command": "stop"})).await, (404, "Service letters does not exist.".to_owned()));
    assert_eq!(give("No%20Name", json!({"command": "stop"})).await.0, 404);
    for (body, field) in [
        (json!({"command": "explode"}), "command"),
        (json!({}), "command"),
        (json!({"command": "start", "reason": "x".repeat(501)}), "reason"),
        (json!({"command": "start", "reason": "a\nb"}), "reason"),
        (json!({"command": "start", "reason": "a\u{202e}b"}), "reason"),
        (json!({"command": "start", "reasn": "misspelt"}), "reasn"),
        (json!({"command": 5}), "command: it must be one of trigger, start, stop, restart, pause, resume"),
        (json!({"command": "start", "reason": 7}), "reason"),
        (json!({"command": "start", "params": [1]}), "params"),
        (json!({"command": "start", "params": {"x": "y".repeat(5_000)}}), "params"),
    ] {
        let (status, rule) = give("mail", body.clone()).await;
        assert!(status == 422 && rule.contains(field), "{body}: {status} {rule}");
    }
    let none = give("balance-sync", json!({"command": "stop", "params": {}})).await;
    assert_eq!(none, (422, "params: balance-sync takes none".to_owned()));
    let standing = Some(Standing::Ended(Verdict::Refused));
    let filter = Filter { standing, ..Filter::default() };
    let audited = app.state.audit.read(&filter, None, 100).await.expect("the audit").records;
    assert!(audited.iter().any(|record| record.intent.action == Action::Pause), "the refusal is written down");
    let of_rules = audited.iter().filter(|record| {
        let said = &record.outcome.as_ref().expect("an outcome").message;
        said.starts_with("reason: ") || said.starts_with("params: ")
    });
    // Those that cannot be understood, by a word or a type, leave none.
    assert_eq!(of_rules.count(), 6, "so is what breaks a rule: {audited:?}");
    let too_much = audited.iter().any(|record| !record.intent.parameters.is_empty() || record.intent.reason.is_some());
    assert!(!too_much, "but not what broke it");
}

#[tokio::test]
async fn nobody_answers_for_another_service_or_for_a_command_that_was_not_given() {
    let server = RedisServer::start().await;
    let (app, ana, mut mail) = stage(&server).await;
    let (given, command) = stop(&app, &ana, &mut mail).await;
    let mut redis = server.connection().await;
    let id = command["id"].as_str().expect("an id");
    for bad in [
        format!(r#"{{"id":"{id}","service":"other","outcome":"succeeded","timestamp":1}}"#),
        r#"{"id":"01900000-0000-7000-8000-000000000000","service":"mail","outcome":"succeeded","timestamp":1}"#
            .to_owned(),
        format!(r#"{{"id":"{id}","service":"mail","outcome":"exploded","timestamp":1}}"#),
        "nonsense".to_owned(),
        format!(
            r#"{{"id":"{id}","service":"mail","outcome":"failed","message":"{}","timestamp":1}}"#,
            "x".repeat(2_000)
        ),
    ] {
        let _: () = redis.publish("service:commands:outcomes", bad).await.expect("published");
    }
    eventually("each is counted", || async { (app.state.event_log.rejected_count().await.ok()? == 5).then_some(()) })
        .await;
    assert_eq!(outcome(&app, &ana, &given).await["outcome"], "requested");
    for id in ["nonsense", "01900000-0000-7000-8000-000000000000", "%0a"] {
        let answer = ana.get(app.url(&format!("/api/commands/{id}"))).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test]
async fn a_command_that_cannot_be_written_down_is_not_given() {
    let server = RedisServer::start().await;
    let (app, ana, mut mail) = stage(&server).await;
    let full = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("1").to_owned();
    full.exec_async(&mut server.connection().await).await.expect("full");
    let answer = give(&app, &ana, "mail", json!({"command": "stop"})).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let room = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("0").to_owned();
    room.exec_async(&mut server.connection().await).await.expect("room");
    give(&app, &ana, "mail", json!({"command": "trigger"})).await;
    assert_eq!(mail.next_command().await["command"], "trigger", "it heard nothing of the first");
}

#[tokio::test]
async fn a_request_repeated_under_its_key_gets_its_command_also_when_that_has_taken_effect() {
    let server = RedisServer::start().await;
    let (app, ana, mut mail) = stage(&server).await;
    let stop = async |key: &str| give_once(&app, &ana, "mail", json!({"command": "stop"}), Some(key)).await;
    let first: Value = stop("k").await.json().await.expect("JSON");
    let command = mail.next_command().await;
    mail.answer(&command, "succeeded", "").await;
    mail.report(r#"{"running":false}"#, r#"["start","stop","trigger"]"#).await;
    let service: ServiceId = "mail".parse().expect("an id");
    let is_stopped = || async { (app.state.hub.view(service)?.state() == ServiceState::Stopped).then_some(()) };
    eventually("the stop is known", is_stopped).await;
    until_it_is(&app, &ana, &first, "succeeded").await;
    let again = stop("k").await;
    assert_eq!(again.status(), StatusCode::ACCEPTED);
    assert_eq!(again.json::<Value>().await.expect("JSON"), first);
    let filter = Filter { action: Some(Action::Stop), ..Filter::default() };
    assert_eq!(app.state.audit.read(&filter, None, 10).await.expect("the audit").records.len(), 1, "one attempt");
    assert_eq!(stop("another").await.status(), StatusCode::CONFLICT);
    let reused = give_once(&app, &ana, "mail", json!({"command": "stop", "reason": "other"}), Some("k")).await;
    assert_eq!(reused.status(), StatusCode::UNPROCESSABLE_ENTITY);

    app.state.event_log.forget(service, &intent()).await.expect("forgotten");
    eventually("it is gone", || async { app.state.hub.view(service).is_none().then_some(()) }).await;
    assert_eq!(stop("k").await.json::<Value>().await.expect("JSON"), first, "nor does it matter that it is gone");
    assert_eq!(stop("another").await.status(), StatusCode::NOT_FOUND);
}
