//! Where a request comes from, when proxies stand between.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

use crate::server::config::TrustedProxies;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The nearest address that is no trusted proxy's: from the peer backwards through `X-Forwarded-For`, as long as
/// whoever wrote it is trusted. Whatever stands further back is a mere claim.
pub fn client_address(peer: SocketAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let claims = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut claims = claims.flat_map(|value| value.to_str().unwrap_or_default().rsplit(','));
    let mut address = peer.ip().to_canonical();
    while trusted.contains(address)
        && let Some(before) = claims.next().and_then(|claim| named(claim.trim()))
    {
        address = before.to_canonical();
    }
    address
}

/// The address of a claim; some proxies write the port as well.
fn named(claim: &str) -> Option<IpAddr> {
    claim.parse().ok().or_else(|| claim.parse().ok().map(|named: SocketAddr| named.ip()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use axum::http::HeaderValue;

    use crate::server::config::settings::Settings;

    use super::*;

    fn seen(peer: &str, claims: &[&'static str]) -> String {
        let settings = HashMap::from([("TRUSTED_PROXIES".to_owned(), "10.0.0.0/8".to_owned())]);
        let trusted = TrustedProxies::from_settings(&Settings(settings)).expect("good");
        let claims = claims.iter().map(|claim| (FORWARDED_FOR, HeaderValue::from_static(claim)));
        let mut headers = HeaderMap::new();
        claims.for_each(|(name, value)| {
            headers.append(name, value);
        });
        client_address(SocketAddr::new(peer.parse().expect("an address"), 5), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxys_word_counts() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.9"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &["198.51.100.9"]), "198.51.100.9");
        assert_eq!(seen("::ffff:10.0.0.1", &["198.51.100.9"]), "198.51.100.9");
        assert_eq!(
            seen("10.0.0.1", &["1.1.1.1, 198.51.100.9, 10.0.0.2"]),
            "198.51.100.9",
            "the claim before is nobody's"
        );
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "198.51.100.9"]), "198.51.100.9", "several headers are one list");
        assert_eq!(seen("10.0.0.1", &["198.51.100.9:5555"]), "198.51.100.9", "with a port");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::2]:80"]), "2001:db8::2", "with a port");
        assert_eq!(seen("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }
}
