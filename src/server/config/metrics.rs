//! Who may read the metrics.

use secrecy::{ExposeSecret, SecretString};

use crate::server::config::ConfigError;
use crate::server::config::settings::{Settings, malformed};

/// Who may read the metrics.
#[derive(Clone, Debug)]
pub struct MetricsConfig {
    /// `METRICS_TOKEN`, asked of whoever reads them; without it there is nothing to read.
    pub token: Option<SecretString>,
}

impl MetricsConfig {
    /// Reads it from the settings.
    pub fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let token = settings.secret("METRICS_TOKEN");
        // Anything else could not be sent in a header, and would look like a wrong token for ever.
        if token.as_ref().is_some_and(|token| !token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(malformed(
                "METRICS_TOKEN",
                "(not shown)",
                "letters, digits and signs of ASCII, without spaces",
            ));
        }
        Ok(Self { token })
    }
}
