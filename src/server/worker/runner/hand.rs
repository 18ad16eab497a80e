//! One job in hand: worked on, kept while that lasts, and settled.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::model::job::{JobOutcome, JobState, Lane, Subject};
use crate::server::worker::WorkerContext;
use crate::server::worker::ending::Ending;
use crate::server::worker::queue::{Job, Jobs, QueueError, Settled};
use crate::server::worker::services;

/// How long to wait before something is said to Redis again.
const SAY_AGAIN: Duration = Duration::from_millis(200);

/// Works on a job and settles it. Answers how the attempt ended; `None` if the job was lost to another worker. Once
/// `goodbye` comes the job is given back.
pub async fn work(context: WorkerContext, job: Job, goodbye: CancellationToken) -> Option<Ending> {
    let began = Instant::now();
    let ending = tokio::select! {
        ending = attempt(&context, &job) => ending,
        () = until_lost(&context.jobs, &job) => {
            tracing::warn!(job.id = %job.id, "A job went to another worker, because this one was not heard of");
            return None;
        }
        () = goodbye.cancelled() => Ending::CutShort,
    };
    let insistence = Insistence { until: Instant::now() + context.jobs.timing().lease, goodbye };
    match settle(&context.jobs, &job, &ending, &insistence).await {
        Ok(Settled::Ended(outcome)) => {
            tell(&context, &outcome, &insistence).await;
            log_end(&job, outcome.state, began.elapsed());
        }
        Ok(Settled::Later) => tracing::debug!(job.id = %job.id, ?ending, "A job is tried again later"),
        Ok(Settled::Stale) => {
            tracing::warn!(job.id = %job.id, "A job was done here, but had gone to another worker before");
            return None;
        }
        Err(error) => {
            tracing::warn!(job.id = %job.id, %error, "How a job ended could not be kept; it is tried again");
            return None;
        }
    }
    Some(ending)
}

/// Counts the end of a job, and tells those who wait for it.
pub async fn announce(context: &WorkerContext, outcome: &JobOutcome) {
    let insistence = Insistence { until: Instant::now() + SAY_AGAIN, goodbye: CancellationToken::new() };
    tell(context, outcome, &insistence).await;
}

async fn tell(context: &WorkerContext, outcome: &JobOutcome, insistence: &Insistence) {
    context.metrics.job_ended(outcome);
    // Somebody waits for the end of a priority job; a round in the background would only fill the log.
    if outcome.lane != Lane::Priority {
        return;
    }
    while let Err(error) = context.event_log.append_job(outcome).await {
        if !insistence.lasts().await {
            tracing::warn!(job.id = %outcome.id, %error, "The end of a job could not be told");
            return;
        }
    }
}

async fn settle(jobs: &Jobs, job: &Job, ending: &Ending, insistence: &Insistence) -> Result<Settled, QueueError> {
    loop {
        match jobs.settle(job, ending).await {
            Err(_) if insistence.lasts().await => {}
            answer => return answer,
        }
    }
}

async fn attempt(context: &WorkerContext, job: &Job) -> Ending {
    match services::perform(context, &job.work).await {
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

/// How long to go on saying something to a Redis that does not answer.
struct Insistence {
    until: Instant,
    goodbye: CancellationToken,
}

impl Insistence {
    /// Waits a little before the next attempt; false if there should be none.
    async fn lasts(&self) -> bool {
        let lasts = Instant::now() < self.until && !self.goodbye.is_cancelled();
        if lasts {
            tokio::time::sleep(SAY_AGAIN).await;
        }
        lasts
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
