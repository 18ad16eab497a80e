//! What the three services have in common: each takes jobs as they come, goes on with its periodic run between them,
//! waits when there is neither, and says so.

mod service;

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use tokio_util::sync::CancellationToken;

use crate::model::job::{JobState, Lane, Subject};
use crate::model::status::StatusObject;
use crate::server::worker::ending::Ending;
use crate::server::worker::patience::{Patience, rest};
use crate::server::worker::queue::{Job, Waiting};
use crate::server::worker::report::Reporter;
use crate::server::worker::schedule::Schedule;
use crate::server::worker::services;
use crate::server::worker::upstream;
use crate::server::worker::{WorkError, WorkerContext};

pub use crate::server::worker::runner::service::{Now, Progress, Service};

/// The longest an idle service waits for a job before it looks whether its run is due.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// A job that was taken so long ago and has not ended is taken to be left behind by a dead worker.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// How often to look for jobs left behind.
const LOOK_FOR_LEFT_BEHIND_EVERY: Duration = Duration::from_secs(30);

/// How often the queue lengths are read while something is being worked on.
const COUNT_EVERY: Duration = Duration::from_millis(200);

/// One service at work.
pub struct Runner<S: Service> {
    context: WorkerContext,
    reporter: Reporter,
    schedule: Schedule,
    now: Now,
    run: Option<S::Run>,
    /// A run broke off, and Redis has yet to hear that it is due again.
    is_run_owed: bool,
    /// No run begins before, because core banking was away.
    not_before: Instant,
    patience: Patience,
    room: Option<MultiplexedConnection>,
    looked_for_left_behind: Option<Instant>,
}

impl<S: Service> Runner<S> {
    /// Prepares the service.
    pub fn new(context: &WorkerContext) -> Self {
        let id = S::KIND.id();
        let interval = S::interval(&context.config);
        Self {
            context: context.clone(),
            reporter: Reporter::new(context.event_log.clone(), id),
            schedule: Schedule::new(context.redis.clone(), id, interval),
            now: Now { interval: interval.as_millis() as u64, ..Now::default() },
            run: None,
            is_run_owed: false,
            not_before: Instant::now(),
            patience: Patience::new(id, Duration::from_secs(5), Duration::from_secs(300)),
            room: None,
            looked_for_left_behind: None,
        }
    }

    /// Runs until `shutdown`; a job or a step under way is finished first.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut patience = Patience::new(S::KIND.id(), Duration::from_millis(500), Duration::from_secs(10));
        while !shutdown.is_cancelled() {
            match self.turn(&shutdown).await {
                Ok(()) => patience.regained(),
                Err(error) => {
                    self.room = None;
                    // Redis may have come back empty, and the rest of the run would leave out what went before.
                    self.is_run_owed |= self.run.take().is_some();
                    rest(patience.lost(&error), &shutdown).await;
                }
            }
        }
        self.is_run_owed |= self.run.take().is_some();
        if let Err(error) = self.give_back_run().await {
            tracing::warn!(service.id = %S::KIND.id(), %error, "A run that broke off is not due again before its time");
        }
    }

    async fn turn(&mut self, shutdown: &CancellationToken) -> Result<(), WorkError> {
        self.give_back_run().await?;
        self.hold_back(shutdown).await?;
        if shutdown.is_cancelled() {
            return Ok(());
        }
        if self.run.is_none() && Instant::now() >= self.not_before {
            self.run = S::begin(&self.context, &self.schedule).await?;
        }
        if let Some(job) = self.next_job().await? {
            self.work(job).await
        } else if let Some(run) = self.run.take() {
            self.go_on(run).await
        } else {
            self.wait(shutdown).await
        }
    }

    /// Does nothing but tell how long the lanes are while core banking is away: what is asked for waits and is not lost.
    async fn hold_back(&mut self, shutdown: &CancellationToken) -> Result<(), WorkError> {
        let mut condition = self.context.core_banking.condition();
        while upstream::holds_back(*condition.borrow_and_update()) && !shutdown.is_cancelled() {
            self.now.is_working = false;
            self.count().await?;
            let status = self.status();
            self.reporter.report(status).await?;
            tokio::select! {
                _ = condition.changed() => {}
                () = rest(COUNT_EVERY, shutdown) => {}
            }
            // Once it is back nobody waits any longer.
            self.not_before = Instant::now();
        }
        Ok(())
    }

    fn status(&self) -> StatusObject {
        let condition = *self.context.core_banking.condition().borrow();
        S::status(&Now { report: upstream::with_condition(&self.now.report, condition), ..self.now.clone() })
    }

    async fn give_back_run(&mut self) -> Result<(), WorkError> {
        if self.is_run_owed {
            self.schedule.give_back().await?;
            self.is_run_owed = false;
        }
        Ok(())
    }

    async fn next_job(&mut self) -> Result<Option<Job>, WorkError> {
        let (jobs, worker) = (&self.context.jobs, self.reporter.instance());
        if self.looked_for_left_behind.is_none_or(|at| at.elapsed() > LOOK_FOR_LEFT_BEHIND_EVERY) {
            if let Some(job) = jobs.take_over(S::KIND, worker, LEFT_BEHIND).await? {
                tracing::info!(job.id = %job.id, "A job that a worker left behind is taken over");
                return Ok(Some(job));
            }
            self.looked_for_left_behind = Some(Instant::now());
        }
        Ok(jobs.take(S::KIND, worker).await?)
    }

    /// Waits for a new job and shows it as waiting before it is taken.
    async fn wait(&mut self, shutdown: &CancellationToken) -> Result<(), WorkError> {
        self.now.is_working = false;
        let waiting = self.count().await?;
        let status = self.status();
        self.reporter.report(status).await?;
        if waiting.priority + waiting.background > 0 {
            return Ok(());
        }
        let jobs = &self.context.jobs;
        let room = match &mut self.room {
            Some(room) => room,
            None => self.room.insert(jobs.waiting_room(LONGEST_REST).await?),
        };
        tokio::select! {
            waited = jobs.wait(S::KIND, room, &waiting, LONGEST_REST) => waited?,
            () = shutdown.cancelled() => return Ok(()),
        }
        self.count().await?;
        let status = self.status();
        Ok(self.reporter.report(status).await?)
    }

    async fn count(&mut self) -> Result<Waiting, WorkError> {
        let waiting = self.context.jobs.waiting(S::KIND).await?;
        (self.now.priority, self.now.background) = (waiting.priority, waiting.background);
        Ok(waiting)
    }

    /// Does a step of the run, which is kept only if there is more to do.
    async fn go_on(&mut self, mut run: S::Run) -> Result<(), WorkError> {
        let context = self.context.clone();
        self.now.left = S::left(&run);
        let step = self.meanwhile(S::step(&context, &mut run)).await;
        self.now.left = 0;
        match step {
            Ok(Progress::Underway) => {
                self.now.left = S::left(&run);
                self.run = Some(run);
            }
            Ok(Progress::Ended { complaint }) => {
                self.patience.regained();
                self.now.report.succeeded();
                self.now.report.last_error = complaint;
            }
            Err(WorkError::CoreBanking(error)) => {
                self.is_run_owed = true;
                self.now.report.stumbled(&error);
                self.not_before = Instant::now() + self.patience.lost(&error);
            }
            Err(error) => {
                self.is_run_owed = true;
                return Err(error);
            }
        }
        Ok(())
    }

    async fn work(&mut self, job: Job) -> Result<(), WorkError> {
        let began = Instant::now();
        let context = self.context.clone();
        let ending = self.meanwhile(services::perform(&context, &job.work)).await?;
        match &ending {
            Ending::Done(_) => {
                // Core banking answers again, if it did not before.
                self.patience.regained();
                self.not_before = Instant::now();
                self.now.report.succeeded();
            }
            Ending::Failed(message) => self.now.report.failed(message.clone()),
            Ending::Outage { reason, .. } => self.now.report.failed(reason.clone()),
        }
        let outcome = context.jobs.finish(&job, ending.state(), ending.message()).await?;
        outcome.iter().for_each(|outcome| context.metrics.job_ended(outcome));
        // Somebody waits for the end of a priority job; a round in the background would only fill the log.
        if let Some(outcome) = outcome.filter(|outcome| outcome.lane == Lane::Priority) {
            context.event_log.append_job(&outcome).await?;
        }
        log_end(&job, ending.state(), began.elapsed());
        Ok(())
    }

    /// Does some work, and shows that it goes on and what comes to wait in the meantime.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = Result<T, WorkError>>) -> Result<T, WorkError> {
        self.show_work().await?;
        let mut work = pin!(work);
        loop {
            tokio::select! {
                result = &mut work => return result,
                () = tokio::time::sleep(COUNT_EVERY) => {
                    // The work goes on; whether Redis is back shows at its end.
                    if let Err(error) = self.show_work().await {
                        tracing::debug!(service.id = %S::KIND.id(), %error, "A report during work was not published");
                    }
                }
            }
        }
    }

    /// A job taken from the priority lane shows at once; a long background lane or run shows as it shrinks.
    async fn show_work(&mut self) -> Result<(), WorkError> {
        let before = (self.now.is_working, self.now.priority);
        self.now.is_working = true;
        self.count().await?;
        let status = self.status();
        if before == (true, self.now.priority) {
            Ok(self.reporter.progress(status).await?)
        } else {
            Ok(self.reporter.report(status).await?)
        }
    }
}

/// The job's message names a customer, whose name belongs on the page and not in a log; so does an account's number.
fn log_end(job: &Job, state: JobState, took: Duration) {
    let (service, duration_ms) = (job.work.service().id(), took.as_millis() as u64);
    let user = match job.work.subject() {
        Subject::User(number) => Some(number),
        Subject::Account(_) => None,
    };
    match job.lane {
        Lane::Priority => {
            tracing::info!(service.id = %service, job.id = %job.id, user.id = user, ?state, duration_ms, "a requested job ended");
        }
        Lane::Background => {
            tracing::debug!(service.id = %service, job.id = %job.id, user.id = user, ?state, duration_ms, "a periodic job ended");
        }
    }
}
