//! How to reach the core banking system, and what the sandbox that stands in for it serves.

use std::net::SocketAddr;

use secrecy::SecretString;

use crate::server::config::ConfigError;
use crate::server::config::environment::Environment;
use crate::server::config::settings::{Settings, malformed};

/// How to reach the core banking system.
#[derive(Clone, Debug)]
pub struct CoreBankingConfig {
    /// `CORE_BANKING_URL`; the sandbox's address when it is not set.
    pub url: String,
    /// True if no `CORE_BANKING_URL` was given, so that the page says "Sandbox data".
    pub is_sandbox: bool,
    /// `CORE_BANKING_TOKEN`.
    pub token: Option<SecretString>,
    /// `CORE_BANKING_CONCURRENCY`: requests under way at once.
    pub concurrency: usize,
}

/// What the sandbox serves, and where.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// `SANDBOX_ADDR`: `host:port`. The host may be a name, because the server and the sandbox may run on two machines.
    pub address: String,
    /// `SANDBOX_CUSTOMERS`.
    pub customers: u64,
    /// `CORE_BANKING_TOKEN`, asked of callers if it is set.
    pub token: Option<SecretString>,
}

impl CoreBankingConfig {
    /// Reads it from the settings.
    pub fn from_settings(
        settings: &Settings,
        environment: Environment,
        sandbox: &SandboxConfig,
    ) -> Result<Self, ConfigError> {
        let must_be = "the http:// or https:// address of the core banking system";
        let given = settings.text("CORE_BANKING_URL");
        if given.is_none() && environment == Environment::Production {
            return Err(ConfigError::Missing { name: "CORE_BANKING_URL", must_be });
        }
        if let Some(url) = given
            && !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme))
        {
            return Err(malformed("CORE_BANKING_URL", url, must_be));
        }
        Ok(Self {
            url: given
                .map_or_else(|| format!("http://{}", sandbox.address), |url| url.trim_end_matches('/').to_owned()),
            is_sandbox: given.is_none(),
            token: settings.secret("CORE_BANKING_TOKEN"),
            concurrency: settings.count("CORE_BANKING_CONCURRENCY", 8)?,
        })
    }
}

impl SandboxConfig {
    /// Reads it from the settings.
    pub fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            address: address(settings)?,
            customers: settings.count("SANDBOX_CUSTOMERS", 1_000)? as u64,
            token: settings.secret("CORE_BANKING_TOKEN"),
        })
    }
}

fn address(settings: &Settings) -> Result<String, ConfigError> {
    let address = settings.text("SANDBOX_ADDR").unwrap_or("127.0.0.1:3100");
    if is_host_and_port(address) {
        Ok(address.to_owned())
    } else {
        Err(malformed("SANDBOX_ADDR", address, "a host with a port, such as 127.0.0.1:3100 or sandbox:3100"))
    }
}

fn is_host_and_port(text: &str) -> bool {
    let is_name = |host: &str| {
        (1..=253).contains(&host.len())
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    text.parse::<SocketAddr>().is_ok()
        || text.rsplit_once(':').is_some_and(|(host, port)| is_name(host) && port.parse::<u16>().is_ok())
}
