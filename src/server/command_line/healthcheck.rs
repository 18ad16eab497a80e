//! `service-manager healthcheck`: for container engines, whose images hold no other program that could ask.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use crate::server::command_line::CommandError;
use crate::server::core_banking::client::reason;

/// How long the answer may take, connecting included.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// Asks the server that listens on `site_address` for `/healthz`. Anything but a success is an error.
pub async fn run(site_address: SocketAddr) -> Result<(), CommandError> {
    let url = format!("http://{}/healthz", reachable(site_address));
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

/// A server that listens on every address is asked by loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_asked_by_loopback() {
        for (listens, asked) in [
            ("0.0.0.0:3000", "127.0.0.1:3000"),
            ("[::]:3000", "[::1]:3000"),
            ("127.0.0.1:3000", "127.0.0.1:3000"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            let listens = listens.parse().expect("an address");
            assert_eq!(reachable(listens).to_string(), asked);
        }
    }
}
