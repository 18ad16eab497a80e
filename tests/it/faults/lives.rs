//! Faults of Redis itself: killed, frozen, emptied, with a file that lacks its end, loading, with another password.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use crate::faults::pages::Pages;
use crate::faults::trial::{CUT_WITHIN, Trial, WITHIN};
use crate::support::{RedisServer, eventually, is_soaking, soak};

async fn run(server: &RedisServer, words: &[&str]) -> redis::RedisResult<()> {
    let mut connection = server.client().get_multiplexed_async_connection().await?;
    redis::cmd(words[0]).arg(&words[1..]).exec_async(&mut connection).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_redis_is_followed_again_once_it_is_back() {
    let mut trial = Trial::start().await;
    for _ in 0..trial.times() {
        let kill = async |server: &mut RedisServer, _: &Pages| {
            tokio::time::sleep(Duration::from_millis(300)).await;
            server.kill();
            assert!(server.is_gone());
            tokio::time::sleep(Duration::from_secs(1)).await;
            server.start_again().await;
        };
        trial.updates_during(Duration::from_secs(2), kill).await;
        let after = trial.agree(WITHIN).await;
        trial.judge("killed and started again", after).await;
    }
    assert!(trial.pages.told() > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_started_again_without_its_data_is_followed_once_people_have_signed_in_again() {
    let mut trial = Trial::start().await;
    for _ in 0..trial.times() {
        trial.forget();
        trial.server.kill();
        assert!(trial.server.is_gone());
        trial.server.start_again_empty().await;
        trial.sign_in_again().await;
        let began = Instant::now();
        trial.updates(Duration::from_secs(2)).await;
        trial.agree(CUT_WITHIN.saturating_sub(began.elapsed())).await;
        trial.judge("started again empty", began.elapsed()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_redis_is_followed_once_people_have_signed_in_again() {
    let mut trial = Trial::start().await;
    for _ in 0..trial.times() {
        let epoch = trial.epoch().await;
        trial.forget();
        run(&trial.server, &["FLUSHALL"]).await.expect("flushed");
        trial.sign_in_again().await;
        let began = Instant::now();
        trial.updates(Duration::from_secs(2)).await;
        trial.agree(CUT_WITHIN.saturating_sub(began.elapsed())).await;
        assert_ne!(trial.epoch().await, epoch, "it was emptied");
        trial.judge("emptied", began.elapsed()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_lost_the_end_of_its_file_is_shown_as_it_is_then() {
    for round in 0..u64::from(soak()) {
        // Some dozens of the last updates, and each time to another byte of one.
        let bytes = 20_000 + 7 * round;
        // Each of its own Redis: what 7.0 leaves of a cut file ends in an open transaction, which the next start carries out.
        tokio::join!(loses_the_end_in_a_silence(bytes), loses_the_end_amid_updates(bytes));
    }
}

/// Nothing comes afterwards that would hide what was lost.
async fn loses_the_end_in_a_silence(bytes: u64) {
    let mut trial = Trial::start().await;
    trial.updates(Duration::from_millis(500)).await;
    trial.agree(WITHIN).await;
    let epoch = trial.epoch().await;
    let killed = lose_the_end(&mut trial.server, bytes).await;
    let after = trial.agree(WITHIN).await;
    assert_ne!(trial.epoch().await, epoch, "it is another life of it");
    let lost = trial.forget_the_end(killed).await;
    assert!(lost > 0, "it was felt");
    trial.updates(Duration::from_millis(500)).await;
    trial.agree(WITHIN).await;
    trial.judge(&format!("{lost} of our own updates lost with the end of the file, in a silence"), after).await;
}

async fn loses_the_end_amid_updates(bytes: u64) {
    let mut trial = Trial::start().await;
    let fault = async |server: &mut RedisServer, _: &Pages| {
        tokio::time::sleep(Duration::from_millis(300)).await;
        lose_the_end(server, bytes).await
    };
    let killed = trial.updates_during(Duration::from_secs(2), fault).await;
    let after = trial.agree(WITHIN).await;
    let lost = trial.forget_the_end(killed).await;
    assert!(lost > 0, "it was felt");
    trial.judge(&format!("{lost} of our own updates lost with the end of the file, amid others"), after).await;
}

/// Kills Redis and starts it again without the last bytes of its file; gives when it was killed.
async fn lose_the_end(server: &mut RedisServer, bytes: u64) -> SystemTime {
    server.kill();
    assert!(server.is_gone());
    let killed = SystemTime::now();
    server.lose_the_end(bytes);
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.start_again().await;
    killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_loads_its_data_for_long_is_waited_for() {
    let mut trial = Trial::start().await;
    // Redis answers once every 1,024 commands that it loads, so its file has to hold some thousands.
    for _ in 0..3 {
        trial.updates(Duration::ZERO).await;
    }
    for time in 1..=trial.times() {
        // In µs for each command that it loads: each time there are as many more.
        let delay = (300 / time).to_string();
        let load = async |server: &mut RedisServer, _: &Pages| {
            server.kill();
            let slowly = ["--key-load-delay", &delay, "--loading-process-events-interval-bytes", "1024"];
            server.start_again_unready(&slowly);
            let began = Instant::now();
            eventually("Redis says that it loads", || async {
                let refusal = run(server, &["HGETALL", "sm:status"]).await.err()?;
                refusal.to_string().to_lowercase().contains("loading").then_some(())
            })
            .await;
            server.wait_until_it_answers().await;
            began.elapsed()
        };
        let loaded = trial.updates_during(Duration::from_secs(2), load).await;
        let after = trial.agree(WITHIN).await;
        trial.judge(&format!("loading for {loaded:.2?}"), after).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_redis_is_told_and_what_it_then_says_is_shown() {
    let mut trial = Trial::start().await;
    // Longer than a connection may be silent.
    for _ in 0..trial.times() {
        freeze(&mut trial, Duration::from_secs(6)).await;
    }
    // Each of them once, however often everything else is repeated.
    let long: &[u64] = if is_soaking() { &[30, 120] } else { &[] };
    for seconds in long {
        freeze(&mut trial, Duration::from_secs(*seconds)).await;
    }
}

/// Stops Redis's process for so long.
async fn freeze(trial: &mut Trial, lasts: Duration) {
    let fault = async |server: &mut RedisServer, pages: &Pages| {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.signal("STOP");
        let began = Instant::now();
        let noticed = pages.are_told(WITHIN).await;
        tokio::time::sleep_until((began + lasts).into()).await;
        assert!(pages.know(), "nobody was told that it is back while it was not");
        server.signal("CONT");
        (noticed, pages.are_told_that_it_is_back().await)
    };
    let (noticed, back) = trial.updates_during(Duration::from_secs(1), fault).await;
    let after = trial.agree(WITHIN).await;
    trial.judge(&format!("frozen for {lasts:?}, told after {noticed:.2?} and {back:.2?} after the thaw"), after).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_password_stops_nobody_for_longer_than_it_takes_to_write_it_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    fs::write(&file, "first").expect("a file");
    let mut server = RedisServer::start().await;
    let mut connection = server.connection().await;
    let rotate = ["CONFIG", "SET", "requirepass"];
    redis::cmd(rotate[0]).arg(&rotate[1..]).arg("first").exec_async(&mut connection).await.expect("done");
    server.password = Some("first".to_owned());
    let mut trial = Trial::start_on(server, &[("REDIS_PASSWORD_FILE", &file.to_string_lossy())]).await;
    for number in 0..trial.times() {
        let password = format!("password-{number}");
        for words in [
            &["CONFIG", "SET", "requirepass", &password][..],
            &["CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes"],
            &["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"],
        ] {
            redis::cmd(words[0]).arg(words[1..].to_vec()).exec_async(&mut connection).await.expect("done");
        }
        trial.pages.are_told(WITHIN).await;
        trial.server.password = Some(password.clone());
        trial.updates(Duration::from_secs(1)).await;
        fs::write(&file, &password).expect("a file");
        let after = trial.agree(WITHIN).await;
        trial.judge("password rotated", after).await;
    }
}

/// Writes more into the log at once than it keeps: first of one service, then of another, each as the log's own scripts do.
const OVERTAKE: &str = r#"
    local function write(service, n)
      local message = '{"service":"' .. service .. '","timestamp":1,"status":{"n":' .. n .. '}}'
      local entry = redis.call('XADD', 'sm:events', 'MAXLEN', '~', 10000, '*', 'kind', 'status', 'seen', 1, 'message', message)
      redis.call('HSET', 'sm:status', service, entry .. ' 1 ' .. message)
    end
    write('ours-0', 1000001)
    for n = 1000002, 1012001 do
      write('ours-1', n)
    end
    return redis.call('XLEN', 'sm:events')"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_log_dropped_before_it_was_read_is_shown_all_the_same() {
    let mut trial = Trial::start().await;
    trial.forget();
    let mut connection = trial.server.connection().await;
    let length: u64 = redis::cmd("EVAL").arg(&[OVERTAKE, "0"]).query_async(&mut connection).await.expect("written");
    assert!(length < 12_000, "the first were dropped: {length} are left");
    let after = trial.agree(WITHIN).await;
    trial.judge("overtaken by the log's own trimming", after).await;
}
