//! Which proxies stand before the server.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::server::config::ConfigError;
use crate::server::config::settings::{Settings, malformed};

/// `TRUSTED_PROXIES`: whose word about a client's address counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads it from the settings.
    pub fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let given = settings.text("TRUSTED_PROXIES").unwrap_or_default();
        let must_be = "a list of addresses or networks, such as 10.0.0.7,172.28.0.0/24";
        let networks = given.split(',').map(str::trim).filter(|part| !part.is_empty()).map(network);
        let networks: Option<Vec<IpNet>> = networks.collect();
        networks.map(Self).ok_or_else(|| malformed("TRUSTED_PROXIES", given, must_be))
    }

    /// Whether an address is one of theirs.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }
}

fn network(text: &str) -> Option<IpNet> {
    IpNet::from_str(text).ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
