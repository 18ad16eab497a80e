//! How long Redis takes to answer.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::server::metrics::Metrics;
use crate::server::redis::Redis;

/// How often Redis is asked.
const EVERY: Duration = Duration::from_secs(2);

/// Measures until `shutdown`, on the shared connection, so that what waits there is felt as everybody feels it.
pub async fn measure(redis: Redis, metrics: Metrics, shutdown: CancellationToken) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let measuring = async {
        loop {
            every.tick().await;
            let asked = Instant::now();
            match redis::cmd("PING").exec_async(&mut redis.commands()).await {
                Ok(()) => metrics.redis_answered(asked.elapsed()),
                Err(error) => tracing::debug!(error = %error, "Redis did not answer a PING"),
            }
        }
    };
    shutdown.run_until_cancelled(measuring).await;
}
