//! What is never answered, or asked for again and again: it ends, and holds up nobody else.

use std::time::Duration;

use axum::http::StatusCode;
use redis::AsyncCommands;
use service_manager::model::job::{JobId, JobRecord, JobState, Lane};
use service_manager::model::job_list::JobList;
use service_manager::model::service::BuiltIn;
use service_manager::server::redis::keys;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::{Jobs, Settled, Timing, Work};

use crate::support::core_banking::{faulty, faulty_bank};
use crate::support::jobs::{take, with_users};
use crate::support::redis_calls::calls;
use crate::support::runs::{ended, without_periodic_runs};
use crate::support::statuses::listen_for_all;
use crate::support::workers::{context, context_with, end_of, quick, start};
use crate::support::{Gate, PATIENCE, RedisServer, Sandbox, WorkerProcess, eventually, intent};

const SYNC: BuiltIn = BuiltIn::BalanceSync;

#[tokio::test]
async fn customers_and_accounts_that_always_fail_hold_up_neither_the_others_nor_the_next_service() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(4).await);
    let mut context = context_with(&redis, &sandbox, quick());
    let always = ["/customers/10000002/accounts", "/accounts/10000001001", "/accounts/10000003001/balances"];
    context.core_banking =
        faulty(4, StatusCode::INTERNAL_SERVER_ERROR, move |question, _| always.contains(&question)).await;
    let (running, shutdown) = start(&context);
    let discovery = ended(&context, BuiltIn::AccountDiscovery, 1).await.remove(0);
    assert_eq!(discovery.message.as_deref(), Some("The accounts of 1 user could not be read."));
    assert_eq!([discovery.done, discovery.total, discovery.errors], [4, 4, 1]);
    let enrichment = ended(&context, BuiltIn::AccountEnrichment, 1).await.remove(0);
    assert_eq!(enrichment.message.as_deref(), Some("1 account could not be read."));
    let round = ended(&context, SYNC, 1).await.remove(0);
    assert_eq!([round.done, round.total, round.errors], [3, 3, 1], "{round:?}");
    let unread: Vec<String> = context.bank.accounts(3).await.expect("accounts");
    for account in unread {
        let is_kept = context.bank.balances(&account).await.expect("Redis answers").is_some();
        assert_eq!(is_kept, account != "10000003001", "{account}");
    }
    shutdown.cancel();
    running.await.expect("the services end");
}

async fn record(jobs: &Jobs, id: &JobId) -> JobRecord {
    jobs.find(id).await.expect("Redis answers").expect("a record")
}

#[tokio::test]
async fn ten_outages_cost_a_job_nothing_and_more_are_its_own_failures() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    let timing = Timing { retries: vec![Duration::ZERO; 2], outage: Duration::ZERO, ..Timing::default() };
    let jobs = Jobs::with_timing(redis.redis(), timing);
    let id = jobs.enqueue(&Work::SyncBalances(1), Lane::Background, None).await.expect("a job");
    let outage = Ending::Outage { message: "No answer in time.".to_owned(), reason: "no answer in time".to_owned() };
    for _ in 0..10 {
        let job = take(&jobs, SYNC).await;
        assert_eq!(jobs.settle(&job, &outage).await.expect("Redis answers"), Settled::Later);
        assert_eq!((record(&jobs, &id).await.state, record(&jobs, &id).await.attempts), (JobState::Retrying, 0));
    }
    // A worker that is told to end is no outage.
    assert_eq!(jobs.settle(&take(&jobs, SYNC).await, &Ending::CutShort).await.expect("Redis answers"), Settled::Later);
    for attempts in 1..=2 {
        let job = take(&jobs, SYNC).await;
        for _ in 0..2 {
            assert_eq!(jobs.settle(&job, &outage).await.expect("Redis answers"), Settled::Later, "said twice, too");
        }
        assert_eq!((record(&jobs, &id).await.state, record(&jobs, &id).await.attempts), (JobState::Retrying, attempts));
    }
    let last = take(&jobs, SYNC).await;
    for _ in 0..2 {
        let settled = jobs.settle(&last, &outage).await.expect("Redis answers");
        assert!(matches!(&settled, Settled::Ended(end) if end.state == JobState::Dead), "{settled:?}");
    }
    assert_eq!(record(&jobs, &id).await.message.as_deref(), Some("No answer in time."));

    jobs.retry(std::slice::from_ref(&id), &intent()).await.expect("answers");
    jobs.settle(&take(&jobs, SYNC).await, &outage).await.expect("Redis answers");
    assert_eq!(record(&jobs, &id).await.attempts, 0, "it has all of it anew");
}

#[tokio::test]
async fn of_more_than_a_hundred_who_ask_for_a_job_the_others_are_told_that_they_joined_it() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    let jobs = Jobs::new(redis.redis());
    let mut id = None;
    for _ in 0..103 {
        id = Some(jobs.request(&Work::SyncBalances(1), &intent(), None).await.expect("a job"));
    }
    let id = id.expect("a job");
    let mut outside = redis.connection().await;
    let told: Vec<String> = outside.hvals(keys::AUDIT_OUTCOMES).await.expect("outcomes");
    let joined = format!(" It joined job {id}.");
    assert_eq!(told.iter().filter(|told| told.starts_with("succeeded ") && told.ends_with(&joined)).count(), 3);
    assert_eq!(told.len(), 3);
    jobs.settle(&take(&jobs, SYNC).await, &Ending::Done("It is done.".to_owned())).await.expect("Redis answers");
    let told: Vec<String> = outside.hvals(keys::AUDIT_OUTCOMES).await.expect("outcomes");
    assert_eq!(told.iter().filter(|told| told.ends_with(" It is done.")).count(), 100);
    assert_eq!(told.len(), 103, "each has an end");
}

#[tokio::test]
async fn counting_and_listing_make_nothing_that_is_there() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    let jobs = Jobs::new(redis.redis());
    let made = async || calls(&redis).await.get("xgroup|create").map_or(0, |(calls, _)| *calls);
    assert_eq!(jobs.counts(SYNC).await.expect("counts").priority, 0, "before there is any lane");
    let before = made().await;
    jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("a job");
    for _ in 0..5 {
        assert_eq!(jobs.counts(SYNC).await.expect("counts").priority, 1);
        let (listed, _) = jobs.list(&[SYNC], &JobList::ALL, None, 10).await.expect("jobs");
        assert_eq!(listed.len(), 1);
    }
    assert_eq!(made().await, before);
    assert!(before > 0, "that is what would be counted");
}

#[tokio::test]
async fn an_account_that_another_worker_met_while_a_list_was_read_stays_open() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let mut gate = Gate::before(|path| path.ends_with("/accounts"), 1).await;
    let context = context(&redis, &sandbox);
    let mut held = context.clone();
    held.core_banking = gate.core_banking.clone();
    let (running, shutdown) = start(&held);
    gate.until_one_is_held().await;
    let new = "opened-meanwhile".to_owned();
    context.bank.meet_accounts(1, std::slice::from_ref(&new)).await.expect("kept");
    gate.permits.add_permits(1);
    ended(&context, BuiltIn::AccountDiscovery, 1).await;
    assert_eq!(context.bank.closed_at(std::slice::from_ref(&new)).await.expect("an answer"), [None]);
    // Who asks later knows better.
    redis.next_millisecond().await;
    gate.permits.add_permits(10);
    let job = context.jobs.enqueue(&Work::DiscoverAccounts(1), Lane::Priority, None).await.expect("a job");
    assert!(end_of(&context.jobs, &job).await.message.ends_with("1 account closed."));
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn no_log_says_which_account_or_customer_was_not_answered() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let (account, customer) = ("10000001001", "10000002");
    let url = faulty_bank(3, StatusCode::INTERNAL_SERVER_ERROR, move |question, _| {
        question.starts_with(&format!("/accounts/{account}")) || question.contains(customer)
    })
    .await;
    let worker = WorkerProcess::start(&redis, &url, &[]);
    let context = context(&redis, &sandbox);
    ended(&context, BuiltIn::AccountEnrichment, 1).await;
    eventually("a job has failed", async || (context.jobs.counts(SYNC).await.ok()?.retrying > 0).then_some(())).await;
    worker.logs("An account's details were not read").await;
    worker.logs("A user's list of accounts was not read to its end").await;
    let log = worker.log();
    assert!(!log.contains(account) && !log.contains(customer), "{log}");
    worker.kill();
}

#[tokio::test]
async fn a_service_that_has_nothing_to_do_is_heard_at_least_every_ten_seconds() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    without_periodic_runs(&context).await;
    let mut statuses = listen_for_all(&redis, "account-enrichment").await;
    let (running, shutdown) = start(&context);
    let mut last: Option<u64> = None;
    for _ in 0..2 {
        let heard = tokio::time::timeout(PATIENCE, statuses.recv()).await.expect("in time");
        let (at, _) = heard.expect("a listener");
        if let Some(before) = last.replace(at) {
            assert!(at - before <= 10_000, "{} ms", at - before);
        }
    }
    shutdown.cancel();
    running.await.expect("the services end");
}
