//! How to reach Redis.

use std::num::NonZeroU16;

use redis::IntoConnectionInfo;
use secrecy::SecretString;

use crate::server::config::ConfigError;
use crate::server::config::settings::{Settings, malformed};

/// How to reach Redis.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// `REDIS_URL`, which wins over the others; `rediss://` for TLS.
    pub url: Option<SecretString>,
    /// `REDIS_HOST`.
    pub host: String,
    /// `REDIS_PORT`.
    pub port: u16,
    /// `REDIS_PASSWORD`.
    pub password: Option<SecretString>,
    /// `REDIS_PASSWORD_FILE`, read again at each connect, so that a rotated password is picked up.
    pub password_file: Option<std::path::PathBuf>,
}

impl RedisConfig {
    /// Reads it from the settings.
    pub fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        if let Some(url) = settings.text("REDIS_URL")
            && (!["redis://", "rediss://"].iter().any(|scheme| url.starts_with(scheme))
                || url.into_connection_info().is_err())
        {
            return Err(malformed(
                "REDIS_URL",
                "(not shown: it may hold a password)",
                "a redis:// or rediss:// address, such as redis://:password@host:6379/0",
            ));
        }
        Ok(Self {
            url: settings.secret("REDIS_URL"),
            host: settings.text("REDIS_HOST").unwrap_or("localhost").to_owned(),
            port: settings.parse::<NonZeroU16>("REDIS_PORT", "6379", "a port number from 1 to 65535")?.get(),
            password: settings.secret("REDIS_PASSWORD"),
            password_file: settings.text("REDIS_PASSWORD_FILE").map(Into::into),
        })
    }
}
