//! The lanes of balance-sync: two Redis Streams with a consumer group.
//!
//! An entry stays in its stream until its job has ended, so the stream's length is the number of jobs not finished.

use std::collections::HashMap;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, Script};
use uuid::Uuid;

use crate::model::job::{JobId, JobOutcome, JobState, Lane};
use crate::model::service::BuiltIn;
use crate::server::redis::{Redis, keys, scripts};

/// The consumer group of both lanes.
const GROUP: &str = "balance-sync";

/// The lanes, the most urgent first.
const LANES: [(Lane, &str); 2] = [(Lane::Priority, keys::JOBS_PRIORITY), (Lane::Background, keys::JOBS_BACKGROUND)];

/// How long the record of an ended job is kept.
const KEPT: Duration = Duration::from_secs(24 * 3_600);

/// A job could not be queued.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Discovery has met no such user.
    #[error("user {0} does not exist")]
    UnknownUser(u64),
    /// Redis did not answer, or refused.
    #[error("the queue: {0}")]
    Redis(#[from] redis::RedisError),
}

/// A job in a worker's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Which job.
    pub id: JobId,
    /// The lane it came from.
    pub lane: Lane,
    /// The user it is about.
    pub user_id: u64,
    entry: String,
}

/// How much waits, and up to where that was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Jobs waiting in the priority lane.
    pub priority: u64,
    /// Jobs waiting in the background lane.
    pub background: u64,
    newest: [String; 2],
}

/// The jobs. Cloning it shares the connection.
#[derive(Clone)]
pub struct Jobs {
    redis: Redis,
}

impl Jobs {
    /// The jobs kept in that Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// Queues the sync of one user's balances.
    pub async fn enqueue_sync(&self, user_id: u64, lane: Lane) -> Result<JobId, QueueError> {
        let id = Uuid::now_v7().to_string();
        let script = Script::new(scripts::ENQUEUE_JOB);
        let mut call = script.key(keys::BANK_USERS);
        call.key(stream(lane)).key(keys::job(&id)).arg(&id).arg(user_id).arg(name(lane));
        let is_queued: bool = call.invoke_async(&mut self.redis.commands()).await?;
        if is_queued { Ok(JobId(id)) } else { Err(QueueError::UnknownUser(user_id)) }
    }

    /// Where a job stands, and how it ended if it did; `None` if no such job is kept.
    pub async fn find(&self, id: &JobId) -> Result<Option<(JobState, Option<JobOutcome>)>, QueueError> {
        let record: HashMap<String, String> = self.redis.commands().hgetall(keys::job(&id.0)).await?;
        Ok(read_record(id, record))
    }

    /// How much waits in each lane, not counting what is being worked on.
    pub async fn waiting(&self) -> Result<Waiting, QueueError> {
        let script = Script::new(scripts::COUNT_JOBS);
        let mut call = script.key(keys::JOBS_PRIORITY);
        call.key(keys::JOBS_BACKGROUND).arg(GROUP);
        let (priority, newest_priority, background, newest_background) =
            call.invoke_async(&mut self.redis.commands()).await?;
        Ok(Waiting { priority, background, newest: [newest_priority, newest_background] })
    }

    /// Whether every job of a lane has ended.
    pub async fn is_finished(&self, lane: Lane) -> Result<bool, QueueError> {
        let length: u64 = self.redis.commands().xlen(stream(lane)).await?;
        Ok(length == 0)
    }

    /// A connection for [`Jobs::wait`], which would hold up everybody on the shared one.
    pub async fn waiting_room(&self, longest: Duration) -> Result<MultiplexedConnection, QueueError> {
        Ok(self.redis.blocking(longest).await?)
    }

    /// Waits until something was queued after `seen` was counted, or for `longest`. Takes nothing, so that the new
    /// job can be shown as waiting before it is worked on.
    pub async fn wait(
        &self,
        room: &mut MultiplexedConnection,
        seen: &Waiting,
        longest: Duration,
    ) -> Result<(), QueueError> {
        let milliseconds = longest.as_millis().max(1) as u64;
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(1).arg("BLOCK").arg(milliseconds).arg("STREAMS");
        read.arg(keys::JOBS_PRIORITY).arg(keys::JOBS_BACKGROUND).arg(&seen.newest);
        Ok(read.query_async::<redis::Value>(room).await.map(|_| ())?)
    }

    /// Takes the next job: from the background lane only when nothing waits in the priority lane.
    pub async fn take(&self, worker: &str) -> Result<Option<Job>, QueueError> {
        let script = Script::new(scripts::TAKE_JOB);
        let mut call = script.key(keys::JOBS_PRIORITY);
        call.key(keys::JOBS_BACKGROUND).arg(GROUP).arg(worker).arg(keys::JOB_PREFIX);
        Ok(call.invoke_async::<Option<Taken>>(&mut self.redis.commands()).await?.and_then(read_job))
    }

    /// Takes a job whose worker took it at least `idle` ago and has not ended it.
    pub async fn take_over(&self, worker: &str, idle: Duration) -> Result<Option<Job>, QueueError> {
        let script = Script::new(scripts::TAKE_OVER_JOB);
        let mut call = script.key(keys::JOBS_PRIORITY);
        call.key(keys::JOBS_BACKGROUND).arg(GROUP).arg(worker).arg(keys::JOB_PREFIX).arg(idle.as_millis() as u64);
        Ok(call.invoke_async::<Option<Taken>>(&mut self.redis.commands()).await?.and_then(read_job))
    }

    /// Ends a job. `None` if it had been ended before; then nothing is changed.
    pub async fn finish(&self, job: &Job, state: JobState, message: &str) -> Result<Option<JobOutcome>, QueueError> {
        let word = if state == JobState::Done { "done" } else { "dead" };
        let script = Script::new(scripts::FINISH_JOB);
        let mut call = script.key(stream(job.lane));
        call.key(keys::job(&job.id.0)).arg(GROUP).arg(&job.entry).arg(word).arg(message).arg(KEPT.as_secs());
        let is_ended: bool = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(is_ended.then(|| JobOutcome {
            id: job.id.clone(),
            service: BuiltIn::BalanceSync.id(),
            lane: job.lane,
            user_id: job.user_id,
            state,
            message: message.to_owned(),
        }))
    }
}

/// A lane's place counted from 1, the entry's id, and its fields.
type Taken = (usize, String, HashMap<String, String>);

fn read_job((place, entry, mut fields): Taken) -> Option<Job> {
    let (lane, _) = *LANES.get(place.checked_sub(1)?)?;
    Some(Job { id: JobId(fields.remove("job")?), lane, user_id: fields.get("user")?.parse().ok()?, entry })
}

fn read_record(id: &JobId, mut record: HashMap<String, String>) -> Option<(JobState, Option<JobOutcome>)> {
    let state = match record.get("state")?.as_str() {
        "waiting" => return Some((JobState::Waiting, None)),
        "running" => return Some((JobState::Running, None)),
        "done" => JobState::Done,
        _ => JobState::Dead,
    };
    let (lane, _) = LANES.into_iter().find(|(lane, _)| record.get("lane").is_some_and(|word| word == name(*lane)))?;
    let outcome = JobOutcome {
        id: id.clone(),
        service: BuiltIn::BalanceSync.id(),
        lane,
        user_id: record.get("user")?.parse().ok()?,
        state,
        message: record.remove("message").unwrap_or_default(),
    };
    Some((state, Some(outcome)))
}

fn stream(lane: Lane) -> &'static str {
    match lane {
        Lane::Priority => keys::JOBS_PRIORITY,
        Lane::Background => keys::JOBS_BACKGROUND,
    }
}

fn name(lane: Lane) -> &'static str {
    match lane {
        Lane::Priority => "priority",
        Lane::Background => "background",
    }
}
