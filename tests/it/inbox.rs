//! The inbox: what third parties publish enters the log once, in order, however many instances listen.

use std::time::{Duration, Instant};

use service_manager::server::commands::Commands;
use service_manager::server::dashboard::measurements::Measurements;
use service_manager::server::event_log::EventLog;
use service_manager::server::hub::Hub;
use service_manager::server::inbox::{self, InboxParts};
use service_manager::server::redis::Redis;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::{Proxy, RedisServer, eventually, metrics};

fn start_inbox(redis: Redis) -> DropGuard {
    let shutdown = CancellationToken::new();
    let log = EventLog::new(redis.clone(), Duration::from_secs(3600));
    let commands = Commands::new(redis.clone());
    let (measurements, hears) = (Measurements::default(), watch::Sender::new(false));
    let (metrics, hub) = (metrics(), Hub::new(metrics()));
    let parts = InboxParts { redis, log, commands, measurements, hub, metrics, hears };
    tokio::spawn(inbox::run(parts, shutdown.clone()));
    shutdown.drop_guard()
}

async fn publish(server: &RedisServer, channel: &str, payload: impl redis::ToSingleRedisArg) {
    let mut connection = server.connection().await;
    redis::cmd("PUBLISH").arg(channel).arg(payload).exec_async(&mut connection).await.expect("published");
}

fn payload(status: &str) -> String {
    format!(r#"{{"service":"email-sender","timestamp":1,"status":{{"state":"{status}"}}}}"#)
}

/// The states in the log, in its order.
async fn logged_states(server: &RedisServer) -> Vec<String> {
    let reply: redis::streams::StreamRangeReply = redis::cmd("XRANGE")
        .arg(&["sm:events", "-", "+"])
        .query_async(&mut server.connection().await)
        .await
        .expect("the log");
    reply
        .ids
        .iter()
        .filter_map(|entry| entry.get::<String>("message"))
        .map(|message| {
            let message: serde_json::Value = serde_json::from_str(&message).expect("JSON");
            message["status"]["state"].as_str().expect("a state").to_owned()
        })
        .collect()
}

/// Publishes until the first message is in the log: from then on every inbox that listens counts.
async fn wait_until_heard(server: &RedisServer) {
    eventually("a message is adopted", || async {
        publish(server, "service:email-sender", payload("first")).await;
        logged_states(server).await.first().cloned()
    })
    .await;
    eventually("all that was published is adopted", || async {
        publish(server, "service:email-sender", payload("ready")).await;
        (logged_states(server).await.last()? == "ready").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_inboxes_some_of_them_frozen_adopt_every_message_once_and_in_order() {
    let server = RedisServer::start().await;
    let mut proxies = Vec::new();
    for _ in 0..5 {
        proxies.push(Proxy::start(server.port).await);
    }
    let _inboxes: Vec<_> = proxies.iter().map(|proxy| start_inbox(proxy.redis())).collect();
    wait_until_heard(&server).await;
    eventually("five inboxes count", || async {
        let clients: String = redis::cmd("CLIENT")
            .arg(&["LIST", "TYPE", "pubsub"])
            .query_async(&mut server.connection().await)
            .await
            .ok()?;
        (clients.lines().filter(|client| client.contains("psub=1")).count() == 5).then_some(())
    })
    .await;

    let published: Vec<&str> = ["a", "b", "a"].into_iter().cycle().take(600).collect();
    let mut connection = server.connection().await;
    for (number, state) in published.iter().enumerate() {
        // One of four is frozen at any time and brings everything late; the fifth is never frozen.
        proxies[number / 25 % 4].freeze();
        proxies[(number / 25 + 3) % 4].thaw();
        redis::cmd("PUBLISH")
            .arg("service:email-sender")
            .arg(payload(state))
            .exec_async(&mut connection)
            .await
            .expect("published");
    }
    publish(&server, "service:email-sender", payload("end")).await;
    proxies.iter().for_each(Proxy::thaw);
    eventually("the last message is adopted", || async {
        (logged_states(&server).await.last()? == "end").then_some(())
    })
    .await;
    // Whatever the frozen ones bring late has been refused by the time they have heard one more message.
    publish(&server, "service:email-sender", payload("after")).await;
    eventually("the late ones caught up", || async { (logged_states(&server).await.last()? == "after").then_some(()) })
        .await;

    assert!(proxies[..4].iter().all(|proxy| proxy.held_back() > 0), "every freeze was felt");
    let logged = logged_states(&server).await;
    let adopted: Vec<_> =
        logged.iter().map(String::as_str).skip_while(|state| ["first", "ready"].contains(state)).collect();
    let expected: Vec<_> = published.into_iter().chain(["end", "after"]).collect();
    assert_eq!(adopted, expected);
}

#[tokio::test]
async fn a_malformed_message_changes_nothing_and_is_counted_once_by_two_inboxes() {
    let server = RedisServer::start().await;
    let _inboxes = [start_inbox(server.redis()), start_inbox(server.redis())];
    wait_until_heard(&server).await;
    let log = EventLog::new(server.redis(), Duration::from_secs(3600));
    let before = logged_states(&server).await;

    let malformed: [&[u8]; 5] = [b"nope", b"\xff\xfe", br#"{"service":"other"}"#, b"{}", &[b' '; 100_000]];
    for payload in malformed {
        publish(&server, "service:email-sender", payload).await;
    }
    publish(&server, "service:Not_An_Id", payload("x").as_str()).await;
    publish(&server, "service:email-sender", payload("good").as_str()).await;

    eventually("the next good message is adopted", || async {
        (logged_states(&server).await.last()? == "good").then_some(())
    })
    .await;
    assert_eq!(logged_states(&server).await.len(), before.len() + 1);
    assert_eq!(log.rejected_count().await.expect("a count"), 6);
}

#[tokio::test]
async fn an_inbox_listens_again_after_redis_was_killed() {
    let mut server = RedisServer::start().await;
    let _inbox = start_inbox(server.redis());
    wait_until_heard(&server).await;
    server.kill();
    server.start_again().await;
    eventually("a message is adopted after the restart", || async {
        publish(&server, "service:email-sender", payload("again")).await;
        (logged_states(&server).await.last()? == "again").then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_emptied_redis_is_listened_to_again_without_a_restart() {
    let server = RedisServer::start().await;
    let _inbox = start_inbox(server.redis());
    wait_until_heard(&server).await;
    redis::cmd("FLUSHALL").exec_async(&mut server.connection().await).await.expect("flushed");
    eventually("a message is adopted after the flush", || async {
        publish(&server, "service:email-sender", payload("again")).await;
        (logged_states(&server).await.last()? == "again").then_some(())
    })
    .await;
}

#[tokio::test]
async fn numbers_that_somebody_else_publishes_as_ticks_hold_no_service_back() {
    let server = RedisServer::start().await;
    let _inbox = start_inbox(server.redis());
    wait_until_heard(&server).await;
    for forged in ["999999999", "1", "nonsense", "-1"] {
        publish(&server, "sm:tick", forged).await;
        publish(&server, "service:email-sender", payload(&format!("after {forged}"))).await;
        let last = format!("last after {forged}");
        eventually("messages are adopted after a forged tick", || async {
            publish(&server, "service:email-sender", payload(&last)).await;
            (*logged_states(&server).await.last()? == last).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_flood_of_answers_to_commands_delays_no_status() {
    let server = RedisServer::start().await;
    let proxy = Proxy::start(server.port).await;
    let _inbox = start_inbox(proxy.redis());
    wait_until_heard(&server).await;
    proxy.delay(Duration::from_millis(100));
    for _ in 0..100 {
        let answer =
            r#"{"id":"01900000-0000-7000-8000-000000000000","service":"mail","outcome":"failed","timestamp":1}"#;
        publish(&server, "service:commands:outcomes", answer).await;
    }
    publish(&server, "service:email-sender", payload("after")).await;
    // One after the other, the answers would take ten seconds.
    let told = Instant::now();
    eventually("the status is taken in", || async {
        logged_states(&server).await.contains(&"after".to_owned()).then_some(())
    })
    .await;
    assert!(told.elapsed() < Duration::from_secs(8), "{:?}", told.elapsed());
    assert!(proxy.delayed() > 0, "the delay was felt");
    let mut connection = server.connection().await;
    let refused: u64 =
        redis::cmd("HGET").arg(&["sm:counters", "rejected"]).query_async(&mut connection).await.expect("a count");
    assert_eq!(refused, 100, "each is counted");
}
