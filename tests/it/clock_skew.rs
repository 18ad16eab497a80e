//! Processes whose clocks are an hour ahead or behind, on a Redis whose clock is right: order, leases, schedules and
//! streams are Redis's.

#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt;
use redis::AsyncCommands;
use serde_json::Value;
use service_manager::model::job::{JobState, Lane};
use service_manager::model::service::BuiltIn;
use service_manager::server::redis::keys;
use service_manager::server::worker::queue::Work;
use tokio::sync::mpsc;

use crate::support::core_banking::{bank_with, slow_bank};
use crate::support::jobs::{ask, assert_each_ended_once};
use crate::support::{EventReader, PATIENCE, Program, RedisServer, Sandbox, WorkerProcess, eventually, show};

const SYNC: BuiltIn = BuiltIn::BalanceSync;
const HOUR: i64 = 3_600_000;
const AHEAD: &str = "+3600";
const BEHIND: &str = "-3600";

/// The library that gives a program another clock. `make test` fetches it and says where it is.
fn library() -> String {
    let told = std::env::var_os("LIBFAKETIME").map(PathBuf::from);
    let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
    let installed = PathBuf::from("/usr/lib").join(machine).join("faketime/libfaketimeMT.so.1");
    let found = told.into_iter().chain([installed]).find(|path| path.exists());
    found.expect("LIBFAKETIME names libfaketimeMT.so.1, or it is installed").to_string_lossy().into_owned()
}

/// The settings by which a program has a clock so many seconds off, and moves on at the right pace.
fn clock<'a>(library: &'a str, off: &'a str) -> [(&'a str, &'a str); 3] {
    [("LD_PRELOAD", library), ("FAKETIME", off), ("DONT_FAKE_MONOTONIC", "1")]
}

/// Everything that balance-sync publishes from now on, each with Redis's time when it was heard.
async fn heard(redis: &RedisServer) -> mpsc::UnboundedReceiver<Value> {
    let mut listener = redis.redis().listener().await.expect("a connection");
    listener.subscribe("service:balance-sync").await.expect("subscribed");
    let (hear, messages) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut stream = listener.into_on_message();
        while let Some(message) = stream.next().await {
            let payload: String = message.get_payload().expect("text");
            let _ = hear.send(serde_json::from_str(&payload).expect("JSON"));
        }
    });
    messages
}

/// Waits for a message whose clock is an hour off in that direction: proof that the fault is there.
async fn until_one_is_off(messages: &mut mpsc::UnboundedReceiver<Value>, redis: &RedisServer, sign: i64) -> i64 {
    let looking = async {
        loop {
            let said = messages.recv().await.expect("a message")["timestamp"].as_i64().expect("a time");
            let off = said - redis.now().await.cast_signed();
            if (off - sign * HOUR).abs() < 60_000 {
                return off;
            }
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.expect("a clock that is off")
}

#[tokio::test]
async fn workers_an_hour_apart_keep_their_leases_and_take_over_only_what_was_lost() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let (context, users) = bank_with(&redis, &sandbox, 60).await;
    let bank = slow_bank(60, Duration::from_millis(300)).await;
    let (library, mut messages) = (library(), heard(&redis).await);
    let worker = |off| {
        let settings = [clock(&library, off).as_slice(), &[("JOB_LEASE_MS", "2000")]].concat();
        WorkerProcess::start(&redis, &bank, &settings)
    };
    let [ahead, behind] = [AHEAD, BEHIND].map(worker);
    let ledger = context.jobs.sync_all(&users, Lane::Priority).await.expect("jobs");
    let off = [1, -1];
    for sign in off {
        until_one_is_off(&mut messages, &redis, sign).await;
    }
    let all_ended = async || {
        let counts = context.jobs.counts(SYNC).await.expect("counts");
        (counts.priority + counts.running + counts.retrying == 0).then_some(())
    };
    eventually("all jobs have ended", all_ended).await;
    let (done, attempts) = assert_each_ended_once(&redis, &context, &ledger).await;
    assert_eq!((done, attempts), (60, 60), "no lease of a worker at work ran out for the other one");

    // A worker that is really lost is missed after its lease by Redis's clock, not an hour later.
    let second = context.jobs.sync_all(&users, Lane::Priority).await.expect("jobs");
    eventually("it works again", async || {
        (context.jobs.counts(SYNC).await.expect("counts").running == 8).then_some(())
    })
    .await;
    let killed = redis.now().await.cast_signed();
    ahead.kill();
    eventually("all jobs have ended", all_ended).await;
    let mut taken_over = 0;
    for id in &second {
        let record = context.jobs.find(id).await.expect("Redis answers").expect("a record");
        assert_eq!(record.state, JobState::Done);
        let began = record.started_at.expect("a time") as i64;
        assert!((began - redis.now().await.cast_signed()).abs() < 60_000, "a record has Redis's time");
        if record.attempts == 2 {
            taken_over += 1;
            assert!((1_000..15_000).contains(&(began - killed)), "{} ms after the kill", began - killed);
        }
    }
    assert!((1..=4).contains(&taken_over), "{taken_over} were in its hands");
    behind.signal("TERM");
    assert!(behind.ends_well().await);
}

#[tokio::test]
async fn two_workers_an_hour_apart_share_one_schedule_by_the_clock_of_redis() {
    const EVERY: i64 = 1_000;
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let (context, _) = bank_with(&redis, &sandbox, 1).await;
    let bank = slow_bank(1, Duration::ZERO).await;
    let (library, mut messages) = (library(), heard(&redis).await);
    let connection = redis.connection().await;
    let rounds = async || {
        let ids: Vec<String> = connection.clone().keys(format!("{}*", keys::JOB_PREFIX)).await.expect("keys");
        ids.len() as i64
    };
    // The claim that keeps other tests free of rounds is taken back.
    let _: () = redis.connection().await.del(keys::schedule(SYNC)).await.expect("deleted");
    let began = redis.now().await.cast_signed();
    let workers = [AHEAD, BEHIND].map(|off| {
        let settings = [clock(&library, off).as_slice(), &[("BALANCE_SYNC_INTERVAL", "1000")]].concat();
        WorkerProcess::start(&redis, &bank, &settings)
    });
    for sign in [1, -1] {
        until_one_is_off(&mut messages, &redis, sign).await;
    }
    eventually("five rounds have begun", async || (rounds().await >= 5).then_some(())).await;
    let (rounds, took) = (rounds().await, redis.now().await.cast_signed() - began);
    show(&format!("clocks an hour apart: {rounds} rounds in {took} ms, one every {EVERY} ms at most"));
    assert!(rounds <= took / EVERY + 1, "{rounds} rounds in {took} ms");
    assert!(took < 25_000, "nor are they late: {took} ms");
    for worker in workers {
        worker.signal("TERM");
        assert!(worker.ends_well().await);
    }
    drop(context);
}

#[tokio::test]
async fn a_server_an_hour_behind_signs_in_and_streams_what_a_worker_an_hour_ahead_says_in_the_order_of_redis() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let (context, _) = bank_with(&redis, &sandbox, 5).await;
    let bank = slow_bank(5, Duration::from_millis(50)).await;
    let (library, mut messages) = (library(), heard(&redis).await);
    let server_settings = [clock(&library, BEHIND).as_slice(), &[("CORE_BANKING_URL", &bank)]].concat();
    let server = Program::serve(&redis, &[server_settings.as_slice(), &[("CORE_BANKING_TOKEN", "a token")]].concat());
    let worker = WorkerProcess::start(&redis, &bank, &clock(&library, AHEAD));
    let browser = server.sign_in().await;
    let mut stream = EventReader::new(browser.get(server.url("/api/services/status/stream")).send().await.expect("it"));
    for sign in [1, -1] {
        until_one_is_off(&mut messages, &redis, sign).await;
    }
    for user in 1..=5 {
        ask(&context, &Work::SyncBalances(user)).await;
    }
    let mut ids = vec![stream.next_change().await.id];
    let mut last = Value::Null;
    while ids.len() < 8 {
        let event = stream.next_change().await;
        ids.push(event.id);
        last = serde_json::from_str(&event.data).expect("JSON");
    }
    let place = |id: &String| {
        let (_, entry) = id.split_once('.').expect("an epoch");
        let (ms, count) = entry.split_once('-').expect("an entry");
        (ms.parse::<i64>().expect("ms"), count.parse::<i64>().expect("a count"))
    };
    let places: Vec<_> = ids.iter().map(place).collect();
    assert!(places.is_sorted() && places.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    let now = redis.now().await.cast_signed();
    assert!(places[1..].iter().all(|(ms, _)| (now - 60_000..=now).contains(ms)), "{ids:?} at {now}");
    assert!(last.is_object(), "changes came");
    // A ping has Redis's time for the page, whatever the server's clock says.
    let session = browser.get(server.url("/api/session")).send().await.expect("an answer");
    assert_eq!(session.status(), 200, "nor has the session run out");
    worker.signal("TERM");
    assert!(worker.ends_well().await);
}
