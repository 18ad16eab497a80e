//! A standing connection to Redis, as the log and the metrics tell of it: when it comes, and when it goes.

use std::fmt;

use crate::server::metrics::{Metrics, RedisConnection};
use crate::server::redis::Redis;

/// What is known of one connection. Each change is told once, however often it is reported.
pub struct Link {
    connection: RedisConnection,
    address: String,
    metrics: Metrics,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Untried,
    Stands,
    Lost,
}

impl Link {
    /// A connection that was not tried yet.
    pub fn new(redis: &Redis, connection: RedisConnection, metrics: Metrics) -> Self {
        Self { connection, address: redis.address(), metrics, state: State::Untried }
    }

    /// Whether it stood when it was last spoken of.
    pub fn is_standing(&self) -> bool {
        self.state == State::Stands
    }

    /// It stands.
    pub fn stands(&mut self) {
        if std::mem::replace(&mut self.state, State::Stands) != State::Stands {
            self.metrics.redis_connected(self.connection);
            tracing::info!(redis.address = self.address, "Redis {} connected", self.connection.name());
        }
    }

    /// It does not, and is tried again.
    pub fn is_lost(&mut self, error: &dyn fmt::Display) {
        let name = self.connection.name();
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Lost => {}
            State::Untried => {
                tracing::warn!(redis.address = self.address, %error, "Redis {name} not connected; trying again");
            }
            State::Stands => {
                self.metrics.redis_lost(self.connection);
                tracing::warn!(redis.address = self.address, %error, "Redis {name} lost; trying again");
            }
        }
    }
}
