//! Periodic runs of several workers on one schedule: none is done twice, none is lost. Real workers, killed or started anew.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use redis::AsyncCommands;
use service_manager::model::job::Lane;
use service_manager::model::run::{RunProgress, RunRecord, Tally};
use service_manager::model::service::BuiltIn;
use service_manager::server::redis::keys;
use service_manager::server::worker::WorkerContext;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::{USERS_AT_ONCE, Work};
use service_manager::server::worker::schedule::{RunCount, Runs, Schedule};

use crate::support::core_banking::{LATER, slow_bank};
use crate::support::jobs::{settle, take, with_users};
use crate::support::runs::{ended, only, runs};
use crate::support::workers::{context, start};
use crate::support::{Gate, RedisServer, Sandbox, WorkerProcess, eventually, is_soaking, show};

const SYNC: BuiltIn = BuiltIn::BalanceSync;
const DISCOVERY: BuiltIn = BuiltIn::AccountDiscovery;
const HOUR: Duration = Duration::from_secs(3_600);

fn schedule(redis: &RedisServer, service: BuiltIn, interval: Duration, lease: Duration) -> Schedule {
    Schedule::new(redis.redis(), service, interval, lease)
}

/// Users with one account each.
async fn with_accounts(redis: &RedisServer, context: &WorkerContext, count: usize) -> Vec<u64> {
    let users = with_users(redis, count).await;
    for user in &users {
        context.bank.meet_accounts(*user, &[format!("{}001", 10_000_000 + user)]).await.expect("kept");
    }
    users
}

/// How often there is a job for each user, and how many of the jobs are done.
async fn jobs_by_user(redis: &RedisServer) -> (HashMap<u64, usize>, usize) {
    let mut outside = redis.connection().await;
    let records: Vec<String> = outside.keys(format!("{}*", keys::JOB_PREFIX)).await.expect("keys");
    let (mut users, mut done) = (HashMap::new(), 0);
    for record in records {
        let (user, state): (u64, String) = outside.hmget(&record, &["user", "state"]).await.expect("a job");
        *users.entry(user).or_default() += 1;
        done += usize::from(state == "done");
    }
    (users, done)
}

#[tokio::test]
async fn a_round_of_a_thousand_users_whose_worker_is_killed_between_batches_is_completed_by_another() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    with_accounts(&redis, &context, 1_000).await;
    only(&context, SYNC).await;
    let schedule = schedule(&redis, SYNC, HOUR, HOUR);
    let bank = slow_bank(1_000, Duration::from_millis(5)).await;
    let worker = WorkerProcess::start(&redis, &bank, &[("JOB_LEASE_MS", "1000")]);
    eventually("a batch is queued", async || schedule.look().await.expect("Redis answers").is_queueing.then_some(()))
        .await;
    worker.kill();
    let left = schedule.look().await.expect("Redis answers");
    assert!(left.is_queueing, "it was killed between two batches: {left:?}");
    let queued = jobs_by_user(&redis).await.0.len();
    assert_eq!(queued, USERS_AT_ONCE);

    let worker = WorkerProcess::start(&redis, &bank, &[("JOB_LEASE_MS", "1000")]);
    let round = ended(&context, SYNC, 1).await;
    worker.signal("TERM");
    assert!(worker.ends_well().await);
    let (users, done) = jobs_by_user(&redis).await;
    assert_eq!((users.len(), done), (1_000, 1_000));
    assert!(users.values().all(|jobs| *jobs == 1), "each user once");
    let [round] = round.as_slice() else { panic!("one round: {round:?}") };
    assert_eq!([round.done, round.total, round.checked, round.errors], [1_000, 1_000, 1_000, 0]);
    assert_eq!(round.message, None);
    // What the killed worker had stored of its four jobs is no news for the other one.
    assert!((996..=1_000).contains(&round.changed), "{round:?}");
    show(&format!("a round killed after {queued} of 1,000 users: {} done, each once", round.done));
}

#[tokio::test]
async fn a_round_takes_those_with_an_open_account_and_counts_the_job_it_joined() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    with_accounts(&redis, &context, 4).await;
    context.bank.meet_accounts(3, &["second".to_owned()]).await.expect("kept");
    context.bank.close_others(2, &[], LATER).await.expect("closed");
    context.bank.close_others(3, &["second".to_owned()], LATER).await.expect("closed");
    let (jobs, schedule) = (&context.jobs, schedule(&redis, SYNC, Duration::ZERO, HOUR));
    let asked = jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("a job");
    // One user at a time, as several workers would.
    let mut steps = 1;
    while jobs.queue_round(&schedule, "a worker", 1).await.expect("Redis answers") {
        steps += 1;
    }
    assert_eq!(steps, 4);
    let counts = jobs.counts(SYNC).await.expect("counts");
    assert_eq!((counts.priority, counts.background), (1, 2), "users 1, 3 and 4");
    let standing = schedule.look().await.expect("Redis answers");
    assert_eq!(standing.under_way, Some(RunProgress { done: 0, total: 3 }));

    let tally = Tally { checked: 2, changed: 1, errors: 0 };
    for (done, ended) in [(1, false), (2, false), (3, true)] {
        assert!(!jobs.queue_round(&schedule, "a worker", 500).await.expect("Redis answers"), "it is not begun anew");
        let mut job = take(jobs, SYNC).await;
        assert_eq!(job.id == asked, done == 1, "it goes first, and counts");
        job.tally = tally;
        settle(jobs, &job, Ending::Done("done".to_owned())).await;
        let run = runs(&context, SYNC).await.remove(0);
        assert_eq!((run.done, run.total, run.ended_at.is_some()), (done, 3, ended));
        assert_eq!((run.checked, run.changed, run.errors), (2 * done, done, 0));
    }
    assert_eq!(runs(&context, SYNC).await.len(), 1);
}

#[tokio::test]
async fn a_round_whose_jobs_are_gone_ends_and_does_not_keep_the_next_one_from_beginning() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    with_accounts(&redis, &context, 2).await;
    let (jobs, schedule) = (&context.jobs, schedule(&redis, SYNC, Duration::ZERO, HOUR));
    jobs.queue_round(&schedule, "a worker", 500).await.expect("Redis answers");
    let lane = keys::jobs(SYNC, Lane::Background);
    let mut trim = redis::cmd("XTRIM");
    trim.arg(lane).arg(&["MAXLEN", "0"]);
    trim.query_async::<()>(&mut redis.connection().await).await.expect("emptied");
    jobs.queue_round(&schedule, "a worker", 0).await.expect("Redis answers");
    let run = runs(&context, SYNC).await.remove(0);
    assert_eq!(run.message.as_deref(), Some("Some of its jobs are gone and were not counted."));
    jobs.queue_round(&schedule, "a worker", 500).await.expect("Redis answers");
    assert_eq!(runs(&context, SYNC).await.len(), 2);
}

/// Runs that began before the interval was over: what two workers would do that do not know of each other.
fn too_early(mut starts: Vec<u64>, interval: Duration) -> usize {
    starts.sort_unstable();
    starts.windows(2).filter(|pair| u128::from(pair[1] - pair[0]) < interval.as_millis()).count()
}

/// Two workers with an interval so short that there are many ticks soon.
async fn tick(redis: [&RedisServer; 2], sandbox: &Sandbox, interval: Duration, ticks: usize) -> Vec<RunRecord> {
    let mut workers = Vec::new();
    for redis in redis {
        let mut context = context(redis, sandbox);
        context.config.balance_sync_interval = interval;
        if context.bank.user_count().await.expect("Redis answers") == 0 {
            with_accounts(redis, &context, 1).await;
            only(&context, SYNC).await;
        }
        workers.push((start(&context), context));
    }
    let mut all: HashMap<String, RunRecord> = HashMap::new();
    eventually("there were enough ticks", async || {
        for (_, context) in &workers {
            all.extend(runs(context, SYNC).await.into_iter().map(|run| (run.id.0.clone(), run)));
        }
        (all.len() >= ticks).then_some(())
    })
    .await;
    for ((running, shutdown), _) in workers {
        shutdown.cancel();
        running.await.expect("the services end");
    }
    all.into_values().collect()
}

#[tokio::test]
async fn two_workers_with_one_schedule_run_each_tick_once() {
    let many = if is_soaking() { 100 } else { 30 };
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let interval = Duration::from_millis(60);
    let ticks = tick([&redis, &redis], &sandbox, interval, many).await;
    let starts: Vec<u64> = ticks.iter().map(|run| run.started_at).collect();
    let workers: HashSet<&str> = ticks.iter().map(|run| run.worker.as_str()).collect();
    assert_eq!(too_early(starts, interval), 0, "of {} ticks", ticks.len());
    assert_eq!(workers.len(), 2, "both of them began some");

    // Without a common claim the same two do begin twice.
    let apart = [RedisServer::start().await, RedisServer::start().await];
    let ticks = tick([&apart[0], &apart[1]], &sandbox, interval, many / 2).await;
    let starts = ticks.iter().map(|run| run.started_at).collect();
    assert!(too_early(starts, interval) > 0);
}

#[tokio::test]
async fn a_schedule_survives_a_new_worker_and_a_new_redis_and_fires_neither_early_nor_twice() {
    let (mut redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let mut context = context(&redis, &sandbox);
    let interval = Duration::from_secs(3);
    context.config.balance_sync_interval = interval;
    with_accounts(&redis, &context, 1).await;
    only(&context, SYNC).await;
    for runs in 1..=2 {
        let (running, shutdown) = start(&context);
        ended(&context, SYNC, runs).await;
        shutdown.cancel();
        running.await.expect("the services end");
        redis.kill();
        redis.start_again().await;
    }
    let runs =
        eventually("Redis answers", async || Runs::new(context.redis.clone()).latest(SYNC, 100).await.ok()).await;
    let starts: Vec<u64> = runs.iter().map(|run| run.started_at).collect();
    let [second, first] = starts.as_slice() else { panic!("two runs: {runs:?}") };
    let between = second - first;
    assert!(between >= 3_000, "{between} ms");
}

#[tokio::test]
async fn a_discovery_whose_worker_is_killed_is_done_by_another_at_once() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(3).await);
    let mut gate = Gate::before(|path| path.ends_with("/accounts"), 3).await;
    let worker = WorkerProcess::start(&redis, &gate.url, &[("JOB_LEASE_MS", "1000")]);
    gate.until_one_is_held().await;
    worker.kill();
    let context = context(&redis, &sandbox);
    let (running, shutdown) = start(&context);
    let runs = ended(&context, DISCOVERY, 2).await;
    let [second, first] = runs.as_slice() else { panic!("two runs: {runs:?}") };
    assert_eq!(first.message.as_deref(), Some("Its worker was lost before its end."));
    assert_eq!((first.done, second.done, second.total, &second.message), (0, 3, 3, &None));
    assert!(second.started_at >= first.started_at + 1_000, "not before its lease had run out");
    assert_eq!(first.ended_at, Some(second.started_at));
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn a_worker_that_is_told_to_end_gives_its_discovery_back() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(3).await);
    let mut gate = Gate::before(|path| path.ends_with("/accounts"), 3).await;
    let context = context(&redis, &sandbox);
    let mut held = context.clone();
    held.core_banking = gate.core_banking.clone();
    held.config.account_discovery_batch_size = 1;
    let (running, shutdown) = start(&held);
    gate.until_one_is_held().await;
    shutdown.cancel();
    gate.permits.add_permits(1);
    running.await.expect("the services end");
    let first = runs(&context, DISCOVERY).await.remove(0);
    assert_eq!(first.message.as_deref(), Some("Its worker was told to end."));

    let (running, shutdown) = start(&context);
    let second = ended(&context, DISCOVERY, 2).await.remove(0);
    assert_eq!((second.done, second.total, second.message), (3, 3, None));
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn who_lost_a_run_can_neither_keep_nor_end_nor_give_it_back() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    let schedule = schedule(&redis, DISCOVERY, HOUR, Duration::from_millis(100));
    let stale = schedule.begin("one").await.expect("Redis answers").expect("a run");
    let holder = eventually("its lease runs out", async || schedule.begin("two").await.expect("Redis answers")).await;
    let before = runs(&context, DISCOVERY).await;
    let count = RunCount::default();
    assert!(!schedule.keep(&stale, &count).await.expect("Redis answers"));
    assert!(!schedule.end(&stale, &count, None).await.expect("Redis answers"));
    schedule.give_back(&stale, "It broke off.").await.expect("Redis answers");
    assert_eq!(runs(&context, DISCOVERY).await, before);
    assert_eq!(schedule.every(Duration::ZERO).begin("three").await.expect("Redis answers"), None, "it is held");
    assert!(schedule.end(&holder, &count, None).await.expect("Redis answers"));
    assert_eq!(schedule.begin("three").await.expect("Redis answers"), None, "nor is the next one due");
}

#[tokio::test]
async fn the_latest_hundred_runs_are_kept() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    let schedule = schedule(&redis, DISCOVERY, Duration::ZERO, HOUR);
    let mut ids = Vec::new();
    for _ in 0..103 {
        let run = schedule.begin("one").await.expect("Redis answers").expect("a run");
        schedule.end(&run, &RunCount::default(), None).await.expect("Redis answers");
        ids.push(run);
        // Runs of one millisecond have no order.
        redis.next_millisecond().await;
    }
    let kept: Vec<_> = runs(&context, DISCOVERY).await.into_iter().map(|run| run.id).rev().collect();
    assert_eq!(kept, ids[3..]);
    let records: Vec<String> = redis.connection().await.keys(keys::run("*")).await.expect("keys");
    assert_eq!(records.len(), 100, "nothing is left of the others");
    let week = 7 * 24 * 3_600;
    let seconds: i64 = redis.connection().await.ttl(keys::run(&ids[102].0)).await.expect("a time");
    assert!((week - 60..=week).contains(&seconds), "{seconds}");
}
