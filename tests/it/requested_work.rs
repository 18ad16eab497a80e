//! What operators ask of account-discovery and account-enrichment, on a real Redis and the real sandbox.

use std::time::{Duration, Instant};

use serde_json::Value;
use service_manager::model::job::{JobState, Subject};
use service_manager::model::service::BuiltIn;
use service_manager::server::core_banking::wire::Customer;
use service_manager::server::worker::queue::{Jobs, Timing, Work};

use crate::support::jobs::{ask, logged_ends, take};
use crate::support::runs::{only, without_periodic_runs};
use crate::support::statuses::{listen, until_it_says};
use crate::support::workers::{context, context_with, customers, end_of, quick, start};
use crate::support::{Gate, RedisServer, Sandbox, eventually};

#[tokio::test]
async fn a_discovery_asked_for_reads_all_pages_and_says_what_is_new() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(50).await);
    let context = context(&redis, &sandbox);
    context.bank.meet_customers(&customers(&sandbox).await).await.expect("numbers");
    context.bank.meet_accounts(50, &["10000050001".to_owned(), "10000050101".to_owned()]).await.expect("kept");
    without_periodic_runs(&context).await;
    let mut statuses = listen(&redis, "account-discovery").await;
    let (running, shutdown) = start(&context);
    until_it_says(&mut statuses, &[("discovering", false.into())]).await;

    let id = ask(&context, &Work::DiscoverAccounts(50)).await;
    until_it_says(&mut statuses, &[("discovering", true.into())]).await;
    let done = until_it_says(&mut statuses, &[("discovering", false.into())]).await;
    assert!(done["lastRun"].is_u64(), "{done}");
    let outcome = end_of(&context.jobs, &id).await;
    let total = sandbox.client().accounts("10000050", None).await.expect("a page").header.total_size;
    assert!(total > 100, "more than one page");
    let user = context.bank.user(50).await.expect("Redis answers").expect("user 50");
    let new = total - 2;
    assert_eq!(outcome.message, format!("{total} accounts found for {user}, {new} of them new."));
    assert_eq!((outcome.state, &outcome.subject), (JobState::Done, &Subject::User(50)));
    assert_eq!(context.bank.accounts(50).await.expect("accounts").len() as u64, total);
    assert_eq!(context.bank.accounts_lacking_details().await.expect("accounts").len() as u64, total);
    assert!(context.bank.accounts(49).await.expect("accounts").is_empty(), "nobody else was asked for");

    let again = end_of(&context.jobs, &ask(&context, &Work::DiscoverAccounts(50)).await).await;
    assert_eq!(again.message, format!("{total} accounts found for {user}, none new."));
    eventually("both ends are told", async || {
        (logged_ends(&redis).await == [outcome.clone(), again.clone()]).then_some(())
    })
    .await;
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn an_enrichment_asked_for_reads_details_that_were_known_anew() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    let mut stale = sandbox.client().details("10000001001").await.expect("details");
    stale.account_status = "of yesterday".to_owned();
    context.bank.store_details("10000001001", &stale).await.expect("kept");
    without_periodic_runs(&context).await;
    let mut statuses = listen(&redis, "account-enrichment").await;
    let (running, shutdown) = start(&context);
    until_it_says(&mut statuses, &[("enriching", false.into())]).await;

    let id = ask(&context, &Work::EnrichAccount("10000001001".to_owned())).await;
    until_it_says(&mut statuses, &[("enriching", true.into())]).await;
    until_it_says(&mut statuses, &[("enriching", false.into())]).await;
    let outcome = end_of(&context.jobs, &id).await;
    assert_eq!(outcome.message, "The details of account 10000001001 were read.");
    assert_eq!((outcome.state, &outcome.subject), (JobState::Done, &Subject::Account("10000001001".to_owned())));
    let kept = context.bank.details("10000001001").await.expect("Redis answers").expect("details");
    assert_eq!(kept, sandbox.client().details("10000001001").await.expect("details"));
    eventually("the end is told", async || (logged_ends(&redis).await == [outcome.clone()]).then_some(())).await;
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn a_job_about_what_core_banking_does_not_know_dies_and_says_so() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    let gone = Customer { customer_id: "10000777".to_owned(), display_name: "Ana Novak".to_owned() };
    context.bank.meet_customers(&[gone]).await.expect("a number");
    context.bank.meet_accounts(1, &["10000777001".to_owned()]).await.expect("kept");
    without_periodic_runs(&context).await;
    let mut statuses = listen(&redis, "account-discovery").await;
    let (running, shutdown) = start(&context);
    for (work, message) in [
        (
            Work::DiscoverAccounts(1),
            "The accounts of Ana Novak (user 1) were not read: the core banking system does not know /customers/10000777/accounts.",
        ),
        (
            Work::EnrichAccount("10000777001".to_owned()),
            "The details of account 10000777001 were not read: the core banking system does not know /accounts/10000777001.",
        ),
    ] {
        let outcome = end_of(&context.jobs, &ask(&context, &work).await).await;
        assert_eq!((outcome.state, outcome.message.as_str()), (JobState::Dead, message));
    }
    let status = until_it_says(&mut statuses, &[("lastError", Value::from(
        "The accounts of Ana Novak (user 1) were not read: the core banking system does not know /customers/10000777/accounts.",
    ))])
    .await;
    assert_eq!(status["state"], Value::Null, "the others can be worked on");
    eventually("both ends are told", async || (logged_ends(&redis).await.len() == 2).then_some(())).await;
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn jobs_wait_with_the_reason_while_core_banking_is_down_and_are_done_after_it() {
    let (redis, mut sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context_with(&redis, &sandbox, quick());
    context.bank.meet_customers(&customers(&sandbox).await).await.expect("a number");
    context.bank.meet_accounts(1, &["10000001001".to_owned()]).await.expect("kept");
    without_periodic_runs(&context).await;
    sandbox.stop().await;
    let mut discovery = listen(&redis, "account-discovery").await;
    let mut enrichment = listen(&redis, "account-enrichment").await;
    let (running, shutdown) = start(&context);
    let works = [Work::DiscoverAccounts(1), Work::EnrichAccount("10000001001".to_owned())];
    let mut ids = Vec::new();
    for work in &works {
        let id = ask(&context, work).await;
        let record = eventually("it is to be tried again", async || {
            let record = context.jobs.find(&id).await.expect("Redis answers").expect("a record");
            (record.state == JobState::Retrying).then_some(record)
        })
        .await;
        let error = record.last_error.expect("a reason");
        assert!(error.contains(" not read: the core banking system at http://127.0.0.1:"), "{error}");
        assert!(record.next_attempt_at > record.started_at);
        ids.push(id);
    }
    for statuses in [&mut discovery, &mut enrichment] {
        let status = until_it_says(statuses, &[("state", "degraded".into())]).await;
        assert!(status["reason"].as_str().is_some_and(|reason| reason.contains("core banking")), "{status}");
    }
    sandbox.start_again().await;
    for id in &ids {
        assert_eq!(end_of(&context.jobs, id).await.state, JobState::Done);
    }
    let mut told: Vec<JobState> = Vec::new();
    eventually("each end is told once, and nothing before it", async || {
        told = logged_ends(&redis).await.iter().map(|outcome| outcome.state).collect();
        (told.len() == 2).then_some(())
    })
    .await;
    assert_eq!(told, [JobState::Done; 2]);
    until_it_says(&mut discovery, &[("state", Value::Null), ("discovering", false.into())]).await;
    until_it_says(&mut enrichment, &[("state", Value::Null), ("enriching", false.into())]).await;
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn a_job_does_not_wait_for_the_end_of_a_discovery() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(10).await);
    let mut gate = Gate::before(|path| path.ends_with("/accounts"), 10).await;
    let mut context = context(&redis, &sandbox);
    context.core_banking = gate.core_banking.clone();
    context.config.account_discovery_batch_size = 1;
    let (running, shutdown) = start(&context);
    gate.until_one_is_held().await;
    let id = ask(&context, &Work::DiscoverAccounts(7)).await;
    assert_eq!(context.jobs.find(&id).await.expect("Redis answers").expect("a record").state, JobState::Waiting);

    // One page of the run, then the one page of the job.
    gate.permits.add_permits(2);
    assert_eq!(end_of(&context.jobs, &id).await.state, JobState::Done);
    assert!(!context.bank.accounts(7).await.expect("accounts").is_empty());
    assert!(context.bank.accounts(2).await.expect("accounts").is_empty(), "the run goes on after the job");
    assert!(!context.bank.is_discovered().await.expect("Redis answers"));

    gate.permits.add_permits(100);
    eventually("the discovery ends", async || context.bank.is_discovered().await.expect("an answer").then_some(()))
        .await;
    for user in 1..=10 {
        assert!(!context.bank.accounts(user).await.expect("accounts").is_empty(), "user {user}");
    }
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn a_job_does_not_wait_for_the_end_of_an_enrichment() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(5).await);
    let mut gate = Gate::before(|path| path.starts_with("/accounts/") && !path.ends_with("/balances"), 5).await;
    let mut context = context(&redis, &sandbox);
    context.core_banking = gate.core_banking.clone();
    context.config.account_enrichment_batch_size = 1;
    let accounts: Vec<String> = (1..=5).map(|customer| format!("1000000{customer}001")).collect();
    context.bank.meet_accounts(1, &accounts).await.expect("kept");
    context.bank.mark_discovered().await.expect("noted");
    only(&context, BuiltIn::AccountEnrichment).await;
    let (running, shutdown) = start(&context);
    gate.until_one_is_held().await;
    let id = ask(&context, &Work::EnrichAccount(accounts[4].clone())).await;

    // One account of the run, then the one of the job.
    gate.permits.add_permits(2);
    assert_eq!(end_of(&context.jobs, &id).await.state, JobState::Done);
    assert!(context.bank.details(&accounts[4]).await.expect("Redis answers").is_some());
    assert!(
        context.bank.details(&accounts[1]).await.expect("Redis answers").is_none(),
        "the run goes on after the job"
    );

    gate.permits.add_permits(100);
    eventually("all details are read", async || {
        let details = context.bank.details(&accounts[3]).await.expect("Redis answers");
        details.map(|_| ())
    })
    .await;
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn an_idle_service_waits_for_its_lane_and_does_not_poll_it() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    context.bank.meet_customers(&customers(&sandbox).await).await.expect("a number");
    context.bank.meet_accounts(1, &["10000001001".to_owned()]).await.expect("kept");
    without_periodic_runs(&context).await;
    let (running, shutdown) = start(&context);
    let mut watching = redis.connection().await;
    for work in [Work::SyncBalances(1), Work::DiscoverAccounts(1), Work::EnrichAccount("10000001001".to_owned())] {
        let mut fastest = Duration::MAX;
        for _ in 0..5 {
            eventually("all three are blocked in a read", async || {
                let clients: String =
                    redis::cmd("CLIENT").arg("LIST").query_async(&mut watching).await.expect("clients");
                let blocked = clients.lines().filter(|line| line.contains(" flags=b ") && line.contains(" cmd=xread "));
                (blocked.count() == 3).then_some(())
            })
            .await;
            let asked = Instant::now();
            let id = ask(&context, &work).await;
            assert_eq!(end_of(&context.jobs, &id).await.state, JobState::Done);
            fastest = fastest.min(asked.elapsed());
        }
        assert!(fastest < Duration::from_millis(900), "{work:?}: {fastest:?}");
    }
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn jobs_of_a_dead_worker_are_taken_over_by_the_next() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    context.bank.meet_customers(&customers(&sandbox).await).await.expect("a number");
    context.bank.meet_accounts(1, &["10000001001".to_owned()]).await.expect("kept");
    without_periodic_runs(&context).await;
    let dying = Jobs::with_timing(redis.redis(), Timing { lease: Duration::from_millis(1), ..Timing::default() });
    let mut left_behind = Vec::new();
    for work in [Work::DiscoverAccounts(1), Work::EnrichAccount("10000001001".to_owned())] {
        left_behind.push(ask(&context, &work).await);
        take(&dying, work.service()).await;
    }
    let (running, shutdown) = start(&context);
    for id in &left_behind {
        assert_eq!(end_of(&context.jobs, id).await.state, JobState::Done);
        assert_eq!(context.jobs.find(id).await.expect("Redis answers").expect("a record").attempts, 2);
    }
    shutdown.cancel();
    running.await.expect("the services end");
}
