//! Fills in what is not known of an account. Runs on its interval, the first time once accounts are known; a job reads
//! one account's details anew.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::model::run::{RunId, RunProgress, Tally};
use crate::model::service::BuiltIn;
use crate::model::status::{AccountEnrichmentStatus, StatusObject};
use crate::server::config::WorkerConfig;
use crate::server::worker::counter::Counter;
use crate::server::worker::ending::Ending;
use crate::server::worker::runner::{Now, Opening, Progress, Service};
use crate::server::worker::schedule::RunCount;
use crate::server::worker::services::{accounts, is_asked_again};
use crate::server::worker::{WorkError, WorkerContext};

/// The service.
pub struct AccountEnrichment;

/// An enrichment under way.
pub struct Enrichment {
    lacking: VecDeque<Lacking>,
    /// How many there were at first.
    total: u64,
    tally: Tally,
}

/// An account whose details are still to be read.
struct Lacking {
    account: String,
    /// It met what looked like an outage.
    was_missed: bool,
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

    fn count(run: &Enrichment) -> RunCount {
        let done = run.total - run.lacking.len() as u64;
        RunCount { progress: RunProgress { done, total: run.total }, tally: run.tally }
    }

    async fn begin(context: &WorkerContext, opening: &Opening<'_>) -> Result<Option<(RunId, Enrichment)>, WorkError> {
        if !opening.standing.is_due() || !context.bank.is_discovered().await? {
            return Ok(None);
        }
        let lacking = context.bank.accounts_lacking_details().await?;
        if lacking.is_empty() {
            return Ok(None);
        }
        let Some(id) = opening.schedule.begin(opening.worker).await? else { return Ok(None) };
        let total = lacking.len() as u64;
        let lacking = lacking.into_iter().map(|account| Lacking { account, was_missed: false }).collect();
        Ok(Some((id, Enrichment { lacking, total, tally: Tally::default() })))
    }

    /// Reads the details of a batch of accounts.
    async fn step(context: &WorkerContext, run: &mut Enrichment) -> Result<Progress, WorkError> {
        let size = context.config.account_enrichment_batch_size.min(run.lacking.len());
        let (left, tally) = enrich_batch(context, run.lacking.drain(..size).collect()).await?;
        run.lacking.extend(left);
        run.tally += tally;
        if !run.lacking.is_empty() {
            return Ok(Progress::Underway);
        }
        let unread = run.tally.errors as usize;
        let complaint = (unread > 0).then(|| format!("{} could not be read", accounts(unread)));
        Ok(Progress::Ended { complaint })
    }
}

/// Answers those that are still to be read, and what the others came to.
async fn enrich_batch(context: &WorkerContext, batch: Vec<Lacking>) -> Result<(Vec<Lacking>, Tally), WorkError> {
    let (width, counter) = (batch.len().max(1), Counter::default());
    let read = stream::iter(batch).map(|lacking| enrich_account(context, lacking, &counter)).buffer_unordered(width);
    let left: Vec<Option<Lacking>> = read.try_collect().await?;
    Ok((left.into_iter().flatten().collect(), counter.tally()))
}

/// Reads and keeps an account's details, and counts that. Answers the account if it is still to be read.
async fn enrich_account(
    context: &WorkerContext,
    mut lacking: Lacking,
    counter: &Counter,
) -> Result<Option<Lacking>, WorkError> {
    match context.core_banking.details(&lacking.account).await {
        Ok(details) => {
            let is_news = context.bank.store_details(&lacking.account, &details).await?;
            counter.checked(1, usize::from(is_news));
            Ok(None)
        }
        Err(error) if is_asked_again(&error, &mut lacking.was_missed) => Ok(Some(lacking)),
        Err(error) => {
            tracing::debug!(error = error.without_subject(), "An account's details were not read");
            counter.unread();
            Ok(None)
        }
    }
}

/// Reads an open account's details, whether they were known or not.
pub async fn enrich_anew(context: &WorkerContext, account: &str, counter: &Counter) -> Result<Ending, WorkError> {
    if let [Some(_)] = context.bank.closed_at(&[account.to_owned()]).await?.as_slice() {
        return Ok(Ending::Hopeless(format!("Account {account} is closed.")));
    }
    match context.core_banking.details(account).await {
        Ok(details) => {
            counter.checked(1, usize::from(context.bank.store_details(account, &details).await?));
            Ok(Ending::Done(format!("The details of account {account} were read.")))
        }
        Err(error) => Ok(Ending::blamed_on(&error, &format!("The details of account {account} were not read"))),
    }
}
