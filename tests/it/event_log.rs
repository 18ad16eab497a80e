//! The event log: what a write leaves behind, in which order, and what a reader sees.

use std::time::Duration;

use futures::StreamExt;
use service_manager::model::event::{EntryId, StatusMessage};
use service_manager::server::event_log::{Adoption, Content, EventLog, MAX_SERVICES, Offer, Position, Refused};

use crate::support::{RedisServer, status_message};

fn log(server: &RedisServer) -> EventLog {
    EventLog::new(server.redis(), Duration::from_secs(3600))
}

fn offer(service: &str, tick: u64, count: u64) -> Offer {
    let content = Content::Status(Box::new(status_message(service, &format!(r#"{{"at":"{tick} {count}"}}"#))));
    Offer { position: Position { tick, count }, content }
}

fn refused(tick: u64, count: u64) -> Offer {
    let refused =
        Refused { channel: "service:a".to_owned(), error: "no".to_owned(), sample: format!("{tick} {count}") };
    Offer { position: Position { tick, count }, content: Content::Refused(refused) }
}

/// What is in the log, in its order: each service and where its message stood.
async fn logged(server: &RedisServer) -> Vec<(String, String)> {
    let reply: redis::streams::StreamRangeReply = redis::cmd("XRANGE")
        .arg(&["sm:events", "-", "+"])
        .query_async(&mut server.connection().await)
        .await
        .expect("the log");
    let messages = reply.ids.iter().filter_map(|entry| entry.get::<String>("message"));
    messages
        .map(|message| {
            let message: StatusMessage = serde_json::from_str(&message).expect("a status message");
            let at: serde_json::Value = serde_json::from_str(message.status.as_json()).expect("JSON");
            (message.service.to_string(), at["at"].as_str().expect("a text").to_owned())
        })
        .collect()
}

#[tokio::test]
async fn an_appended_status_is_published_in_the_seeds_form_with_its_entry() {
    let server = RedisServer::start().await;
    let client = redis::Client::open(("127.0.0.1", server.port)).expect("a client");
    let mut listener = client.get_async_pubsub().await.expect("Redis answers");
    listener.psubscribe("service:*").await.expect("subscribed");

    let message = status_message("balance-sync", r#"{"running":true,"ratio":1.50,"empty":[]}"#);
    let entry = log(&server).append(&message).await.expect("appended");

    let heard = listener.on_message().next().await.expect("a message");
    assert_eq!(heard.get_channel_name(), "service:balance-sync");
    assert_eq!(
        heard.get_payload::<String>().expect("text"),
        format!(
            r#"{{"service":"balance-sync","timestamp":1763900000000,"status":{{"running":true,"ratio":1.50,"empty":[]}},"entry":"{entry}"}}"#
        )
    );
}

#[tokio::test]
async fn a_snapshot_holds_the_last_status_of_every_service_and_the_position_after_it() {
    let server = RedisServer::start().await;
    let log = log(&server);
    log.append(&status_message("a", r#"{"n":1}"#)).await.expect("appended");
    log.append(&status_message("b", r#"{"n":2}"#)).await.expect("appended");
    let last = log.append(&status_message("a", r#"{"n":3}"#)).await.expect("appended");

    let snapshot = log.snapshot().await.expect("a snapshot");
    assert_eq!(snapshot.id.entry, last);
    let mut seen: Vec<_> = snapshot
        .statuses
        .iter()
        .map(|status| (status.service.to_string(), status.status.as_json().to_owned(), status.entry))
        .collect();
    seen.sort();
    assert_eq!(seen[0], ("a".to_owned(), r#"{"n":3}"#.to_owned(), Some(last)));
    assert_eq!(seen[1].0, "b");
    assert!(
        snapshot.statuses.iter().all(|status| status.last_seen.is_some_and(|seen| seen.abs_diff(snapshot.now) < 5_000))
    );
}

#[tokio::test]
async fn a_snapshot_names_also_those_whose_latest_command_is_no_longer_kept() {
    let server = RedisServer::start().await;
    let mut set = redis::cmd("HSET");
    set.arg(&["sm:commands:latest", "a", "0199f000-0000-7000-8000-000000000000"]);
    set.exec_async(&mut server.connection().await).await.expect("set");
    let snapshot = log(&server).snapshot().await.expect("a snapshot");
    assert!(snapshot.commands.is_empty());
    assert_eq!(snapshot.commanded.iter().map(|service| service.as_str()).collect::<Vec<_>>(), ["a"]);
}

#[tokio::test]
async fn history_gets_every_change_of_state_and_else_one_entry_in_ten_seconds() {
    let server = RedisServer::start().await;
    let log = log(&server);
    for status in
        [r#"{"processing":true}"#, r#"{"processing":true,"n":2}"#, r#"{}"#, r#"{"n":4}"#, r#"{"state":"failed"}"#]
    {
        log.append(&status_message("a", status)).await.expect("appended");
    }
    let history: Vec<String> = redis::cmd("ZRANGE")
        .arg(&["service:history:a", "0", "-1"])
        .query_async(&mut server.connection().await)
        .await
        .expect("a history");
    let statuses: Vec<_> =
        history.iter().map(|member| member.split_once(r#""status":"#).expect("a status").1).collect();
    assert_eq!(statuses, [r#"{"processing":true}}"#, "{}}", r#"{"state":"failed"}}"#]);
    assert!(history[0].split_once(' ').expect("an entry").0.parse::<EntryId>().is_ok());
}

#[tokio::test]
async fn a_message_is_adopted_once_and_never_an_older_one_after_a_newer() {
    let server = RedisServer::start().await;
    let log = log(&server);
    log.tick().await.expect("a tick");
    let (epoch, _) = log.tick().await.expect("a tick");
    let take_in = async |epoch: &str, tick, count| {
        log.take_in(epoch, [&offer("a", tick, count)]).await.expect("an answer").remove(0)
    };
    let adopt = async |tick, count| take_in(&epoch, tick, count).await;

    assert!(matches!(adopt(1, 2).await, Adoption::Adopted(_)));
    assert_eq!(adopt(1, 2).await, Adoption::Seen);
    assert_eq!(adopt(1, 1).await, Adoption::Seen);
    assert!(matches!(adopt(1, 10).await, Adoption::Adopted(_)), "10 comes after 2");
    assert!(matches!(adopt(2, 1).await, Adoption::Adopted(_)));
    assert_eq!(adopt(1, 99).await, Adoption::Seen);
    assert_eq!(adopt(3, 1).await, Adoption::Stale, "no third tick was given out");
    assert_eq!(take_in("another", 2, 9).await, Adoption::Stale);
}

#[tokio::test]
async fn a_batch_is_taken_in_by_the_same_rule_message_by_message_and_in_order() {
    let server = RedisServer::start().await;
    let log = log(&server);
    let (epoch, tick) = log.tick().await.expect("a tick");
    let first = [offer("a", tick, 1), refused(tick, 2), offer("b", tick, 3), offer("a", tick, 4)];
    let answers = log.take_in(&epoch, &first).await.expect("answers");
    use Adoption::{Adopted, Counted, Seen, Stale};
    assert!(matches!(answers[..], [Adopted(_), Counted, Adopted(_), Adopted(_)]), "{answers:?}");
    assert_eq!(log.take_in(&epoch, &first).await.expect("answers"), [Seen, Seen, Seen, Seen], "the same again");

    // Another inbox brings some of it late, and some that is new, with a message that nobody can have heard in between.
    let second =
        [refused(tick, 1), offer("b", tick, 2), offer("b", tick, 5), offer("a", tick + 1, 1), offer("a", tick, 6)];
    let answers = log.take_in(&epoch, &second).await.expect("answers");
    assert!(matches!(answers[..], [Seen, Seen, Adopted(_), Stale]), "nothing overtakes a stale one: {answers:?}");
    let at = |service: &str, count: u64| (service.to_owned(), format!("{tick} {count}"));
    assert_eq!(logged(&server).await, [at("a", 1), at("b", 3), at("a", 4), at("b", 5)]);
    assert_eq!(log.rejected_count().await.expect("a count"), 1);
}

#[tokio::test]
async fn a_service_too_many_is_counted_with_a_sample_and_the_rest_of_the_batch_taken_in() {
    let server = RedisServer::start().await;
    let log = log(&server);
    let (epoch, tick) = log.tick().await.expect("a tick");
    let names: Vec<String> = (0..MAX_SERVICES).map(|number| format!("s-{number}")).collect();
    let mut fill = redis::cmd("HSET");
    fill.arg("sm:status");
    for name in &names {
        fill.arg(name).arg("1-0 1 {}");
    }
    let mut connection = server.connection().await;
    fill.exec_async(&mut connection).await.expect("full");
    let message = status_message("one-more", &format!(r#"{{"text":"{}"}}"#, "é".repeat(500)));
    let one_more = Offer { position: Position { tick, count: 1 }, content: Content::Status(Box::new(message.clone())) };
    let answers = log.take_in(&epoch, [&one_more, &offer("s-1", tick, 2)]).await.expect("answers");
    assert!(matches!(answers[..], [Adoption::Full, Adoption::Adopted(_)]), "{answers:?}");
    assert_eq!(log.rejected_count().await.expect("a count"), 1);
    let sample: String =
        redis::cmd("LINDEX").arg("sm:rejected").arg(0).query_async(&mut connection).await.expect("a sample");
    let sample: serde_json::Value = serde_json::from_str(&sample).expect("JSON");
    assert_eq!(
        (&sample["channel"], &sample["error"]),
        (&"service:one-more".into(), &"there are 2000 services already".into())
    );
    let kept = sample["sample"].as_str().expect("a text");
    assert!(kept.len() > 500 && serde_json::to_string(&message).expect("JSON").starts_with(kept), "{kept}");
}

#[tokio::test]
async fn what_redis_does_not_write_stops_the_batch_and_is_taken_in_when_it_does() {
    let server = RedisServer::start().await;
    let log = log(&server);
    let (epoch, tick) = log.tick().await.expect("a tick");
    let mut connection = server.connection().await;
    redis::cmd("SET").arg(&["sm:status", "in the way"]).exec_async(&mut connection).await.expect("set");
    let batch = [refused(tick, 1), offer("a", tick, 2), offer("b", tick, 3)];
    let stopped = log.take_in(&epoch, &batch).await;
    redis::cmd("DEL").arg("sm:status").exec_async(&mut connection).await.expect("deleted");
    assert!(stopped.is_err(), "{stopped:?}");
    let answers = log.take_in(&epoch, &batch).await.expect("answers");
    assert!(matches!(answers[..], [Adoption::Seen, Adoption::Adopted(_), Adoption::Adopted(_)]), "{answers:?}");

    redis::cmd("CONFIG").arg(&["SET", "maxmemory", "1"]).exec_async(&mut connection).await.expect("full");
    let late = [offer("a", tick, 4), offer("b", tick, 5)];
    let refused = log.take_in(&epoch, &late).await;
    assert!(!matches!(&refused, Ok(answers) if answers.iter().any(|answer| matches!(answer, Adoption::Adopted(_)))));
    redis::cmd("CONFIG").arg(&["SET", "maxmemory", "0"]).exec_async(&mut connection).await.expect("room");
    let answers = log.take_in(&epoch, &late).await.expect("answers");
    assert!(matches!(answers[..], [Adoption::Adopted(_), Adoption::Adopted(_)]), "{answers:?}");
    let at = |service: &str, count: u64| (service.to_owned(), format!("{tick} {count}"));
    assert_eq!(logged(&server).await, [at("a", 2), at("b", 3), at("a", 4), at("b", 5)]);
}

#[tokio::test]
async fn a_restart_of_redis_begins_another_epoch_and_a_new_connection_does_not() {
    let mut server = RedisServer::start().await;
    let before = log(&server).snapshot().await.expect("a snapshot").id.epoch;
    assert_eq!(log(&server).snapshot().await.expect("a snapshot").id.epoch, before);
    server.kill();
    server.start_again().await;
    assert_ne!(log(&server).snapshot().await.expect("a snapshot").id.epoch, before);
}

#[tokio::test]
async fn a_failed_history_write_is_counted_and_the_status_still_taken_in() {
    let server = RedisServer::start().await;
    let mut connection = server.connection().await;
    redis::cmd("SET").arg(&["service:history:a", "in the way"]).exec_async(&mut connection).await.expect("set");
    log(&server).append(&status_message("a", "{}")).await.expect("appended");
    let failed: u64 =
        redis::cmd("HGET").arg(&["sm:counters", "history_failed"]).query_async(&mut connection).await.expect("a count");
    assert_eq!(failed, 1);
}

#[tokio::test]
async fn a_log_that_cannot_be_written_leaves_nothing_half_done() {
    let server = RedisServer::start().await;
    let mut connection = server.connection().await;
    redis::cmd("SET").arg(&["sm:status", "in the way"]).exec_async(&mut connection).await.expect("set");
    assert!(log(&server).append(&status_message("a", "{}")).await.is_err());
    let length: u64 = redis::cmd("XLEN").arg("sm:events").query_async(&mut connection).await.expect("a length");
    assert_eq!(length, 0);
}

#[tokio::test]
async fn what_another_version_wrote_hides_nothing_else() {
    let server = RedisServer::start().await;
    let log = log(&server);
    let entry = log.append(&status_message("a", "{}")).await.expect("appended");
    let mut connection = server.connection().await;
    let later = format!("{entry} 1 {{\"service\":\"later\",\"status\":5}}");
    redis::cmd("HSET")
        .arg(&["sm:status", "later", &later, "nonsense", "x"])
        .exec_async(&mut connection)
        .await
        .expect("set");
    let known = log.snapshot().await.expect("a snapshot").statuses;
    assert_eq!(known.iter().map(|status| status.service.as_str()).collect::<Vec<_>>(), ["a"]);

    let (epoch, tick) = log.tick().await.expect("a tick");
    log.take_in(&epoch, &[refused(tick, 1)]).await.expect("an answer");
    redis::cmd("LPUSH").arg(&["sm:rejected", "nonsense"]).exec_async(&mut connection).await.expect("pushed");
    assert_eq!(log.samples().await.expect("samples").len(), 1);
}
