//! How many files and connections the system lets this process have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is left for everything but connections: the ways to Redis and to core banking, files, and refusals.
const RESERVE: u64 = 128;

/// The least number of connections, however little the system allows.
const LEAST: u64 = 16;

/// Where the system sets no limit.
const PLENTY: u64 = 1 << 20;

/// Asks the system for as many as it may give; gives the number of connections that leaves enough for the rest.
pub fn most_connections() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let allowed = if raised.is_ok() { maximum } else { current };
    connections_within(allowed.unwrap_or(PLENTY))
}

fn connections_within(allowed: u64) -> usize {
    usize::try_from(allowed.saturating_sub(RESERVE).clamp(LEAST, PLENTY)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_kept_back_and_some_are_always_given() {
        assert_eq!(connections_within(20_000), 19_872);
        assert_eq!(connections_within(130), 16);
        assert_eq!(connections_within(u64::MAX), 1 << 20);
    }
}
