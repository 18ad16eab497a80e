//! One job in hand: worked on, kept while that lasts, and settled.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::model::job::{JobState, Lane, Subject};
use crate::server::worker::WorkerContext;
use crate::server::worker::counter::Counter;
use crate::server::worker::ending::Ending;
use crate::server::worker::queue::{Job, Jobs, Settled};
use crate::server::worker::services;

/// How long to wait before something is said to Redis again.
const SAY_AGAIN: Duration = Duration::from_millis(200);

/// Works on a job and settles it. Answers how the attempt ended; `None` if the job was lost to another worker. Once
/// `goodbye` comes the job is given back.
pub async fn work(context: WorkerContext, mut job: Job, goodbye: CancellationToken) -> Option<Ending> {
    let (began, counter) = (Instant::now(), Counter::default());
    let ending = tokio::select! {
        ending = attempt(&context, &job, &counter) => ending,
        () = until_lost(&context.jobs, &job) => {
            tracing::warn!(job.id = %job.id, "A job went to another worker, because this one was not heard of");
            return None;
        }
        () = goodbye.cancelled() => Ending::CutShort,
    };
    job.tally = counter.tally();
    settle(&context, &job, &ending, &goodbye, began).await.then_some(ending)
}

/// Settles a job that nobody works on.
pub async fn give_up(context: WorkerContext, job: Job, ending: Ending, goodbye: CancellationToken) -> Option<Ending> {
    settle(&context, &job, &ending, &goodbye, Instant::now()).await.then_some(ending)
}

/// Says how an attempt ended, for as long as its lease may last. False if that is of no use any more.
async fn settle(
    context: &WorkerContext,
    job: &Job,
    ending: &Ending,
    goodbye: &CancellationToken,
    began: Instant,
) -> bool {
    let until = Instant::now() + context.jobs.timing().lease;
    loop {
        match context.jobs.settle(job, ending).await {
            Ok(Settled::Ended(outcome)) => {
                context.metrics.job_ended(&outcome);
                log_end(job, outcome.state, began.elapsed());
                return true;
            }
            Ok(Settled::Later) => {
                tracing::debug!(job.id = %job.id, "A job is tried again later");
                return true;
            }
            Ok(Settled::Stale) => {
                tracing::warn!(job.id = %job.id, "A job was worked on here, but had gone to another worker before");
                return false;
            }
            Err(error) if Instant::now() >= until || goodbye.is_cancelled() => {
                tracing::warn!(job.id = %job.id, %error, "How a job ended could not be kept; it is tried again");
                return false;
            }
            Err(_) => tokio::time::sleep(SAY_AGAIN).await,
        }
    }
}

async fn attempt(context: &WorkerContext, job: &Job, counter: &Counter) -> Ending {
    match services::perform(context, &job.work, counter).await {
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
        Lane::Background => {
            tracing::debug!(service.id = %service, job.id = %job.id, user.id = user, ?state, duration_ms, "a periodic job ended");
        }
    }
}
