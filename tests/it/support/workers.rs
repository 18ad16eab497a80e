//! Workers in this process, on a real Redis and a sandbox: their context, their start, and the ends of their jobs.

use std::time::Duration;

use service_manager::model::job::{JobId, JobOutcome, JobRecord};
use service_manager::server::commands::Commands;
use service_manager::server::config::WorkerConfig;
use service_manager::server::core_banking::wire::Customer;
use service_manager::server::event_log::EventLog;
use service_manager::server::logs::own::OwnLines;
use service_manager::server::worker::bank::Bank;
use service_manager::server::worker::queue::{Jobs, Timing};
use service_manager::server::worker::{self, WorkerContext};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{RedisServer, Sandbox, eventually, metrics};

/// The context of a worker on that Redis and that sandbox: hours between periodic runs, and long leases.
pub fn context(redis: &RedisServer, sandbox: &Sandbox) -> WorkerContext {
    let redis = redis.redis();
    WorkerContext {
        event_log: EventLog::new(redis.clone(), Duration::from_secs(3600)),
        bank: Bank::new(redis.clone()),
        jobs: Jobs::new(redis.clone()),
        commands: Commands::new(redis.clone()),
        core_banking: sandbox.client(),
        metrics: metrics(),
        config: WorkerConfig {
            balance_sync_interval: Duration::from_secs(3_600),
            account_discovery_interval: Duration::from_secs(3_600),
            account_discovery_batch_size: 50,
            account_enrichment_interval: Duration::from_secs(3_600),
            account_enrichment_batch_size: 20,
            job_lease: Duration::from_secs(30),
        },
        redis,
    }
}

/// Times so short that a test need not wait for them.
pub fn quick() -> Timing {
    let retries = vec![Duration::from_millis(100), Duration::from_millis(300)];
    Timing { lease: Duration::from_secs(30), retries, outage: Duration::from_millis(100) }
}

/// The same with these times.
/// The same with other times of jobs.
pub fn context_with(redis: &RedisServer, sandbox: &Sandbox, timing: Timing) -> WorkerContext {
    WorkerContext { jobs: Jobs::with_timing(redis.redis(), timing), ..context(redis, sandbox) }
}

/// Starts a worker in this process; answers its task, and the token that tells it to end.
pub fn start(context: &WorkerContext) -> (JoinHandle<()>, CancellationToken) {
    let shutdown = CancellationToken::new();
    (tokio::spawn(worker::run(context.clone(), OwnLines::new().1, shutdown.clone())), shutdown)
}

/// The customers of a sandbox, as far as its first page goes.
pub async fn customers(sandbox: &Sandbox) -> Vec<Customer> {
    sandbox.client().customers(None).await.expect("customers").body
}

/// The end of a job, once it has ended.
pub async fn end_of(jobs: &Jobs, id: &JobId) -> JobOutcome {
    eventually("the job ends", async || jobs.find(id).await.expect("Redis answers").and_then(JobRecord::outcome)).await
}
