//! Fans changes out to open streams. Knows nothing of Redis or HTTP.

use crate::model::event::ServicesSnapshot;

/// The hub. Cloning it shares it.
#[derive(Clone, Default)]
pub struct Hub {}

impl Hub {
    /// All services at this moment.
    pub fn snapshot(&self) -> ServicesSnapshot {
        ServicesSnapshot { id: None, now: 0, redis_connected: false, services: Vec::new() }
    }
}
