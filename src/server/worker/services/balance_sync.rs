//! Reads every account's balances: user by user, as jobs. The periodic run queues a job for every user.

use std::convert::Infallible;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::model::job::Lane;
use crate::model::service::BuiltIn;
use crate::model::status::{BalanceSyncStatus, StatusObject};
use crate::server::config::WorkerConfig;
use crate::server::core_banking::client::CoreBankingError;
use crate::server::worker::ending::Ending;
use crate::server::worker::runner::{Now, Progress, Service};
use crate::server::worker::schedule::Schedule;
use crate::server::worker::services::{accounts, unknown_user};
use crate::server::worker::{WorkError, WorkerContext};

/// Accounts of one job asked for at once; the client's own limit holds over all jobs.
const ACCOUNTS_AT_ONCE: usize = 32;

/// The service.
pub struct BalanceSync;

impl Service for BalanceSync {
    const KIND: BuiltIn = BuiltIn::BalanceSync;

    /// Its run is over once the jobs are queued.
    type Run = Infallible;

    const AT_ONCE: usize = 4;

    fn interval(config: &WorkerConfig) -> Duration {
        config.balance_sync_interval
    }

    fn status(now: &Now) -> StatusObject {
        StatusObject::of(&BalanceSyncStatus {
            running: now.phase.is_running(),
            processing: now.is_working,
            priority: now.priority,
            background: now.background,
            interval: now.interval,
            run: now.report.clone(),
        })
    }

    fn left(run: &Infallible) -> u64 {
        match *run {}
    }

    /// Queues every user, unless the last round is still being worked off or accounts are not known yet.
    async fn begin(context: &WorkerContext, schedule: &Schedule) -> Result<Option<Infallible>, WorkError> {
        let (bank, jobs) = (&context.bank, &context.jobs);
        let is_free = jobs.is_finished(Self::KIND, Lane::Background).await?;
        if !is_free || !bank.is_discovered().await? || !schedule.claim().await? {
            return Ok(None);
        }
        let users: Vec<u64> = bank.users().await?.iter().map(|user| user.user_id).collect();
        jobs.sync_all(&users, Lane::Background).await?;
        Ok(None)
    }

    async fn step(_: &WorkerContext, run: &mut Infallible) -> Result<Progress, WorkError> {
        match *run {}
    }
}

/// Reads and keeps the balances of all accounts of a user.
pub async fn sync(context: &WorkerContext, user_id: u64) -> Result<Ending, WorkError> {
    let Some(user) = context.bank.user(user_id).await? else { return Ok(unknown_user(user_id)) };
    let numbers = context.bank.accounts(user_id).await?;
    let asked_at = context.bank.now().await?;
    let total = numbers.len();
    let read = stream::iter(numbers)
        .map(|account| sync_account(context, account, asked_at))
        .buffer_unordered(ACCOUNTS_AT_ONCE)
        .try_collect::<Vec<Option<CoreBankingError>>>()
        .await;
    let failures: Vec<CoreBankingError> = match read {
        Ok(results) => results.into_iter().flatten().collect(),
        Err(WorkError::CoreBanking(error)) => {
            return Ok(Ending::blamed_on(&error, &format!("The balances of {user} were not synced")));
        }
        Err(error) => return Err(error),
    };
    let Some(first) = failures.first() else {
        return Ok(Ending::Done(format!("{} synced for {user}.", accounts(total))));
    };
    let message = format!("{} of {} synced for {user}: {first}.", total - failures.len(), accounts(total));
    // Accounts that are not known now will not be known in half a minute.
    let is_hopeless = failures.iter().all(|error| matches!(error, CoreBankingError::NotFound { .. }));
    Ok(if is_hopeless { Ending::Hopeless(message) } else { Ending::Failed(message) })
}

/// Answers what is wrong with this one account; an outage is an error, because asking on is of no use.
async fn sync_account(
    context: &WorkerContext,
    account: String,
    asked_at: u64,
) -> Result<Option<CoreBankingError>, WorkError> {
    match context.core_banking.balances(&account).await {
        Ok(balances) => {
            // Where newer ones are kept already, these have no news.
            context.bank.store_balances(&account, asked_at, balances).await?;
            Ok(None)
        }
        Err(error) if error.is_outage() => Err(error.into()),
        Err(error) => Ok(Some(error)),
    }
}
