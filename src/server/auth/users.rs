//! Who may sign in.

use crate::server::redis::Redis;

/// The users. Cloning it shares the connection.
#[derive(Clone)]
pub struct Users {
    redis: Redis,
}

impl Users {
    /// The users kept in that Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }
}
