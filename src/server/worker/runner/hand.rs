//! One job in hand: worked on, kept while that lasts, and settled in the same step in which the next one comes.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::model::job::{JobState, Lane, Subject};
use crate::server::worker::WorkerContext;
use crate::server::worker::counter::Counter;
use crate::server::worker::ending::Ending;
use crate::server::worker::queue::{Job, Jobs, Settled, Taken};
use crate::server::worker::runner::Service;
use crate::server::worker::upstream;

/// How long to wait before something is said to Redis again.
const SAY_AGAIN: Duration = Duration::from_millis(200);

/// Whoever works on one job after another.
#[derive(Clone)]
pub struct Hand {
    /// What the service works with.
    pub context: WorkerContext,
    /// The name under which jobs are taken.
    pub worker: String,
    /// Where it is told how each attempt ended, but not of jobs that were lost to another worker.
    pub endings: UnboundedSender<Ending>,
    /// After the job in hand no other one is taken.
    pub enough: CancellationToken,
    /// The job in hand is given back.
    pub goodbye: CancellationToken,
}

/// A job that is no longer in hand.
struct PutDown {
    /// How the attempt ended; `None` if the job was lost to another worker.
    ending: Option<Ending>,
    /// The next job, which came in the same step.
    next: Option<Taken>,
}

impl Hand {
    /// Works on what was taken, and then on what comes in its place, until nothing does.
    pub async fn work<S: Service>(self, first: Taken) {
        let mut taken = Some(first);
        while let Some(now) = taken {
            let down = match now {
                Taken::Job(job) => self.work_on::<S>(job).await,
                // Nobody works on it any more.
                Taken::GivenUp(job, ending) => self.settle(&job, ending, Instant::now()).await,
            };
            if let Some(ending) = down.ending {
                // A service that has ended does not listen any more.
                let _ = self.endings.send(ending);
            }
            taken = down.next;
        }
    }

    async fn work_on<S: Service>(&self, mut job: Job) -> PutDown {
        let (began, counter) = (Instant::now(), Counter::default());
        let ending = tokio::select! {
            ending = attempt::<S>(&self.context, &job, &counter) => ending,
            () = until_lost(&self.context.jobs, &job) => {
                tracing::warn!(service.id = %job.work.service().id(), job.id = %job.id, "A job went to another worker, because this one was not heard of");
                return PutDown { ending: None, next: None };
            }
            () = self.goodbye.cancelled() => Ending::CutShort,
        };
        job.tally = counter.tally();
        self.settle(&job, ending, began).await
    }

    /// Says how an attempt ended, for as long as its lease may last.
    async fn settle(&self, job: &Job, ending: Ending, began: Instant) -> PutDown {
        let jobs = &self.context.jobs;
        let until = Instant::now() + jobs.timing().lease;
        let mut said = if self.goes_on() {
            jobs.settle_and_take(job, &ending, &self.worker).await
        } else {
            jobs.settle(job, &ending).await.map(|settled| (settled, None))
        };
        loop {
            match said {
                Ok((settled, next)) => {
                    let is_kept = self.note(job, settled, began);
                    return PutDown { ending: is_kept.then_some(ending), next };
                }
                Err(error) if Instant::now() >= until || self.goodbye.is_cancelled() => {
                    tracing::warn!(service.id = %job.work.service().id(), job.id = %job.id, %error, "How a job ended could not be kept; it is tried again");
                    return PutDown { ending: None, next: None };
                }
                Err(_) => tokio::time::sleep(SAY_AGAIN).await,
            }
            // If it was heard the first time and only the answer was lost, a job may have been taken already.
            said = jobs.settle(job, &ending).await.map(|settled| (settled, None));
        }
    }

    /// Whether another job may begin: core banking can have gone away while this one was worked on.
    fn goes_on(&self) -> bool {
        !self.enough.is_cancelled() && !upstream::holds_back(*self.context.core_banking.condition().borrow())
    }

    /// Notes what became of a job. False if that was of no use any more.
    fn note(&self, job: &Job, settled: Settled, began: Instant) -> bool {
        match settled {
            Settled::Ended(outcome) => {
                self.context.metrics.job_ended(&outcome);
                log_end(job, outcome.state, began.elapsed());
            }
            Settled::Later => tracing::debug!(job.id = %job.id, "A job is tried again later"),
            Settled::Stale => {
                tracing::warn!(service.id = %job.work.service().id(), job.id = %job.id, "A job was worked on here, but had gone to another worker before");
                return false;
            }
        }
        true
    }
}

async fn attempt<S: Service>(context: &WorkerContext, job: &Job, counter: &Counter) -> Ending {
    match S::perform(context, &job.work, counter).await {
        Ok(ending) => ending,
        Err(error) if error.is_redis_away() => Ending::CutShort,
        Err(error) => Ending::Failed(format!("It could not be done: {error}.")),
    }
}

/// Renews the lease, three times before it runs out, until the job has gone to another worker.
async fn until_lost(jobs: &Jobs, job: &Job) {
    loop {
        tokio::time::sleep(jobs.timing().lease / 3).await;
        match jobs.renew(job).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::debug!(job.id = %job.id, %error, "A lease was not renewed"),
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
        Lane::Background if state == JobState::Dead => {
            tracing::warn!(service.id = %service, job.id = %job.id, user.id = user, duration_ms, "a periodic job failed for good");
        }
        Lane::Background => {
            tracing::debug!(service.id = %service, job.id = %job.id, user.id = user, ?state, duration_ms, "a periodic job ended");
        }
    }
}
