//! A Redis that has no room: in its memory, or on its disk. It answers, and writes nothing.

use std::time::{Duration, Instant};

use crate::faults::pages::Pages;
use crate::faults::trial::{Trial, WITHIN, updates};
use crate::support::{BUSY_MACHINE, RedisServer};

/// How soon it is noticed and told that nothing is written.
const NOTICED_WITHIN: Duration = BUSY_MACHINE;

/// How long there is no room. Updates come only at first, and then nothing for longer than a connection may be silent.
const LASTS: Duration = Duration::from_secs(7);
const UPDATES_FOR: Duration = Duration::from_secs(2);

/// What Redis says to a write.
async fn refusal(server: &RedisServer) -> String {
    let answer = redis::cmd("SET").arg(&["test", "1"]).exec_async(&mut server.connection().await).await;
    answer.expect_err("there is no room").to_string()
}

/// While Redis says `why`: pages are told, ours are refused, and what others publish waits and is taken in when there is room.
/// Gives what there is to say of it, for the judgement.
async fn is_told_and_made_good(trial: &mut Trial, why: &str, set_full: impl AsyncFn(&RedisServer, bool)) -> String {
    let unanswered = trial.unanswered;
    let no_room = async |server: &mut RedisServer, pages: &Pages| {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let began = Instant::now();
        set_full(server, true).await;
        let noticed = pages.are_told(NOTICED_WITHIN).await;
        let said = refusal(server).await;
        assert!(said.contains(why), "{said}");
        tokio::time::sleep_until((began + LASTS).into()).await;
        assert!(pages.know(), "nobody was told that all is well while it was not");
        set_full(server, false).await;
        (noticed, pages.are_told_that_it_is_back().await)
    };
    let (noticed, back) = trial.updates_during(UPDATES_FOR, no_room).await;
    let refused = trial.unanswered - unanswered;
    assert!(refused > updates() / 10, "it was felt: {refused} of our own updates were refused");
    let settled = Instant::now() + WITHIN;
    // What waited is offered again some moments after there is room.
    let mut missing = trial.not_taken_in().await;
    while !missing.is_empty() {
        assert!(Instant::now() < settled, "published, heard, and lost: {missing:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
        missing = trial.not_taken_in().await;
    }
    trial.agree(settled.saturating_duration_since(Instant::now())).await;
    format!("{why}, told after {noticed:.2?}, {refused} of our own refused, told {back:.2?} after there was room")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_without_room_in_its_memory_is_told_and_made_good() {
    let mut trial = Trial::start().await;
    for _ in 0..trial.times() {
        let said = is_told_and_made_good(&mut trial, "OOM", RedisServer::set_memory_full).await;
        let after = trial.agree(WITHIN).await;
        trial.judge(&said, after).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(target_os = "linux")]
async fn a_redis_without_room_on_its_disk_is_told_and_loses_nothing_that_was_accepted() {
    let mut trial = Trial::start().await;
    for _ in 0..trial.times() {
        let set_full = async |server: &RedisServer, is_full| server.set_disk_full(is_full);
        let said = is_told_and_made_good(&mut trial, "MISCONF", set_full).await;
        // What was accepted before, meanwhile and after is on the disk.
        trial.server.kill();
        assert!(trial.server.is_gone());
        trial.server.start_again().await;
        let after = trial.agree(WITHIN).await;
        trial.judge(&format!("{said}; then killed"), after).await;
    }
}
