//! The event log: what a write leaves behind, in which order, and what a reader sees.

use std::time::Duration;

use futures::StreamExt;
use service_manager::model::event::EntryId;
use service_manager::server::event_log::{Adoption, EventLog, Position};

use crate::support::{RedisServer, status_message};

fn log(server: &RedisServer) -> EventLog {
    EventLog::new(server.redis(), Duration::from_secs(3600))
}

fn position(epoch: &str, tick: u64, count: u64) -> Position {
    Position { epoch: epoch.to_owned(), tick, count }
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
    let message = status_message("email-sender", "{}");
    let adopt = async |tick, count| log.adopt(&message, &position(&epoch, tick, count)).await.expect("an answer");

    assert!(matches!(adopt(1, 2).await, Adoption::Adopted(_)));
    assert_eq!(adopt(1, 2).await, Adoption::Seen);
    assert_eq!(adopt(1, 1).await, Adoption::Seen);
    assert!(matches!(adopt(1, 10).await, Adoption::Adopted(_)), "10 comes after 2");
    assert!(matches!(adopt(2, 1).await, Adoption::Adopted(_)));
    assert_eq!(adopt(1, 99).await, Adoption::Seen);
    assert_eq!(adopt(3, 1).await, Adoption::Stale, "no third tick was given out");
    assert_eq!(log.adopt(&message, &position("another", 2, 9)).await.expect("an answer"), Adoption::Stale);
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
