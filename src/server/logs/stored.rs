//! The lines in Redis: one capped stream of all, and one of each service, so that one that says much leaves the others theirs.

use std::collections::VecDeque;
use std::sync::Arc;

use redis::streams::{StreamId, StreamRangeReply};
use redis::{RedisError, Script};

use crate::model::event::EntryId;
use crate::model::log::{Dropped, Level, Logged, holds};
use crate::model::service::ServiceId;
use crate::server::event_log::fresh_epoch;
use crate::server::logs::{Filter, line};
use crate::server::redis::{Redis, keys, scripts};

/// Entries looked through at once.
const AT_ONCE: usize = 500;

/// What is given out of a search is no longer than this, in bytes; a table that is downloaded is no longer than the stream.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Redis did not answer or refused, or holds something else than lines.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// What Redis or the way to it said.
    #[error("the lines of services: {0}")]
    Redis(#[from] RedisError),
    /// An id that is none.
    #[error("the lines of services hold an entry that cannot be read: {0}")]
    Unreadable(String),
}

/// One entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A line.
    Line {
        /// Its place.
        entry: EntryId,
        /// Who says it.
        service: ServiceId,
        /// How much it matters.
        level: Level,
        /// The line as JSON.
        json: String,
    },
    /// Lines are missing here.
    Dropped {
        /// The place.
        entry: EntryId,
        /// How many; 0 where nobody knows.
        n: u64,
    },
}

/// What somebody who follows the lines needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The life of Redis.
    pub epoch: String,
    /// The time, in ms by Redis's clock.
    pub now: u64,
    /// The oldest entry that is kept.
    pub oldest: EntryId,
    /// The newest.
    pub newest: EntryId,
}

/// The lines. Cloning it shares the connection.
#[derive(Clone)]
pub struct Stored {
    pub(in crate::server::logs) redis: Redis,
    look: Arc<Script>,
}

impl Kept {
    /// Reads an entry; nothing if it is neither a line nor a gap.
    pub fn of(entry: &StreamId) -> Option<Self> {
        let text = |name: &str| entry.get::<String>(name);
        let id = entry.id.parse().ok()?;
        if let Some(n) = text("dropped") {
            return Some(Self::Dropped { entry: id, n: n.parse().ok()? });
        }
        let (service, level) = (text("service")?.parse().ok()?, Level::named(&text("level")?)?);
        Some(Self::Line { entry: id, service, level, json: text("line")? })
    }

    /// The place of a line; nothing for a gap, which is no place to go on from.
    pub fn line_id(&self) -> Option<EntryId> {
        match self {
            Self::Line { entry, .. } => Some(*entry),
            Self::Dropped { .. } => None,
        }
    }

    /// What it says; nothing if that is no line.
    pub fn read(self) -> Option<Logged> {
        match self {
            Self::Line { json, .. } => line(&json).map(Logged::Line),
            Self::Dropped { n, .. } => Some(Logged::Dropped(Dropped { n })),
        }
    }

    fn fits(&self, filter: &Filter) -> bool {
        match self {
            Self::Line { service, level, json, .. } => {
                filter.wants(*service, *level)
                    && (filter.text.is_empty() || line(json).is_some_and(|line| holds(&line, &filter.text)))
            }
            // Between lines that were searched for, a gap says nothing.
            Self::Dropped { .. } => filter.text.is_empty(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Line { json, .. } => json.len(),
            Self::Dropped { .. } => 0,
        }
    }
}

impl Stored {
    /// The lines in that Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis, look: Arc::new(Script::new(scripts::LOOK_AT_LINES)) }
    }

    /// Where the lines stand.
    pub async fn look(&self) -> Result<Look, StoredError> {
        let mut call = self.look.key(keys::EPOCH);
        call.key(keys::LOGS).arg(fresh_epoch());
        let (epoch, now, oldest, newest): (_, _, String, String) =
            call.invoke_async(&mut self.redis.commands()).await?;
        Ok(Look { epoch, now, oldest: parsed(&oldest)?, newest: parsed(&newest)? })
    }

    /// The services of which lines are kept, by id.
    pub async fn services(&self) -> Result<Vec<ServiceId>, StoredError> {
        let ids: Vec<String> =
            redis::cmd("ZRANGE").arg(keys::LOG_SERVICES).arg(&[0, -1]).query_async(&mut self.redis.commands()).await?;
        let mut ids: Vec<ServiceId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// The latest lines, oldest first: `limit` at most, none after `up_to`.
    pub async fn latest(
        &self,
        filter: &Filter,
        up_to: Option<EntryId>,
        limit: usize,
    ) -> Result<Vec<Kept>, StoredError> {
        let (mut found, mut bytes) = (VecDeque::new(), 0);
        let mut end = up_to.map_or_else(|| "+".to_owned(), |entry| entry.to_string());
        // Where every entry fits, no more are read than are wanted.
        let count = if filter.is_for_all_of_its_stream() { limit.min(AT_ONCE) } else { AT_ONCE };
        loop {
            let entries = self.page(filter, &end, "-", count).await?;
            for kept in entries.iter().filter_map(Kept::of).filter(|kept| kept.fits(filter)) {
                bytes += kept.bytes();
                if found.len() == limit || bytes > MOST_BYTES {
                    return Ok(found.into());
                }
                found.push_front(kept);
            }
            match entries.last() {
                Some(oldest) if entries.len() == count && found.len() < limit => end = format!("({}", oldest.id),
                _ => return Ok(found.into()),
            }
        }
    }

    /// What was said after one line and up to another place, oldest first: the newest `limit`, before them how many more there
    /// were. Also whether that line is still kept; if not, nobody knows what is missing.
    pub async fn since(
        &self,
        filter: &Filter,
        after: EntryId,
        up_to: EntryId,
        limit: usize,
    ) -> Result<(Vec<Kept>, bool), StoredError> {
        let (start, mut end) = (after.to_string(), up_to.to_string());
        let (mut found, mut more) = (VecDeque::new(), 0);
        loop {
            let entries = self.page(filter, &end, &start, AT_ONCE).await?;
            for kept in entries.iter().filter_map(Kept::of).filter(|kept| kept.fits(filter)) {
                match &kept {
                    Kept::Line { entry, .. } | Kept::Dropped { entry, .. } if *entry == after => {}
                    Kept::Line { .. } if found.len() >= limit => more += 1,
                    Kept::Dropped { n, .. } if found.len() >= limit => more += n,
                    _ => found.push_front(kept),
                }
            }
            match entries.last() {
                Some(oldest) if oldest.id == start => {
                    if more > 0 {
                        found.push_front(Kept::Dropped { entry: after, n: more });
                    }
                    return Ok((found.into(), true));
                }
                Some(oldest) if entries.len() == AT_ONCE => end = format!("({}", oldest.id),
                _ => return Ok((found.into(), false)),
            }
        }
    }

    /// So many entries from `end` back to `start`, newest first.
    async fn page(&self, filter: &Filter, end: &str, start: &str, count: usize) -> Result<Vec<StreamId>, StoredError> {
        let key = filter.service.map_or_else(|| keys::LOGS.to_owned(), keys::logs);
        let reply: StreamRangeReply = redis::cmd("XREVRANGE")
            .arg(&[&key, end, start, "COUNT"])
            .arg(count)
            .query_async(&mut self.redis.commands())
            .await?;
        Ok(reply.ids)
    }
}

fn parsed(entry: &str) -> Result<EntryId, StoredError> {
    entry.parse().map_err(|_| StoredError::Unreadable(entry.to_owned()))
}
