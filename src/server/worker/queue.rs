//! The lanes of each service: two Redis Streams with a consumer group.
//!
//! An entry stays in its stream until its job has ended, so the stream's length is the number of jobs not finished.

mod work;

use std::collections::HashMap;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, Script};
use uuid::Uuid;

use crate::model::job::{JobId, JobOutcome, JobRecord, JobState, Lane, Subject};
use crate::model::service::{BuiltIn, ServiceId};
use crate::server::redis::{Redis, keys, scripts};

pub use crate::server::worker::queue::work::Work;

/// How long the record of an ended job is kept, and what a request with a key of its own made.
const KEPT: Duration = Duration::from_secs(24 * 3_600);

/// A job could not be queued, or the queue not be read.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Discovery has met no such user or account.
    #[error("{0} does not exist")]
    Unknown(Subject),
    /// Another request was made under the same key within the last 24 hours.
    #[error("the key was used for another request")]
    KeyReused,
    /// Redis did not answer, or refused.
    #[error("the queue: {0}")]
    Redis(#[from] redis::RedisError),
}

/// Makes a request count once, however often it comes within 24 hours by Redis's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Names the request among all requests of all who may make one.
    pub key: String,
    /// What is asked for: the same for the same request, another one for any other.
    pub fingerprint: String,
}

/// A job in a worker's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Which job.
    pub id: JobId,
    /// The lane it came from.
    pub lane: Lane,
    /// What it asks for.
    pub work: Work,
    entry: String,
}

/// How much waits for a service, and up to where that was counted.
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

    /// Queues a job. With `once`, the same request made again queues nothing and is answered with its first job.
    pub async fn enqueue(&self, work: &Work, lane: Lane, once: Option<&Once>) -> Result<JobId, QueueError> {
        let id = Uuid::now_v7().to_string();
        let (kind, number) = work.field();
        let script = Script::new(scripts::ENQUEUE_JOB);
        let mut call = script.key(keys::jobs(work.service(), lane));
        call.key(keys::job(&id)).key(keys::BANK_USERS).key(keys::BANK_DETAILS).key(keys::BANK_LACKING_DETAILS);
        call.arg(id).arg(work.service().name()).arg(lane.name()).arg(kind).arg(number);
        if let Some(once) = once {
            call.key(keys::once(&once.key)).arg(&once.fingerprint).arg(KEPT.as_secs());
        }
        let answer: String = call.invoke_async(&mut self.redis.commands()).await?;
        match answer.as_str() {
            "unknown" => Err(QueueError::Unknown(work.subject())),
            "reused" => Err(QueueError::KeyReused),
            _ => Ok(JobId(answer)),
        }
    }

    /// The job that this request made when it came before; `None` if it comes for the first time.
    pub async fn made_before(&self, once: &Once) -> Result<Option<JobId>, QueueError> {
        let made: Option<String> = self.redis.commands().get(keys::once(&once.key)).await?;
        let Some((id, fingerprint)) = made.as_deref().and_then(|made| made.split_once(' ')) else { return Ok(None) };
        if fingerprint == once.fingerprint { Ok(Some(JobId(id.to_owned()))) } else { Err(QueueError::KeyReused) }
    }

    /// Where a job stands; `None` if no such job is kept.
    pub async fn find(&self, id: &JobId) -> Result<Option<JobRecord>, QueueError> {
        // Whoever asks may write anything for an id, of any length; only what can be one goes to Redis.
        if Uuid::try_parse(&id.0).is_err() {
            return Ok(None);
        }
        let record: HashMap<String, String> = self.redis.commands().hgetall(keys::job(&id.0)).await?;
        Ok(read_record(id, record))
    }

    /// How much waits in each lane of a service, not counting what is being worked on.
    pub async fn waiting(&self, service: BuiltIn) -> Result<Waiting, QueueError> {
        let script = Script::new(scripts::COUNT_JOBS);
        let mut call = script.key(&lanes(service));
        call.arg(service.name());
        let (priority, newest_priority, background, newest_background) =
            call.invoke_async(&mut self.redis.commands()).await?;
        Ok(Waiting { priority, background, newest: [newest_priority, newest_background] })
    }

    /// Whether every job of a lane has ended.
    pub async fn is_finished(&self, service: BuiltIn, lane: Lane) -> Result<bool, QueueError> {
        let length: u64 = self.redis.commands().xlen(keys::jobs(service, lane)).await?;
        Ok(length == 0)
    }

    /// A connection for [`Jobs::wait`], which would hold up everybody on the shared one.
    pub async fn waiting_room(&self, longest: Duration) -> Result<MultiplexedConnection, QueueError> {
        Ok(self.redis.blocking(longest).await?)
    }

    /// Waits until something was queued for a service after `seen` was counted, or for `longest`. Takes nothing, so
    /// that the new job can be shown as waiting before it is worked on.
    pub async fn wait(
        &self,
        service: BuiltIn,
        room: &mut MultiplexedConnection,
        seen: &Waiting,
        longest: Duration,
    ) -> Result<(), QueueError> {
        let milliseconds = longest.as_millis().max(1) as u64;
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(1).arg("BLOCK").arg(milliseconds).arg("STREAMS");
        read.arg(&lanes(service)).arg(&seen.newest);
        Ok(read.query_async::<redis::Value>(room).await.map(|_| ())?)
    }

    /// Takes a service's next job: from the background lane only when nothing waits in the priority lane.
    pub async fn take(&self, service: BuiltIn, worker: &str) -> Result<Option<Job>, QueueError> {
        let script = Script::new(scripts::TAKE_JOB);
        let mut call = script.key(&lanes(service));
        call.arg(service.name()).arg(worker).arg(keys::JOB_PREFIX);
        let taken: Option<Taken> = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(taken.and_then(|taken| read_job(service, taken)))
    }

    /// Takes a service's job whose worker took it at least `idle` ago and has not ended it.
    pub async fn take_over(&self, service: BuiltIn, worker: &str, idle: Duration) -> Result<Option<Job>, QueueError> {
        let script = Script::new(scripts::TAKE_OVER_JOB);
        let mut call = script.key(&lanes(service));
        call.arg(service.name()).arg(worker).arg(keys::JOB_PREFIX).arg(idle.as_millis() as u64);
        let taken: Option<Taken> = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(taken.and_then(|taken| read_job(service, taken)))
    }

    /// Ends a job. `None` if it had been ended before; then nothing is changed.
    pub async fn finish(&self, job: &Job, state: JobState, message: &str) -> Result<Option<JobOutcome>, QueueError> {
        let service = job.work.service();
        let script = Script::new(scripts::FINISH_JOB);
        let mut call = script.key(keys::jobs(service, job.lane));
        call.key(keys::job(&job.id.0));
        call.arg(service.name()).arg(&job.entry).arg(state.name()).arg(message).arg(KEPT.as_secs());
        let is_ended: bool = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(is_ended.then(|| JobOutcome {
            id: job.id.clone(),
            service: service.id(),
            lane: job.lane,
            subject: job.work.subject(),
            state,
            message: message.to_owned(),
        }))
    }
}

/// A lane's place counted from 1, the entry's id, and its fields.
type Taken = (usize, String, HashMap<String, String>);

fn read_job(service: BuiltIn, (place, entry, fields): Taken) -> Option<Job> {
    let lane = *Lane::ALL.get(place.checked_sub(1)?)?;
    Some(Job { id: JobId(fields.get("job")?.clone()), lane, work: Work::of(service, &fields)?, entry })
}

fn read_record(id: &JobId, mut record: HashMap<String, String>) -> Option<JobRecord> {
    let service = ServiceId::parse(record.get("service")?).ok().and_then(BuiltIn::of)?;
    let lane = record.get("lane")?;
    let state = record.get("state")?;
    let number = |field: &str| record.get(field).and_then(|text| text.parse().ok());
    Some(JobRecord {
        id: id.clone(),
        service: service.id(),
        lane: Lane::ALL.into_iter().find(|known| known.name() == lane)?,
        subject: Work::of(service, &record)?.subject(),
        state: JobState::ALL.into_iter().find(|known| known.name() == state)?,
        attempts: number("attempts")?,
        created_at: number("createdAt")?,
        started_at: number("startedAt"),
        finished_at: number("finishedAt"),
        message: record.remove("message"),
    })
}

/// A service's streams, the most urgent first.
fn lanes(service: BuiltIn) -> [String; 2] {
    Lane::ALL.map(|lane| keys::jobs(service, lane))
}
