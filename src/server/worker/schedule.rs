//! When periodic runs are due, and what came of them, by Redis's clock.
//!
//! Of several workers only one does each run, under a lease that it renews: when that runs out the run has ended as lost,
//! and the next one is due at once. A round of balance-sync is held by nobody: its jobs have leases of their own, and any
//! worker queues what is left of it.

use std::collections::HashMap;
use std::time::Duration;

use redis::{AsyncCommands, RedisResult, Script};
use uuid::Uuid;

use crate::model::run::{RunId, RunProgress, RunRecord, Tally};
use crate::model::service::BuiltIn;
use crate::server::redis::{Redis, keys, scripts};

/// How long the record of a run is kept.
pub(in crate::server::worker) const KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How many runs of a service are listed; the oldest ones give way.
pub const LISTED: usize = 100;

/// What the record says of a run whose lease ran out.
const LOST: &str = "Its worker was lost before its end.";

/// How far a run is, and what it came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCount {
    /// How far it is.
    pub progress: RunProgress,
    /// What it came to.
    pub tally: Tally,
}

/// Where a schedule stands, by Redis's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The time, in ms since the Unix epoch.
    pub now: u64,
    /// When the next run is due, in ms since the Unix epoch; `None` for at once.
    pub due: Option<u64>,
    /// How far the run under way is, whoever holds it.
    pub under_way: Option<RunProgress>,
    /// Whether jobs of the run under way are still to be queued.
    pub is_queueing: bool,
    /// Whether the worker of the run under way is lost.
    pub is_lost: bool,
    /// Whether a worker holds the run under way. A round is held by nobody.
    pub is_held: bool,
}

impl Standing {
    /// Whether a run may begin.
    pub fn is_due(&self) -> bool {
        match self.under_way {
            Some(_) => self.is_lost,
            None => self.due.is_none_or(|due| due <= self.now),
        }
    }

    /// The time until the next run is due; `None` if it may begin now, or one is under way.
    pub fn time_left(&self) -> Option<Duration> {
        let due = self.due.filter(|due| *due > self.now && self.under_way.is_none())?;
        Some(Duration::from_millis(due - self.now))
    }
}

/// What `look_at_schedule.lua` answers.
type Look = (u64, String, bool, u64, u64, bool, bool, bool);

/// The schedule of one service.
#[derive(Clone)]
pub struct Schedule {
    redis: Redis,
    service: BuiltIn,
    interval: Duration,
    lease: Duration,
}

impl Schedule {
    /// A run per `interval`, the first one at once; each under a lease of `lease`.
    pub fn new(redis: Redis, service: BuiltIn, interval: Duration, lease: Duration) -> Self {
        Self { redis, service, interval, lease }
    }

    /// The same with another interval than the usual one.
    pub fn every(&self, interval: Duration) -> Self {
        Self { interval, ..self.clone() }
    }

    /// The time from the start of one run to that of the next.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Where it stands.
    pub async fn look(&self) -> RedisResult<Standing> {
        let script = Script::new(scripts::LOOK_AT_SCHEDULE);
        let mut call = script.key(keys::schedule(self.service));
        call.arg(self.interval.as_millis() as u64);
        let (now, due, is_under_way, done, total, is_queueing, is_lost, is_held): Look =
            call.invoke_async(&mut self.redis.commands()).await?;
        let under_way = is_under_way.then_some(RunProgress { done, total });
        Ok(Standing { now, due: due.parse().ok(), under_way, is_queueing, is_lost, is_held })
    }

    /// Begins the run that is due; `None` if none is, or another worker has it. `worker` is kept for people.
    pub async fn begin(&self, worker: &str) -> RedisResult<Option<RunId>> {
        let id = Uuid::now_v7().to_string();
        let script = Script::new(scripts::BEGIN_RUN);
        let mut call = script.key(keys::schedule(self.service));
        call.key(keys::runs(self.service)).key(keys::run(&id));
        call.arg(self.service.name()).arg(self.interval.as_millis() as u64).arg(&id).arg(worker);
        call.arg(self.lease.as_millis() as u64).arg(LOST).arg(KEPT.as_secs()).arg(LISTED);
        let is_begun: bool = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(is_begun.then_some(RunId(id)))
    }

    /// Keeps a run for another lease and says how far it is; false if it was lost.
    pub async fn keep(&self, run: &RunId, count: &RunCount) -> RedisResult<bool> {
        let script = Script::new(scripts::KEEP_RUN);
        let mut call = script.key(keys::schedule(self.service));
        call.key(keys::run(&run.0)).arg(self.lease.as_millis() as u64).arg(KEPT.as_secs());
        call.arg(&numbers(count));
        call.invoke_async(&mut self.redis.commands()).await
    }

    /// Ends a run; false if it was lost before. After an error it may have ended all the same.
    pub async fn end(&self, run: &RunId, count: &RunCount, message: Option<&str>) -> RedisResult<bool> {
        let script = Script::new(scripts::END_RUN);
        let mut call = script.key(keys::schedule(self.service));
        call.key(keys::run(&run.0)).arg(message.unwrap_or_default()).arg(0).arg(&numbers(count));
        call.invoke_async(&mut self.redis.commands()).await
    }

    /// Ends a run that broke off, so that the next one is due at once.
    pub async fn give_back(&self, run: &RunId, message: &str) -> RedisResult<()> {
        let script = Script::new(scripts::END_RUN);
        let mut call = script.key(keys::schedule(self.service));
        call.key(keys::run(&run.0)).arg(message).arg(1);
        call.invoke_async::<bool>(&mut self.redis.commands()).await.map(|_| ())
    }
}

fn numbers(count: &RunCount) -> [u64; 5] {
    let (progress, tally) = (count.progress, count.tally);
    [progress.done, progress.total, tally.checked, tally.changed, tally.errors]
}

/// The runs of all services. Cloning it shares the connection.
#[derive(Clone)]
pub struct Runs {
    redis: Redis,
}

impl Runs {
    /// The runs kept in that Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// A service's latest runs, newest first, `limit` at most.
    pub async fn latest(&self, service: BuiltIn, limit: usize) -> RedisResult<Vec<RunRecord>> {
        let mut commands = self.redis.commands();
        let last = limit.clamp(1, LISTED) as isize - 1;
        let ids: Vec<String> = commands.zrevrange(keys::runs(service), 0, last).await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut read = redis::pipe();
        for id in &ids {
            read.hgetall(keys::run(id));
        }
        let records: Vec<HashMap<String, String>> = read.query_async(&mut commands).await?;
        Ok(ids.into_iter().zip(records).filter_map(|(id, record)| read_record(service, id, record)).collect())
    }
}

/// Reads a record; `None` if it is not kept any more.
fn read_record(service: BuiltIn, id: String, mut record: HashMap<String, String>) -> Option<RunRecord> {
    let number = |field: &str| record.get(field).and_then(|text| text.parse().ok());
    Some(RunRecord {
        id: RunId(id),
        service: service.id(),
        started_at: number("started")?,
        ended_at: number("ended"),
        checked: number("checked")?,
        changed: number("changed")?,
        errors: number("errors")?,
        done: number("done")?,
        total: number("total")?,
        worker: record.remove("worker")?,
        message: record.remove("message"),
    })
}
