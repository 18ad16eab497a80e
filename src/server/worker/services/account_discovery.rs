//! Finds customers and their accounts. Runs at once when there are no users, then on its interval; a job reads one
//! user's accounts anew.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::model::service::BuiltIn;
use crate::model::status::{AccountDiscoveryStatus, StatusObject};
use crate::server::config::WorkerConfig;
use crate::server::core_banking::client::CoreBankingError;
use crate::server::core_banking::wire::{AccountEntry, Page};
use crate::server::worker::ending::Ending;
use crate::server::worker::runner::{Now, Progress, Service};
use crate::server::worker::schedule::Schedule;
use crate::server::worker::services::{accounts, unknown_user};
use crate::server::worker::{WorkError, WorkerContext};

/// How long after its start a first discovery that has not ended is taken to have broken off.
const FIRST_RUN_BROKE_OFF: Duration = Duration::from_secs(60);

/// The service.
pub struct AccountDiscovery;

/// A discovery under way.
pub struct Discovery {
    customers: Customers,
    pending: VecDeque<PendingPage>,
}

/// What of the list of customers is still to be read.
enum Customers {
    /// Everything from the page that this token leads to, or from the first page.
    From(Option<String>),
    /// Nothing.
    AllRead,
}

/// A page of a customer's accounts still to be read.
struct PendingPage {
    user_id: u64,
    customer_id: String,
    page_token: Option<String>,
}

impl Service for AccountDiscovery {
    const KIND: BuiltIn = BuiltIn::AccountDiscovery;

    type Run = Discovery;

    fn interval(config: &WorkerConfig) -> Duration {
        config.account_discovery_interval
    }

    fn status(now: &Now) -> StatusObject {
        StatusObject::of(&AccountDiscoveryStatus {
            running: true,
            discovering: now.is_working,
            interval: now.interval,
            pagination_queue_size: now.left,
            run: now.report.clone(),
        })
    }

    fn left(run: &Discovery) -> u64 {
        run.pending.len() as u64
    }

    async fn begin(context: &WorkerContext, schedule: &Schedule) -> Result<Option<Discovery>, WorkError> {
        // A first discovery that broke off is due again soon: without it there is nothing to work on.
        let is_due = if context.bank.is_discovered().await? {
            schedule.claim().await?
        } else {
            schedule.claim_every(FIRST_RUN_BROKE_OFF).await?
        };
        Ok(is_due.then(|| Discovery { customers: Customers::From(None), pending: VecDeque::new() }))
    }

    /// Reads a batch of pages of accounts or, when none is pending, the next page of customers.
    async fn step(context: &WorkerContext, run: &mut Discovery) -> Result<Progress, WorkError> {
        if !run.pending.is_empty() {
            let size = context.config.account_discovery_batch_size.min(run.pending.len());
            let batch = run.pending.drain(..size).collect();
            run.pending.extend(read_batch(context, batch).await?);
            return Ok(Progress::Underway);
        }
        let Customers::From(page_token) = &run.customers else {
            context.bank.mark_discovered().await?;
            return Ok(Progress::Ended { complaint: None });
        };
        let page = context.core_banking.customers(page_token.as_deref()).await?;
        let numbers = context.bank.meet_customers(&page.body).await?;
        run.pending.extend(numbers.into_iter().zip(page.body).map(|(user_id, customer)| PendingPage {
            user_id,
            customer_id: customer.customer_id,
            page_token: None,
        }));
        run.customers = page.header.page_token.map_or(Customers::AllRead, |token| Customers::From(Some(token)));
        Ok(Progress::Underway)
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
    context.bank.meet_accounts(pending.user_id, &numbers(&page)).await?;
    Ok(page.header.page_token.map(|token| PendingPage { page_token: Some(token), ..pending }))
}

/// Reads all pages of a user's accounts anew and keeps those that were not known.
pub async fn discover_user(context: &WorkerContext, user_id: u64) -> Result<Ending, WorkError> {
    let Some(user) = context.bank.user(user_id).await? else { return Ok(unknown_user(user_id)) };
    let (mut found, mut new) = (0, 0);
    let mut page_token = None;
    loop {
        let page = match context.core_banking.accounts(&user.customer_id, page_token.as_deref()).await {
            Ok(page) => page,
            Err(error) => return Ok(Ending::blamed_on(&error, &format!("The accounts of {user} were not read"))),
        };
        found += page.body.len();
        new += context.bank.meet_accounts(user_id, &numbers(&page)).await?;
        page_token = page.header.page_token;
        if page_token.is_none() {
            return Ok(Ending::Done(format!("{} found for {user}, {}.", accounts(found), how_many_new(found, new))));
        }
    }
}

fn how_many_new(found: usize, new: usize) -> String {
    match (found, new) {
        (1, 1) => "a new one".to_owned(),
        (_, 0) => "none new".to_owned(),
        _ => format!("{new} of them new"),
    }
}

fn numbers(page: &Page<AccountEntry>) -> Vec<String> {
    page.body.iter().map(|entry| entry.account_id.clone()).collect()
}
