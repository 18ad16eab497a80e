//! The queue itself: tokens, retries, poison, joins, counts and costs, on a real Redis.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::join_all;
use redis::AsyncCommands;
use service_manager::model::job::{JobId, JobRecord, JobState, Lane};
use service_manager::model::service::BuiltIn;
use service_manager::server::redis::keys;
use service_manager::server::worker::bank::Bank;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::{Job, Jobs, Once, Settled, Taken, Timing, Work};

use crate::support::jobs::{logged_ends, settle, take, take_over, with_users};
use crate::support::redis_calls::{Calls, calls};
use crate::support::{RedisServer, is_soaking, show};

const SYNC: BuiltIn = BuiltIn::BalanceSync;

fn with_lease(redis: &RedisServer, milliseconds: u64) -> Jobs {
    Jobs::with_timing(redis.redis(), Timing { lease: Duration::from_millis(milliseconds), ..Timing::default() })
}

async fn ask(jobs: &Jobs, user: u64, lane: Lane) -> JobId {
    jobs.enqueue(&Work::SyncBalances(user), lane, None).await.expect("a job")
}

async fn record(jobs: &Jobs, id: &JobId) -> JobRecord {
    jobs.find(id).await.expect("Redis answers").expect("a record")
}

fn done() -> Ending {
    Ending::Done("done".to_owned())
}

fn failed() -> Ending {
    Ending::Failed("It failed.".to_owned())
}

#[tokio::test]
async fn who_lost_a_job_can_neither_renew_nor_end_nor_give_it_back() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    let jobs = with_lease(&redis, 100);
    let id = ask(&jobs, 1, Lane::Priority).await;
    let stale = take(&jobs, SYNC).await;
    let holder = take_over(&with_lease(&redis, 60_000), SYNC).await;
    assert_eq!((&stale.id, &holder.id), (&id, &id));
    let before = record(&jobs, &id).await;

    assert!(!jobs.renew(&stale).await.expect("Redis answers"));
    let outage = Ending::Outage { message: "It is away.".to_owned(), reason: "away".to_owned() };
    for ending in [done(), failed(), Ending::Hopeless("It is nobody's.".to_owned()), outage, Ending::CutShort] {
        assert_eq!(jobs.settle(&stale, &ending).await.expect("Redis answers"), Settled::Stale, "{ending:?}");
        assert_eq!(record(&jobs, &id).await, before, "{ending:?}");
    }
    assert!(jobs.renew(&holder).await.expect("Redis answers"));
    settle(&jobs, &holder, done()).await;
    assert_eq!(jobs.settle(&stale, &done()).await.expect("Redis answers"), Settled::Stale, "nor after the end");
    assert_eq!(logged_ends(&redis).await.len(), 1);
}

#[tokio::test]
async fn a_lease_that_is_renewed_does_not_run_out() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    let jobs = with_lease(&redis, 400);
    ask(&jobs, 1, Lane::Priority).await;
    let job = take(&jobs, SYNC).await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(1_500) {
        assert!(jobs.renew(&job).await.expect("Redis answers"));
        assert_eq!(jobs.take(SYNC, "another").await.expect("Redis answers"), None);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = take_over(&jobs, SYNC).await;
    assert_eq!(again.id, job.id, "without renewal it does");
}

#[tokio::test]
async fn a_job_is_tried_three_times_after_growing_delays_and_is_dead_then() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    let waits = [200, 600].map(Duration::from_millis);
    let jobs = Jobs::with_timing(redis.redis(), Timing { retries: waits.to_vec(), ..Timing::default() });
    let bank = Bank::new(redis.redis());
    let id = ask(&jobs, 1, Lane::Priority).await;
    for wait in waits.map(|wait| wait.as_millis() as u64) {
        let job = take_over(&jobs, SYNC).await;
        let before = bank.now().await.expect("a time");
        assert_eq!(jobs.settle(&job, &failed()).await.expect("Redis answers"), Settled::Later);
        let after = bank.now().await.expect("a time");
        let retrying = record(&jobs, &id).await;
        let due = retrying.next_attempt_at.expect("a time");
        assert!((before + wait..=after + wait).contains(&due), "{due} is {wait} ms after {before}");
        assert_eq!((retrying.state, retrying.last_error.as_deref()), (JobState::Retrying, Some("It failed.")));
        assert_eq!(jobs.take(SYNC, "too early").await.expect("Redis answers"), None);
        assert!(logged_ends(&redis).await.is_empty(), "no end before the end");
    }
    let outcome = settle(&jobs, &take_over(&jobs, SYNC).await, failed()).await;
    assert_eq!((outcome.state, outcome.message.as_str()), (JobState::Dead, "It failed."));
    assert_eq!(record(&jobs, &id).await.attempts, 3);
    let dead: Vec<String> = redis.connection().await.zrange(keys::dead_jobs(SYNC), 0, -1).await.expect("ids");
    assert_eq!((dead, logged_ends(&redis).await), (vec![id.0.clone()], vec![outcome]));
    assert_eq!(jobs.counts(SYNC).await.expect("counts").dead, 1);
}

#[tokio::test]
async fn what_repeating_cannot_mend_is_dead_at_once_and_the_list_of_the_dead_is_bounded() {
    let redis = RedisServer::start().await;
    let users = with_users(&redis, 1_010).await;
    let jobs = Jobs::new(redis.redis());
    let ids = jobs.sync_all(&users, Lane::Background).await.expect("jobs");
    for _ in &users {
        settle(&jobs, &take(&jobs, SYNC).await, Ending::Hopeless("It is nobody's.".to_owned())).await;
    }
    let dead: Vec<String> = redis.connection().await.zrange(keys::dead_jobs(SYNC), 0, -1).await.expect("ids");
    assert_eq!((dead.len(), jobs.counts(SYNC).await.expect("counts").dead), (1_000, 1_000));
    assert!(dead.contains(&ids[1_009].0), "the newest is listed");
    let oldest = record(&jobs, &ids[0]).await;
    assert_eq!((oldest.state, oldest.attempts), (JobState::Dead, 1), "who gave way is kept all the same");
}

/// Works off everything; a job about one of these users kills its worker each time. Answers how often each was taken.
async fn work_off(jobs: &Jobs, poison: &HashSet<u64>, count: usize) -> HashMap<u64, u64> {
    let (mut taken, mut ended) = (HashMap::new(), 0);
    let began = Instant::now();
    while ended < count {
        assert!(began.elapsed() < Duration::from_secs(60), "{ended} of {count} ended");
        match jobs.take(SYNC, "a worker").await.expect("Redis answers") {
            Some(Taken::Job(job)) => {
                let Work::SyncBalances(user) = job.work else { panic!("{job:?}") };
                *taken.entry(user).or_insert(0) += 1;
                if !poison.contains(&user) {
                    settle(jobs, &job, done()).await;
                    ended += 1;
                }
            }
            Some(Taken::GivenUp(job, ending)) => {
                settle(jobs, &job, ending).await;
                ended += 1;
            }
            None => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    taken
}

#[tokio::test]
async fn ten_poison_jobs_among_a_thousand_are_dead_after_three_lost_workers_and_their_neighbours_are_done() {
    let redis = RedisServer::start().await;
    let users = with_users(&redis, 1_000).await;
    let jobs = with_lease(&redis, 200);
    let ids = jobs.sync_all(&users, Lane::Background).await.expect("jobs");
    let poison: HashSet<u64> = (1..=10).map(|place| place * 97).collect();
    let taken = work_off(&jobs, &poison, users.len()).await;
    for (user, id) in users.iter().zip(&ids) {
        let record = record(&jobs, id).await;
        if poison.contains(user) {
            assert_eq!((record.state, record.attempts, taken[user]), (JobState::Dead, 3, 3), "{record:?}");
            let message = record.message.expect("a reason");
            assert_eq!(message, "Given up after 3 attempts: its worker was lost while it worked on it.");
        } else {
            assert_eq!((record.state, taken[user]), (JobState::Done, record.attempts), "{record:?}");
        }
    }
    let counts = jobs.counts(SYNC).await.expect("counts");
    assert_eq!((counts.background, counts.running, counts.retrying, counts.dead), (0, 0, 0, 10));
}

#[tokio::test]
async fn fifty_requests_at_once_join_the_job_that_waits_and_bring_it_into_the_priority_lane() {
    let redis = RedisServer::start().await;
    with_users(&redis, 2).await;
    let instances = [(); 5].map(|()| Jobs::new(redis.redis()));
    let jobs = &instances[0];
    let other = ask(jobs, 2, Lane::Background).await;
    let first = ask(jobs, 1, Lane::Background).await;
    let once: Vec<Once> = (0..50).map(|n| Once { key: format!("k{n}"), fingerprint: "sync 1".to_owned() }).collect();
    let request = |place: usize| {
        let lane = if place.is_multiple_of(2) { Lane::Priority } else { Lane::Background };
        instances[place % 5].enqueue(&Work::SyncBalances(1), lane, Some(&once[place])).boxed_local()
    };
    for answer in join_all((0..50).map(request)).await {
        assert_eq!(answer.expect("a job"), first);
    }
    let counts = jobs.counts(SYNC).await.expect("counts");
    assert_eq!((counts.priority, counts.background), (1, 1));
    let job = take(jobs, SYNC).await;
    assert_eq!((&job.id, job.lane), (&first, Lane::Priority), "it goes before the other one now");

    // The job runs: each key still stands for it, a request without a key makes a new one.
    for answer in join_all((0..50).map(request)).await {
        assert_eq!(answer.expect("a job"), first);
    }
    let again = join_all((0..50).map(|place| ask(&instances[place % 5], 1, Lane::Priority))).await;
    assert!(again.iter().all(|id| *id == again[0] && *id != first));
    settle(jobs, &job, done()).await;
    assert_eq!(take(jobs, SYNC).await.id, again[0]);
    assert_eq!(take(jobs, SYNC).await.id, other);
    assert_eq!(jobs.take(SYNC, "a worker").await.expect("Redis answers"), None);
}

#[tokio::test]
async fn a_round_joins_what_waits_already_and_is_queued_in_few_round_trips() {
    let redis = RedisServer::start().await;
    let users = with_users(&redis, 1_000).await;
    let jobs = Jobs::new(redis.redis());
    let asked = ask(&jobs, 500, Lane::Priority).await;
    let before = calls(&redis).await;
    let first = jobs.sync_all(&users, Lane::Background).await.expect("jobs");
    let second = jobs.sync_all(&users, Lane::Background).await.expect("jobs");
    let round_trips = calls(&redis).await["evalsha"].0 - before["evalsha"].0;
    assert!(round_trips <= 10, "{round_trips} for 2,000 requests");
    assert_eq!(first, second, "a round that has not begun is not queued twice");
    assert_eq!((first.len(), &first[499]), (1_000, &asked));
    let counts = jobs.counts(SYNC).await.expect("counts");
    assert_eq!((counts.priority, counts.background), (1, 999));
}

#[tokio::test]
async fn counts_agree_with_the_records_whatever_happens() {
    let redis = RedisServer::start().await;
    with_users(&redis, 12).await;
    let timing = Timing { retries: vec![Duration::ZERO; 2], outage: Duration::ZERO, ..Timing::default() };
    let jobs = Jobs::with_timing(redis.redis(), timing);
    let seed = u64::from(std::process::id());
    let mut state = seed;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut accepted, mut held): (HashSet<String>, Vec<Job>) = (HashSet::new(), Vec::new());
    let mut seen = HashSet::new();
    let steps = if is_soaking() { 500 } else { 200 };
    for step in 0..steps {
        match next(3) {
            0 => {
                let lane = Lane::ALL[next(2) as usize];
                accepted.insert(ask(&jobs, next(12) + 1, lane).await.0);
            }
            1 => {
                if let Some(Taken::Job(job)) = jobs.take(SYNC, "a worker").await.expect("Redis answers") {
                    held.push(job);
                }
            }
            _ if !held.is_empty() => {
                let job = held.swap_remove(next(held.len() as u64) as usize);
                let outage = Ending::Outage { message: "away".to_owned(), reason: "away".to_owned() };
                let endings = [done(), failed(), failed(), Ending::Hopeless("no".to_owned()), outage];
                let ending = &endings[next(5) as usize];
                assert_ne!(jobs.settle(&job, ending).await.expect("Redis answers"), Settled::Stale);
            }
            _ => {}
        }
        let mut by_state = HashMap::new();
        for id in &accepted {
            let record = record(&jobs, &JobId(id.clone())).await;
            let lane = (record.state == JobState::Waiting).then_some(record.lane);
            *by_state.entry((record.state, lane)).or_insert(0) += 1;
            seen.insert(record.state);
        }
        let is = |state, lane| by_state.get(&(state, lane)).copied().unwrap_or(0);
        let counts = jobs.counts(SYNC).await.expect("counts");
        assert_eq!(
            [counts.priority, counts.background, counts.running, counts.retrying, counts.dead],
            [
                is(JobState::Waiting, Some(Lane::Priority)),
                is(JobState::Waiting, Some(Lane::Background)),
                is(JobState::Running, None),
                is(JobState::Retrying, None),
                is(JobState::Dead, None),
            ],
            "seed {seed}, step {step}"
        );
        assert_eq!(counts.running, held.len() as u64, "seed {seed}, step {step}");
    }
    assert_eq!(seen.len(), JobState::ALL.len(), "every state occurs: {seen:?}");
}

/// Takes, renews and ends this many jobs, counting before each. Answers Redis's commands, and the µs that its scripts took.
async fn cost(redis: &RedisServer, jobs: &Jobs, cycles: u64) -> (u64, u64) {
    let before = calls(redis).await;
    for _ in 0..cycles {
        jobs.counts(SYNC).await.expect("counts");
        let job = take(jobs, SYNC).await;
        assert!(jobs.renew(&job).await.expect("Redis answers"));
        settle(jobs, &job, done()).await;
    }
    let after = calls(redis).await;
    let commands = |calls: &Calls| calls.iter().filter(|(name, _)| *name != "info").map(|(_, (n, _))| n).sum::<u64>();
    let scripts = |calls: &Calls| calls["evalsha"].1;
    (commands(&after) - commands(&before), scripts(&after) - scripts(&before))
}

#[tokio::test]
async fn with_a_hundred_times_as_many_jobs_waiting_a_job_costs_no_more() {
    let more: u64 = if is_soaking() { 100_000 } else { 10_000 };
    let redis = RedisServer::start().await;
    let jobs = Jobs::new(redis.redis());
    let few: Vec<u64> = (1..=200).collect();
    jobs.sync_all(&few, Lane::Background).await.expect("jobs");
    // The scripts are known to Redis from here on, and connections stand.
    cost(&redis, &jobs, 20).await;
    let (commands_few, scripts_few) = cost(&redis, &jobs, 80).await;
    let many: Vec<u64> = (1_000..1_000 + more).collect();
    let began = Instant::now();
    jobs.sync_all(&many, Lane::Background).await.expect("jobs");
    show(&format!("{more} jobs queued in {:?}", began.elapsed()));
    let counts = jobs.counts(SYNC).await.expect("counts");
    assert_eq!(counts.background, more + 100);
    let (commands_many, scripts_many) = cost(&redis, &jobs, 80).await;
    show(&format!(
        "80 jobs: {scripts_few} µs of scripts with 100 waiting, {scripts_many} with {more} more; commands {commands_few}, {commands_many}"
    ));
    // A connection made to look in says hello.
    assert!(commands_many.abs_diff(commands_few) <= 4, "{commands_few} and {commands_many}");
    // One look at each of them would take a hundred times as long.
    assert!(scripts_many < 10 * scripts_few, "{scripts_few} and {scripts_many} µs");
}
