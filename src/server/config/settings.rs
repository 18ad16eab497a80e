//! The raw values, and how each kind of setting is read.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;

use crate::server::config::ConfigError;

/// Values by the names of their variables; an empty one counts as none.
pub struct Settings(pub HashMap<String, String>);

impl Settings {
    /// The value as it is, without white space around it.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// A value that is never shown.
    pub fn secret(&self, name: &str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    /// A value of any type that has a text form.
    pub fn parse<T: FromStr>(
        &self,
        name: &'static str,
        default: &str,
        must_be: &'static str,
    ) -> Result<T, ConfigError> {
        let text = self.text(name).unwrap_or(default);
        text.parse().map_err(|_| malformed(name, text, must_be))
    }

    /// A number of things.
    pub fn count(&self, name: &'static str, default: u32) -> Result<usize, ConfigError> {
        let must_be = "a whole number from 1 to 1000000";
        let number: usize = self.parse(name, &default.to_string(), must_be)?;
        if (1..=1_000_000).contains(&number) { Ok(number) } else { Err(malformed(name, number, must_be)) }
    }

    /// The time between two runs of something, given in ms: up to a year.
    pub fn interval(&self, name: &'static str, default: u64) -> Result<Duration, ConfigError> {
        let must_be = "a whole number of milliseconds from 100 to 31536000000";
        let number: u64 = self.parse(name, &default.to_string(), must_be)?;
        if (100..=31_536_000_000).contains(&number) {
            Ok(Duration::from_millis(number))
        } else {
            Err(malformed(name, number, must_be))
        }
    }
}

/// The complaint about a value.
pub fn malformed(name: &'static str, was: impl fmt::Display, must_be: &'static str) -> ConfigError {
    ConfigError::Malformed { name, was: was.to_string(), must_be }
}
