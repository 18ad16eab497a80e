//! The keeper: of all instances that hear `service:logs`, the one that writes the lines down.
//!
//! Every instance hears every line. Who has the lease in Redis is the keeper, and the script that writes lines down writes
//! only for it. Becoming the keeper is a message on a channel that travels on the same connection as the lines, and what a
//! keeper writes down is what it hears after that message. Whatever an earlier keeper wrote, it had heard, and written,
//! before its lease was gone; so by the order of Pub/Sub no line is ever written down by two. A batch has a number, so
//! that one whose answer was lost is not written twice either.
//!
//! What may be lost is what is published between the last batch of one keeper and the message of the next: some
//! milliseconds when one is told to stop, since it writes down what it has and gives the lease up at once; up to
//! [`LEASE`] when it is killed. Then the next one writes down that lines may be missing there.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{RedisError, Script};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::server::event_log::{Refused, SAMPLES_KEPT};
use crate::server::inbox::complaints::{Complaints, sample};
use crate::server::logs::door::{self, Passed};
use crate::server::logs::ear::{Ear, Waiting};
use crate::server::metrics::{Metrics, RedisConnection};
use crate::server::redis::hearing::Deaf;
use crate::server::redis::{Link, Redis, keys, scripts};

/// How long somebody is the keeper without saying so again.
pub const LEASE: Duration = Duration::from_secs(3);

/// A gap between two keepers that is not worth telling.
const QUICK: Duration = Duration::from_millis(500);

/// How often the keeper says that it still is, when there is nothing to write down.
const RENEW_EVERY: Duration = Duration::from_secs(1);

/// The least time between two batches: services that say much cost Redis fifty calls a second, not thousands.
const PACE: Duration = Duration::from_millis(20);

/// How long to wait before what Redis did not take is written again, and before the way to Redis is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// How long what waits may take to be written down when the program ends.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Entries that all services' lines have together, about, and bytes.
const MOST_LINES: u64 = 20_000;
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Entries that one service's lines have, about, and bytes.
const MOST_OF_ONE: u64 = 2_000;
const MOST_BYTES_OF_ONE: u64 = 512 * 1024;

/// Of so many services lines of their own are kept; beyond that, those go whose last line is oldest.
const MOST_SERVICES: u64 = 256;

/// How long the lines of a service that says nothing any more are kept.
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What one entry takes of a script's arguments.
type Entry = [String; 4];

/// Why a connection is given up.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("{0}")]
    Redis(#[from] RedisError),
    #[error("{0}")]
    Deaf(Deaf),
    #[error("another instance keeps the lines now")]
    Overtaken,
}

/// What one instance keeps lines with.
pub struct Keeper {
    redis: Redis,
    metrics: Metrics,
    take: Script,
    keep: Script,
    leave: Script,
    complaints: Complaints,
}

impl Keeper {
    /// Keeps nothing yet.
    pub fn new(redis: Redis, metrics: Metrics) -> Self {
        Self {
            redis,
            metrics,
            take: Script::new(scripts::TAKE_LOG_KEEPING),
            keep: Script::new(scripts::KEEP_LINES),
            leave: Script::new(scripts::LEAVE_LOG_KEEPING),
            complaints: Complaints::default(),
        }
    }

    /// Listens until `shutdown`, and again after each fault; keeps what it hears while it is its turn.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut link = Link::new(&self.redis, RedisConnection::Logs, self.metrics.clone());
        while !shutdown.is_cancelled() {
            match self.listen(&mut link, &shutdown).await {
                Ok(()) => return,
                Err(Lost::Overtaken) => {}
                Err(error) => {
                    link.is_lost(&error);
                    shutdown.run_until_cancelled(tokio::time::sleep(RETRY)).await;
                }
            }
        }
    }

    /// Listens on one connection; ends without an error when it is told to.
    async fn listen(&mut self, link: &mut Link, shutdown: &CancellationToken) -> Result<(), Lost> {
        let ear = Arc::new(Ear::new(Uuid::now_v7().simple().to_string()));
        let heard = ear.clone();
        let mut hearing = self.redis.hearing(move |push| heard.hear(push)).await?;
        // Ticks come every second, so that silence means something.
        hearing.subscribe(&[keys::LOGS_CHANNEL, keys::LOG_KEEPER, keys::TICK_CHANNEL]).await?;
        let mut writing = self.redis.blocking(Duration::ZERO).await?;
        link.stands();
        let mut batch = 0;
        let ended = tokio::select! {
            deaf = ear.stops() => Err(Lost::Deaf(deaf)),
            ended = self.keep_on(&ear, &mut writing, &mut batch, shutdown) => ended,
        };
        if !matches!(ended, Err(Lost::Overtaken)) {
            self.leave(&ear, &mut writing, batch, ended.is_ok(), shutdown).await;
        }
        ended
    }

    /// Waits for its turn, then writes down what is heard, until it is told to end; never in the middle of a batch. `batch` is
    /// the last one that was begun.
    async fn keep_on(
        &mut self,
        ear: &Ear,
        writing: &mut MultiplexedConnection,
        batch: &mut u64,
        shutdown: &CancellationToken,
    ) -> Result<(), Lost> {
        let Some(turn) = shutdown.run_until_cancelled(self.wait_for_turn(ear)).await else { return Ok(()) };
        turn?;
        loop {
            let lines = tokio::time::timeout(RENEW_EVERY, ear.next_batch());
            let Some(lines) = shutdown.run_until_cancelled(lines).await else { return Ok(()) };
            *batch += 1;
            if !self.write(ear.token(), writing, *batch, lines.unwrap_or_default(), shutdown).await? {
                return Err(Lost::Overtaken);
            }
            tokio::time::sleep(PACE).await;
        }
    }

    async fn wait_for_turn(&self, ear: &Ear) -> Result<(), RedisError> {
        loop {
            let mut call = self.take.key(keys::LOG_KEEPER);
            call.key(keys::LOGS).key(keys::LOG_KEEPER);
            call.arg(ear.token()).arg(LEASE.as_millis() as u64).arg(QUICK.as_millis() as u64);
            let wait: u64 = call.invoke_async(&mut self.redis.commands()).await?;
            if wait == 0 {
                return Ok(());
            }
            // A lease that is renewed, or given up, is looked at again.
            let _ = tokio::time::timeout(Duration::from_millis(wait + 50), ear.is_free()).await;
        }
    }

    /// Writes a batch down, again and again while Redis has no room, until `shutdown`. False if somebody else is the keeper.
    async fn write(
        &mut self,
        token: &str,
        writing: &mut MultiplexedConnection,
        batch: u64,
        lines: Vec<Waiting>,
        shutdown: &CancellationToken,
    ) -> Result<bool, RedisError> {
        let counts = Counts::of(&lines);
        let entries: Vec<Entry> = lines.into_iter().map(|waiting| self.entry(waiting)).collect();
        let refused = entries.iter().filter(|[kind, ..]| kind == "refused").count() as u64;
        loop {
            let mut call = self.keep.key(keys::LOG_KEEPER);
            for key in [keys::LOGS, keys::LOG_SERVICES, keys::COUNTERS, keys::REJECTED] {
                call.key(key);
            }
            call.arg(token).arg(batch).arg(LEASE.as_millis() as u64).arg(SAMPLES_KEPT).arg(keys::LOGS_PREFIX);
            call.arg(MOST_SERVICES).arg(KEPT_FOR.as_millis() as u64);
            call.arg(MOST_LINES).arg(MOST_BYTES).arg(MOST_OF_ONE).arg(MOST_BYTES_OF_ONE);
            for entry in &entries {
                call.arg(entry.as_slice());
            }
            match call.invoke_async(writing).await {
                Ok(is_kept) => {
                    if is_kept {
                        self.metrics.lines_kept(counts.lines - refused, counts.dropped);
                        (0..refused).for_each(|_| self.metrics.inbox_rejected());
                    }
                    return Ok(is_kept);
                }
                Err(error) if error.is_io_error() || error.is_timeout() || error.is_connection_dropped() => {
                    return Err(error);
                }
                Err(error) => {
                    tracing::debug!(error = %error, "lines are written again");
                    if shutdown.run_until_cancelled(tokio::time::sleep(RETRY)).await.is_none() {
                        return Err(error);
                    }
                }
            }
        }
    }

    fn entry(&mut self, waiting: Waiting) -> Entry {
        let word = |kind: &str, content: String| [kind.to_owned(), String::new(), String::new(), content];
        let (payload, length) = match waiting {
            Waiting::Line(payload, length) => (payload, length),
            Waiting::Dropped(n) => return word("dropped", n.to_string()),
        };
        match door::read(&payload, length) {
            Ok(Passed { service, level, json }) => {
                ["line".to_owned(), service.to_string(), level.name().to_owned(), json]
            }
            Err(refusal) => {
                let (channel, error) = (keys::LOGS_CHANNEL.to_owned(), refusal.to_string());
                self.complaints.complain(&channel, &error);
                word("refused", encoded(&Refused { channel, error, sample: sample(&payload) }))
            }
        }
    }

    /// Gives the keeping up. Told to end, it writes down first what it has.
    async fn leave(
        &mut self,
        ear: &Ear,
        writing: &mut MultiplexedConnection,
        batch: u64,
        in_peace: bool,
        shutdown: &CancellationToken,
    ) {
        let is_whole = in_peace && {
            let last_words = self.write_what_waits(ear, writing, batch, shutdown);
            tokio::time::timeout(LAST_WORDS, last_words).await.unwrap_or(false)
        };
        let mut call = self.leave.key(keys::LOG_KEEPER);
        call.key(keys::LOG_KEEPER).arg(ear.token()).arg(u8::from(is_whole));
        if let Err(error) = call.invoke_async::<i64>(&mut self.redis.commands()).await {
            tracing::debug!(error = %error, "the keeping of lines is left to run out");
        }
    }

    /// Writes down all that waits; false if that cannot be done.
    async fn write_what_waits(
        &mut self,
        ear: &Ear,
        writing: &mut MultiplexedConnection,
        mut batch: u64,
        shutdown: &CancellationToken,
    ) -> bool {
        loop {
            let lines = ear.take_batch();
            if lines.is_empty() {
                return true;
            }
            batch += 1;
            if !matches!(self.write(ear.token(), writing, batch, lines, shutdown).await, Ok(true)) {
                return false;
            }
        }
    }
}

/// How much a batch holds.
struct Counts {
    lines: u64,
    dropped: u64,
}

impl Counts {
    fn of(lines: &[Waiting]) -> Self {
        let dropped = |waiting: &Waiting| if let Waiting::Dropped(n) = waiting { *n } else { 0 };
        let is_line = |waiting: &&Waiting| matches!(waiting, Waiting::Line(..));
        Self { lines: lines.iter().filter(is_line).count() as u64, dropped: lines.iter().map(dropped).sum() }
    }
}

/// Our own messages always have a JSON form.
fn encoded(message: &impl Serialize) -> String {
    serde_json::to_string(message).unwrap_or_default()
}
