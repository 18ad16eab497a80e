//! The instance that keeps the lines of services is killed: its lease is not given back, and runs out. Or it is told to stop
//! while it cannot write.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use service_manager::model::user::Role;

use crate::support::log_lines::{are_heard_by, is_kept, kept, next, say, stream, text};
use crate::support::{App, BUSY_MACHINE, EventReader, PATIENCE, Program, RedisServer, show, soak};

/// How soon another instance keeps lines.
const TAKEN_OVER_WITHIN: Duration = BUSY_MACHINE;

/// How many lines are said before it is killed, and how many are heard once another one keeps them.
const LINES: usize = 50;

async fn holder(redis: &mut MultiplexedConnection) -> String {
    redis::cmd("HGET").arg(&["sm:log-keeper", "holder"]).query_async(redis).await.expect("a holder")
}

#[tokio::test]
async fn a_killed_keeper_is_followed_by_another_and_the_gap_is_told() {
    for _ in 0..soak() {
        is_followed().await;
    }
}

async fn is_followed() {
    let server = RedisServer::start().await;
    let keeper = Program::serve(&server, &[("RUST_LOG", "warn")]);
    is_kept(&server).await;
    let app = App::start(&server).await;
    are_heard_by(&server, 2).await;
    let ana = app.signed_in("ana", Role::Viewer).await;
    let mut lines = stream(&app, &ana, "tab=a&service=mail").await;
    let mut redis = server.connection().await;
    for n in 0..LINES {
        say(&mut redis, &text("mail", "info", &n.to_string())).await;
        assert_eq!(line(&mut lines).await, Some(n));
    }
    let before = holder(&mut redis).await;

    keeper.kill();
    let killed = Instant::now();
    let saying = tokio::spawn(say_on(server.connection().await));
    assert_eq!(line(&mut lines).await, None, "lines are missing, and that is told before anything else");
    let first = line(&mut lines).await.expect("a line");
    let after = killed.elapsed();
    assert!(after < TAKEN_OVER_WITHIN, "{after:?}");
    assert_ne!(holder(&mut redis).await, before, "another one keeps them");
    assert!(first > LINES, "what nobody kept is missing: {first}");
    for n in first + 1..first + LINES {
        assert_eq!(line(&mut lines).await, Some(n), "each comes once, and in order");
    }
    saying.abort();

    let numbers: Vec<usize> =
        kept(&server, "sm:logs:mail").await.iter().map(|n| n.parse().expect("a number")).collect();
    let until = numbers.last().expect("a line") + 1;
    assert_eq!(numbers, (0..LINES).chain(first..until).collect::<Vec<_>>(), "each is kept once");
    show(&format!("the keeper was killed: lines are kept again after {after:.2?}, {} are missing", first - LINES));
}

#[tokio::test]
async fn a_keeper_that_cannot_write_stops_when_it_is_told_to() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    is_kept(&server).await;
    server.set_memory_full(true).await;
    // As another instance does, so that the connection on which lines are heard stands.
    let mut redis = server.connection().await;
    let ticking = tokio::spawn(async move {
        loop {
            redis::cmd("PUBLISH").arg(&["sm:tick", ""]).exec_async(&mut redis).await.expect("published");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    // It has nothing to write but that it is still the keeper, and has been refused that.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let took = tokio::time::timeout(PATIENCE, app.stop()).await.expect("it stops");
    assert!(took < BUSY_MACHINE, "{took:?}");
    assert!(!ticking.is_finished());
    ticking.abort();
}

/// Says one line after the other.
async fn say_on(mut redis: MultiplexedConnection) {
    for n in LINES.. {
        say(&mut redis, &text("mail", "info", &n.to_string())).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The number of the next line; nothing for a gap of which nobody knows how long it is.
async fn line(lines: &mut EventReader) -> Option<usize> {
    let event = next(lines).await;
    let data: serde_json::Value = serde_json::from_str(&event.data).expect("JSON");
    if event.name == "dropped" {
        assert_eq!(data["n"], 0);
        return None;
    }
    Some(data["message"].as_str().expect("a message").parse().expect("a number"))
}
