//! The jobs of each service, in Redis: lanes, leases, retries and dead letters.
//!
//! A lane is a Redis Stream with a consumer group. A job waits in its lane, is worked on under a lease, is put aside
//! until its next attempt, and ends as done or dead; each of these steps is one script, so that a job is never in two
//! places or in none. Every attempt has a token of its own: a worker whose lease ran out and whose job went to another
//! cannot end it any more. All times are Redis's.

mod attempt;
mod change;
mod durations;
mod listing;
mod record;
mod round;
mod work;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::streams::StreamReadReply;
use redis::{AsyncCommands, Script, ScriptInvocation};
use uuid::Uuid;

use crate::model::audit::Intent;
use crate::model::job::{JobId, JobRecord, Lane, Subject};
use crate::model::service::BuiltIn;
use crate::server::audit;
use crate::server::redis::{Redis, keys, scripts};

pub use crate::server::worker::queue::attempt::{Job, Settled, Taken};
pub use crate::server::worker::queue::change::Changed;
pub use crate::server::worker::queue::listing::{Cursor, InvalidCursor, Movement};
pub use crate::server::worker::queue::round::USERS_AT_ONCE;
pub use crate::server::worker::queue::work::Work;

/// How long the record of a job that was done is kept, and which job a request with a key of its own got.
const KEPT: Duration = Duration::from_secs(24 * 3_600);

/// How long a dead job is kept.
const DEAD_KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How many dead jobs of a service are listed at most; the oldest ones give way.
const DEAD_LISTED: u64 = 1_000;

/// How many jobs one script queues: few enough that nobody else waits long for Redis.
const BATCH: usize = 250;

/// How many entries of a lane are looked at in one step by whoever waits for new ones.
const LOOKED_AT: usize = 100;

/// A job could not be queued, or the queue not be read.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Discovery has met no such user or account.
    #[error("{0} does not exist")]
    Unknown(Subject),
    /// The service was stopped, so nobody may ask it for anything.
    #[error("{} is stopped", .0.name())]
    Stopped(BuiltIn),
    /// Another request was made under the same key within the last 24 hours.
    #[error("the key was used for another request")]
    KeyReused,
    /// What was to be written down has no JSON form.
    #[error("the intent: {0}")]
    Intent(#[from] serde_json::Error),
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

/// How long things may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// A job whose worker is not heard of for so long goes to another one.
    pub lease: Duration,
    /// The time from a failed attempt to the next one, for each attempt but the last.
    pub retries: Vec<Duration>,
    /// The time until a job is due again that an outage of core banking cut short, and for which its service rests at
    /// first.
    pub outage: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            retries: vec![Duration::from_secs(5), Duration::from_secs(30)],
            outage: Duration::from_secs(5),
        }
    }
}

/// How many jobs of a service are where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Waiting in the priority lane.
    pub priority: u64,
    /// Waiting in the background lane.
    pub background: u64,
    /// Being worked on.
    pub running: u64,
    /// To be tried again.
    pub retrying: u64,
    /// Failed for good, as far as they are listed.
    pub dead: u64,
}

/// Up to where somebody who waits for jobs has seen a service's lanes: the id of the last entry of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen([String; Lane::ALL.len()]);

impl Default for Seen {
    /// Nothing yet.
    fn default() -> Self {
        Self(Lane::ALL.map(|_| "0-0".to_owned()))
    }
}

/// The jobs. Cloning it shares the connection.
#[derive(Clone)]
pub struct Jobs {
    redis: Redis,
    timing: Arc<Timing>,
    scripts: Arc<Scripts>,
}

struct Scripts {
    enqueue: Script,
    enqueue_all: Script,
    take: Script,
    renew: Script,
    complete: Script,
    complete_and_take: Script,
    fail: Script,
    release: Script,
    count: Script,
    list: Script,
    retry: Script,
    discard: Script,
}

impl Jobs {
    /// The jobs kept in that Redis.
    pub fn new(redis: Redis) -> Self {
        Self::with_timing(redis, Timing::default())
    }

    /// The same with other times than the usual ones.
    pub fn with_timing(redis: Redis, timing: Timing) -> Self {
        let scripts = Scripts {
            enqueue: Script::new(scripts::ENQUEUE_JOB),
            enqueue_all: Script::new(scripts::ENQUEUE_JOBS),
            take: Script::new(scripts::TAKE_JOB),
            renew: Script::new(scripts::RENEW_JOB),
            complete: Script::new(scripts::COMPLETE_JOB),
            complete_and_take: Script::new(scripts::COMPLETE_AND_TAKE),
            fail: Script::new(scripts::FAIL_JOB),
            release: Script::new(scripts::RELEASE_JOB),
            count: Script::new(scripts::COUNT_JOBS),
            list: Script::new(scripts::LIST_JOBS),
            retry: Script::new(scripts::RETRY_JOBS),
            discard: Script::new(scripts::DISCARD_JOBS),
        };
        Self { redis, timing: Arc::new(timing), scripts: Arc::new(scripts) }
    }

    /// The times it keeps.
    pub fn timing(&self) -> &Timing {
        &self.timing
    }

    /// Queues a job, or joins one about the same subject that no worker has taken; in the priority lane, that one goes
    /// before all others then. With `once`, the same request made again is answered with the job it got first.
    pub async fn enqueue(&self, work: &Work, lane: Lane, once: Option<&Once>) -> Result<JobId, QueueError> {
        self.put(work, lane, "", once).await
    }

    /// The same for somebody who asks for it: the intent is in the audit before the job is in its lane, and without it
    /// there is no job.
    pub async fn request(&self, work: &Work, intent: &Intent, once: Option<&Once>) -> Result<JobId, QueueError> {
        self.put(work, Lane::Priority, &audit::written(intent)?, once).await
    }

    async fn put(&self, work: &Work, lane: Lane, intent: &str, once: Option<&Once>) -> Result<JobId, QueueError> {
        let (kind, number) = work.field();
        let mut call = call(&self.scripts.enqueue, work.service());
        call.key(keys::BANK_USERS).key(keys::BANK_DETAILS).key(keys::BANK_LACKING_DETAILS);
        call.key(keys::AUDIT).key(keys::AUDIT_OUTCOMES);
        call.arg(new_id()).arg(lane.name()).arg(kind).arg(number).arg(intent);
        if let Some(once) = once {
            call.key(keys::once(&once.key)).arg(&once.fingerprint).arg(KEPT.as_secs());
        }
        let answer: String = call.invoke_async(&mut self.redis.commands()).await?;
        match answer.as_str() {
            "unknown" => Err(QueueError::Unknown(work.subject())),
            "reused" => Err(QueueError::KeyReused),
            "stopped" => Err(QueueError::Stopped(work.service())),
            _ => Ok(JobId(answer)),
        }
    }

    /// Queues a job for each of these users or joins one that waits, and answers their jobs in the same order. The
    /// caller knows that the users exist.
    pub async fn sync_all(&self, users: &[u64], lane: Lane) -> Result<Vec<JobId>, QueueError> {
        let mut jobs = Vec::with_capacity(users.len());
        for batch in users.chunks(BATCH) {
            let mut call = call(&self.scripts.enqueue_all, BuiltIn::BalanceSync);
            call.arg(lane.name()).arg(Work::USER);
            for user in batch {
                call.arg(new_id()).arg(user);
            }
            let ids: Vec<String> = call.invoke_async(&mut self.redis.commands()).await?;
            jobs.extend(ids.into_iter().map(JobId));
        }
        Ok(jobs)
    }

    /// Where a job stands; `None` if no such job is kept.
    pub async fn find(&self, id: &JobId) -> Result<Option<JobRecord>, QueueError> {
        // Whoever asks may write anything for an id, of any length; only what can be one goes to Redis.
        if Uuid::try_parse(&id.0).is_err() {
            return Ok(None);
        }
        let record: HashMap<String, String> = self.redis.commands().hgetall(keys::job(&id.0)).await?;
        Ok(record::read(id, record))
    }

    /// How many jobs of a service are where. It costs the same however many there are.
    pub async fn counts(&self, service: BuiltIn) -> Result<Counts, QueueError> {
        let mut call = call(&self.scripts.count, service);
        call.arg(DEAD_KEPT.as_secs());
        let (priority, background, running, retrying, dead) = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(Counts { priority, background, running, retrying, dead })
    }

    /// Whether nothing waits in a lane and nothing of it is worked on.
    pub async fn is_finished(&self, service: BuiltIn, lane: Lane) -> Result<bool, QueueError> {
        let length: u64 = self.redis.commands().xlen(keys::jobs(service, lane)).await?;
        Ok(length == 0)
    }

    /// A connection for [`Jobs::wait`], which would hold up everybody on the shared one.
    pub async fn waiting_room(&self, longest: Duration) -> Result<MultiplexedConnection, QueueError> {
        Ok(self.redis.blocking(longest).await?)
    }

    /// Waits until there is a job in a lane of a service that `seen` does not cover yet, or for `longest`; `seen` covers it
    /// then. Takes nothing.
    pub async fn wait(
        &self,
        service: BuiltIn,
        room: &mut MultiplexedConnection,
        seen: &mut Seen,
        longest: Duration,
    ) -> Result<(), QueueError> {
        let milliseconds = longest.as_millis().max(1) as u64;
        let lanes = Lane::ALL.map(|lane| keys::jobs(service, lane));
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(LOOKED_AT).arg("BLOCK").arg(milliseconds).arg("STREAMS").arg(&lanes).arg(&seen.0);
        let news: Option<StreamReadReply> = read.query_async(room).await?;
        for lane in news.into_iter().flat_map(|news| news.keys) {
            if let (Some(place), Some(last)) = (lanes.iter().position(|key| *key == lane.key), lane.ids.last()) {
                seen.0[place].clone_from(&last.id);
            }
        }
        Ok(())
    }
}

/// A call of a script about a service's jobs, with the keys and values that all of them begin with.
fn call(script: &Script, service: BuiltIn) -> ScriptInvocation<'_> {
    let mut call = script.prepare_invoke();
    for lane in Lane::ALL {
        call.key(keys::jobs(service, lane));
    }
    call.key(keys::job_leases(service)).key(keys::job_retries(service));
    call.key(keys::dead_jobs(service)).key(keys::queued_jobs(service));
    call.arg(service.name()).arg(keys::JOB_PREFIX);
    call
}

fn new_id() -> String {
    Uuid::now_v7().to_string()
}
