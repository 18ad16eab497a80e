//! How often somebody may try to sign in: counted in Redis per account and per address, so over all instances.
//!
//! An attempt is counted before its password is looked at, so that many at once count as well; one that succeeds is
//! taken off again. Names that do not exist count like others, so that the limit does not tell who exists.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use redis::{RedisError, Script};

use crate::server::auth::random;
use crate::server::auth::sessions::milliseconds;
use crate::server::redis::{Redis, keys, scripts};

/// Failed attempts at one account within [`WINDOW`].
pub const PER_ACCOUNT: u64 = 10;

/// Failed attempts from one address within [`WINDOW`].
pub const PER_ADDRESS: u64 = 100;

/// How long failures are counted, from the first one.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);

/// The counts. Cloning it shares the connection.
#[derive(Clone)]
pub struct SignInLimits {
    redis: Redis,
    scripts: Arc<Scripts>,
}

struct Scripts {
    take: Script,
    forgive: Script,
}

/// One counted attempt.
pub struct Attempt {
    account: String,
    address: String,
}

impl SignInLimits {
    /// The counts kept in that Redis.
    pub fn new(redis: Redis) -> Self {
        let scripts =
            Scripts { take: Script::new(scripts::SIGN_IN_TAKE), forgive: Script::new(scripts::SIGN_IN_FORGIVE) };
        Self { redis, scripts: Arc::new(scripts) }
    }

    /// Counts an attempt, or tells how long to wait until the next one may be made.
    pub async fn take(&self, name: &str, address: IpAddr) -> Result<Result<Attempt, Duration>, RedisError> {
        let attempt = Attempt::of(name, address);
        let wait_ms: u64 = self
            .scripts
            .take
            .key(&attempt.account)
            .key(&attempt.address)
            .arg(PER_ACCOUNT)
            .arg(PER_ADDRESS)
            .arg(milliseconds(WINDOW))
            .invoke_async(&mut self.redis.commands())
            .await?;
        Ok(if wait_ms == 0 { Ok(attempt) } else { Err(Duration::from_millis(wait_ms)) })
    }

    /// The attempt succeeded: the account's failures are forgotten and the address has one less.
    pub async fn forgive(&self, attempt: Attempt) -> Result<(), RedisError> {
        let forgive = &self.scripts.forgive;
        forgive.key(attempt.account).key(attempt.address).invoke_async(&mut self.redis.commands()).await
    }
}

impl Attempt {
    /// A name is kept as its SHA-256: it may be of any length, and may be a password typed into the wrong field.
    fn of(name: &str, address: IpAddr) -> Self {
        Self {
            account: keys::sign_ins_at(&random::sha256(name.as_bytes())),
            address: keys::sign_ins_from(&network(address)),
        }
    }
}

/// Who has one address of IPv6 has the 2^64 beside it as well, so they count as one.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [one, two, three, four, ..] = address.segments();
            format!("{one:x}:{two:x}:{three:x}:{four:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_one_network_of_ipv6_count_as_one() {
        let of = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
