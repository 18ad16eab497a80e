//! Where the program runs.

use crate::server::config::ConfigError;
use crate::server::config::settings::{Settings, malformed};

/// Where the program runs, as the page's badge shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Someone's own machine; sandbox data is fine.
    Development,
    /// Before production.
    Staging,
    /// The real thing: the core banking system must be named.
    Production,
}

impl Environment {
    /// The word on the badge.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// Reads it from the settings.
    pub fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let name = settings.text("ENVIRONMENT").unwrap_or("development");
        [Environment::Development, Environment::Staging, Environment::Production]
            .into_iter()
            .find(|environment| environment.name() == name)
            .ok_or_else(|| malformed("ENVIRONMENT", name, "development, staging or production"))
    }
}
