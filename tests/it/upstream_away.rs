//! Core banking goes away and comes back while the services work.

use std::time::Duration;

use axum::{Json, Router};
use serde_json::{Value, json};
use service_manager::model::job::{JobState, Lane};
use service_manager::server::config::CoreBankingConfig;
use service_manager::server::core_banking::breaker::BreakerLimits;
use service_manager::server::core_banking::client::{ClientLimits, CoreBanking};
use service_manager::server::worker::WorkerContext;
use service_manager::server::worker::counter::Counter;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::Work;
use service_manager::server::worker::services;

use crate::support::statuses::{listen, until_it_says};
use crate::support::workers::{context, customers, end_of, start};
use crate::support::{PATIENCE, RedisServer, Sandbox, Scrape, eventually, metrics, serve};

const SERVICES: [&str; 3] = ["balance-sync", "account-discovery", "account-enrichment"];

/// Limits by which an outage of seconds is as a long one.
const IMPATIENT: ClientLimits = ClientLimits {
    connect: Duration::from_secs(2),
    answer: Duration::from_secs(2),
    largest_answer: 1024 * 1024,
    repeats: 1,
    longest_wait: Duration::from_secs(1),
    look_again: Duration::from_millis(50),
    breaker: BreakerLimits {
        outages: 3,
        first_pause: Duration::from_millis(50),
        longest_pause: Duration::from_millis(200),
    },
};

/// Services whose work is done, so that from here on only the test gives them any.
async fn at_rest(redis: &RedisServer, sandbox: &Sandbox) -> WorkerContext {
    let mut context = context(redis, sandbox);
    (context.core_banking, context.metrics) = sandbox.client_with(IMPATIENT);
    context
}

fn unreachable(context: &WorkerContext) -> f64 {
    let scrape = Scrape::of(context.metrics.text().expect("text"));
    scrape.value("core_banking_replies_total{outcome=\"unreachable\"}")
}

#[tokio::test]
async fn while_it_is_away_the_services_say_since_when_and_nothing_is_lost() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(5).await);
    let context = at_rest(&redis, &sandbox).await;
    let mut heard = Vec::new();
    for service in SERVICES {
        heard.push(listen(&redis, service).await);
    }
    let (running, shutdown) = start(&context);
    eventually("no account lacks details, and all are known", async || {
        let is_discovered = context.bank.is_discovered().await.expect("an answer");
        let lacking = context.bank.accounts_lacking_details().await.expect("accounts");
        (is_discovered && lacking.is_empty()).then_some(())
    })
    .await;
    let first = context.jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("queued");
    assert_eq!(end_of(&context.jobs, &first).await.state, JobState::Done);

    // One question that fails is enough: the client looks again by itself.
    sandbox.behave(r#"{"down":true}"#).await;
    assert!(context.core_banking.details("10000001001").await.is_err());
    for (service, statuses) in SERVICES.iter().zip(&mut heard) {
        let status = until_it_says(statuses, &[("coreBanking", "open".into())]).await;
        assert_eq!(status["state"], "degraded", "{service}");
        let since = status["degradedSince"].as_i64().expect("a moment");
        let time_of_day = jiff::Timestamp::from_millisecond(since).expect("a moment").strftime("%H:%M:%S UTC");
        assert_eq!(status["reason"], format!("core banking unreachable since {time_of_day}"), "{service}");
    }

    let mut jobs = Vec::new();
    for user in 1..=5 {
        for work in [Work::SyncBalances(user), Work::DiscoverAccounts(user)] {
            jobs.push(context.jobs.enqueue(&work, Lane::Priority, None).await.expect("queued"));
        }
    }
    until_it_says(&mut heard[0], &[("priority", 5.into()), ("processing", false.into())]).await;
    let asked = unreachable(&context);
    eventually("several probes have failed", async || (unreachable(&context) >= asked + 5.0).then_some(())).await;
    for job in &jobs {
        let record = context.jobs.find(job).await.expect("Redis answers").expect("a record");
        assert_eq!(record.state, JobState::Waiting, "it waits for core banking");
    }

    sandbox.behave(r#"{"down":false}"#).await;
    for job in &jobs {
        assert_eq!(end_of(&context.jobs, job).await.state, JobState::Done);
    }
    for statuses in &mut heard {
        let well = [("coreBanking", "closed".into()), ("state", Value::Null), ("degradedSince", Value::Null)];
        until_it_says(statuses, &well).await;
    }
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn its_return_is_noticed_while_nobody_asks() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = at_rest(&redis, &sandbox).await;
    let watching = tokio::spawn({
        let (client, shutdown) = (context.core_banking.clone(), tokio_util::sync::CancellationToken::new());
        async move { client.keep_watch(shutdown).await }
    });
    let mut condition = context.core_banking.condition();
    sandbox.behave(r#"{"down":true}"#).await;
    assert!(context.core_banking.balances("10000001001").await.is_err());
    let open = condition.wait_for(|condition| condition.state.name() == "open");
    let away = tokio::time::timeout(PATIENCE, open).await.expect("it opens").expect("a breaker").away;
    assert!(away.is_some());
    sandbox.behave(r#"{"down":false}"#).await;
    let back = condition.wait_for(|condition| condition.state.name() == "closed" && condition.away.is_none());
    tokio::time::timeout(PATIENCE, back).await.expect("it closes").expect("a breaker");
    watching.abort();
}

#[tokio::test]
async fn services_that_are_held_back_still_end_when_they_are_told_to() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let context = at_rest(&redis, &sandbox).await;
    let mut statuses = listen(&redis, "balance-sync").await;
    sandbox.behave(r#"{"down":true}"#).await;
    let (running, shutdown) = start(&context);
    until_it_says(&mut statuses, &[("coreBanking", "open".into())]).await;
    shutdown.cancel();
    tokio::time::timeout(PATIENCE, running).await.expect("they end").expect("no panic");
}

#[tokio::test]
async fn a_users_list_that_leads_back_ends_the_job_with_the_reason() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let mut context = context(&redis, &sandbox);
    context.bank.meet_customers(&customers(&sandbox).await).await.expect("a number");
    let page = json!({
        "header": {"total_size": 200, "page_start": 1, "page_token": "same"}, "body": [{"accountId": "10000001001"}]
    });
    let url = format!("http://{}", serve(Router::new().fallback(async move || Json(page.clone()))).await);
    let config = CoreBankingConfig { url, is_sandbox: true, token: None, concurrency: 8 };
    context.core_banking = CoreBanking::new(&config, metrics()).expect("a client");
    let ending =
        services::perform(&context, &Work::DiscoverAccounts(1), &Counter::default()).await.expect("Redis answers");
    let message = "The accounts of Elif Jensen (user 1) were not read to their end: the core banking system's answer to \
                   /accounts cannot be read: a page leads back to one that was read already.";
    assert_eq!(ending, Ending::Failed(message.to_owned()));
}
