//! The three services, one file each.

pub mod account_discovery;
pub mod account_enrichment;
pub mod balance_sync;

use crate::server::core_banking::client::CoreBankingError;
use crate::server::worker::counter::Counter;
use crate::server::worker::ending::Ending;
use crate::server::worker::queue::Work;
use crate::server::worker::{WorkError, WorkerContext};

/// Does what a job asks for, and counts what it comes to. An error is Redis's or that of what it keeps; what was not done may be done again.
pub async fn perform(context: &WorkerContext, work: &Work, counter: &Counter) -> Result<Ending, WorkError> {
    match work {
        Work::SyncBalances(user_id) => balance_sync::sync(context, *user_id, counter).await,
        Work::DiscoverAccounts(user_id) => account_discovery::discover_user(context, *user_id, counter).await,
        Work::EnrichAccount(account) => account_enrichment::enrich_anew(context, account, counter).await,
    }
}

/// Whether what a run did not get an answer to is to be asked again, after all others: always if it was not asked at all, and
/// once if that looks like an outage, since it may be that core banking goes away, or that it never answers this one question.
fn is_asked_again(error: &CoreBankingError, was_missed: &mut bool) -> bool {
    match error {
        CoreBankingError::Away(_) => true,
        error => error.is_outage() && !std::mem::replace(was_missed, true),
    }
}

/// A number of accounts in words.
fn accounts(count: usize) -> String {
    format!("{count} {}", if count == 1 { "account" } else { "accounts" })
}

/// The end of a job about a user nobody knows any more.
fn unknown_user(user_id: u64) -> Ending {
    Ending::Hopeless(format!("User {user_id} does not exist."))
}
