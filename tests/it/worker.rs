//! The services at work, on a real Redis and the real sandbox.

use std::time::{Duration, Instant};

use redis::AsyncCommands;
use service_manager::model::job::{JobState, Lane, Subject};
use service_manager::model::service::BuiltIn;
use service_manager::server::core_banking::wire::Customer;
use service_manager::server::redis::keys;
use service_manager::server::worker::bank::Bank;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::{Jobs, QueueError, Settled, Timing, Work};

use crate::support::core_banking::unbroken;
use crate::support::jobs::{settle, take, take_over};
use crate::support::workers::{context, context_with, customers, end_of, quick, start};
use crate::support::{Gate, RedisServer, Sandbox, eventually};

const SYNC: BuiltIn = BuiltIn::BalanceSync;

#[tokio::test]
async fn users_are_numbered_in_the_order_they_are_met_and_keep_their_numbers() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(5).await);
    let bank = Bank::new(redis.redis());
    let met = customers(&sandbox).await;
    assert_eq!(bank.meet_customers(&met[..2]).await.expect("numbers"), [1, 2]);
    assert_eq!(bank.meet_customers(&met[1..]).await.expect("numbers"), [2, 3, 4, 5]);
    let users = bank.users().await.expect("users");
    let ids: Vec<&str> = users.iter().map(|user| user.customer_id.as_str()).collect();
    assert_eq!(ids, ["10000001", "10000002", "10000003", "10000004", "10000005"]);
    let quoted = Customer { customer_id: "x\"1".to_owned(), display_name: "Ana \"Nina\" Kovač\\".to_owned() };
    assert_eq!(bank.meet_customers(std::slice::from_ref(&quoted)).await.expect("numbers"), [6]);
    assert_eq!(bank.user(6).await.expect("a user").expect("a user").display_name, quoted.display_name);
}

#[tokio::test]
async fn search_finds_by_number_name_and_customer_id() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(60).await);
    let bank = Bank::new(redis.redis());
    bank.meet_customers(&customers(&sandbox).await).await.expect("numbers");
    let numbers = async |query: &str, limit| {
        let found = bank.search(query, limit).await.expect("users");
        found.iter().map(|user| user.user_id).collect::<Vec<_>>()
    };
    assert_eq!(numbers("", 3).await, [1, 2, 3]);
    assert_eq!(numbers("10000042", 10).await, [42]);
    assert_eq!(numbers("42", 10).await, [42]);
    assert_eq!(numbers("5", 4).await, [5, 50, 51, 52]);
    assert!(numbers("  ELIF JENSEN ", 100).await.contains(&1));
    assert!(numbers("nobody of that name", 10).await.is_empty());
}

#[tokio::test]
async fn an_unknown_user_is_refused() {
    let redis = RedisServer::start().await;
    let refused = Jobs::new(redis.redis()).enqueue(&Work::SyncBalances(7), Lane::Priority, None).await;
    assert!(matches!(refused, Err(QueueError::Unknown(Subject::User(7)))), "{refused:?}");
    let length: u64 = redis.connection().await.xlen(keys::jobs(SYNC, Lane::Priority)).await.expect("a length");
    assert_eq!(length, 0);
}

#[tokio::test]
async fn priority_goes_before_background_and_each_job_ends_once() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(3).await);
    let (bank, jobs) = (Bank::new(redis.redis()), Jobs::new(redis.redis()));
    bank.meet_customers(&customers(&sandbox).await).await.expect("numbers");
    for (user, lane) in [(1, Lane::Background), (2, Lane::Priority), (3, Lane::Priority)] {
        jobs.enqueue(&Work::SyncBalances(user), lane, None).await.expect("it is queued");
    }
    let waiting = jobs.counts(SYNC).await.expect("counts");
    assert_eq!((waiting.priority, waiting.background), (2, 1));
    for (user, priority, background) in [(2, 1, 1), (3, 0, 1), (1, 0, 0)] {
        let job = take(&jobs, SYNC).await;
        assert_eq!(job.work, Work::SyncBalances(user));
        let waiting = jobs.counts(SYNC).await.expect("counts");
        assert_eq!((waiting.priority, waiting.background), (priority, background));
        let record = jobs.find(&job.id).await.expect("Redis answers").expect("a record");
        assert_eq!((record.state, record.lane, record.clone().outcome()), (JobState::Running, job.lane, None));
        let ended = settle(&jobs, &job, Ending::Done("done".to_owned())).await;
        assert_eq!(
            settle(&jobs, &job, Ending::Done("done".to_owned())).await,
            ended,
            "said again, as after a lost answer"
        );
        let again = jobs.settle(&job, &Ending::Hopeless("again".to_owned())).await.expect("Redis answers");
        assert_eq!(again, Settled::Stale);
        assert_eq!(end_of(&jobs, &job.id).await.message, "done");
    }
    assert!(jobs.take(SYNC, "one").await.expect("Redis answers").is_none());
}

#[tokio::test]
async fn a_job_whose_worker_died_goes_to_another() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let bank = Bank::new(redis.redis());
    let jobs = Jobs::with_timing(redis.redis(), Timing { lease: Duration::from_millis(300), ..Timing::default() });
    bank.meet_customers(&customers(&sandbox).await).await.expect("numbers");
    jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("it is queued");
    let began = Instant::now();
    let taken = take(&jobs, SYNC).await;
    let again = take_over(&jobs, SYNC).await;
    assert!(began.elapsed() >= Duration::from_millis(300), "not before the lease has run out");
    assert_eq!((again.id, again.work), (taken.id, taken.work));
}

#[tokio::test]
async fn a_fresh_worker_discovers_enriches_and_syncs_everyone() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(55).await);
    let context = context(&redis, &sandbox);
    let (running, shutdown) = start(&context);
    let total = sandbox.client().accounts("10000050", None).await.expect("a page").header.total_size;
    eventually("all accounts of user 50 are known", async || {
        (context.bank.accounts(50).await.expect("accounts").len() as u64 == total).then_some(())
    })
    .await;
    let id = context.jobs.enqueue(&Work::SyncBalances(50), Lane::Priority, None).await.expect("it is queued");
    let outcome = end_of(&context.jobs, &id).await;
    let user = context.bank.user(50).await.expect("Redis answers").expect("user 50");
    assert_eq!(outcome.message, format!("{total} accounts synced for {} (user 50).", user.display_name));
    assert_eq!((outcome.state, outcome.lane), (JobState::Done, Lane::Priority));
    for account in context.bank.accounts(50).await.expect("accounts") {
        let kept = context.bank.balances(&account).await.expect("Redis answers").expect("balances");
        assert_eq!(kept.balances, sandbox.client().balances(&account).await.expect("balances"));
        assert!(kept.asked_at > 0);
    }
    eventually("no account lacks details", async || {
        context.bank.accounts_lacking_details().await.expect("accounts").is_empty().then_some(())
    })
    .await;
    eventually("both lanes are empty", async || {
        let (priority, background) = (Lane::Priority, Lane::Background);
        let jobs = &context.jobs;
        (jobs.is_finished(SYNC, priority).await.expect("a length")
            && jobs.is_finished(SYNC, background).await.expect("a length"))
        .then_some(())
    })
    .await;
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn an_outage_of_core_banking_uses_up_no_attempt_and_the_job_is_done_after_it() {
    let (redis, mut sandbox) = (RedisServer::start().await, Sandbox::start(2).await);
    let mut context = context_with(&redis, &sandbox, quick());
    // The breaker would hold the job back after its first attempts.
    (context.core_banking, context.metrics) = sandbox.client_with(unbroken());
    context.bank.meet_customers(&customers(&sandbox).await).await.expect("numbers");
    context.bank.meet_accounts(1, &["10000001001".to_owned()]).await.expect("it is kept");
    sandbox.stop().await;
    let (running, shutdown) = start(&context);
    let id = context.jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("it is queued");
    let record = async || context.jobs.find(&id).await.expect("Redis answers").expect("a record");
    let mut attempts_began = Vec::new();
    eventually("it was tried more often than a job may fail", async || {
        let record = record().await;
        assert!(record.attempts <= 1 && record.message.is_none(), "{record:?}");
        let error = record.last_error.unwrap_or_default();
        if !error.is_empty() && !attempts_began.contains(&record.started_at) {
            assert!(error.contains("(user 1) were not synced: the core banking system at"), "{error}");
            attempts_began.push(record.started_at);
        }
        (attempts_began.len() == 5).then_some(())
    })
    .await;
    sandbox.start_again().await;
    assert_eq!(end_of(&context.jobs, &id).await.state, JobState::Done);
    assert_eq!(record().await.attempts, 1);
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn the_worker_goes_on_after_redis_was_away() {
    let (mut redis, sandbox) = (RedisServer::start().await, Sandbox::start(2).await);
    let context = context(&redis, &sandbox);
    let (running, shutdown) = start(&context);
    eventually("users are known", async || (context.bank.user_count().await.ok()? == 2).then_some(())).await;
    redis.kill();
    redis.start_again().await;
    let id = eventually("a job is queued", async || {
        context.jobs.enqueue(&Work::SyncBalances(2), Lane::Priority, None).await.ok()
    })
    .await;
    let state = eventually("the job ends", async || context.jobs.find(&id).await.ok()??.outcome()).await.state;
    assert_eq!(state, JobState::Done);
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn a_run_that_redis_broke_off_is_done_anew_and_not_left_for_its_next_time() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(3).await);
    let mut gate = Gate::before(|path| path.ends_with("/accounts"), 3).await;
    let mut context = context(&redis, &sandbox);
    context.core_banking = gate.core_banking.clone();
    context.config.account_discovery_batch_size = 1;
    context.bank.mark_discovered().await.expect("noted");
    let (running, shutdown) = start(&context);
    gate.until_one_is_held().await;

    let mut outside = redis.connection().await;
    let mut refuse_writes = async |replicas: u8| {
        let mut set = redis::cmd("CONFIG");
        set.arg(&["SET", "min-replicas-to-write"]).arg(replicas);
        set.query_async::<()>(&mut outside).await.expect("it is set");
    };
    refuse_writes(1).await;
    gate.permits.add_permits(1);
    let mut looking = redis.connection().await;
    eventually("the run cannot be given back", async || {
        let stats: String = redis::cmd("INFO").arg("commandstats").query_async(&mut looking).await.expect("counts");
        let given_back = stats.lines().find(|line| line.starts_with("cmdstat_hdel:"))?;
        (!given_back.contains("rejected_calls=0")).then_some(())
    })
    .await;
    refuse_writes(0).await;
    gate.permits.add_permits(100);
    eventually("everybody's accounts are known", async || {
        for user in 1..=3 {
            if context.bank.accounts(user).await.expect("accounts").is_empty() {
                return None;
            }
        }
        Some(())
    })
    .await;
    shutdown.cancel();
    running.await.expect("the services end");
}
