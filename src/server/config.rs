//! Every setting, read once from the environment, checked, and passed down.
//!
//! The environment wins over the file `.env`. A setting that is missing or malformed stops the start with one
//! line that names it, what it was and what it must be.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::model::user::{PASSWORD_LENGTH, is_user_name};
use tracing_subscriber::EnvFilter;

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
    /// The file `.env` is there and cannot be read.
    #[error(".env cannot be read: {0}")]
    File(String),
}

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
}

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
}

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
    /// `SANDBOX_ADDR`.
    pub address: SocketAddr,
    /// `SANDBOX_CUSTOMERS`.
    pub customers: u64,
    /// `CORE_BANKING_TOKEN`, asked of callers if it is set.
    pub token: Option<SecretString>,
}

/// How people sign in and how long that lasts.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// `ADMIN_USERNAME` and `ADMIN_PASSWORD`, for the first account only.
    pub first_admin: Option<(String, SecretString)>,
    /// `PUBLIC_ORIGIN`: scheme, host and port as browsers see them, without a path.
    pub public_origin: String,
    /// `SESSION_IDLE_MINUTES`.
    pub session_idle: Duration,
    /// `SESSION_MAX_HOURS`.
    pub session_max: Duration,
}

/// How status streams behave.
#[derive(Clone, Debug)]
pub struct StreamConfig {
    /// `SSE_HEARTBEAT_MS`.
    pub heartbeat: Duration,
    /// `SSE_MAX_STREAMS_PER_USER`.
    pub max_per_user: usize,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// `RUST_LOG`: the least level, or a list of `target=level`.
    pub filter: String,
    /// `LOG_FORMAT` is `json`: one object a line instead of text.
    pub json: bool,
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
    /// How streams behave.
    pub stream: StreamConfig,
    /// What is logged.
    pub log: LogConfig,
    /// `HISTORY_RETENTION_HOURS`.
    pub history_retention: Duration,
    /// Where the page's reload script connects to, while `cargo leptos watch` runs; it sets `LEPTOS_WATCH`.
    pub reload_address: Option<String>,
}

impl Config {
    /// Reads the process's environment and, below it, the file `.env` of the working directory.
    pub fn from_env() -> Result<Self, ConfigError> {
        let mut values = HashMap::new();
        match dotenvy::from_filename_iter(".env") {
            Ok(lines) => {
                for line in lines {
                    let (name, value) = line.map_err(|error| ConfigError::File(error.to_string()))?;
                    values.insert(name, value);
                }
            }
            Err(error) if error.not_found() => {}
            Err(error) => return Err(ConfigError::File(error.to_string())),
        }
        values.extend(std::env::vars());
        Self::from_values(values)
    }

    /// Reads settings by their names; an empty value counts as none.
    pub fn from_values(values: HashMap<String, String>) -> Result<Self, ConfigError> {
        let settings = Settings(values);
        let environment = settings.environment()?;
        let site_address: SocketAddr =
            settings.parse("LEPTOS_SITE_ADDR", "127.0.0.1:3000", "an address with a port, such as 127.0.0.1:3000")?;
        let sandbox = settings.sandbox()?;
        let auth = settings.auth(site_address)?;
        Ok(Self {
            environment,
            site_address,
            redis: settings.redis()?,
            worker: settings.worker()?,
            core_banking: settings.core_banking(environment, &sandbox)?,
            sandbox,
            reload_address: settings.reload_address(&auth.public_origin)?,
            auth,
            stream: StreamConfig {
                heartbeat: settings.milliseconds("SSE_HEARTBEAT_MS", 15_000)?,
                max_per_user: settings.count("SSE_MAX_STREAMS_PER_USER", 3)?,
            },
            log: settings.log()?,
            history_retention: Duration::from_secs(3_600 * settings.count("HISTORY_RETENTION_HOURS", 168)? as u64),
        })
    }
}

/// The raw values, and how each kind of setting is read.
struct Settings(HashMap<String, String>);

impl Settings {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn secret(&self, name: &str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    fn parse<T: FromStr>(&self, name: &'static str, default: &str, must_be: &'static str) -> Result<T, ConfigError> {
        let text = self.text(name).unwrap_or(default);
        text.parse().map_err(|_| malformed(name, text, must_be))
    }

    fn count(&self, name: &'static str, default: u32) -> Result<usize, ConfigError> {
        let must_be = "a whole number from 1 to 1000000";
        let number: usize = self.parse(name, &default.to_string(), must_be)?;
        if (1..=1_000_000).contains(&number) { Ok(number) } else { Err(malformed(name, number, must_be)) }
    }

    fn milliseconds(&self, name: &'static str, default: u64) -> Result<Duration, ConfigError> {
        let must_be = "a whole number of milliseconds from 100 to 31536000000";
        let number: u64 = self.parse(name, &default.to_string(), must_be)?;
        if (100..=31_536_000_000).contains(&number) {
            Ok(Duration::from_millis(number))
        } else {
            Err(malformed(name, number, must_be))
        }
    }

    fn environment(&self) -> Result<Environment, ConfigError> {
        let name = self.text("ENVIRONMENT").unwrap_or("development");
        [Environment::Development, Environment::Staging, Environment::Production]
            .into_iter()
            .find(|environment| environment.name() == name)
            .ok_or_else(|| malformed("ENVIRONMENT", name, "development, staging or production"))
    }

    fn log(&self) -> Result<LogConfig, ConfigError> {
        let json = match self.text("LOG_FORMAT").unwrap_or("text") {
            "text" => false,
            "json" => true,
            other => return Err(malformed("LOG_FORMAT", other, "text or json")),
        };
        let filter = self.text("RUST_LOG").unwrap_or("info").to_owned();
        if filter.parse::<EnvFilter>().is_err() {
            return Err(malformed(
                "RUST_LOG",
                filter,
                "a level such as info, or a list such as warn,service_manager=debug",
            ));
        }
        Ok(LogConfig { filter, json })
    }

    fn redis(&self) -> Result<RedisConfig, ConfigError> {
        if let Some(url) = self.text("REDIS_URL")
            && !["redis://", "rediss://"].iter().any(|scheme| url.starts_with(scheme))
        {
            return Err(malformed(
                "REDIS_URL",
                "(not shown: it may hold a password)",
                "a redis:// or rediss:// address",
            ));
        }
        Ok(RedisConfig {
            url: self.secret("REDIS_URL"),
            host: self.text("REDIS_HOST").unwrap_or("localhost").to_owned(),
            port: self.parse("REDIS_PORT", "6379", "a port number from 0 to 65535")?,
            password: self.secret("REDIS_PASSWORD"),
            password_file: self.text("REDIS_PASSWORD_FILE").map(Into::into),
        })
    }

    fn worker(&self) -> Result<WorkerConfig, ConfigError> {
        Ok(WorkerConfig {
            balance_sync_interval: self.milliseconds("BALANCE_SYNC_INTERVAL", 300_000)?,
            account_discovery_interval: self.milliseconds("ACCOUNT_DISCOVERY_INTERVAL", 86_400_000)?,
            account_discovery_batch_size: self.count("ACCOUNT_DISCOVERY_BATCH_SIZE", 50)?,
            account_enrichment_interval: self.milliseconds("ACCOUNT_ENRICHMENT_INTERVAL", 43_200_000)?,
            account_enrichment_batch_size: self.count("ACCOUNT_ENRICHMENT_BATCH_SIZE", 20)?,
        })
    }

    fn sandbox(&self) -> Result<SandboxConfig, ConfigError> {
        Ok(SandboxConfig {
            address: self.parse("SANDBOX_ADDR", "127.0.0.1:3100", "an address with a port, such as 127.0.0.1:3100")?,
            customers: self.count("SANDBOX_CUSTOMERS", 1_000)? as u64,
            token: self.secret("CORE_BANKING_TOKEN"),
        })
    }

    fn core_banking(
        &self,
        environment: Environment,
        sandbox: &SandboxConfig,
    ) -> Result<CoreBankingConfig, ConfigError> {
        let must_be = "the http:// or https:// address of the core banking system";
        let given = self.text("CORE_BANKING_URL");
        if given.is_none() && environment == Environment::Production {
            return Err(ConfigError::Missing { name: "CORE_BANKING_URL", must_be });
        }
        if let Some(url) = given
            && !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme))
        {
            return Err(malformed("CORE_BANKING_URL", url, must_be));
        }
        Ok(CoreBankingConfig {
            url: given
                .map_or_else(|| format!("http://{}", sandbox.address), |url| url.trim_end_matches('/').to_owned()),
            is_sandbox: given.is_none(),
            token: self.secret("CORE_BANKING_TOKEN"),
            concurrency: self.count("CORE_BANKING_CONCURRENCY", 8)?,
        })
    }

    fn auth(&self, site_address: SocketAddr) -> Result<AuthConfig, ConfigError> {
        let first_admin = match (self.text("ADMIN_USERNAME"), self.secret("ADMIN_PASSWORD")) {
            (Some(name), Some(password)) => Some(first_admin(name, password)?),
            (None, None) => None,
            (Some(_), None) => {
                return Err(ConfigError::Missing {
                    name: "ADMIN_PASSWORD",
                    must_be: "the first administrator's password, 12 to 128 characters",
                });
            }
            (None, Some(_)) => {
                return Err(ConfigError::Missing { name: "ADMIN_USERNAME", must_be: "the first administrator's name" });
            }
        };
        Ok(AuthConfig {
            first_admin,
            public_origin: self.public_origin(site_address)?,
            session_idle: Duration::from_secs(60 * self.count("SESSION_IDLE_MINUTES", 15)? as u64),
            session_max: Duration::from_secs(3_600 * self.count("SESSION_MAX_HOURS", 12)? as u64),
        })
    }

    fn reload_address(&self, public_origin: &str) -> Result<Option<String>, ConfigError> {
        let port: u16 = self.parse("LEPTOS_RELOAD_PORT", "3001", "a port number from 0 to 65535")?;
        let origin = reqwest::Url::parse(public_origin).ok();
        let host = origin.as_ref().and_then(|origin| origin.host_str());
        Ok(self.text("LEPTOS_WATCH").and(host).map(|host| format!("ws://{host}:{port}")))
    }

    /// Plain http is fine on loopback alone: anywhere else a session cookie would travel in the clear.
    fn public_origin(&self, site_address: SocketAddr) -> Result<String, ConfigError> {
        let must_be = "https://host[:port] without a path, or http:// with localhost or a loopback address";
        let default = format!("http://{site_address}");
        let origin = self.text("PUBLIC_ORIGIN").unwrap_or(&default).trim_end_matches('/');
        let parsed = reqwest::Url::parse(origin).map_err(|_| malformed("PUBLIC_ORIGIN", origin, must_be))?;
        let is_loopback = match parsed.host_str() {
            Some("localhost") => true,
            Some(host) => host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
            None => false,
        };
        let is_bare = parsed.path() == "/" && parsed.query().is_none() && parsed.username().is_empty();
        let is_safe = parsed.scheme() == "https" || (parsed.scheme() == "http" && is_loopback);
        if is_bare && is_safe {
            Ok(parsed.origin().ascii_serialization())
        } else {
            Err(malformed("PUBLIC_ORIGIN", origin, must_be))
        }
    }
}

fn first_admin(name: &str, password: SecretString) -> Result<(String, SecretString), ConfigError> {
    if !is_user_name(name) {
        return Err(malformed("ADMIN_USERNAME", name, "1 to 64 of a-z, 0-9, '.', '_' and '-'"));
    }
    if !PASSWORD_LENGTH.contains(&password.expose_secret().chars().count()) {
        return Err(malformed("ADMIN_PASSWORD", "(not shown)", "12 to 128 characters"));
    }
    Ok((name.to_owned(), password))
}

fn malformed(name: &'static str, was: impl fmt::Display, must_be: &'static str) -> ConfigError {
    ConfigError::Malformed { name, was: was.to_string(), must_be }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_values(values.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    fn refusal(values: &[(&str, &str)]) -> String {
        read(values).map(|_| "accepted".to_owned()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn everything_has_the_contracts_default() {
        let config = read(&[]).expect("no setting is required in development");
        assert_eq!(config.redis.port, 6379);
        assert_eq!(config.worker.balance_sync_interval, Duration::from_secs(300));
        assert_eq!(config.core_banking.url, "http://127.0.0.1:3100");
        assert!(config.core_banking.is_sandbox);
        assert_eq!(config.auth.public_origin, "http://127.0.0.1:3000");
        assert_eq!(config.stream.max_per_user, 3);
    }

    #[test]
    fn a_wrong_setting_is_named_with_its_value_and_its_rule() {
        for (name, value, said) in [
            ("REDIS_PORT", "abc", r#"REDIS_PORT is "abc"; it must be a port number from 0 to 65535"#),
            ("ENVIRONMENT", "prod", r#"ENVIRONMENT is "prod"; it must be development, staging or production"#),
            (
                "SSE_HEARTBEAT_MS",
                "1",
                r#"SSE_HEARTBEAT_MS is "1"; it must be a whole number of milliseconds from 100 to 31536000000"#,
            ),
            (
                "SSE_MAX_STREAMS_PER_USER",
                "0",
                r#"SSE_MAX_STREAMS_PER_USER is "0"; it must be a whole number from 1 to 1000000"#,
            ),
            (
                "CORE_BANKING_URL",
                "bank",
                r#"CORE_BANKING_URL is "bank"; it must be the http:// or https:// address of the core banking system"#,
            ),
            (
                "ADMIN_USERNAME",
                "ana",
                "ADMIN_PASSWORD is not set; it must be the first administrator's password, 12 to 128 characters",
            ),
        ] {
            assert_eq!(refusal(&[(name, value)]), said);
        }
    }

    #[test]
    fn production_needs_a_core_banking_system() {
        let said = refusal(&[("ENVIRONMENT", "production")]);
        assert!(said.starts_with("CORE_BANKING_URL is not set"), "{said}");
    }

    #[test]
    fn plain_http_is_refused_off_loopback() {
        for good in ["https://console.bank.example", "http://localhost:3000", "http://[::1]:3000", "http://127.0.0.1"] {
            assert!(read(&[("PUBLIC_ORIGIN", good)]).is_ok(), "{good}");
        }
        for bad in ["http://console.bank.example", "https://bank.example/console", "console", "ftp://localhost"] {
            assert!(refusal(&[("PUBLIC_ORIGIN", bad)]).starts_with("PUBLIC_ORIGIN is"), "{bad}");
        }
    }

    #[test]
    fn the_first_administrator_follows_the_rules_of_users_and_their_password_is_not_repeated() {
        let said = |name, password| refusal(&[("ADMIN_USERNAME", name), ("ADMIN_PASSWORD", password)]);
        assert_eq!(said("ana", "correct horse battery"), "accepted");
        let name = r#"ADMIN_USERNAME is "Ana"; it must be 1 to 64 of a-z, 0-9, '.', '_' and '-'"#;
        assert_eq!(said("Ana", "correct horse battery"), name);
        assert_eq!(said("ana", "hunter2"), r#"ADMIN_PASSWORD is "(not shown)"; it must be 12 to 128 characters"#);
    }

    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        assert!(!refusal(&[("REDIS_URL", "http://:hunter2@host")]).contains("hunter2"));
    }
}
