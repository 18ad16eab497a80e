//! When periodic runs are due, by Redis's clock, so that of several workers only one does each.

use std::time::Duration;

use redis::{AsyncCommands, RedisResult, Script};

use crate::model::service::ServiceId;
use crate::server::redis::{Redis, keys, scripts};

/// The schedule of one service.
pub struct Schedule {
    redis: Redis,
    service: ServiceId,
    interval: Duration,
}

impl Schedule {
    /// A run per `interval`, the first one at once.
    pub fn new(redis: Redis, service: ServiceId, interval: Duration) -> Self {
        Self { redis, service, interval }
    }

    /// Claims the run that is due; false if none is, or another worker has it.
    pub async fn claim(&self) -> RedisResult<bool> {
        self.claim_every(self.interval).await
    }

    /// The same, with another interval than the usual one.
    pub async fn claim_every(&self, interval: Duration) -> RedisResult<bool> {
        let script = Script::new(scripts::CLAIM_RUN);
        let mut call = script.key(keys::SCHEDULE);
        call.arg(self.service.as_str()).arg(interval.as_millis() as u64);
        call.invoke_async(&mut self.redis.commands()).await
    }

    /// Gives a claimed run back, so that it is due again.
    pub async fn give_back(&self) -> RedisResult<()> {
        self.redis.commands().hdel(keys::SCHEDULE, self.service.as_str()).await
    }
}
