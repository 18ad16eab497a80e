//! The services under `examples/`, as processes: what another team would write takes part like our own.

mod desk;
mod process;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use futures::StreamExt;
use redis::AsyncCommands;
use serde_json::{Value, json};
use service_manager::model::service::Control;
use service_manager::model::status::ServiceState;

use crate::examples::desk::Desk;
use crate::examples::process::{Example, LANGUAGES};
use crate::support::pages_of_docs::shown;
use crate::support::{PATIENCE, RedisServer, eventually};

/// How many listen to commands.
async fn listeners(server: &RedisServer) -> u64 {
    let query = redis::cmd("PUBSUB").arg("NUMSUB").arg("service:commands").to_owned();
    let (_, count): (String, u64) = query.query_async(&mut server.connection().await).await.expect("a count");
    count
}

#[tokio::test]
async fn each_example_appears_and_follows_every_command() {
    let server = RedisServer::start().await;
    let desk = Desk::at(&server).await;
    for language in LANGUAGES {
        let mut letters = Example::start(language, &server, &desk.app).await;
        let view = letters.view(&desk.app).expect("its row");
        assert_eq!((view.controls.as_slice(), view.report_every), (Control::ALL.as_slice(), 5_000), "{language}");
        assert_eq!(view.version.as_deref(), Some("1.0.0"));
        assert!(desk.is_fresh(&letters));

        for (command, then) in [
            ("stop", ServiceState::Stopped),
            ("start", ServiceState::Running),
            ("trigger", ServiceState::Running),
            ("restart", ServiceState::Running),
            ("pause", ServiceState::Paused),
        ] {
            let ended = desk.done(&letters, command).await;
            let message = ended["message"].as_str().expect("a sentence").to_owned();
            assert!(message.contains(&then.to_string().to_lowercase()), "{language}, {command}: {message}");
            assert_eq!(ended["instance"], format!("{language}-{}", letters.process.id()));
            letters.until_it_is(&desk.app, then).await;
        }
        let refused = desk.give(&letters, "trigger").await;
        assert_eq!(desk.until(&refused, "refused").await["message"], "It cannot trigger: it is paused.");
        desk.done(&letters, "resume").await;
        letters.until_it_is(&desk.app, ServiceState::Running).await;

        letters.signal("TERM");
        assert!(letters.process.wait().expect("it ends").success(), "{language} ends well");
        letters.until_it_is(&desk.app, ServiceState::Stopped).await;
    }
}

#[tokio::test]
async fn each_example_answers_accepted_before_it_succeeds_and_only_for_itself() {
    let server = RedisServer::start().await;
    let desk = Desk::at(&server).await;
    let mut heard = server.redis().listener().await.expect("a connection");
    heard.subscribe("service:commands:outcomes").await.expect("subscribed");
    let mut heard = heard.into_on_message();
    for language in LANGUAGES {
        let letters = Example::start(language, &server, &desk.app).await;
        let mut redis = server.connection().await;
        let command = |id: &str, command: &str, service: &str| {
            json!({"id": id, "command": command, "service": service, "actor": "ana", "timestamp": 1}).to_string()
        };
        for message in [
            "nonsense".to_owned(),
            "{}".to_owned(),
            command("1", "stop", "somebody-else"),
            command("2", "resume", letters.id.as_str()),
            command("3", "stop", letters.id.as_str()),
        ] {
            let _: () = redis.publish("service:commands", message).await.expect("published");
        }
        let mut told = Vec::new();
        while told.len() < 3 {
            let message = tokio::time::timeout(PATIENCE, heard.next()).await.expect("in time");
            let message: Value = serde_json::from_slice(message.expect("a message").get_payload_bytes()).expect("JSON");
            assert_eq!(message["service"], letters.id.as_str());
            let text = |field: &str| message[field].as_str().unwrap_or_default().to_owned();
            told.push((text("id"), text("outcome"), text("message")));
        }
        let outcome = |id: &str, outcome: &str| (id.to_owned(), outcome.to_owned());
        let without_message: Vec<_> = told.iter().map(|(id, word, _)| outcome(id, word)).collect();
        assert_eq!(without_message, [outcome("2", "refused"), outcome("3", "accepted"), outcome("3", "succeeded")]);
        assert_eq!(told[0].2, "It cannot resume: it is running.", "{language}");
    }
}

#[tokio::test]
async fn each_example_publishes_lines_of_the_log_and_a_number() {
    let server = RedisServer::start().await;
    let desk = Desk::at(&server).await;
    for language in LANGUAGES {
        let letters = Example::start(language, &server, &desk.app).await;
        desk.done(&letters, "pause").await;
        letters.until_it_is(&desk.app, ServiceState::Paused).await;
        let refused = desk.give(&letters, "trigger").await;
        desk.until(&refused, "refused").await;
        desk.done(&letters, "resume").await;
        for (level, words) in [
            ("INFO ", "It is paused, after: pause. sent="),
            ("WARN ", "It cannot trigger: it is paused. sent="),
            ("INFO ", "It is running, after: resume. sent="),
        ] {
            let line = format!("{level} {} [{language}-{}] {words}", letters.id, letters.process.id());
            eventually(&line, || async { desk.lines(&letters).await.contains(&line).then_some(()) }).await;
        }
        let sent = letters.view(&desk.app).expect("its row").status.fields()["sent"].to_string();
        eventually(&format!("{language} measures what it sent"), || async {
            (desk.measured(&letters, "sent")? == sent).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn each_example_takes_part_with_the_rights_that_the_guide_gives_and_with_no_others() {
    let mut server = RedisServer::start().await;
    // Nobody comes in without a name and its password.
    let everything = "the-password-that-can-do-everything";
    let set = redis::cmd("CONFIG").arg(&["SET", "requirepass", everything]).to_owned();
    set.exec_async(&mut server.connection().await).await.expect("Redis takes a password");
    server.password = Some(everything.to_owned());
    let desk = Desk::at_with(&server, &[("REDIS_PASSWORD", everything)]).await;
    let guide =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/publishing.md")).expect("the guide");
    let gives = shown(&guide).into_iter().find(|shown| shown.command.contains("ACL SETUSER"));
    let gives = gives.expect("the guide makes a user").command;
    for language in LANGUAGES {
        let name = format!("letters-{language}");
        let made = Command::new("bash")
            .args(["-c", &gives.replace("email-sender", &name)])
            .envs([
                ("PORT", &*server.port.to_string()),
                ("SECRET", "a-password-of-its-own"),
                ("REDISCLI_AUTH", everything),
            ])
            .output();
        assert_eq!(String::from_utf8_lossy(&made.expect("bash runs").stdout), "OK\n");
        let settings = [("REDIS_USERNAME", &*name), ("REDIS_PASSWORD", "a-password-of-its-own")];
        let letters = Example::start_as(&name, language, &settings, &server, &desk.app).await;
        desk.done(&letters, "stop").await;
        letters.until_it_is(&desk.app, ServiceState::Stopped).await;
        let line = "It is stopped, after: stop.";
        eventually(line, || async { desk.lines(&letters).await.contains(line).then_some(()) }).await;
        eventually("its number is there", || async { desk.measured(&letters, "sent").map(drop) }).await;
    }
    let other = redis::Client::open(format!(
        "redis://letters-node:a-password-of-its-own@127.0.0.1:{}/?protocol=resp3",
        server.port
    ));
    let mut other = other.expect("an address").get_multiplexed_async_connection().await.expect("it may come in");
    for forbidden in [
        "PUBLISH service:balance-sync {}",
        "PUBLISH service:letters-python {}",
        "PUBLISH service:commands {}",
        "PUBLISH sm:tick 1",
        "SUBSCRIBE service:balance-sync",
        "SUBSCRIBE service:logs",
        "PSUBSCRIBE service:*",
        "GET sm:status",
        "HGETALL sm:status",
        "EVAL return(1) 0",
        "FLUSHALL",
        "CONFIG GET requirepass",
        "CLIENT LIST",
        "ACL WHOAMI",
    ] {
        let mut words = forbidden.split(' ');
        let mut asked = redis::cmd(words.next().expect("a command"));
        let answer = words.fold(&mut asked, |asked, word| asked.arg(word)).exec_async(&mut other).await;
        let error = answer.expect_err(forbidden).to_string();
        assert!(error.contains("NoPerm") || error.contains("NOPERM"), "{forbidden}: {error}");
    }
}

#[tokio::test]
async fn a_killed_example_does_not_answer_where_another_one_listens_and_is_unheard_where_none_does() {
    let server = RedisServer::start().await;
    let desk = Desk::at(&server).await;
    let mut beside = Example::start_as("letters-beside", "node", &[], &server, &desk.app).await;
    let mut killed = Vec::new();
    for language in LANGUAGES {
        let mut letters = Example::start(language, &server, &desk.app).await;
        letters.kill();
        killed.push(letters);
    }
    eventually("one listens", || async {
        // What a killed shell leaves behind, its redis-cli, ends with a command that it can give to nobody.
        let _: () = server.connection().await.publish("service:commands", "{}").await.expect("published");
        (listeners(&server).await == 1).then_some(())
    })
    .await;
    for letters in &killed {
        assert!(desk.has_signal(letters), "nobody knows yet");
    }
    let asked = Instant::now();
    let mut stops = Vec::new();
    for letters in &killed {
        stops.push(desk.give(letters, "stop").await);
    }
    for stop in &stops {
        desk.until(stop, "requested").await;
    }
    for stop in &stops {
        desk.until(stop, "no-answer").await;
        assert!((5..20).contains(&asked.elapsed().as_secs()), "{:?}", asked.elapsed());
    }

    beside.kill();
    eventually("nobody listens", || async { (listeners(&server).await == 0).then_some(()) }).await;
    assert!(desk.has_signal(&beside), "nobody knows yet");
    for letters in killed.iter().chain([&beside]) {
        let stop = desk.give(letters, "stop").await;
        desk.until(&stop, "unheard").await;
    }
}

#[tokio::test]
async fn a_frozen_example_does_not_answer_and_what_it_says_later_is_recorded() {
    let server = RedisServer::start().await;
    let desk = Desk::at(&server).await;
    let mut frozen = Vec::new();
    for language in LANGUAGES {
        let letters = Example::start(language, &server, &desk.app).await;
        letters.signal("STOP");
        let stop = desk.give(&letters, "stop").await;
        frozen.push((letters, stop));
    }
    for (letters, stop) in &frozen {
        assert_eq!(desk.until(stop, "no-answer").await["message"], "Nobody took it up within 5 s.");
        assert_eq!(
            letters.view(&desk.app).expect("its row").state(),
            ServiceState::Running,
            "it has not said otherwise"
        );
    }
    for (letters, stop) in &frozen {
        letters.signal("CONT");
        desk.until(stop, "succeeded").await;
        letters.until_it_is(&desk.app, ServiceState::Stopped).await;
    }
}

#[tokio::test]
async fn each_example_comes_back_after_redis_was_away() {
    let mut server = RedisServer::start().await;
    let desk = Desk::at(&server).await;
    let mut all = Vec::new();
    for language in LANGUAGES {
        all.push(Example::start(language, &server, &desk.app).await);
    }
    server.kill();
    server.start_again().await;
    eventually("all listen again", || async { (listeners(&server).await == 4).then_some(()) }).await;
    eventually("the server is ready", || async { desk.app.is_ready().await.then_some(()) }).await;
    for letters in &all {
        desk.done(letters, "stop").await;
        letters.until_it_is(&desk.app, ServiceState::Stopped).await;
    }
}
