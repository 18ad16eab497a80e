//! Finds customers and their accounts. Runs at once when there are no users and soon again while there are none, else on
//! its interval; a job reads one user's accounts anew. An account is closed once it is missing in the whole list of its user's accounts.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::model::run::{RunId, RunProgress, Tally};
use crate::model::service::BuiltIn;
use crate::model::status::{AccountDiscoveryStatus, StatusObject};
use crate::server::config::WorkerConfig;
use crate::server::core_banking::client::CoreBankingError;
use crate::server::core_banking::reading::Reading;
use crate::server::core_banking::wire::{AccountEntry, Customer, Page, PageHeader};
use crate::server::worker::bank::Bank;
use crate::server::worker::counter::Counter;
use crate::server::worker::ending::Ending;
use crate::server::worker::runner::{Now, Opening, Progress, Service};
use crate::server::worker::schedule::RunCount;
use crate::server::worker::services::{accounts, is_asked_again, unknown_user};
use crate::server::worker::{WorkError, WorkerContext};

/// The time from one run to the next while there are no users: without them nothing else has anything to do.
const WHILE_EMPTY: Duration = Duration::from_secs(60);

/// The service.
pub struct AccountDiscovery;

/// A discovery under way.
pub struct Discovery {
    /// Where in the list of customers it is; `None` once all are read.
    customers: Option<Reading>,
    pending: VecDeque<PendingPage>,
    /// How many customers there are, as far as their list says, and of how many the accounts were read.
    progress: RunProgress,
    /// Its errors are users whose list of accounts could not be read to its end.
    tally: Tally,
}

/// A page of a customer's accounts still to be read.
struct PendingPage {
    user_id: u64,
    customer_id: String,
    reading: Reading,
    /// By Redis's clock, before its first page was.
    asked_at: u64,
    /// The accounts on the pages before.
    seen: HashSet<String>,
    /// A page of it met what looked like an outage.
    was_missed: bool,
}

impl PendingPage {
    fn first(user_id: u64, customer_id: String, asked_at: u64) -> Self {
        Self { user_id, customer_id, reading: Reading::default(), asked_at, seen: HashSet::new(), was_missed: false }
    }
}

impl Service for AccountDiscovery {
    const KIND: BuiltIn = BuiltIn::AccountDiscovery;

    type Run = Discovery;

    fn interval(config: &WorkerConfig) -> Duration {
        config.account_discovery_interval
    }

    async fn interval_now(context: &WorkerContext) -> Result<Duration, WorkError> {
        let interval = Self::interval(&context.config);
        let is_anybody_known = context.bank.user_count().await? > 0;
        Ok(if is_anybody_known { interval } else { interval.min(WHILE_EMPTY) })
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

    fn count(run: &Discovery) -> RunCount {
        RunCount { progress: run.progress, tally: run.tally }
    }

    async fn begin(_: &WorkerContext, opening: &Opening<'_>) -> Result<Option<(RunId, Discovery)>, WorkError> {
        if !opening.standing.is_due() {
            return Ok(None);
        }
        let begun = opening.schedule.begin(opening.worker).await?;
        Ok(begun.map(|id| {
            let (progress, tally) = (RunProgress::default(), Tally::default());
            (id, Discovery { customers: Some(Reading::default()), pending: VecDeque::new(), progress, tally })
        }))
    }

    /// Reads a batch of pages of accounts or, when none is pending, the next page of customers.
    async fn step(context: &WorkerContext, run: &mut Discovery) -> Result<Progress, WorkError> {
        if !run.pending.is_empty() {
            let size = context.config.account_discovery_batch_size.min(run.pending.len());
            let batch = run.pending.drain(..size).collect();
            let (more, tally) = read_batch(context, batch).await?;
            run.progress.done += (size - more.len()) as u64;
            run.pending.extend(more);
            run.tally += tally;
            return Ok(Progress::Underway);
        }
        let Some(reading) = &mut run.customers else {
            context.bank.mark_discovered().await?;
            let unread = run.tally.errors as usize;
            let complaint = (unread > 0).then(|| format!("The accounts of {} could not be read", users(unread)));
            return Ok(Progress::Ended { complaint });
        };
        let page = context.core_banking.customers(reading.page_token()).await?;
        let numbers = context.bank.meet_customers(&page.body).await?;
        let asked_at = context.bank.now().await?;
        let first_page =
            |(user_id, customer): (u64, Customer)| PendingPage::first(user_id, customer.customer_id, asked_at);
        run.pending.extend(numbers.into_iter().zip(page.body).map(first_page));
        let met = run.progress.done + run.pending.len() as u64;
        run.progress.total = met.max(page.header.total_size);
        if !context.core_banking.turn("customers", reading, &page.header)? {
            run.customers = None;
            run.progress.total = met;
        }
        Ok(Progress::Underway)
    }
}

/// Reads one page for each of the batch. Answers the pages to be read after them, and what they came to.
async fn read_batch(context: &WorkerContext, batch: Vec<PendingPage>) -> Result<(Vec<PendingPage>, Tally), WorkError> {
    let (width, counter) = (batch.len().max(1), Counter::default());
    let pages = stream::iter(batch).map(|pending| read_page(context, pending, &counter)).buffer_unordered(width);
    let next: Vec<Option<PendingPage>> = pages.try_collect().await?;
    Ok((next.into_iter().flatten().collect(), counter.tally()))
}

/// Answers the page to be read next, if there is one: the one after it, or itself again. What cannot be read is counted, since the
/// other customers' pages can.
async fn read_page(
    context: &WorkerContext,
    mut pending: PendingPage,
    counter: &Counter,
) -> Result<Option<PendingPage>, WorkError> {
    let core_banking = &context.core_banking;
    let turned = match core_banking.accounts(&pending.customer_id, pending.reading.page_token()).await {
        Ok(page) => {
            meet(&context.bank, pending.user_id, &page, &mut pending.seen, counter).await?;
            let is_more = core_banking.turn("accounts", &mut pending.reading, &page.header);
            if let Ok(false) = is_more {
                close_missing(&context.bank, &pending, &page.header, counter).await?;
                return Ok(None);
            }
            is_more
        }
        Err(error) => Err(error),
    };
    match turned {
        Ok(_) => Ok(Some(pending)),
        // The customer was removed after the list was read. That says nothing about their accounts.
        Err(CoreBankingError::NotFound { .. }) => Ok(None),
        Err(error) if is_asked_again(&error, &mut pending.was_missed) => Ok(Some(pending)),
        Err(error) => {
            let error = error.without_subject();
            tracing::debug!(user.id = pending.user_id, error, "A user's list of accounts was not read to its end");
            counter.unread();
            Ok(None)
        }
    }
}

/// Keeps the accounts of a page. Answers how many of them the user was not known to have.
async fn meet(
    bank: &Bank,
    user_id: u64,
    page: &Page<AccountEntry>,
    seen: &mut HashSet<String>,
    counter: &Counter,
) -> Result<usize, WorkError> {
    let numbers: Vec<String> = page.body.iter().map(|entry| entry.account_id.clone()).collect();
    let met = bank.meet_accounts(user_id, &numbers).await?;
    counter.checked(numbers.len(), met.new + met.reopened);
    seen.extend(numbers);
    Ok(met.new)
}

/// After the last page: closes what was on none. Answers how many accounts that were.
async fn close_missing(
    bank: &Bank,
    list: &PendingPage,
    last: &PageHeader,
    counter: &Counter,
) -> Result<usize, WorkError> {
    // A list that changes while it is read may lose an account between two pages.
    if (list.seen.len() as u64) < last.total_size {
        tracing::debug!(user.id = list.user_id, "A user's list of accounts has fewer than it says; none is closed");
        return Ok(0);
    }
    let listed: Vec<String> = list.seen.iter().cloned().collect();
    let closed = bank.close_others(list.user_id, &listed, list.asked_at).await?;
    counter.checked(0, closed);
    Ok(closed)
}

/// Reads all pages of a user's accounts anew, keeps those that were not known, and closes those that are gone.
pub async fn discover_user(context: &WorkerContext, user_id: u64, counter: &Counter) -> Result<Ending, WorkError> {
    let Some(user) = context.bank.user(user_id).await? else { return Ok(unknown_user(user_id)) };
    let mut new = 0;
    let asked_at = context.bank.now().await?;
    let mut list = PendingPage::first(user_id, user.customer_id.clone(), asked_at);
    loop {
        let page = match context.core_banking.accounts(&list.customer_id, list.reading.page_token()).await {
            Ok(page) => page,
            Err(error) => return Ok(Ending::blamed_on(&error, &format!("The accounts of {user} were not read"))),
        };
        new += meet(&context.bank, user_id, &page, &mut list.seen, counter).await?;
        match context.core_banking.turn("accounts", &mut list.reading, &page.header) {
            Ok(true) => {}
            Ok(false) => {
                let found = list.seen.len();
                let closed = close_missing(&context.bank, &list, &page.header, counter).await?;
                let news = news(found, new, closed);
                return Ok(Ending::Done(format!("{} found for {user}, {news}.", accounts(found))));
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

fn news(found: usize, new: usize, closed: usize) -> String {
    let new = match (found, new) {
        (1, 1) => "a new one".to_owned(),
        (_, 0) => "none new".to_owned(),
        _ => format!("{new} of them new"),
    };
    if closed == 0 { new } else { format!("{new}; {} closed", accounts(closed)) }
}
