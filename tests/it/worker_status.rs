//! What the services say of themselves while they work, as anyone hears it on Redis.

use serde_json::Value;
use service_manager::model::job::{JobState, Lane};
use service_manager::server::worker::queue::Work;

use crate::support::statuses::{listen, until_it_says};
use crate::support::workers::{context, end_of, start};
use crate::support::{RedisServer, Sandbox};

#[tokio::test]
async fn a_sync_is_seen_waiting_then_worked_on_then_done() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(5).await);
    let context = context(&redis, &sandbox);
    let mut statuses = listen(&redis, "balance-sync").await;
    let (running, shutdown) = start(&context);

    // The periodic round comes first: of five users four are worked on, one waits in the background lane.
    until_it_says(&mut statuses, &[("background", 1.into()), ("processing", true.into())]).await;
    until_it_says(&mut statuses, &[("background", 0.into()), ("processing", false.into())]).await;
    for user in context.bank.users().await.expect("users") {
        for account in context.bank.accounts(user.user_id).await.expect("accounts") {
            assert!(context.bank.balances(&account).await.expect("Redis answers").is_some(), "{account} is synced");
        }
    }

    let job = context.jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("queued");
    until_it_says(&mut statuses, &[("priority", 1.into()), ("processing", false.into())]).await;
    until_it_says(&mut statuses, &[("priority", 0.into()), ("processing", true.into())]).await;
    until_it_says(&mut statuses, &[("priority", 0.into()), ("processing", false.into())]).await;
    assert_eq!(end_of(&context.jobs, &job).await.state, JobState::Done);
    shutdown.cancel();
    running.await.expect("it ends");
}

#[tokio::test]
async fn discovery_and_enrichment_say_when_they_begin_and_when_they_are_done() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(60).await);
    let context = context(&redis, &sandbox);
    let mut discovery = listen(&redis, "account-discovery").await;
    let mut enrichment = listen(&redis, "account-enrichment").await;
    let (running, shutdown) = start(&context);

    until_it_says(&mut discovery, &[("discovering", true.into())]).await;
    let done = until_it_says(&mut discovery, &[("discovering", false.into())]).await;
    assert_eq!(done["paginationQueueSize"], 0);
    until_it_says(&mut enrichment, &[("enriching", true.into())]).await;
    until_it_says(&mut enrichment, &[("enriching", false.into())]).await;
    shutdown.cancel();
    running.await.expect("it ends");
}

#[tokio::test]
async fn a_service_whose_upstream_is_away_is_degraded_until_it_works_again() {
    let (redis, mut sandbox) = (RedisServer::start().await, Sandbox::start(2).await);
    let context = context(&redis, &sandbox);
    let mut statuses = listen(&redis, "balance-sync").await;
    let (running, shutdown) = start(&context);
    until_it_says(&mut statuses, &[("processing", true.into())]).await;
    until_it_says(&mut statuses, &[("background", 0.into()), ("processing", false.into())]).await;

    sandbox.stop().await;
    context.jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("queued");
    let status = until_it_says(&mut statuses, &[("state", "degraded".into())]).await;
    assert!(status["reason"].as_str().is_some_and(|reason| reason.contains("core banking")), "{status}");

    sandbox.start_again().await;
    context.jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("queued");
    until_it_says(&mut statuses, &[("state", Value::Null), ("processing", false.into())]).await;
    shutdown.cancel();
    running.await.expect("it ends");
}
