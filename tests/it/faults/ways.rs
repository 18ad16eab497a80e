//! Faults of the way to Redis.

use std::time::{Duration, Instant};

use crate::faults::pages::Pages;
use crate::faults::trial::{Trial, WITHIN};
use crate::support::{BUSY_MACHINE, RedisServer, Swallows};

/// How soon a way that carries nothing any more is noticed and told.
const NOTICED_WITHIN: Duration = BUSY_MACHINE;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_redis_kills_are_replaced() {
    let mut trial = Trial::start().await;
    for _ in 0..trial.times() {
        let kill = async |server: &mut RedisServer, _: &Pages| {
            let (mut connection, mut killed) = (server.connection().await, 0);
            for kind in ["pubsub", "normal"].into_iter().cycle().take(10) {
                let mut words = redis::cmd("CLIENT");
                words.arg(&["KILL", "TYPE", kind, "SKIPME", "yes"]);
                killed += words.query_async::<u64>(&mut connection).await.expect("killed");
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            killed
        };
        let killed = trial.updates_during(Duration::from_secs(3), kill).await;
        assert!(killed >= 20, "connections were killed: {killed}");
        let after = trial.agree(WITHIN).await;
        trial.judge(&format!("{killed} connections killed"), after).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_reset_are_replaced() {
    let mut trial = Trial::start().await;
    for _ in 0..trial.times() {
        let before = trial.proxy.connections_cut();
        for _ in 0..3 {
            trial.proxy.cut();
            trial.updates(Duration::from_millis(500)).await;
        }
        let cut = trial.proxy.connections_cut() - before;
        assert!(cut >= 12, "connections were cut: {cut}");
        let after = trial.agree(WITHIN).await;
        trial.judge(&format!("{cut} halves of connections reset"), after).await;
    }
}

/// What vanishes is noticed, told, and made good once nothing vanishes any more, although connections that lost something
/// stay half open.
async fn is_noticed(fault: &str, what: Swallows) {
    let mut trial = Trial::start().await;
    for _ in 0..trial.times() {
        let began = Instant::now();
        let swallowed = trial.proxy.swallowed();
        trial.proxy.swallow(Some(what));
        trial.pages.are_told(NOTICED_WITHIN).await;
        let noticed = began.elapsed();
        trial.updates(Duration::from_secs(2)).await;
        assert!(trial.proxy.swallowed() > swallowed, "it was felt");
        assert_eq!(trial.differences().await.len(), 3, "a page that cannot know is not taken for one that is right");
        trial.proxy.swallow(None);
        let after = trial.agree(WITHIN).await;
        trial.judge(&format!("{fault}, told after {noticed:.2?}"), after).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_vanishes_on_the_way_is_noticed_whichever_way_it_went() {
    tokio::join!(
        is_noticed("everything vanishes", Swallows::Everything),
        is_noticed("questions vanish", Swallows::Questions),
        is_noticed("answers vanish", Swallows::Answers),
        is_noticed("what is published vanishes", Swallows::Subscriptions),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_answers_are_waited_for_unless_they_are_too_late() {
    tokio::join!(are_waited_for(), are_too_late());
}

async fn are_waited_for() {
    let mut trial = Trial::start().await;
    let told = trial.pages.told();
    for _ in 0..trial.times() {
        trial.proxy.delay(Duration::from_millis(1_500));
        trial.updates(Duration::from_secs(3)).await;
        assert_eq!(trial.pages.told(), told, "nobody was told anything");
        trial.proxy.delay(Duration::ZERO);
        let after = trial.agree(WITHIN).await;
        trial.judge("answers 1.5 s late", after).await;
    }
    assert!(trial.proxy.delayed() > 0, "it was felt");
}

async fn are_too_late() {
    let mut trial = Trial::start().await;
    for _ in 0..trial.times() {
        trial.proxy.delay(Duration::from_millis(2_500));
        trial.pages.are_told(NOTICED_WITHIN).await;
        trial.updates(Duration::from_secs(3)).await;
        trial.proxy.delay(Duration::ZERO);
        let after = trial.agree(WITHIN).await;
        trial.judge("answers 2.5 s late", after).await;
    }
    assert!(trial.proxy.delayed() > 0, "it was felt");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_come_one_by_one_make_no_difference() {
    let mut trial = Trial::start().await;
    let told = trial.pages.told();
    for _ in 0..trial.times() {
        trial.proxy.slice(true);
        trial.updates(Duration::from_secs(3)).await;
        let after = trial.agree(WITHIN).await;
        trial.proxy.slice(false);
        trial.judge(&format!("{} bytes one by one", trial.proxy.sliced()), after).await;
    }
    assert!(trial.proxy.sliced() > 30_000, "it was felt: {}", trial.proxy.sliced());
    assert_eq!(trial.pages.told(), told, "nobody was told anything");
}
