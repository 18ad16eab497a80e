//! Periodic runs: which of them are due, and how they ended.

use std::time::Duration;

use redis::AsyncCommands;
use service_manager::model::run::RunRecord;
use service_manager::model::service::BuiltIn;
use service_manager::server::redis::keys;
use service_manager::server::worker::WorkerContext;
use service_manager::server::worker::schedule::{RunCount, Runs, Schedule};

use crate::support::eventually;

/// Lets no periodic run be due, so that nothing but jobs is done.
pub async fn without_periodic_runs(context: &WorkerContext) {
    context.bank.mark_discovered().await.expect("noted");
    for service in BuiltIn::ALL {
        let (interval, lease) = (Duration::from_secs(3_600), Duration::from_secs(30));
        let schedule = Schedule::new(context.redis.clone(), service, interval, lease);
        let run = schedule.begin("nobody").await.expect("Redis answers").expect("a run that is due");
        assert!(schedule.end(&run, &RunCount::default(), None).await.expect("Redis answers"));
    }
}

/// The kept runs of a service, newest first.
pub async fn runs(context: &WorkerContext, service: BuiltIn) -> Vec<RunRecord> {
    Runs::new(context.redis.clone()).latest(service, 100).await.expect("Redis answers")
}

/// Waits until so many runs of a service have ended, and answers them, newest first.
pub async fn ended(context: &WorkerContext, service: BuiltIn, count: usize) -> Vec<RunRecord> {
    let kept = Runs::new(context.redis.clone());
    eventually("runs have ended", async || {
        let runs = kept.latest(service, 100).await.ok()?;
        (runs.len() >= count && runs.iter().all(|run| run.ended_at.is_some())).then_some(runs)
    })
    .await
}

/// Lets the periodic run of that service alone be due.
pub async fn only(context: &WorkerContext, service: BuiltIn) {
    without_periodic_runs(context).await;
    let mut outside = context.redis.commands();
    outside.del::<_, ()>(&[keys::schedule(service), keys::runs(service)]).await.expect("forgotten");
}
