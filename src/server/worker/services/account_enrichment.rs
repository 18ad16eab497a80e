//! Fills in what is not known of an account. Runs on its interval, the first time once accounts are known; a job reads
//! one account's details anew.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::model::service::BuiltIn;
use crate::model::status::{AccountEnrichmentStatus, StatusObject};
use crate::server::config::WorkerConfig;
use crate::server::worker::ending::Ending;
use crate::server::worker::runner::{Now, Progress, Service};
use crate::server::worker::schedule::Schedule;
use crate::server::worker::services::accounts;
use crate::server::worker::{WorkError, WorkerContext};

/// The service.
pub struct AccountEnrichment;

/// An enrichment under way.
pub struct Enrichment {
    lacking: VecDeque<String>,
    unread: usize,
}

impl Service for AccountEnrichment {
    const KIND: BuiltIn = BuiltIn::AccountEnrichment;

    type Run = Enrichment;

    fn interval(config: &WorkerConfig) -> Duration {
        config.account_enrichment_interval
    }

    fn status(now: &Now) -> StatusObject {
        StatusObject::of(&AccountEnrichmentStatus {
            running: now.phase.is_running(),
            enriching: now.is_working,
            interval: now.interval,
            run: now.report.clone(),
        })
    }

    fn left(run: &Enrichment) -> u64 {
        run.lacking.len() as u64
    }

    async fn begin(context: &WorkerContext, schedule: &Schedule) -> Result<Option<Enrichment>, WorkError> {
        let lacking = context.bank.accounts_lacking_details().await?;
        if lacking.is_empty() || !context.bank.is_discovered().await? || !schedule.claim().await? {
            return Ok(None);
        }
        Ok(Some(Enrichment { lacking: lacking.into(), unread: 0 }))
    }

    /// Reads the details of a batch of accounts.
    async fn step(context: &WorkerContext, run: &mut Enrichment) -> Result<Progress, WorkError> {
        let size = context.config.account_enrichment_batch_size.min(run.lacking.len());
        run.unread += enrich_batch(context, run.lacking.drain(..size).collect()).await?;
        if !run.lacking.is_empty() {
            return Ok(Progress::Underway);
        }
        let complaint = (run.unread > 0).then(|| format!("{} could not be read", accounts(run.unread)));
        Ok(Progress::Ended { complaint })
    }
}

/// Answers how many accounts' details were not read.
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

/// Reads an account's details, whether they were known or not.
pub async fn enrich_anew(context: &WorkerContext, account: &str) -> Result<Ending, WorkError> {
    match context.core_banking.details(account).await {
        Ok(details) => {
            context.bank.store_details(account, &details).await?;
            Ok(Ending::Done(format!("The details of account {account} were read.")))
        }
        Err(error) => Ok(Ending::blamed_on(&error, &format!("The details of account {account} were not read"))),
    }
}
