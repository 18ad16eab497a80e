//! The ordered log of changes in Redis: the one order in which every instance and every page sees them.
//!
//! `append` and `take_in` write; [`tail`] reads. Each write is one Lua script, so that state, log and history agree. The ends
//! of jobs and the steps of commands are written by the scripts that make them.

mod forgetting;
mod samples;
pub mod tail;

use std::sync::Arc;
use std::time::Duration;

use redis::{RedisError, Script, ScriptInvocation};
use serde::Serialize;

use crate::model::event::{EntryId, EventId, LogSnapshot, StatusMessage};
use crate::model::service::ServiceId;
use crate::model::status::ServiceState;
use crate::model::timeline::HISTORY_EVERY_MS;
use crate::server::commands;
use crate::server::redis::{Redis, keys, scripts};

/// Entries the log keeps at least; Redis trims a little later than that.
pub const LOG_LENGTH: u64 = 10_000;

/// At most this many services; whoever publishes under one more id is refused.
pub const MAX_SERVICES: u64 = 2_000;

/// Entries of history kept for one service.
const HISTORY_LENGTH: u64 = 100_000;

/// Bytes of Redis's memory, about, that the history of one service may take: a usual one's week needs less than half
/// of that, and one that says much and often cannot fill Redis alone.
const HISTORY_BYTES: u64 = 64 * 1024 * 1024;

/// Refused messages kept as samples, lines among them.
pub const SAMPLES_KEPT: u64 = 100;

/// Redis did not answer or refused. After a time-out the write may have happened all the same.
#[derive(Debug, thiserror::Error)]
pub enum EventLogError {
    /// What Redis or the way to it said.
    #[error("the event log: {0}")]
    Redis(#[from] RedisError),
    /// The log holds something this program did not write.
    #[error("the event log holds an entry that cannot be read: {0}")]
    Unreadable(String),
}

impl EventLogError {
    /// Whether Redis answered and would not do it: it has no room to write, is still loading, or does not let us in.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Redis(error) if error.code().is_some())
    }
}

/// Where a message stood in the order of Pub/Sub within one life of Redis, the same for every inbox that heard it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The last number heard on the tick channel before it.
    pub tick: u64,
    /// How many `service:*` messages came since that number, itself included.
    pub count: u64,
}

/// What an inbox heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Where it stood.
    pub position: Position,
    /// What it was.
    pub content: Content,
}

/// What a message came to at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A status to take into the log.
    Status(Box<StatusMessage>),
    /// A message to count.
    Refused(Refused),
}

/// A message that was refused, as administrators will see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Where it came in.
    pub channel: String,
    /// The rule it broke.
    pub error: String,
    /// Its first 512 bytes, as text.
    pub sample: String,
}

/// What became of a message that somebody else published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// It is in the log now.
    Adopted(EntryId),
    /// It, or a later one of the same service, was already there.
    Seen,
    /// It broke a rule, was counted and kept as a sample.
    Counted,
    /// There are [`MAX_SERVICES`] services already; it was counted and kept as a sample.
    Full,
    /// It was heard in another life of Redis, or after a tick that nobody gave out. What was offered with it and after it
    /// was not looked at.
    Stale,
    /// Redis would not write it, and says why. What was offered with it and after it was not looked at.
    Failed(String),
}

/// The log. Cloning it shares the connection.
#[derive(Clone)]
pub struct EventLog {
    redis: Redis,
    history_age: Duration,
    scripts: Arc<Scripts>,
}

struct Scripts {
    append: Script,
    adopt: Script,
    tick: Script,
    snapshot: Script,
    look: Script,
    forget: Script,
}

/// What somebody who follows the log needs to know between two reads.
struct Look {
    /// `None` in a Redis that was emptied.
    epoch: Option<String>,
    length: u64,
    oldest: EntryId,
}

impl EventLog {
    /// The log in that Redis; history older than `history_age` is dropped.
    pub fn new(redis: Redis, history_age: Duration) -> Self {
        let scripts = Scripts {
            append: Script::new(scripts::APPEND),
            adopt: Script::new(scripts::ADOPT),
            tick: Script::new(scripts::TICK),
            snapshot: Script::new(scripts::SNAPSHOT),
            look: Script::new(scripts::LOOK),
            forget: Script::new(scripts::FORGET_SERVICE),
        };
        Self { redis, history_age, scripts: Arc::new(scripts) }
    }

    /// Takes a status of one of our own services into the log and publishes it on the service's channel.
    pub async fn append(&self, message: &StatusMessage) -> Result<EntryId, EventLogError> {
        let mut call = self.recording(&self.scripts.append);
        call.key(keys::history(message.service));
        call.arg(message.service.as_str()).arg(encoded(message)?).arg(state_of(message));
        call.arg(keys::status_channel(message.service));
        let entry: String = call.invoke_async(&mut self.redis.commands()).await?;
        let (service, channel) = (message.service, keys::status_channel(message.service));
        tracing::debug!(service.id = %service, entry.id = entry, "published to {channel}");
        parsed(&entry)
    }

    /// Takes in what was heard in one life of Redis, in this order and in one step, except what was taken in already. Gives
    /// what became of each message, up to the first that is stale or that Redis would not write.
    pub async fn take_in<'a>(
        &self,
        epoch: &str,
        offers: impl IntoIterator<Item = &'a Offer>,
    ) -> Result<Vec<Adoption>, EventLogError> {
        let mut call = self.recording(&self.scripts.adopt);
        call.key(keys::EPOCH).key(keys::TICK_CHANNEL).key(keys::ADOPTED).key(keys::REJECTED);
        call.arg(epoch).arg(MAX_SERVICES).arg(SAMPLES_KEPT);
        for Offer { position, content } in offers {
            call.arg(position.tick).arg(position.count);
            match content {
                Content::Status(message) => {
                    call.key(keys::history(message.service)).arg(message.service.as_str()).arg(encoded(message)?);
                    call.arg(state_of(message)).arg(keys::status_channel(message.service));
                }
                Content::Refused(refused) => {
                    call.key(keys::REJECTED).arg("").arg(encoded(refused)?).arg("").arg("");
                }
            }
        }
        let answers: Vec<String> = call.invoke_async(&mut self.redis.commands()).await?;
        answers.iter().map(|answer| adoption(answer)).collect()
    }

    /// A call of a script that records statuses, with the keys and values that all of them begin with.
    fn recording<'a>(&self, script: &'a Script) -> ScriptInvocation<'a> {
        let mut call = script.prepare_invoke();
        call.key(keys::EVENTS).key(keys::STATUS).key(keys::HISTORY_MARKS).key(keys::COUNTERS);
        let history_age = u64::try_from(self.history_age.as_millis()).unwrap_or(u64::MAX);
        call.arg(LOG_LENGTH).arg(HISTORY_EVERY_MS).arg(history_age).arg(HISTORY_LENGTH).arg(HISTORY_BYTES);
        call
    }

    /// Starts a new count of positions; gives the epoch and the number that every inbox is about to hear.
    pub async fn tick(&self) -> Result<(String, u64), EventLogError> {
        let mut call = self.scripts.tick.prepare_invoke();
        call.key(keys::EPOCH).key(keys::TICK_CHANNEL).arg(fresh_epoch());
        Ok(call.invoke_async(&mut self.redis.commands()).await?)
    }

    /// All that is known now, and the position to go on from. What another version of this program wrote and this one cannot
    /// read is passed over.
    pub async fn snapshot(&self) -> Result<LogSnapshot, EventLogError> {
        let mut call = self.scripts.snapshot.prepare_invoke();
        call.key(keys::EPOCH).key(keys::EVENTS).key(keys::STATUS).key(keys::LATEST_COMMANDS);
        call.arg(fresh_epoch()).arg(keys::COMMAND_PREFIX);
        let (epoch, last, now, kept, latest): (_, String, _, Vec<(String, String)>, Vec<commands::Latest>) =
            call.invoke_async(&mut self.redis.commands()).await?;
        let statuses = kept.iter().filter_map(|(service, kept)| {
            let unreadable =
                |error: &EventLogError| tracing::error!(service.id = service, %error, "a status is passed over");
            kept_status(kept).inspect_err(unreadable).ok()
        });
        Ok(LogSnapshot {
            id: EventId { epoch, entry: parsed(&last)? },
            now,
            statuses: statuses.collect(),
            commanded: latest.iter().filter_map(|(service, ..)| ServiceId::parse(service).ok()).collect(),
            commands: commands::kept(latest),
        })
    }

    async fn look(&self) -> Result<Look, EventLogError> {
        let mut call = self.scripts.look.prepare_invoke();
        call.key(keys::EPOCH).key(keys::EVENTS);
        let (epoch, length, oldest): (_, _, String) = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(Look { epoch, length, oldest: parsed(&oldest)? })
    }
}

fn adoption(answer: &str) -> Result<Adoption, EventLogError> {
    match answer.split_once(' ').unwrap_or((answer, "")) {
        ("adopted", entry) => Ok(Adoption::Adopted(parsed(entry)?)),
        ("seen", _) => Ok(Adoption::Seen),
        ("counted", _) => Ok(Adoption::Counted),
        ("full", _) => Ok(Adoption::Full),
        ("stale", _) => Ok(Adoption::Stale),
        ("failed", why) => Ok(Adoption::Failed(why.to_owned())),
        _ => Err(EventLogError::Unreadable(answer.to_owned())),
    }
}

/// Reads `<entry> <seen> <message>`, as `sm:status` keeps it.
fn kept_status(kept: &str) -> Result<StatusMessage, EventLogError> {
    let mut parts = kept.splitn(3, ' ');
    let (Some(entry), Some(seen), Some(message)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(EventLogError::Unreadable(kept.to_owned()));
    };
    logged_status(parsed(entry)?, seen, message)
}

/// A status as it stands in the log: the message, where it is, and when Redis took it in.
pub(in crate::server) fn logged_status(
    entry: EntryId,
    seen: &str,
    message: &str,
) -> Result<StatusMessage, EventLogError> {
    let mut status: StatusMessage = decoded(message)?;
    status.entry = Some(entry);
    status.last_seen = Some(seen.parse().map_err(|_| EventLogError::Unreadable(seen.to_owned()))?);
    Ok(status)
}

fn encoded(message: &impl Serialize) -> Result<String, EventLogError> {
    serde_json::to_string(message).map_err(|error| EventLogError::Unreadable(error.to_string()))
}

fn decoded<'a, T: serde::Deserialize<'a>>(message: &'a str) -> Result<T, EventLogError> {
    serde_json::from_str(message).map_err(|error| EventLogError::Unreadable(error.to_string()))
}

fn parsed(entry: &str) -> Result<EntryId, EventLogError> {
    entry.parse().map_err(|_| EventLogError::Unreadable(entry.to_owned()))
}

fn state_of(message: &StatusMessage) -> String {
    ServiceState::of(&message.status.fields()).to_string()
}

/// A name for a life of Redis, should a new one have begun.
pub fn fresh_epoch() -> String {
    uuid::Uuid::now_v7().simple().to_string().split_off(16)
}
