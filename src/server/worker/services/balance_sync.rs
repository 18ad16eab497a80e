//! Reads every open account's balances: user by user, as jobs. The periodic run is a round of jobs, one for every user who
//! has an open account.

use std::convert::Infallible;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::model::job::Lane;
use crate::model::run::RunId;
use crate::model::service::BuiltIn;
use crate::model::status::{BalanceSyncStatus, StatusObject};
use crate::server::config::WorkerConfig;
use crate::server::core_banking::client::CoreBankingError;
use crate::server::worker::bank::Stored;
use crate::server::worker::counter::Counter;
use crate::server::worker::ending::Ending;
use crate::server::worker::queue::USERS_AT_ONCE;
use crate::server::worker::runner::{Now, Opening, Progress, Service};
use crate::server::worker::schedule::RunCount;
use crate::server::worker::services::{accounts, unknown_user};
use crate::server::worker::{WorkError, WorkerContext};

/// Accounts of one job asked for at once; the client's own limit holds over all jobs.
const ACCOUNTS_AT_ONCE: usize = 32;

/// The service.
pub struct BalanceSync;

impl Service for BalanceSync {
    const KIND: BuiltIn = BuiltIn::BalanceSync;

    /// No worker holds its run: the jobs count themselves into it.
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

    fn count(run: &Infallible) -> RunCount {
        match *run {}
    }

    /// Begins a round unless one is under way or accounts are not known yet, and queues the next users of the one under
    /// way.
    async fn begin(context: &WorkerContext, opening: &Opening<'_>) -> Result<Option<(RunId, Infallible)>, WorkError> {
        let (bank, jobs, standing) = (&context.bank, &context.jobs, opening.standing);
        if standing.is_queueing || (standing.is_due() && bank.is_discovered().await?) {
            jobs.queue_round(opening.schedule, opening.worker, USERS_AT_ONCE).await?;
        } else if standing.under_way.is_some() && jobs.is_finished(Self::KIND, Lane::Background).await? {
            // Its last jobs are worked on or tried again, or it has none left and would never end.
            jobs.queue_round(opening.schedule, opening.worker, 0).await?;
        }
        Ok(None)
    }

    async fn step(_: &WorkerContext, run: &mut Infallible) -> Result<Progress, WorkError> {
        match *run {}
    }
}

/// Reads and keeps the balances of all open accounts of a user.
pub async fn sync(context: &WorkerContext, user_id: u64, counter: &Counter) -> Result<Ending, WorkError> {
    let Some(user) = context.bank.user(user_id).await? else { return Ok(unknown_user(user_id)) };
    let numbers = context.bank.open_accounts(user_id).await?;
    let asked_at = context.bank.now().await?;
    let total = numbers.len();
    let read = stream::iter(numbers)
        .map(|account| sync_account(context, account, asked_at, counter))
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

/// Answers what is wrong with this one account; where nothing is answered at all it is an error, because asking on is of no
/// use.
async fn sync_account(
    context: &WorkerContext,
    account: String,
    asked_at: u64,
    counter: &Counter,
) -> Result<Option<CoreBankingError>, WorkError> {
    match context.core_banking.balances(&account).await {
        Ok(balances) => {
            // Where newer ones are kept already, these have no news.
            let stored = context.bank.store_balances(&account, asked_at, balances).await?;
            counter.checked(1, usize::from(stored == Stored::Changed));
            Ok(None)
        }
        Err(error @ (CoreBankingError::Away(_) | CoreBankingError::Unreachable { .. })) => Err(error.into()),
        Err(error) => {
            counter.unread();
            Ok(Some(error))
        }
    }
}
