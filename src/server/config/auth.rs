//! How people sign in, and how long that lasts.

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::model::user::{PASSWORD_LENGTH, is_user_name};
use crate::server::config::ConfigError;
use crate::server::config::settings::{Settings, malformed};

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

impl AuthConfig {
    /// Reads it from the settings.
    pub fn from_settings(settings: &Settings, site_address: SocketAddr) -> Result<Self, ConfigError> {
        let first_admin = match (settings.text("ADMIN_USERNAME"), settings.secret("ADMIN_PASSWORD")) {
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
        Ok(Self {
            first_admin,
            public_origin: public_origin(settings, site_address)?,
            session_idle: Duration::from_secs(60 * settings.count("SESSION_IDLE_MINUTES", 15)? as u64),
            session_max: Duration::from_secs(3_600 * settings.count("SESSION_MAX_HOURS", 12)? as u64),
        })
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

/// Plain http is fine on loopback alone: anywhere else a session cookie would travel in the clear.
fn public_origin(settings: &Settings, site_address: SocketAddr) -> Result<String, ConfigError> {
    let must_be = "https://host[:port] without a path, or http:// with localhost or a loopback address";
    let default = format!("http://{site_address}");
    let given = settings.text("PUBLIC_ORIGIN");
    if given.is_none() && !site_address.ip().is_loopback() {
        return Err(ConfigError::Missing { name: "PUBLIC_ORIGIN", must_be });
    }
    let origin = given.unwrap_or(&default).trim_end_matches('/');
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
