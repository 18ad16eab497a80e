//! Workers that are killed, stopped or told to end in the middle of jobs, and a Redis that is: real processes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::middleware::{self, Next};
use futures::future::join_all;
use redis::AsyncCommands;
use service_manager::model::job::{JobId, JobState, Lane};
use service_manager::model::service::BuiltIn;
use service_manager::server::config::SandboxConfig;
use service_manager::server::core_banking::sandbox;
use service_manager::server::redis::keys;
use service_manager::server::worker::WorkerContext;
use service_manager::server::worker::queue::Work;
use tokio::sync::Semaphore;

use crate::support::chance::Chance;
use crate::support::core_banking::{LEASE, bank_with, slow_bank};
use crate::support::jobs::{ask, assert_each_ended_once, logged_ends, record};
use crate::support::workers::{context, end_of, start};
use crate::support::{BUSY_MACHINE, Gate, RedisServer, Sandbox, WorkerProcess, eventually, is_soaking, serve, show};

const SYNC: BuiltIn = BuiltIn::BalanceSync;

/// The same, and it gives only as many answers as there are permits: the work cannot run out before a test is through.
async fn metered_bank(customers: u64, delay: Duration) -> (String, Arc<Semaphore>) {
    let permits = Arc::new(Semaphore::new(20));
    let meter = permits.clone();
    let slow = middleware::from_fn(move |request: Request, next: Next| {
        let meter = meter.clone();
        async move {
            meter.acquire().await.expect("an open meter").forget();
            tokio::time::sleep(delay).await;
            next.run(request).await
        }
    });
    let config = SandboxConfig { address: "127.0.0.1:0".to_owned(), customers, token: None };
    (format!("http://{}", serve(sandbox::router(config).layer(slow)).await), permits)
}

#[tokio::test]
async fn a_worker_that_was_stopped_past_its_lease_changes_nothing_when_it_goes_on() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let mut gate = Gate::before(|path| path.ends_with("/balances"), 1).await;
    let (context, _) = bank_with(&redis, &sandbox, 1).await;
    let stopped = WorkerProcess::start(&redis, &gate.url, &[("JOB_LEASE_MS", "1000")]);
    let id = ask(&context, &Work::SyncBalances(1)).await;
    gate.until_one_is_held().await;
    stopped.signal("STOP");
    let held = record(&context, &id).await.expect("a record");
    assert_eq!((held.state, held.attempts), (JobState::Running, 1));

    let (running, shutdown) = start(&context);
    assert_eq!(end_of(&context.jobs, &id).await.state, JobState::Done);
    let ended = record(&context, &id).await.expect("a record");
    assert_eq!(ended.attempts, 2);
    assert!(ended.started_at >= held.started_at.map(|at| at + 1_000), "not before the lease had run out");

    gate.permits.add_permits(100);
    stopped.signal("CONT");
    // It hears of it when it renews its lease or when it says that it is done, whichever comes first.
    stopped.logs(" to another worker").await;
    assert_eq!(record(&context, &id).await, Some(ended));
    assert_each_ended_once(&redis, &context, &[id]).await;
    shutdown.cancel();
    running.await.expect("the services end");
}

/// Whether a job is in its last attempt. It would be dead, and rightly so, if its worker were lost a third time.
async fn one_is_at_stake(redis: &RedisServer, context: &WorkerContext) -> bool {
    let running: Vec<String> = redis.connection().await.zrange(keys::job_leases(SYNC), 0, -1).await.expect("ids");
    let records = join_all(running.into_iter().map(|id| async { record(context, &JobId(id)).await })).await;
    records.into_iter().flatten().any(|record| record.attempts == 3)
}

/// Kills one of the workers as soon as no job is at stake, and puts a new one in its place.
async fn kill_one_of(
    workers: &mut [WorkerProcess],
    which: usize,
    redis: &RedisServer,
    context: &WorkerContext,
    permits: &Semaphore,
    start: impl Fn() -> WorkerProcess,
) {
    loop {
        // What it had sent before it stood still is done by the time that Redis answers.
        workers[which].signal("STOP");
        if !one_is_at_stake(redis, context).await {
            break;
        }
        workers[which].signal("CONT");
        // It may be one more answer that the job waits for.
        permits.add_permits(1);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    std::mem::replace(&mut workers[which], start()).kill();
}

#[tokio::test]
async fn kills_of_three_workers_in_the_middle_of_jobs_lose_no_job() {
    let kills: usize = if is_soaking() { 100 } else { 10 };
    let jobs = 10 * kills;
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let (context, users) = bank_with(&redis, &sandbox, jobs).await;
    let (bank, permits) = metered_bank(jobs as u64, Duration::from_millis(250)).await;
    let new_worker = || WorkerProcess::start(&redis, &bank, &[("JOB_LEASE_MS", "1000")]);
    // What was accepted is known here, whatever becomes of Redis.
    let ledger = context.jobs.sync_all(&users, Lane::Priority).await.expect("jobs");
    let (seed, began) = (std::process::id(), Instant::now());
    let mut chance = Chance(u64::from(seed));
    let mut workers = [(); 3].map(|()| new_worker());
    for kill in 0..kills {
        permits.add_permits(6);
        // Any moment of a job's life.
        tokio::time::sleep(Duration::from_millis(100 + chance.below(250))).await;
        eventually("a worker works", async || {
            let counts = context.jobs.counts(SYNC).await.expect("counts");
            assert!(counts.priority + counts.running > 0, "seed {seed}: kill {kill} comes too late");
            (counts.running > 0).then_some(())
        })
        .await;
        kill_one_of(&mut workers, chance.below(3) as usize, &redis, &context, &permits, new_worker).await;
    }
    let killed = began.elapsed();
    permits.add_permits(10 * jobs);
    eventually("all jobs have ended", async || {
        let counts = context.jobs.counts(SYNC).await.expect("counts");
        (counts.priority + counts.background + counts.running + counts.retrying == 0).then_some(())
    })
    .await;
    let (done, attempts) = assert_each_ended_once(&redis, &context, &ledger).await;
    let repeated = attempts - jobs as u64;
    show(&format!(
        "seed {seed}: {kills} kills in {killed:?}, {} accepted, {done} done, {} dead, 0 lost, {repeated} executions repeated; \
         {:?} in all",
        ledger.len(),
        ledger.len() - done,
        began.elapsed()
    ));
    assert_eq!((ledger.len(), done), (jobs, jobs), "seed {seed}");
    assert!(repeated >= kills as u64, "the kills came in the middle of jobs: {repeated}");
    for worker in workers {
        worker.signal("TERM");
        assert!(worker.ends_well().await);
    }
}

#[tokio::test]
async fn redis_killed_and_started_again_during_a_run_loses_no_job() {
    let (mut redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let (context, users) = bank_with(&redis, &sandbox, 100).await;
    let bank = slow_bank(100, Duration::from_millis(40)).await;
    let ledger = context.jobs.sync_all(&users, Lane::Priority).await.expect("jobs");
    let workers = [(); 2].map(|()| WorkerProcess::start(&redis, &bank, &[("JOB_LEASE_MS", "1000")]));
    for part in [20, 60] {
        eventually("part of them has ended", async || (logged_ends(&redis).await.len() >= part).then_some(())).await;
        redis.kill();
        redis.start_again().await;
        let counts = eventually("Redis answers", async || context.jobs.counts(SYNC).await.ok()).await;
        assert!(counts.priority > 0 && counts.running > 0, "it came in the middle: {counts:?}");
    }
    eventually("all jobs have ended", async || {
        let counts = context.jobs.counts(SYNC).await.ok()?;
        (counts.priority + counts.background + counts.running + counts.retrying == 0).then_some(())
    })
    .await;
    let (done, attempts) = assert_each_ended_once(&redis, &context, &ledger).await;
    show(&format!(
        "2 restarts of Redis: {} accepted, {done} done, {} repeated",
        ledger.len(),
        attempts - ledger.len() as u64
    ));
    assert_eq!(done, ledger.len());
    for worker in workers {
        worker.signal("TERM");
        assert!(worker.ends_well().await);
    }
}

#[tokio::test]
async fn a_worker_told_to_end_finishes_the_four_jobs_in_its_hands_and_takes_no_more() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let mut gate = Gate::before(|path| path.ends_with("/balances"), 10).await;
    let (context, users) = bank_with(&redis, &sandbox, 10).await;
    let ledger = context.jobs.sync_all(&users, Lane::Priority).await.expect("jobs");
    let worker = WorkerProcess::start(&redis, &gate.url, &[("JOB_LEASE_MS", "1000")]);
    gate.until_one_is_held().await;
    let counts = eventually("it works on four at a time", async || {
        let counts = context.jobs.counts(SYNC).await.expect("counts");
        (counts.running == 4).then_some(counts)
    })
    .await;
    assert_eq!(counts.priority, 6);
    worker.signal("TERM");
    worker.logs("SIGTERM: stopping").await;
    gate.permits.add_permits(100);
    assert!(worker.ends_well().await);
    let counts = context.jobs.counts(SYNC).await.expect("counts");
    assert_eq!((counts.priority, counts.running, counts.retrying, counts.dead), (6, 0, 0, 0));
    for id in &ledger[..4] {
        let record = record(&context, id).await.expect("a record");
        assert_eq!((record.state, record.attempts), (JobState::Done, 1));
    }
}

#[tokio::test]
async fn a_worker_told_to_end_gives_back_what_takes_too_long() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let mut gate = Gate::before(|path| path.ends_with("/balances"), 1).await;
    let (context, _) = bank_with(&redis, &sandbox, 1).await;
    let worker = WorkerProcess::start(&redis, &gate.url, &[("JOB_LEASE_MS", "60000")]);
    let id = ask(&context, &Work::SyncBalances(1)).await;
    // The client asks a silent system again after 5 s; nobody lets it answer.
    gate.until_one_is_held().await;
    worker.signal("TERM");
    assert!(worker.ends_well().await);
    let given_back = record(&context, &id).await.expect("a record");
    assert_eq!((given_back.state, given_back.attempts), (JobState::Retrying, 0), "{given_back:?}");

    let (running, shutdown) = start(&context);
    assert_eq!(end_of(&context.jobs, &id).await.state, JobState::Done);
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn a_worker_told_to_end_does_so_in_time_when_neither_core_banking_nor_redis_answers() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let mut gate = Gate::before(|path| path.ends_with("/accounts"), 1).await;
    context(&redis, &sandbox).bank.mark_discovered().await.expect("noted");
    let worker = WorkerProcess::start(&redis, &gate.url, &[]);
    gate.until_one_is_held().await;
    redis.signal("STOP");
    let told = Instant::now();
    worker.signal("TERM");
    let ended_well = worker.ends_well().await;
    redis.signal("CONT");
    assert!(ended_well && told.elapsed() < BUSY_MACHINE, "{:?}", told.elapsed());
}

#[tokio::test]
async fn a_job_that_takes_longer_than_its_lease_stays_with_its_worker() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let mut gate = Gate::before(|path| path.ends_with("/balances"), 1).await;
    let (context, _) = bank_with(&redis, &sandbox, 1).await;
    let mut slow = context.clone();
    slow.core_banking = gate.core_banking.clone();
    let (slow_running, slow_shutdown) = start(&slow);
    let id = ask(&context, &Work::SyncBalances(1)).await;
    gate.until_one_is_held().await;
    let (running, shutdown) = start(&context);
    tokio::time::sleep(LEASE * 5 / 2).await;
    let held = record(&context, &id).await.expect("a record");
    assert_eq!((held.state, held.attempts), (JobState::Running, 1));
    gate.permits.add_permits(100);
    assert_eq!(end_of(&context.jobs, &id).await.state, JobState::Done);
    assert_eq!(record(&context, &id).await.expect("a record").attempts, 1);
    for (running, shutdown) in [(slow_running, slow_shutdown), (running, shutdown)] {
        shutdown.cancel();
        running.await.expect("the services end");
    }
}
