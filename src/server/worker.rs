//! The services this program brings along: what they wait for, and what they do.

pub mod bank;
pub mod counter;
pub mod ending;
pub mod orders;
pub mod patience;
pub mod queue;
pub mod report;
pub mod runner;
pub mod schedule;
pub mod services;
pub mod upstream;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::server::commands::{CommandError, Commands};
use crate::server::config::{Config, WorkerConfig};
use crate::server::core_banking::client::{CoreBanking, CoreBankingError};
use crate::server::event_log::{EventLog, EventLogError};
use crate::server::instance;
use crate::server::logs::own::{LAST_WORDS, OwnLines};
use crate::server::metrics::Metrics;
use crate::server::redis::Redis;
use crate::server::shutdown;
use crate::server::worker::bank::{Bank, BankError};
use crate::server::worker::orders::Ear;
use crate::server::worker::queue::{Jobs, QueueError, Timing};
use crate::server::worker::runner::Runner;
use crate::server::worker::services::account_discovery::AccountDiscovery;
use crate::server::worker::services::account_enrichment::AccountEnrichment;
use crate::server::worker::services::balance_sync::BalanceSync;

/// What the services work with. Cloning it shares everything.
#[derive(Clone)]
pub struct WorkerContext {
    /// The way to Redis.
    pub redis: Redis,
    /// Where statuses and ends of jobs are published.
    pub event_log: EventLog,
    /// The bank's users, accounts and balances.
    pub bank: Bank,
    /// The lanes of jobs.
    pub jobs: Jobs,
    /// What operators ask of the services.
    pub commands: Commands,
    /// The upstream.
    pub core_banking: CoreBanking,
    /// Where ends of jobs are counted.
    pub metrics: Metrics,
    /// Intervals and batch sizes.
    pub config: WorkerConfig,
}

impl WorkerContext {
    /// Puts together what the services work with. Must be called inside a Tokio runtime.
    pub fn new(config: &Config, redis: Redis, metrics: Metrics) -> Result<Self, CoreBankingError> {
        let timing = Timing { lease: config.worker.job_lease, ..Timing::default() };
        Ok(Self {
            event_log: EventLog::new(redis.clone(), config.history_retention),
            bank: Bank::new(redis.clone()),
            jobs: Jobs::with_timing(redis.clone(), timing),
            commands: Commands::new(redis.clone()),
            core_banking: CoreBanking::new(&config.core_banking, metrics.clone())?,
            metrics,
            config: config.worker.clone(),
            redis,
        })
    }
}

/// What a service stumbled over.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The bank's data.
    #[error(transparent)]
    Bank(#[from] BankError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The event log.
    #[error(transparent)]
    EventLog(#[from] EventLogError),
    /// The commands.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// Redis itself.
    #[error("Redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// The upstream.
    #[error(transparent)]
    CoreBanking(#[from] CoreBankingError),
}

impl WorkError {
    /// Whether Redis was out of reach: whatever was being done is not to blame.
    pub fn is_redis_away(&self) -> bool {
        let (Self::Redis(error)
        | Self::Bank(BankError::Redis(error))
        | Self::Queue(QueueError::Redis(error))
        | Self::Command(CommandError::Redis(error))
        | Self::EventLog(EventLogError::Redis(error))) = self
        else {
            return false;
        };
        error.is_io_error() || error.is_timeout() || error.is_connection_dropped() || error.is_connection_refusal()
    }
}

/// How long the services may take to end. What they still hold then, because Redis does not answer, is somebody else's once its
/// lease has run out. Their last words take some time too.
const LONGEST_END: Duration = shutdown::LONGEST_END.saturating_sub(LAST_WORDS);

/// Runs all three services until `shutdown`; returns when each has finished what it was doing, or given it back because
/// that took too long. What they say of that, `own_lines`, is published until then.
pub async fn run(context: WorkerContext, own_lines: OwnLines, shutdown: CancellationToken) {
    let mut services = JoinSet::new();
    let ear = Ear::new(context.commands.clone(), instance::name("worker"));
    let done = CancellationToken::new();
    let speaking = own_lines.publish(context.redis.clone(), ear.instance().to_owned(), done.clone());
    let speaking = tokio::spawn(speaking);
    services.spawn(Runner::<BalanceSync>::new(&context, &ear).run(shutdown.clone()));
    services.spawn(Runner::<AccountDiscovery>::new(&context, &ear).run(shutdown.clone()));
    services.spawn(Runner::<AccountEnrichment>::new(&context, &ear).run(shutdown.clone()));
    services.spawn(ear.listen(shutdown.clone()));
    let told = shutdown.clone();
    services.spawn(async move { context.core_banking.keep_watch(told).await });
    let all_end = async {
        while let Some(ended) = services.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "A service of the worker ended unexpectedly");
            }
        }
    };
    tokio::select! {
        () = all_end => {}
        () = shutdown::past(&shutdown, LONGEST_END) => {
            tracing::warn!("the services did not come to their end; what they held is free when its lease has run out");
        }
    }
    done.cancel();
    // It does not panic, and says its last words within a second.
    let _ = speaking.await;
}

/// This machine's time in ms since the Unix epoch: for display only, never to order anything.
fn wall_clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_millis() as u64)
}
