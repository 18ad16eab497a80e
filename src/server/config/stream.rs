//! How status streams behave.

use std::time::Duration;

use crate::server::config::ConfigError;
use crate::server::config::settings::{Settings, malformed};

/// How status streams behave.
#[derive(Clone, Debug)]
pub struct StreamConfig {
    /// `SSE_HEARTBEAT_MS`.
    pub heartbeat: Duration,
    /// `SSE_MAX_STREAMS_PER_USER`.
    pub max_per_user: usize,
}

impl StreamConfig {
    /// Reads it from the settings.
    pub fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self { heartbeat: heartbeat(settings)?, max_per_user: settings.count("SSE_MAX_STREAMS_PER_USER", 3)? })
    }
}

/// Pages take a stream that is silent for 32 s for stale, so a heartbeat has to come twice in that time.
fn heartbeat(settings: &Settings) -> Result<Duration, ConfigError> {
    let must_be = "a whole number of milliseconds from 100 to 15000";
    let number: u64 = settings.parse("SSE_HEARTBEAT_MS", "15000", must_be)?;
    if (100..=15_000).contains(&number) {
        Ok(Duration::from_millis(number))
    } else {
        Err(malformed("SSE_HEARTBEAT_MS", number, must_be))
    }
}
