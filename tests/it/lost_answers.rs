//! Redis did what it was asked, and the answer was lost on its way: whoever asks again changes nothing more.

use std::time::{Duration, Instant};

use service_manager::model::job::{JobState, Lane};
use service_manager::model::service::BuiltIn;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::{Jobs, Once, Settled, Timing, Work};

use crate::support::chance::Chance;
use crate::support::core_banking::{bank_with, slow_bank};
use crate::support::jobs::{assert_each_ended_once, logged_ends, take, take_over, with_users};
use crate::support::{Proxy, RedisServer, Sandbox, WorkerProcess, eventually, is_soaking, show};

const SYNC: BuiltIn = BuiltIn::BalanceSync;

/// Two users, and a queue whose answers can be lost. Its scripts are known to Redis, so that the next answer is of the work.
async fn behind_a_proxy() -> (RedisServer, Proxy, Jobs) {
    let redis = RedisServer::start().await;
    let proxy = Proxy::start(redis.port).await;
    let timing = Timing { lease: Duration::from_millis(500), ..Timing::default() };
    let jobs = Jobs::with_timing(proxy.redis(), timing);
    with_users(&redis, 2).await;
    for user in [1, 2] {
        jobs.enqueue(&Work::SyncBalances(user), Lane::Priority, None).await.expect("a job");
    }
    let job = take(&jobs, SYNC).await;
    let (_, next) = jobs.settle_and_take(&job, &done(), "a worker").await.expect("Redis answers");
    assert!(next.is_some(), "the other one came in the same step");
    settle_what_is_left(&jobs).await;
    assert_eq!(logged_ends(&redis).await.len(), 2);
    (redis, proxy, jobs)
}

fn done() -> Ending {
    Ending::Done("done".to_owned())
}

async fn settle_what_is_left(jobs: &Jobs) {
    let job = take_over(jobs, SYNC).await;
    let settled = jobs.settle(&job, &done()).await.expect("Redis answers");
    assert!(matches!(settled, Settled::Ended(_)), "{settled:?}");
}

#[tokio::test]
async fn a_request_with_a_key_made_again_is_answered_with_its_job_although_that_runs_by_now() {
    let (redis, proxy, jobs) = behind_a_proxy().await;
    let once = Once { key: "ana:1".to_owned(), fingerprint: "sync 1".to_owned() };
    proxy.lose_answer_after(0);
    let lost = jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, Some(&once)).await;
    assert!(lost.is_err() && proxy.answers_lost() == 1, "{lost:?}");
    // Seen by another way: it was queued. A job that runs is not joined, so only the key can stand for it.
    let running = take(&Jobs::new(redis.redis()), SYNC).await;
    let again = jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, Some(&once)).await.expect("the job");
    assert_eq!(again, running.id);
    assert_eq!(jobs.counts(SYNC).await.expect("counts").priority, 0, "nothing else was queued");
}

#[tokio::test]
async fn an_end_said_again_counts_once() {
    let (redis, proxy, jobs) = behind_a_proxy().await;
    let id = jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("a job");
    let job = take(&jobs, SYNC).await;
    proxy.lose_answer_after(0);
    let lost = jobs.settle(&job, &done()).await;
    assert!(lost.is_err() && proxy.answers_lost() == 1, "{lost:?}");
    let record = async || jobs.find(&id).await.expect("Redis answers").expect("a record");
    let ended = record().await;
    assert_eq!(ended.state, JobState::Done, "it was heard");
    let Settled::Ended(outcome) = jobs.settle(&job, &done()).await.expect("Redis answers") else { panic!("no end") };
    assert_eq!((&outcome.id, outcome.state), (&id, JobState::Done));
    assert_eq!((record().await, logged_ends(&redis).await.len()), (ended, 3));
}

#[tokio::test]
async fn a_job_that_came_with_the_lost_answer_of_an_end_goes_to_somebody_else() {
    let (redis, proxy, jobs) = behind_a_proxy().await;
    let mut ids = Vec::new();
    for user in [1, 2] {
        ids.push(jobs.enqueue(&Work::SyncBalances(user), Lane::Priority, None).await.expect("a job"));
    }
    let job = take(&jobs, SYNC).await;
    proxy.lose_answer_after(0);
    let lost = jobs.settle_and_take(&job, &done(), "a worker").await;
    assert!(lost.is_err() && proxy.answers_lost() == 1, "{lost:?}");
    let counts = jobs.counts(SYNC).await.expect("counts");
    assert_eq!((counts.priority, counts.running), (0, 1), "it was handed out");
    let said_again = jobs.settle(&job, &done()).await.expect("Redis answers");
    assert!(matches!(said_again, Settled::Ended(outcome) if outcome.id == ids[0]));
    let next = take_over(&jobs, SYNC).await;
    assert_eq!(next.id, ids[1]);
    jobs.settle(&next, &done()).await.expect("Redis answers");
    let ends: Vec<_> = logged_ends(&redis).await.into_iter().map(|outcome| outcome.id).collect();
    assert_eq!(ends[2..], ids);
}

#[tokio::test]
async fn a_worker_that_loses_answers_all_the_time_ends_each_job_once() {
    let losses: u64 = if is_soaking() { 20 } else { 8 };
    let jobs = 10 * losses;
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let (context, users) = bank_with(&redis, &sandbox, jobs as usize).await;
    let bank = slow_bank(jobs, Duration::from_millis(100)).await;
    let ledger = context.jobs.sync_all(&users, Lane::Priority).await.expect("jobs");
    let proxy = Proxy::start(redis.port).await;
    let port = proxy.port.to_string();
    let (seed, began) = (std::process::id(), Instant::now());
    let mut chance = Chance(u64::from(seed));
    let worker = WorkerProcess::start(&redis, &bank, &[("JOB_LEASE_MS", "1000"), ("REDIS_PORT", &port)]);
    for lost in 0..losses {
        eventually("it works on jobs", async || {
            let counts = context.jobs.counts(SYNC).await.expect("counts");
            assert!(counts.priority + counts.running > 0, "answer {lost} comes too late");
            (counts.running > 0).then_some(())
        })
        .await;
        // Not always the first answer after a loss: that would be about the same job again and again.
        proxy.lose_answer_after(3 + chance.below(30));
        eventually("an answer is lost", async || (proxy.answers_lost() > lost).then_some(())).await;
    }
    eventually("all jobs have ended", async || {
        let counts = context.jobs.counts(SYNC).await.expect("counts");
        (counts.priority + counts.background + counts.running + counts.retrying == 0).then_some(())
    })
    .await;
    let (done, attempts) = assert_each_ended_once(&redis, &context, &ledger).await;
    show(&format!(
        "seed {seed}: {} answers lost, {} accepted, {done} done, {} dead, 0 lost, {} executions repeated; {:?}",
        proxy.answers_lost(),
        ledger.len(),
        ledger.len() - done,
        attempts - ledger.len() as u64,
        began.elapsed()
    ));
    worker.signal("TERM");
    assert!(worker.ends_well().await);
}
