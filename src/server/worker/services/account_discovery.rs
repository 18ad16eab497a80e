//! Finds customers and their accounts. Runs at once when there are no users, then on its interval; a job reads one
//! user's accounts anew.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::model::service::BuiltIn;
use crate::model::status::{AccountDiscoveryStatus, StatusObject};
use crate::server::config::WorkerConfig;
use crate::server::core_banking::client::CoreBankingError;
use crate::server::core_banking::reading::Reading;
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
    /// Where in the list of customers it is; `None` once all are read.
    customers: Option<Reading>,
    pending: VecDeque<PendingPage>,
    /// Users whose list of accounts could not be read to its end.
    unread: usize,
}

/// A page of a customer's accounts still to be read.
struct PendingPage {
    user_id: u64,
    customer_id: String,
    reading: Reading,
}

impl Service for AccountDiscovery {
    const KIND: BuiltIn = BuiltIn::AccountDiscovery;

    type Run = Discovery;

    fn interval(config: &WorkerConfig) -> Duration {
        config.account_discovery_interval
    }

    fn status(now: &Now) -> StatusObject {
        StatusObject::of(&AccountDiscoveryStatus {
            running: now.phase.is_running(),
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
        Ok(is_due.then(|| Discovery { customers: Some(Reading::default()), pending: VecDeque::new(), unread: 0 }))
    }

    /// Reads a batch of pages of accounts or, when none is pending, the next page of customers.
    async fn step(context: &WorkerContext, run: &mut Discovery) -> Result<Progress, WorkError> {
        if !run.pending.is_empty() {
            let size = context.config.account_discovery_batch_size.min(run.pending.len());
            let batch = run.pending.drain(..size).collect();
            for outcome in read_batch(context, batch).await? {
                match outcome {
                    PageOutcome::More(pending) => run.pending.push_back(pending),
                    PageOutcome::Last => {}
                    PageOutcome::Unreadable => run.unread += 1,
                }
            }
            return Ok(Progress::Underway);
        }
        let Some(reading) = &mut run.customers else {
            context.bank.mark_discovered().await?;
            let complaint =
                (run.unread > 0).then(|| format!("The accounts of {} could not be read", users(run.unread)));
            return Ok(Progress::Ended { complaint });
        };
        let page = context.core_banking.customers(reading.page_token()).await?;
        let numbers = context.bank.meet_customers(&page.body).await?;
        run.pending.extend(numbers.into_iter().zip(page.body).map(|(user_id, customer)| PendingPage {
            user_id,
            customer_id: customer.customer_id,
            reading: Reading::default(),
        }));
        if !context.core_banking.turn("customers", reading, &page.header)? {
            run.customers = None;
        }
        Ok(Progress::Underway)
    }
}

/// What came of reading one page of a customer's accounts.
enum PageOutcome {
    /// This page comes after it.
    More(PendingPage),
    /// It was the last one, or the customer is gone.
    Last,
    /// It cannot be read; the other customers' pages can.
    Unreadable,
}

/// Reads one page for each of the batch.
async fn read_batch(context: &WorkerContext, batch: Vec<PendingPage>) -> Result<Vec<PageOutcome>, WorkError> {
    let width = batch.len().max(1);
    stream::iter(batch).map(|pending| read_page(context, pending)).buffer_unordered(width).try_collect().await
}

/// An outage is an error, because asking on is of no use.
async fn read_page(context: &WorkerContext, mut pending: PendingPage) -> Result<PageOutcome, WorkError> {
    let core_banking = &context.core_banking;
    let turned = match core_banking.accounts(&pending.customer_id, pending.reading.page_token()).await {
        Ok(page) => {
            context.bank.meet_accounts(pending.user_id, &numbers(&page)).await?;
            core_banking.turn("accounts", &mut pending.reading, &page.header)
        }
        Err(error) => Err(error),
    };
    match turned {
        Ok(true) => Ok(PageOutcome::More(pending)),
        // The customer was removed after the list was read.
        Ok(false) | Err(CoreBankingError::NotFound { .. }) => Ok(PageOutcome::Last),
        Err(error) if error.is_outage() => Err(error.into()),
        Err(error) => {
            tracing::debug!(user.id = pending.user_id, %error, "A user's list of accounts was not read to its end");
            Ok(PageOutcome::Unreadable)
        }
    }
}

/// Reads all pages of a user's accounts anew and keeps those that were not known.
pub async fn discover_user(context: &WorkerContext, user_id: u64) -> Result<Ending, WorkError> {
    let Some(user) = context.bank.user(user_id).await? else { return Ok(unknown_user(user_id)) };
    let (mut found, mut new) = (0, 0);
    let mut reading = Reading::default();
    loop {
        let page = match context.core_banking.accounts(&user.customer_id, reading.page_token()).await {
            Ok(page) => page,
            Err(error) => return Ok(Ending::blamed_on(&error, &format!("The accounts of {user} were not read"))),
        };
        found += page.body.len();
        new += context.bank.meet_accounts(user_id, &numbers(&page)).await?;
        match context.core_banking.turn("accounts", &mut reading, &page.header) {
            Ok(true) => {}
            Ok(false) => {
                let new = how_many_new(found, new);
                return Ok(Ending::Done(format!("{} found for {user}, {new}.", accounts(found))));
            }
            Err(error) => {
                return Ok(Ending::blamed_on(&error, &format!("The accounts of {user} were not read to their end")));
            }
        }
    }
}

fn users(count: usize) -> String {
    format!("{count} {}", if count == 1 { "user" } else { "users" })
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
