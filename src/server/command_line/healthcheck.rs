//! `service-manager healthcheck`: for container engines, whose images hold no other program that could ask.

use std::net::SocketAddr;
use std::time::Duration;

use crate::server::command_line::{CommandError, loopback};
use crate::server::core_banking::client::reason;

/// How long the answer may take, connecting included.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// Asks the server that listens on `site_address` for `/healthz`. Anything but a success is an error.
pub async fn run(site_address: SocketAddr) -> Result<(), CommandError> {
    let url = format!("http://{}/healthz", loopback(site_address));
    let unhealthy = |reason: String| CommandError::Unhealthy { url: url.clone(), reason };
    // An error says that a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().timeout(LONGEST_WAIT).build();
    let asked = async { client?.get(&url).send().await };
    match asked.await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(unhealthy(format!("answered {}", answer.status()))),
        Err(error) => Err(unhealthy(reason(&error))),
    }
}
