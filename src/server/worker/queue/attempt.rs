//! One attempt at a job: taken under a lease, renewed while it lasts, settled once.

use redis::{Script, ScriptInvocation};

use crate::model::job::{JobId, JobOutcome, JobState, Lane};
use crate::model::run::Tally;
use crate::model::service::BuiltIn;
use crate::server::event_log::LOG_LENGTH;
use crate::server::redis::keys;
use crate::server::worker::ending::Ending;
use crate::server::worker::queue::work::Work;
use crate::server::worker::queue::{DEAD_KEPT, DEAD_LISTED, Jobs, KEPT, QueueError, call, record};

/// How many outages of core banking do not count as failures of a job. Whoever meets more of them while others are answered
/// would be tried for ever, and no round that waits for it would end.
const OUTAGES: u64 = 10;

/// A job in a worker's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Which job.
    pub id: JobId,
    /// The lane it came from.
    pub lane: Lane,
    /// What it asks for.
    pub work: Work,
    /// What this attempt came to so far, for the run that the job is of.
    pub tally: Tally,
    /// Tells this attempt from all others at the job.
    token: u64,
}

/// What a worker that asks for work is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A job, under a lease.
    Job(Job),
    /// A job that lost its last worker, only to be settled with this ending.
    GivenUp(Job, Ending),
}

/// What became of a job whose attempt was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It ended.
    Ended(JobOutcome),
    /// It is tried again later.
    Later,
    /// The worker had lost it to another one before; nothing was changed.
    Stale,
}

/// What `take_job.lua` answers when there is something to do.
type HandedOut = (String, String, String, String, u64);

impl Job {
    fn outcome(&self, state: JobState, message: &str) -> JobOutcome {
        JobOutcome {
            id: self.id.clone(),
            service: self.work.service().id(),
            lane: self.lane,
            subject: self.work.subject(),
            state,
            message: message.to_owned(),
        }
    }

    /// What the event log is told of such an end. Somebody waits for the end of a priority job; a round in the
    /// background would only fill the log.
    fn news(&self, state: JobState, message: &str) -> String {
        match self.lane {
            Lane::Priority => serde_json::to_string(&self.outcome(state, message)).unwrap_or_default(),
            Lane::Background => String::new(),
        }
    }
}

impl Jobs {
    /// Takes a job of a service: one whose worker was lost, or the next in its lanes, from the background lane only when
    /// nothing waits in the priority lane. `worker` is kept with the job, for people.
    pub async fn take(&self, service: BuiltIn, worker: &str) -> Result<Option<Taken>, QueueError> {
        let mut call = call(&self.scripts.take, service);
        self.name_taker(&mut call, worker);
        let answer: Option<HandedOut> = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(answer.and_then(|answer| self.taken(service, answer)))
    }

    /// Adds what `take_job.lua` wants to know of whoever takes a job.
    fn name_taker(&self, call: &mut ScriptInvocation<'_>, worker: &str) {
        call.arg(worker).arg(self.timing.lease.as_millis() as u64).arg(self.attempts());
    }

    /// How often a job is tried.
    fn attempts(&self) -> usize {
        self.timing.retries.len() + 1
    }

    fn taken(&self, service: BuiltIn, (word, id, lane, number, token): HandedOut) -> Option<Taken> {
        let (lane, work) = (record::lane(&lane)?, Work::about(service, &number)?);
        let job = Job { id: JobId(id), lane, work, tally: Tally::default(), token };
        if word == "given up" {
            let attempts = self.attempts();
            let message = format!("Given up after {attempts} attempts: its worker was lost while it worked on it.");
            return Some(Taken::GivenUp(job, Ending::Hopeless(message)));
        }
        if word == "left behind" {
            tracing::info!(service.id = service.name(), job.id = %job.id, "A job that a worker left behind is taken over");
        }
        Some(Taken::Job(job))
    }

    /// Keeps a job for another lease; false if it was lost to another worker.
    pub async fn renew(&self, job: &Job) -> Result<bool, QueueError> {
        let mut call = call(&self.scripts.renew, job.work.service());
        call.arg(&job.id.0).arg(job.token).arg(self.timing.lease.as_millis() as u64);
        Ok(call.invoke_async(&mut self.redis.commands()).await?)
    }

    /// Ends an attempt: the job is done, is dead, or is tried again later. After an error it may have happened all the
    /// same; to say the same again is safe and answers what came of it.
    pub async fn settle(&self, job: &Job, ending: &Ending) -> Result<Settled, QueueError> {
        match ending {
            Ending::Done(message) => self.complete(job, message).await,
            Ending::Failed(message) => self.fail_once(job, message).await,
            Ending::Hopeless(message) => self.fail(job, message, &[]).await,
            Ending::Outage { message, .. } => self.release(job, self.timing.outage.as_millis() as u64, message).await,
            Ending::CutShort => self.release(job, 0, "").await,
        }
    }

    /// Ends an attempt as [`Jobs::settle`] does, and after one that was done takes the next job in the same step. After an
    /// error a job may have been taken all the same, which goes to somebody else once its lease has run out.
    pub async fn settle_and_take(
        &self,
        job: &Job,
        ending: &Ending,
        worker: &str,
    ) -> Result<(Settled, Option<Taken>), QueueError> {
        let Ending::Done(message) = ending else { return Ok((self.settle(job, ending).await?, None)) };
        let service = job.work.service();
        let mut call = completion(&self.scripts.complete_and_take, job, message);
        self.name_taker(&mut call, worker);
        let (state, next): (String, Option<HandedOut>) = call.invoke_async(&mut self.redis.commands()).await?;
        Ok((settled(job, &state, message), next.and_then(|next| self.taken(service, next))))
    }

    async fn complete(&self, job: &Job, message: &str) -> Result<Settled, QueueError> {
        let call = completion(&self.scripts.complete, job, message);
        let state: String = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(settled(job, &state, message))
    }

    /// The job is tried again if it has an attempt left.
    async fn fail_once(&self, job: &Job, message: &str) -> Result<Settled, QueueError> {
        let waits: Vec<u64> = self.timing.retries.iter().map(|wait| wait.as_millis() as u64).collect();
        self.fail(job, message, &waits).await
    }

    async fn fail(&self, job: &Job, message: &str, waits: &[u64]) -> Result<Settled, QueueError> {
        let mut call = call(&self.scripts.fail, job.work.service());
        call.key(keys::EVENTS)
            .key(keys::AUDIT_OUTCOMES)
            .arg(&job.id.0)
            .arg(job.token)
            .arg(message)
            .arg(DEAD_KEPT.as_secs())
            .arg(DEAD_LISTED);
        call.arg(LOG_LENGTH).arg(job.news(JobState::Dead, message)).arg(&numbers(job.tally)).arg(waits);
        let state: String = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(settled(job, &state, message))
    }

    async fn release(&self, job: &Job, wait: u64, message: &str) -> Result<Settled, QueueError> {
        let mut call = call(&self.scripts.release, job.work.service());
        call.arg(&job.id.0).arg(job.token).arg(wait).arg(message).arg(job.tally.changed).arg(OUTAGES);
        let state: String = call.invoke_async(&mut self.redis.commands()).await?;
        if state == "worn out" {
            // After so many outages it is the job itself that is not answered.
            return self.fail_once(job, message).await;
        }
        Ok(settled(job, &state, message))
    }
}

fn numbers(tally: Tally) -> [u64; 3] {
    [tally.checked, tally.changed, tally.errors]
}

/// A call of a script that begins with the end of a job that was done.
fn completion<'a>(script: &'a Script, job: &Job, message: &str) -> ScriptInvocation<'a> {
    let mut call = call(script, job.work.service());
    call.key(keys::EVENTS).key(keys::AUDIT_OUTCOMES).arg(&job.id.0).arg(job.token).arg(message).arg(KEPT.as_secs());
    call.arg(LOG_LENGTH).arg(job.news(JobState::Done, message)).arg(&numbers(job.tally));
    call
}

/// Reads a script's word; what it says is where the job stands after this attempt.
fn settled(job: &Job, state: &str, message: &str) -> Settled {
    match state {
        "stale" => Settled::Stale,
        "done" => Settled::Ended(job.outcome(JobState::Done, message)),
        "dead" => Settled::Ended(job.outcome(JobState::Dead, message)),
        _ => Settled::Later,
    }
}
