//! Finds customers and their accounts. Runs at once when there are no users, then on its interval.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio_util::sync::CancellationToken;

use crate::model::service::BuiltIn;
use crate::model::status::AccountDiscoveryStatus;
use crate::server::core_banking::client::CoreBankingError;
use crate::server::worker::patience::{Patience, rest};
use crate::server::worker::report::Reporter;
use crate::server::worker::schedule::Schedule;
use crate::server::worker::{LONGEST_REST, WorkError, WorkerContext};

/// How long after its start a first discovery that has not ended is taken to have broken off.
const FIRST_RUN_BROKE_OFF: Duration = Duration::from_secs(60);

/// A page of a customer's accounts still to be read.
struct PendingPage {
    user_id: u64,
    customer_id: String,
    page_token: Option<String>,
}

/// The service.
pub struct AccountDiscovery {
    context: WorkerContext,
    reporter: Reporter,
    schedule: Schedule,
    status: AccountDiscoveryStatus,
    patience: Patience,
}

impl AccountDiscovery {
    /// Prepares the service.
    pub fn new(context: &WorkerContext) -> Self {
        let id = BuiltIn::AccountDiscovery.id();
        let interval = context.config.account_discovery_interval;
        Self {
            context: context.clone(),
            reporter: Reporter::new(context.event_log.clone(), id),
            schedule: Schedule::new(context.redis.clone(), id, interval),
            status: AccountDiscoveryStatus {
                running: true,
                interval: interval.as_millis() as u64,
                ..AccountDiscoveryStatus::default()
            },
            patience: Patience::new(id, Duration::from_secs(5), Duration::from_secs(300)),
        }
    }

    /// Runs until `shutdown`.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut redis_patience =
            Patience::new(BuiltIn::AccountDiscovery.id(), Duration::from_millis(500), Duration::from_secs(10));
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
        // A first discovery that broke off is due again soon: without it there is nothing to work on.
        let is_due = if self.context.bank.is_discovered().await? {
            self.schedule.claim().await?
        } else {
            self.schedule.claim_every(FIRST_RUN_BROKE_OFF).await?
        };
        if !is_due {
            return Ok(LONGEST_REST);
        }
        self.status.discovering = true;
        let result = self.discover(shutdown).await;
        self.status.discovering = false;
        self.status.pagination_queue_size = 0;
        let delay = match result {
            Ok(()) => {
                self.patience.regained();
                self.status.run.succeeded();
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

    async fn discover(&mut self, shutdown: &CancellationToken) -> Result<(), WorkError> {
        self.reporter.report(&self.status).await?;
        let context = self.context.clone();
        let mut pending = VecDeque::new();
        let mut page_token: Option<String> = None;
        loop {
            let page = self.reporter.during(context.core_banking.customers(page_token.as_deref())).await?;
            let numbers = context.bank.meet_customers(&page.body).await?;
            pending.extend(numbers.into_iter().zip(page.body).map(|(user_id, customer)| PendingPage {
                user_id,
                customer_id: customer.customer_id,
                page_token: None,
            }));
            while !pending.is_empty() {
                if shutdown.is_cancelled() {
                    return Ok(());
                }
                self.status.pagination_queue_size = pending.len() as u64;
                self.reporter.progress(&self.status).await?;
                let size = context.config.account_discovery_batch_size.min(pending.len());
                let batch: Vec<_> = pending.drain(..size).collect();
                let further = self.reporter.during(read_batch(&context, batch)).await?;
                pending.extend(further);
            }
            page_token = page.header.page_token;
            if page_token.is_none() {
                return Ok(context.bank.mark_discovered().await?);
            }
        }
    }
}

/// Reads one page for each of the batch and answers the pages that come after them.
async fn read_batch(context: &WorkerContext, batch: Vec<PendingPage>) -> Result<Vec<PendingPage>, WorkError> {
    let width = batch.len().max(1);
    let further: Vec<Option<PendingPage>> =
        stream::iter(batch).map(|pending| read_page(context, pending)).buffer_unordered(width).try_collect().await?;
    Ok(further.into_iter().flatten().collect())
}

async fn read_page(context: &WorkerContext, pending: PendingPage) -> Result<Option<PendingPage>, WorkError> {
    let page = match context.core_banking.accounts(&pending.customer_id, pending.page_token.as_deref()).await {
        // The customer was removed after the list was read.
        Err(CoreBankingError::NotFound { .. }) => return Ok(None),
        answer => answer?,
    };
    let accounts: Vec<String> = page.body.into_iter().map(|entry| entry.account_id).collect();
    context.bank.meet_accounts(pending.user_id, &accounts).await?;
    Ok(page.header.page_token.map(|token| PendingPage { page_token: Some(token), ..pending }))
}
