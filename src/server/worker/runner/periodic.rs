//! The periodic run: begun when it is due, kept while it goes on, ended or given back.

use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::model::run::RunId;
use crate::server::worker::WorkError;
use crate::server::worker::runner::{COUNT_EVERY, LONGEST_GOODBYE, Opening, Progress, Runner, Service};
use crate::server::worker::schedule::{RunCount, Schedule};

/// How long to wait before a lease that could not be renewed is renewed again.
const RENEW_AGAIN: Duration = Duration::from_millis(500);

/// A run that this worker holds, kept by a task of its own: jobs go before its steps, and it waits while core banking is away.
pub struct UnderWay<R> {
    id: RunId,
    run: R,
    count: watch::Sender<RunCount>,
    lost: CancellationToken,
    keeping: JoinHandle<()>,
}

impl<R> UnderWay<R> {
    fn new(schedule: &Schedule, lease: Duration, id: RunId, run: R) -> Self {
        let (count, counted) = watch::channel(RunCount::default());
        let lost = CancellationToken::new();
        let keeping = tokio::spawn(keep(schedule.clone(), lease, id.clone(), counted, lost.clone()));
        Self { id, run, count, lost, keeping }
    }
}

impl<R> Drop for UnderWay<R> {
    fn drop(&mut self) {
        self.keeping.abort();
    }
}

/// Renews the lease, three times before it runs out, and says how far the run is, until it is lost.
async fn keep(
    schedule: Schedule,
    lease: Duration,
    run: RunId,
    mut counted: watch::Receiver<RunCount>,
    lost: CancellationToken,
) {
    loop {
        let count = *counted.borrow_and_update();
        let wait = match schedule.keep(&run, &count).await {
            Ok(true) => lease / 3,
            Ok(false) => return lost.cancel(),
            Err(error) => {
                tracing::debug!(run.id = %run, %error, "The lease of a run was not renewed");
                (lease / 3).min(RENEW_AGAIN)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            Ok(()) = counted.changed() => {}
        }
    }
}

/// How a step of a run came to its end.
enum Step {
    /// By itself.
    Done(Result<Progress, WorkError>),
    /// The run went to another worker.
    Lost,
    /// The program ends, and the step does not.
    TooLong,
}

/// A run that broke off, and of which Redis has yet to hear that another one is due.
pub struct Owed {
    run: RunId,
    why: String,
}

impl<S: Service> Runner<S> {
    /// Lets go of the run under way, if there is one: it ends with that sentence, and another one is due at once.
    pub(in crate::server::worker::runner) fn break_off_run(&mut self, why: String) {
        if let Some(under_way) = self.run.take() {
            tracing::info!(service.id = %S::KIND.id(), run.id = %under_way.id, why, "a run broke off");
            self.owed = Some(Owed { run: under_way.id.clone(), why });
        }
    }

    /// Tells Redis of a run that broke off.
    pub(in crate::server::worker::runner) async fn give_back_run(&mut self) -> Result<(), WorkError> {
        if let Some(owed) = &self.owed {
            self.schedule.give_back(&owed.run, &owed.why).await?;
            self.owed = None;
        }
        Ok(())
    }

    /// Begins the periodic run if it is due.
    pub(in crate::server::worker::runner) async fn look_for_run(&mut self) -> Result<(), WorkError> {
        self.looks_later = self.looked_for_run.is_some_and(|at| at.elapsed() < COUNT_EVERY);
        if self.run.is_none() && !self.looks_later {
            self.looked_for_run = Some(Instant::now());
            let standing = self.look().await?;
            let opening = Opening { schedule: &self.schedule, standing, worker: self.reporter.instance() };
            if let Some((id, run)) = S::begin(&self.context, &opening).await? {
                tracing::info!(service.id = %S::KIND.id(), run.id = %id, "a run begins");
                let lease = self.context.jobs.timing().lease;
                self.run = Some(UnderWay::new(&self.schedule, lease, id, run));
            }
        }
        Ok(())
    }

    /// Does a step of the run, which is kept only if there is more to do, or if the step takes too long after the shutdown.
    pub(in crate::server::worker::runner) async fn go_on(
        &mut self,
        mut under_way: UnderWay<S::Run>,
        shutdown: &CancellationToken,
    ) -> Result<(), WorkError> {
        let (context, lost) = (self.context.clone(), under_way.lost.clone());
        self.now.left = S::left(&under_way.run);
        let hurry = async {
            shutdown.cancelled().await;
            tokio::time::sleep(LONGEST_GOODBYE).await;
        };
        let step = tokio::select! {
            step = self.meanwhile(S::step(&context, &mut under_way.run)) => Step::Done(step),
            () = lost.cancelled() => Step::Lost,
            () = hurry => Step::TooLong,
        };
        self.now.left = 0;
        match step {
            Step::Done(Ok(Progress::Underway)) => {
                self.now.left = S::left(&under_way.run);
                under_way.count.send_replace(S::count(&under_way.run));
                self.run = Some(under_way);
            }
            Step::Done(Ok(Progress::Ended { complaint })) => self.end_run(under_way, complaint).await?,
            Step::Done(Err(error)) => {
                self.run = Some(under_way);
                self.break_off_run(format!("It broke off: {error}."));
                let WorkError::CoreBanking(error) = error else { return Err(error) };
                self.now.report.stumbled(&error);
                self.not_before = Instant::now() + self.patience.lost(&error);
            }
            // Whoever ends gives it back.
            Step::TooLong => self.run = Some(under_way),
            Step::Lost => {
                let service = S::KIND.id();
                tracing::warn!(service.id = %service, run.id = %under_way.id, "A run was lost, because this worker was not heard of");
            }
        }
        Ok(())
    }

    async fn end_run(&mut self, under_way: UnderWay<S::Run>, complaint: Option<String>) -> Result<(), WorkError> {
        let sentence = complaint.as_ref().map(|complaint| format!("{complaint}."));
        let ended = self.schedule.end(&under_way.id, &S::count(&under_way.run), sentence.as_deref()).await;
        if let Err(error) = ended {
            self.run = Some(under_way);
            self.break_off_run(format!("Its end could not be kept: {error}."));
            return Err(error.into());
        }
        self.is_run_held = false;
        let RunCount { progress, tally } = S::count(&under_way.run);
        tracing::info!(service.id = %S::KIND.id(), run.id = %under_way.id, done = progress.done, changed = tally.changed, errors = tally.errors, "a run ended");
        self.patience.regained();
        self.now.report.succeeded();
        self.now.report.last_error = complaint;
        Ok(())
    }
}
