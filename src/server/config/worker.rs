//! How the periodic services run.

use std::time::Duration;

use crate::server::config::ConfigError;
use crate::server::config::settings::Settings;

/// How the periodic services run.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// `BALANCE_SYNC_INTERVAL`, ms.
    pub balance_sync_interval: Duration,
    /// `ACCOUNT_DISCOVERY_INTERVAL`, ms.
    pub account_discovery_interval: Duration,
    /// `ACCOUNT_DISCOVERY_BATCH_SIZE`, customers worked on before the next status.
    pub account_discovery_batch_size: usize,
    /// `ACCOUNT_ENRICHMENT_INTERVAL`, ms.
    pub account_enrichment_interval: Duration,
    /// `ACCOUNT_ENRICHMENT_BATCH_SIZE`, accounts worked on before the next status.
    pub account_enrichment_batch_size: usize,
    /// `JOB_LEASE_MS`: a job whose worker is not heard of for so long goes to another one.
    pub job_lease: Duration,
}

impl WorkerConfig {
    /// Reads it from the settings.
    pub fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            balance_sync_interval: settings.interval("BALANCE_SYNC_INTERVAL", 300_000)?,
            account_discovery_interval: settings.interval("ACCOUNT_DISCOVERY_INTERVAL", 86_400_000)?,
            account_discovery_batch_size: settings.count("ACCOUNT_DISCOVERY_BATCH_SIZE", 50)?,
            account_enrichment_interval: settings.interval("ACCOUNT_ENRICHMENT_INTERVAL", 43_200_000)?,
            account_enrichment_batch_size: settings.count("ACCOUNT_ENRICHMENT_BATCH_SIZE", 20)?,
            job_lease: settings.interval("JOB_LEASE_MS", 30_000)?,
        })
    }
}
