//! What runs count and say: accounts that are new, closed or changed, how far a run is, and no more than ten statuses a second.

use std::time::Duration;

use axum::http::StatusCode;
use redis::AsyncCommands;
use serde_json::{Value, json};
use service_manager::model::job::{JobState, Lane};
use service_manager::model::run::RunRecord;
use service_manager::model::service::BuiltIn;
use service_manager::server::core_banking::sandbox::data::accounts_of;
use service_manager::server::redis::keys;
use service_manager::server::worker::WorkerContext;
use service_manager::server::worker::counter::Counter;
use service_manager::server::worker::queue::Work;
use service_manager::server::worker::services;

use crate::support::core_banking::{LATER, faulty};
use crate::support::jobs::{ask, with_users};
use crate::support::runs::{ended, without_periodic_runs};
use crate::support::statuses::{listen, listen_for_all, until_it_says};
use crate::support::workers::{context, context_with, end_of, quick, start};
use crate::support::{Gate, RedisServer, Sandbox, eventually};

fn counts(run: &RunRecord) -> [u64; 5] {
    [run.done, run.total, run.checked, run.changed, run.errors]
}

async fn closed(context: &WorkerContext, account: &str) -> bool {
    context.bank.closed_at(&[account.to_owned()]).await.expect("Redis answers")[0].is_some()
}

#[tokio::test]
async fn accounts_are_closed_only_after_all_pages_of_their_customer_were_seen() {
    closed_only_after_all_pages(StatusCode::BAD_REQUEST, 1).await;
}

#[tokio::test]
async fn so_they_are_where_a_page_is_answered_as_if_core_banking_had_failed() {
    // It is asked again twice, and after all others three times more.
    closed_only_after_all_pages(StatusCode::INTERNAL_SERVER_ERROR, 6).await;
}

async fn closed_only_after_all_pages(fault: StatusCode, times: usize) {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(50).await);
    let mut context = context(&redis, &sandbox);
    // Only the next discovery is given the page.
    context.core_banking =
        faulty(50, fault, move |question, before| question.contains("/10000050/accounts?page_token") && before < times)
            .await;
    with_users(&redis, 50).await;
    for (user, account) in [(1, "gone-1"), (50, "gone-50")] {
        context.bank.meet_accounts(user, &[account.to_owned()]).await.expect("kept");
    }
    // It was closed by mistake, or is open again.
    context.bank.meet_accounts(2, &["10000002001".to_owned()]).await.expect("kept");
    context.bank.close_others(2, &[], LATER).await.expect("closed");

    let (running, shutdown) = start(&context);
    let run = ended(&context, BuiltIn::AccountDiscovery, 1).await.remove(0);
    let all: u64 = (1..50).map(accounts_of).sum();
    assert_eq!(run.message.as_deref(), Some("The accounts of 1 user could not be read."));
    // All are new but the one that is open again, and one is closed.
    assert_eq!(counts(&run), [50, 50, all + 100, all + 100 + 1, 1]);
    assert!(closed(&context, "gone-1").await);
    assert!(!closed(&context, "10000002001").await);
    assert!(!closed(&context, "gone-50").await, "the list of user 50 broke off");

    let user = context.bank.user(50).await.expect("Redis answers").expect("user 50");
    let end = end_of(&context.jobs, &ask(&context, &Work::DiscoverAccounts(50)).await).await;
    let (total, new) = (accounts_of(50), accounts_of(50) - 100);
    assert_eq!(end.message, format!("{total} accounts found for {user}, {new} of them new; 1 account closed."));
    assert!(closed(&context, "gone-50").await);
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn a_closed_account_is_neither_synced_nor_enriched() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    with_users(&redis, 1).await;
    let [open, gone] = ["10000001001", "10000001999"].map(str::to_owned);
    context.bank.meet_accounts(1, &[open.clone(), gone.clone()]).await.expect("kept");
    context.bank.close_others(1, std::slice::from_ref(&open), LATER).await.expect("closed");
    without_periodic_runs(&context).await;
    let (running, shutdown) = start(&context);
    let synced = end_of(&context.jobs, &ask(&context, &Work::SyncBalances(1)).await).await;
    assert!(synced.message.starts_with("1 account synced"), "{}", synced.message);
    let enriched = end_of(&context.jobs, &ask(&context, &Work::EnrichAccount(gone.clone())).await).await;
    assert_eq!((enriched.state, enriched.message), (JobState::Dead, format!("Account {gone} is closed.")));
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn a_round_counts_what_was_read_what_differs_and_what_was_not_read() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(3).await);
    let mut context = context_with(&redis, &sandbox, quick());
    context.config.balance_sync_interval = Duration::from_secs(3);
    // A job about user 1 fails once and is done at its second attempt.
    context.core_banking = faulty(3, StatusCode::INTERNAL_SERVER_ERROR, |question, before| {
        question == "/accounts/10000001001/balances" && before < 3
    })
    .await;
    let mut statuses = listen(&redis, "balance-sync").await;
    let (running, shutdown) = start(&context);
    let first = ended(&context, BuiltIn::BalanceSync, 1).await.remove(0);
    let all: u64 = (1..=3).map(accounts_of).sum();
    assert_eq!(counts(&first), [3, 3, all, all, 0]);

    // Core banking does not know it, and no discovery has found that out.
    context.bank.meet_accounts(3, &["10000003999".to_owned()]).await.expect("kept");
    let second = ended(&context, BuiltIn::BalanceSync, 2).await.remove(0);
    assert_eq!(counts(&second), [3, 3, all, 0, 1], "nothing has changed, and one account is unknown");
    assert!(second.started_at >= first.started_at + 3_000);
    until_it_says(&mut statuses, &[("progress", json!({ "done": 0, "total": 3 })), ("processing", json!(true))]).await;
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn an_enrichment_counts_accounts_and_says_how_far_it_is_and_then_when_the_next_one_comes() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(3).await);
    let mut context = context(&redis, &sandbox);
    context.config.account_enrichment_batch_size = 1;
    let mut gate = Gate::before(|path| path == "/accounts/10000002001", 3).await;
    with_users(&redis, 3).await;
    without_periodic_runs(&context).await;
    let accounts = (1..=3).map(|user| format!("1000000{user}001"));
    for (user, account) in (1..=3).zip(accounts) {
        context.bank.meet_accounts(user, &[account]).await.expect("kept");
    }
    let interval = Duration::from_secs(3_600);
    let schedule = keys::schedule(BuiltIn::AccountEnrichment);
    redis.connection().await.del::<_, ()>(schedule).await.expect("forgotten");
    let mut held = context.clone();
    held.core_banking = gate.core_banking.clone();
    let mut statuses = listen(&redis, "account-enrichment").await;
    let (running, shutdown) = start(&held);
    gate.until_one_is_held().await;
    let says = until_it_says(&mut statuses, &[("progress", json!({ "done": 1, "total": 3 }))]).await;
    assert_eq!((&says["enriching"], says.get("nextRun").is_some()), (&json!(true), true));
    gate.permits.add_permits(1);
    let says = until_it_says(&mut statuses, &[("enriching", false.into()), ("progress", Value::Null)]).await;
    let run = ended(&context, BuiltIn::AccountEnrichment, 2).await.remove(0);
    assert_eq!(says["nextRun"], json!(run.started_at + interval.as_millis() as u64));
    assert_eq!(counts(&run), [3, 3, 3, 3, 0]);
    shutdown.cancel();
    running.await.expect("the services end");

    // Read again, only what differs is news.
    let mut stale = context.bank.details("10000001001").await.expect("Redis answers").expect("details");
    stale.nick_name = "of yesterday".to_owned();
    context.bank.store_details("10000001001", &stale).await.expect("kept");
    let tally = Counter::default();
    for account in ["10000001001", "10000002001"] {
        let work = Work::EnrichAccount(account.to_owned());
        services::perform(&context, &work, &tally).await.expect("done");
    }
    assert_eq!((tally.tally().checked, tally.tally().changed), (2, 1));
}

#[tokio::test]
async fn whatever_comes_and_goes_there_are_at_most_ten_statuses_a_second_and_the_last_one_is_told() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = context(&redis, &sandbox);
    let users = with_users(&redis, 200).await;
    without_periodic_runs(&context).await;
    let mut statuses = listen_for_all(&redis, "balance-sync").await;
    let (running, shutdown) = start(&context);
    // Users without accounts: their jobs take no time, so the lane is empty and full again by turns.
    let mut bursts = 0;
    for user in &users {
        context.jobs.enqueue(&Work::SyncBalances(*user), Lane::Priority, None).await.expect("queued");
        if user.is_multiple_of(4) {
            let jobs = &context.jobs;
            eventually("they are done", async || {
                let counts = jobs.counts(BuiltIn::BalanceSync).await.expect("counts");
                (counts.priority + counts.running == 0).then_some(())
            })
            .await;
            bursts += 1;
        }
    }
    let quiet = tokio::time::timeout(Duration::from_secs(20), async {
        let mut heard = Vec::new();
        loop {
            match tokio::time::timeout(Duration::from_millis(1_500), statuses.recv()).await {
                Ok(status) => heard.push(status.expect("a listener")),
                Err(_) if !heard.is_empty() => return heard,
                Err(_) => {}
            }
        }
    });
    let heard = quiet.await.expect("it comes to rest");
    let last = &heard.last().expect("a status").1;
    assert_eq!((&last["processing"], &last["priority"]), (&json!(false), &json!(0)), "{last}");
    assert!(heard.len() > 10 && bursts == 50, "{} statuses", heard.len());
    for window in heard.windows(11) {
        let took = window[10].0 - window[0].0;
        assert!(took >= 999, "eleven statuses within {took} ms");
    }
    shutdown.cancel();
    running.await.expect("the services end");
}
