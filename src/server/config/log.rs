//! What is logged, and how.

use tracing_subscriber::EnvFilter;

use crate::server::config::ConfigError;
use crate::server::config::settings::{Settings, malformed};

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// `RUST_LOG`: the least level, or a list of `target=level`.
    pub filter: String,
    /// `LOG_FORMAT` is `json`: one object a line instead of text.
    pub json: bool,
}

impl LogConfig {
    /// Reads it from the settings.
    pub fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let json = match settings.text("LOG_FORMAT").unwrap_or("text") {
            "text" => false,
            "json" => true,
            other => return Err(malformed("LOG_FORMAT", other, "text or json")),
        };
        let filter = settings.text("RUST_LOG").unwrap_or("info").to_owned();
        if filter.parse::<EnvFilter>().is_err() {
            return Err(malformed(
                "RUST_LOG",
                filter,
                "a level such as info, or a list such as warn,service_manager=debug",
            ));
        }
        Ok(Self { filter, json })
    }
}
