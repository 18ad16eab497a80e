//! Several workers with one run: who speaks, who waits for whom, and what a worker that ends does with it.

use std::time::{Duration, Instant};

use redis::AsyncCommands;
use service_manager::model::command::CommandState;
use service_manager::model::service::{BuiltIn, Control};
use service_manager::server::commands::{Commands, Order};
use service_manager::server::redis::keys;
use service_manager::server::worker::orders::Ear;
use tokio_util::sync::CancellationToken;

use crate::support::redis_calls::calls;
use crate::support::runs::{ended, only, runs, without_periodic_runs};
use crate::support::statuses::{listen, until_it_says};
use crate::support::workers::{context, start};
use crate::support::{BUSY_MACHINE, Gate, RedisServer, Sandbox, WorkerProcess, eventually, intent, show};

const DISCOVERY: BuiltIn = BuiltIn::AccountDiscovery;

#[tokio::test]
async fn a_worker_with_nothing_to_do_is_silent_while_another_one_is_at_the_run() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(1).await);
    let mut gate = Gate::before(|path| path.ends_with("/accounts"), 8).await;
    let mut context = context(&redis, &sandbox);
    context.core_banking = gate.core_banking.clone();
    context.config.account_discovery_batch_size = 1;
    let workers = [start(&context), start(&context)];
    gate.until_one_is_held().await;
    // By then the other one has said what it had to say before.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut statuses = listen(&redis, DISCOVERY.name()).await;
    for _ in 0..5 {
        gate.permits.add_permits(1);
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    let mut said = Vec::new();
    while let Ok(status) = statuses.try_recv() {
        said.push(status);
    }
    assert!(said.iter().any(|status| status["progress"]["done"] == 4), "it says how far it is: {said:?}");
    assert!(said.iter().all(|status| status["discovering"] == true), "and nobody contradicts it: {said:?}");
    gate.permits.add_permits(100);
    until_it_says(&mut statuses, &[("discovering", false.into())]).await;
    for (running, shutdown) in workers {
        shutdown.cancel();
        running.await.expect("the services end");
    }
}

#[tokio::test]
async fn a_worker_told_to_end_gives_back_a_run_whose_step_takes_too_long() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(3).await);
    let mut gate = Gate::before(|path| path.ends_with("/accounts"), 3).await;
    let worker = WorkerProcess::start(&redis, &gate.url, &[("JOB_LEASE_MS", "60000")]);
    // The client asks a silent system again after 5 s; nobody lets it answer.
    gate.until_one_is_held().await;
    let told = Instant::now();
    worker.signal("TERM");
    assert!(worker.ends_well().await);
    let took = told.elapsed();
    assert!(took < BUSY_MACHINE, "{took:?}");
    let context = context(&redis, &sandbox);
    let first = runs(&context, DISCOVERY).await.remove(0);
    assert_eq!(first.message.as_deref(), Some("Its worker was told to end."));

    let (running, shutdown) = start(&context);
    let second = ended(&context, DISCOVERY, 2).await.remove(0);
    assert_eq!((second.done, second.total, second.message), (3, 3, None));
    shutdown.cancel();
    running.await.expect("the services end");
}

#[tokio::test]
async fn a_stop_waits_for_the_step_of_a_run_that_another_worker_is_at() {
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(3).await);
    let mut gate = Gate::before(|path| path.ends_with("/accounts"), 3).await;
    let context = context(&redis, &sandbox);
    only(&context, DISCOVERY).await;
    let mut held = context.clone();
    held.core_banking = gate.core_banking.clone();
    held.config.account_discovery_batch_size = 1;
    let mut workers = vec![start(&held)];
    gate.until_one_is_held().await;
    let mut statuses = listen(&redis, DISCOVERY.name()).await;
    workers.push(start(&context));
    both_listen(&redis, 2).await;

    let (service, control) = (DISCOVERY.id(), Control::Stop);
    let order = Order { service, control, actor: "ana".to_owned(), reason: None, params: None, is_silent: false };
    let id = context.commands.issue(&order, &intent(), None).await.expect("a command");
    let stands = async || context.commands.find(&id.id).await.expect("Redis answers").expect("a command").outcome;
    eventually("it is taken up", async || (stands().await == CommandState::Accepted).then_some(())).await;
    until_it_says(&mut statuses, &[("state", "stopping".into())]).await;
    // The one that does nothing looks once a second.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(stands().await, CommandState::Accepted, "the other one has not ended its step");
    gate.permits.add_permits(100);
    eventually("it has stopped", async || (stands().await == CommandState::Succeeded).then_some(())).await;
    let run = runs(&context, DISCOVERY).await.remove(0);
    assert_eq!(run.message.as_deref(), Some("It was told to stop or to wait."));
    assert!(run.ended_at.is_some());
    for (running, shutdown) in workers {
        shutdown.cancel();
        running.await.expect("the services end");
    }
}

/// Waits until so many workers hear commands.
async fn both_listen(redis: &RedisServer, workers: u64) {
    eventually("workers listen", || async {
        let query = redis::cmd("PUBSUB").arg("NUMSUB").arg(keys::COMMANDS_CHANNEL).to_owned();
        let (_, count): (String, u64) = query.query_async(&mut redis.connection().await).await.ok()?;
        (count == workers).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_commands_costs_no_look_for_each() {
    const FLOOD: u64 = 20_000;
    let redis = RedisServer::start().await;
    let ear = Ear::new(Commands::new(redis.redis()), "one".to_owned());
    let shutdown = CancellationToken::new();
    let listening = tokio::spawn(ear.listen(shutdown.clone()));
    both_listen(&redis, 1).await;
    let looks = async || calls(&redis).await.get("evalsha").map_or(0, |(calls, _)| *calls);
    let before = looks().await;
    let mut outside = redis.connection().await;
    for _ in 0..FLOOD / 1_000 {
        let mut flood = redis::pipe();
        for _ in 0..1_000 {
            flood.publish(keys::COMMANDS_CHANNEL, "x".repeat(100)).ignore();
        }
        flood.exec_async(&mut outside).await.expect("published");
    }
    // Time for a look for each.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let took = looks().await - before;
    show(&format!("{FLOOD} commands at once: {took} looks"));
    assert!(took > 0 && took < FLOOD / 10, "{took}");
    shutdown.cancel();
    listening.await.expect("no panic");
}

#[tokio::test]
async fn a_discovery_that_met_nobody_comes_again_within_a_minute() {
    const HOUR: u64 = 3_600_000;
    let (redis, sandbox) = (RedisServer::start().await, Sandbox::start(2).await);
    let context = context(&redis, &sandbox);
    without_periodic_runs(&context).await;
    // As if the latest one, which met nobody, had begun nearly a minute ago.
    let now = context.bank.now().await.expect("a time");
    let began = now - 57_000;
    redis.connection().await.hset::<_, _, _, ()>(keys::schedule(DISCOVERY), "began", began).await.expect("written");
    let mut statuses = listen(&redis, DISCOVERY.name()).await;
    let (running, shutdown) = start(&context);
    until_it_says(&mut statuses, &[("nextRun", (began + 60_000).into())]).await;
    eventually("users are known", async || (context.bank.user_count().await.ok()? == 2).then_some(())).await;
    let run = runs(&context, DISCOVERY).await.remove(0);
    assert!(run.started_at >= began + 60_000, "not before its time");
    until_it_says(&mut statuses, &[("nextRun", (run.started_at + HOUR).into())]).await;
    shutdown.cancel();
    running.await.expect("the services end");
}
