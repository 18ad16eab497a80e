//! Every setting, read once from the environment, checked, and passed down: one file per concern.
//!
//! The environment wins over the file `.env`. A setting that is missing or malformed stops the start with one
//! line that names it, what it was and what it must be.

pub mod auth;
pub mod core_banking;
pub mod environment;
pub mod log;
pub mod metrics;
pub mod proxies;
pub mod redis;
pub mod settings;
pub mod stream;
#[cfg(test)]
mod tests;
pub mod worker;

use std::collections::HashMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;

use crate::server::config::settings::Settings;

pub use auth::AuthConfig;
pub use core_banking::{CoreBankingConfig, SandboxConfig};
pub use environment::Environment;
pub use log::LogConfig;
pub use metrics::MetricsConfig;
pub use proxies::TrustedProxies;
pub use redis::RedisConfig;
pub use stream::StreamConfig;
pub use worker::WorkerConfig;

/// A setting that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It has no value and no default.
    #[error("{name} is not set; it must be {must_be}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// The rule.
        must_be: &'static str,
    },
    /// Its value breaks the rule.
    #[error("{name} is \"{was}\"; it must be {must_be}")]
    Malformed {
        /// The variable.
        name: &'static str,
        /// Its value; a secret is never repeated here.
        was: String,
        /// The rule.
        must_be: &'static str,
    },
    /// Its value is no text.
    #[error("{0} is not UTF-8 text")]
    NotText(String),
    /// The file `.env` is there and cannot be read.
    #[error(".env cannot be read: {0}")]
    File(String),
}

/// All settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `ENVIRONMENT`.
    pub environment: Environment,
    /// `LEPTOS_SITE_ADDR`.
    pub site_address: SocketAddr,
    /// How to reach Redis.
    pub redis: RedisConfig,
    /// How the services run.
    pub worker: WorkerConfig,
    /// How to reach the core banking system.
    pub core_banking: CoreBankingConfig,
    /// What the sandbox serves.
    pub sandbox: SandboxConfig,
    /// How people sign in.
    pub auth: AuthConfig,
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: TrustedProxies,
    /// How streams behave.
    pub stream: StreamConfig,
    /// What is logged.
    pub log: LogConfig,
    /// Who may read the metrics.
    pub metrics: MetricsConfig,
    /// `HISTORY_RETENTION_HOURS`.
    pub history_retention: Duration,
    /// Where the page's reload script connects to, while `cargo leptos watch` runs; it sets `LEPTOS_WATCH`.
    pub reload_address: Option<String>,
}

impl Config {
    /// Reads the process's environment and, below it, the file `.env` of the working directory.
    pub fn from_env() -> Result<Self, ConfigError> {
        let mut values = HashMap::new();
        match dotenvy::from_path_iter(".env") {
            Ok(lines) => values.extend(entries(lines)?),
            Err(error) if error.not_found() => {}
            Err(error) => return Err(ConfigError::File(error.to_string())),
        }
        values.extend(texts(std::env::vars_os())?);
        Self::from_values(values)
    }

    /// Reads settings by their names; an empty value counts as none.
    pub fn from_values(values: HashMap<String, String>) -> Result<Self, ConfigError> {
        let settings = Settings(values);
        let environment = Environment::from_settings(&settings)?;
        let site_address: SocketAddr =
            settings.parse("LEPTOS_SITE_ADDR", "127.0.0.1:3000", "an address with a port, such as 127.0.0.1:3000")?;
        let sandbox = SandboxConfig::from_settings(&settings)?;
        let auth = AuthConfig::from_settings(&settings, site_address)?;
        Ok(Self {
            environment,
            site_address,
            redis: RedisConfig::from_settings(&settings)?,
            worker: WorkerConfig::from_settings(&settings)?,
            core_banking: CoreBankingConfig::from_settings(&settings, environment, &sandbox)?,
            sandbox,
            reload_address: reload_address(&settings, &auth.public_origin)?,
            auth,
            trusted_proxies: TrustedProxies::from_settings(&settings)?,
            stream: StreamConfig::from_settings(&settings)?,
            log: LogConfig::from_settings(&settings)?,
            metrics: MetricsConfig::from_settings(&settings)?,
            history_retention: Duration::from_secs(3_600 * settings.count("HISTORY_RETENTION_HOURS", 168)? as u64),
        })
    }
}

/// How the names of all settings begin. What other variables hold is no concern of ours.
const PREFIXES: [&str; 17] = [
    "ACCOUNT_",
    "ADMIN_",
    "BALANCE_SYNC_",
    "CORE_BANKING_",
    "ENVIRONMENT",
    "HISTORY_",
    "JOB_",
    "LEPTOS_",
    "LOG_FORMAT",
    "METRICS_",
    "PUBLIC_ORIGIN",
    "REDIS_",
    "RUST_LOG",
    "SANDBOX_",
    "SESSION_",
    "SSE_",
    "TRUSTED_PROXIES",
];

/// The variables that are texts; one of ours that is none is named without its value, which may be a secret.
fn texts(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<(String, String)>, ConfigError> {
    let named = variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    named
        .filter_map(|(name, value)| match value.into_string() {
            Ok(value) => Some(Ok((name, value))),
            Err(_) if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) => Some(Err(ConfigError::NotText(name))),
            Err(_) => None,
        })
        .collect()
}

/// The entries of a file, or which of them cannot be read; what stands in it may be a secret and is not repeated.
fn entries<E>(lines: impl Iterator<Item = Result<(String, String), E>>) -> Result<Vec<(String, String)>, ConfigError> {
    let mut entries: Vec<(String, String)> = Vec::new();
    for line in lines {
        let Ok(entry) = line else {
            let place =
                entries.last().map_or("the first entry".to_owned(), |(name, _)| format!("the entry after {name}"));
            return Err(ConfigError::File(format!("{place} is malformed; a value with spaces needs quotes")));
        };
        entries.push(entry);
    }
    Ok(entries)
}

fn reload_address(settings: &Settings, public_origin: &str) -> Result<Option<String>, ConfigError> {
    let port: u16 = settings.parse("LEPTOS_RELOAD_PORT", "3001", "a port number from 0 to 65535")?;
    let origin = reqwest::Url::parse(public_origin).ok();
    let host = origin.as_ref().and_then(|origin| origin.host_str());
    Ok(settings.text("LEPTOS_WATCH").and(host).map(|host| format!("ws://{host}:{port}")))
}
