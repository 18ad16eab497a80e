//! Reads every account's balances: user by user, as jobs that wait in two lanes.

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt, TryStreamExt};
use redis::aio::MultiplexedConnection;
use tokio_util::sync::CancellationToken;

use crate::model::job::{JobState, Lane};
use crate::model::service::BuiltIn;
use crate::model::status::BalanceSyncStatus;
use crate::server::core_banking::client::CoreBankingError;
use crate::server::worker::patience::{Patience, rest};
use crate::server::worker::queue::{Job, Waiting};
use crate::server::worker::report::Reporter;
use crate::server::worker::schedule::Schedule;
use crate::server::worker::{LONGEST_REST, WorkError, WorkerContext};

/// A job that was taken so long ago and has not ended is taken to be left behind by a dead worker.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// How often to look for jobs left behind.
const LOOK_FOR_LEFT_BEHIND_EVERY: Duration = Duration::from_secs(30);

/// How often the queue lengths are read while a job is being worked on.
const COUNT_EVERY: Duration = Duration::from_millis(200);

/// Accounts of one job asked for at once; the client's own limit holds over all jobs.
const ACCOUNTS_AT_ONCE: usize = 32;

/// The service.
pub struct BalanceSync {
    context: WorkerContext,
    reporter: Reporter,
    schedule: Schedule,
    status: BalanceSyncStatus,
    room: Option<MultiplexedConnection>,
    looked_for_left_behind: Option<Instant>,
}

/// How a job went.
struct Ending {
    state: JobState,
    message: String,
    outage: Option<String>,
}

impl BalanceSync {
    /// Prepares the service.
    pub fn new(context: &WorkerContext) -> Self {
        let id = BuiltIn::BalanceSync.id();
        let interval = context.config.balance_sync_interval;
        Self {
            context: context.clone(),
            reporter: Reporter::new(context.event_log.clone(), id),
            schedule: Schedule::new(context.redis.clone(), id, interval),
            status: BalanceSyncStatus {
                running: true,
                interval: interval.as_millis() as u64,
                ..BalanceSyncStatus::default()
            },
            room: None,
            looked_for_left_behind: None,
        }
    }

    /// Runs until `shutdown`; a job under way is finished first.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut patience =
            Patience::new(BuiltIn::BalanceSync.id(), Duration::from_millis(500), Duration::from_secs(10));
        while !shutdown.is_cancelled() {
            match self.turn(&shutdown).await {
                Ok(()) => patience.regained(),
                Err(error) => {
                    self.room = None;
                    rest(patience.lost(&error), &shutdown).await;
                }
            }
        }
    }

    async fn turn(&mut self, shutdown: &CancellationToken) -> Result<(), WorkError> {
        self.queue_round_if_due().await?;
        match self.next_job().await? {
            Some(job) => self.work(job).await,
            None => self.wait_for_work(shutdown).await,
        }
    }

    /// Queues every user, unless the last round is still being worked off or accounts are not known yet.
    async fn queue_round_if_due(&self) -> Result<(), WorkError> {
        let (bank, jobs) = (&self.context.bank, &self.context.jobs);
        if !jobs.is_finished(Lane::Background).await? || !bank.is_discovered().await? || !self.schedule.claim().await? {
            return Ok(());
        }
        for user in bank.users().await? {
            jobs.enqueue_sync(user.user_id, Lane::Background).await?;
        }
        Ok(())
    }

    async fn next_job(&mut self) -> Result<Option<Job>, WorkError> {
        let (jobs, worker) = (&self.context.jobs, self.reporter.instance());
        if self.looked_for_left_behind.is_none_or(|at| at.elapsed() > LOOK_FOR_LEFT_BEHIND_EVERY) {
            if let Some(job) = jobs.take_over(worker, LEFT_BEHIND).await? {
                tracing::info!(job.id = %job.id, "A job that a worker left behind is taken over");
                return Ok(Some(job));
            }
            self.looked_for_left_behind = Some(Instant::now());
        }
        Ok(jobs.take(worker).await?)
    }

    /// Waits for a new job and shows it as waiting before it is taken.
    async fn wait_for_work(&mut self, shutdown: &CancellationToken) -> Result<(), WorkError> {
        self.status.processing = false;
        let waiting = self.count().await?;
        self.reporter.report(&self.status).await?;
        if waiting.priority + waiting.background > 0 {
            return Ok(());
        }
        let jobs = self.context.jobs.clone();
        let room = match &mut self.room {
            Some(room) => room,
            None => self.room.insert(jobs.waiting_room(LONGEST_REST).await?),
        };
        tokio::select! {
            waited = jobs.wait(room, &waiting, LONGEST_REST) => waited?,
            () = shutdown.cancelled() => return Ok(()),
        }
        self.count().await?;
        Ok(self.reporter.report(&self.status).await?)
    }

    async fn count(&mut self) -> Result<Waiting, WorkError> {
        let waiting = self.context.jobs.waiting().await?;
        (self.status.priority, self.status.background) = (waiting.priority, waiting.background);
        Ok(waiting)
    }

    async fn work(&mut self, job: Job) -> Result<(), WorkError> {
        let began = Instant::now();
        self.show_work().await?;
        let context = self.context.clone();
        let ending = {
            let mut syncing = std::pin::pin!(sync(&context, &job));
            loop {
                tokio::select! {
                    ending = &mut syncing => break ending?,
                    () = tokio::time::sleep(COUNT_EVERY) => {
                        // The job goes on; whether Redis is back shows when it is finished.
                        if let Err(error) = self.show_work().await {
                            tracing::debug!(job.id = %job.id, %error, "A report during work was not published");
                        }
                    }
                }
            }
        };
        match &ending.outage {
            Some(reason) => self.status.run.degraded(reason.clone()),
            None if ending.state == JobState::Done => self.status.run.succeeded(),
            None => self.status.run.failed(ending.message.clone()),
        }
        let outcome = context.jobs.finish(&job, ending.state, &ending.message).await?;
        outcome.iter().for_each(|outcome| context.metrics.job_ended(outcome));
        // Somebody waits for the end of a priority job; a round in the background would only fill the log.
        if let Some(outcome) = outcome.filter(|outcome| outcome.lane == Lane::Priority) {
            context.event_log.append_job(&outcome).await?;
        }
        let duration_ms = began.elapsed().as_millis() as u64;
        // The message names a customer, whose name belongs on the page and not in a log.
        let state = ending.state;
        match job.lane {
            Lane::Priority => {
                tracing::info!(job.id = %job.id, user.id = job.user_id, ?state, duration_ms, "a requested sync ended");
            }
            Lane::Background => {
                tracing::debug!(job.id = %job.id, user.id = job.user_id, ?state, duration_ms, "a periodic sync ended");
            }
        }
        Ok(())
    }

    /// A job taken from the priority lane shows at once; a long background lane shows as it shrinks.
    async fn show_work(&mut self) -> Result<(), WorkError> {
        let before = (self.status.processing, self.status.priority);
        self.status.processing = true;
        self.count().await?;
        if before == (true, self.status.priority) {
            Ok(self.reporter.progress(&self.status).await?)
        } else {
            Ok(self.reporter.report(&self.status).await?)
        }
    }
}

/// Reads and keeps the balances of all accounts of the job's user. An error is Redis's; the job is then not ended.
async fn sync(context: &WorkerContext, job: &Job) -> Result<Ending, WorkError> {
    let Some(user) = context.bank.user(job.user_id).await? else {
        let message = format!("User {} does not exist.", job.user_id);
        return Ok(Ending { state: JobState::Dead, message, outage: None });
    };
    let accounts = context.bank.accounts(job.user_id).await?;
    let asked_at = context.bank.now().await?;
    let total = accounts.len();
    let read = stream::iter(accounts)
        .map(|account| sync_account(context, account, asked_at))
        .buffer_unordered(ACCOUNTS_AT_ONCE)
        .try_collect::<Vec<Option<CoreBankingError>>>()
        .await;
    let failures: Vec<CoreBankingError> = match read {
        Ok(results) => results.into_iter().flatten().collect(),
        Err(WorkError::CoreBanking(error)) => {
            let message = format!("The balances of {user} were not synced: {error}.");
            return Ok(Ending { state: JobState::Dead, message, outage: Some(error.to_string()) });
        }
        Err(error) => return Err(error),
    };
    let plural = if total == 1 { "account" } else { "accounts" };
    Ok(match failures.first() {
        None => Ending { state: JobState::Done, message: format!("{total} {plural} synced for {user}."), outage: None },
        Some(first) => Ending {
            state: JobState::Dead,
            message: format!("{} of {total} {plural} synced for {user}: {first}.", total - failures.len()),
            outage: None,
        },
    })
}

/// Answers what is wrong with this one account; an outage is an error, because asking on is of no use.
async fn sync_account(
    context: &WorkerContext,
    account: String,
    asked_at: u64,
) -> Result<Option<CoreBankingError>, WorkError> {
    match context.core_banking.balances(&account).await {
        Ok(balances) => context.bank.store_balances(&account, asked_at, balances).await?,
        Err(error) if error.is_outage() => return Err(error.into()),
        Err(error) => return Ok(Some(error)),
    }
    Ok(None)
}
