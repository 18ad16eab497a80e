//! How status streams behave.

use std::time::Duration;

use crate::server::config::ConfigError;
use crate::server::config::settings::Settings;

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
        Ok(Self {
            heartbeat: settings.milliseconds("SSE_HEARTBEAT_MS", 15_000)?,
            max_per_user: settings.count("SSE_MAX_STREAMS_PER_USER", 3)?,
        })
    }
}
