//! Fills in what is not known of an account. Runs on its interval; the first time once accounts are known.

use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio_util::sync::CancellationToken;

use crate::model::service::BuiltIn;
use crate::model::status::AccountEnrichmentStatus;
use crate::server::worker::patience::{Patience, rest};
use crate::server::worker::report::Reporter;
use crate::server::worker::schedule::Schedule;
use crate::server::worker::{LONGEST_REST, WorkError, WorkerContext};

/// The service.
pub struct AccountEnrichment {
    context: WorkerContext,
    reporter: Reporter,
    schedule: Schedule,
    status: AccountEnrichmentStatus,
    patience: Patience,
}

impl AccountEnrichment {
    /// Prepares the service.
    pub fn new(context: &WorkerContext) -> Self {
        let id = BuiltIn::AccountEnrichment.id();
        let interval = context.config.account_enrichment_interval;
        Self {
            context: context.clone(),
            reporter: Reporter::new(context.event_log.clone(), id),
            schedule: Schedule::new(context.redis.clone(), id, interval),
            status: AccountEnrichmentStatus {
                running: true,
                interval: interval.as_millis() as u64,
                ..AccountEnrichmentStatus::default()
            },
            patience: Patience::new(id, Duration::from_secs(5), Duration::from_secs(300)),
        }
    }

    /// Runs until `shutdown`.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut redis_patience =
            Patience::new(BuiltIn::AccountEnrichment.id(), Duration::from_millis(500), Duration::from_secs(10));
        while !shutdown.is_cancelled() {
            let delay = match self.turn(&shutdown).await {
                Ok(delay) => {
                    redis_patience.regained();
                    delay
                }
                Err(error) => redis_patience.lost(&error),
            };
            rest(delay, &shutdown).await;
        }
    }

    async fn turn(&mut self, shutdown: &CancellationToken) -> Result<Duration, WorkError> {
        self.reporter.report(&self.status).await?;
        let lacking = self.context.bank.accounts_lacking_details().await?;
        if lacking.is_empty() || !self.context.bank.is_discovered().await? || !self.schedule.claim().await? {
            return Ok(LONGEST_REST);
        }
        self.status.enriching = true;
        let result = self.enrich(lacking, shutdown).await;
        self.status.enriching = false;
        let delay = match result {
            Ok(unread) => {
                self.patience.regained();
                self.status.run.succeeded();
                if unread > 0 {
                    self.status.run.last_error = Some(format!("{unread} accounts could not be read"));
                }
                LONGEST_REST
            }
            Err(WorkError::CoreBanking(error)) => {
                self.schedule.give_back().await?;
                self.status.run.degraded(error.to_string());
                self.patience.lost(&error)
            }
            Err(error) => {
                self.schedule.give_back().await?;
                return Err(error);
            }
        };
        if shutdown.is_cancelled() {
            self.schedule.give_back().await?;
        }
        self.reporter.report(&self.status).await?;
        self.reporter.during(rest(delay, shutdown)).await;
        Ok(Duration::ZERO)
    }

    /// Answers how many accounts' details were not read.
    async fn enrich(&mut self, lacking: Vec<String>, shutdown: &CancellationToken) -> Result<usize, WorkError> {
        self.reporter.report(&self.status).await?;
        let context = self.context.clone();
        let mut unread = 0;
        for batch in lacking.chunks(context.config.account_enrichment_batch_size) {
            if shutdown.is_cancelled() {
                break;
            }
            self.reporter.progress(&self.status).await?;
            unread += self.reporter.during(enrich_batch(&context, batch.to_vec())).await?;
        }
        Ok(unread)
    }
}

async fn enrich_batch(context: &WorkerContext, batch: Vec<String>) -> Result<usize, WorkError> {
    let width = batch.len().max(1);
    let found: Vec<bool> = stream::iter(batch)
        .map(|account| enrich_account(context, account))
        .buffer_unordered(width)
        .try_collect()
        .await?;
    Ok(found.into_iter().filter(|found| !found).count())
}

/// Answers whether the account's details were read; an outage is an error, because asking on is of no use.
async fn enrich_account(context: &WorkerContext, account: String) -> Result<bool, WorkError> {
    match context.core_banking.details(&account).await {
        Ok(details) => context.bank.store_details(&account, &details).await?,
        Err(error) if error.is_outage() => return Err(error.into()),
        Err(error) => {
            tracing::debug!(account.number = account, %error, "An account's details were not read");
            return Ok(false);
        }
    }
    Ok(true)
}
