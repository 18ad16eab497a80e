//! Waiting longer and longer while something is away, and saying so once.

use std::fmt;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::model::service::ServiceId;

/// Delays that double from the first to the longest, and start over after a success.
pub struct Patience {
    service: ServiceId,
    first: Duration,
    longest: Duration,
    next: Option<Duration>,
}

impl Patience {
    /// The patience of one service with one thing.
    pub fn new(service: ServiceId, first: Duration, longest: Duration) -> Self {
        Self { service, first, longest, next: None }
    }

    /// It failed: logs the first failure in a row and answers how long to wait.
    pub fn lost(&mut self, error: &dyn fmt::Display) -> Duration {
        let delay = self.next.unwrap_or_else(|| {
            tracing::warn!(service.id = %self.service, %error, "The service cannot work and keeps trying");
            self.first
        });
        self.next = Some((delay * 2).min(self.longest));
        delay
    }

    /// It works: logs that, if it had failed before.
    pub fn regained(&mut self) {
        if self.next.take().is_some() {
            tracing::info!(service.id = %self.service, "The service works again");
        }
    }
}

/// Sleeps, but not past the shutdown.
pub async fn rest(delay: Duration, shutdown: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        () = shutdown.cancelled() => {}
    }
}
