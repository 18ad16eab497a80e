//! Commands that Redis ran, by name.

use std::collections::HashMap;

use crate::support::RedisServer;

/// Of each command how often Redis ran it so far, those of scripts included, and how many µs it took in all.
pub type Calls = HashMap<String, (u64, u64)>;

/// The calls of each command since Redis started.
pub async fn calls(redis: &RedisServer) -> Calls {
    let stats: String =
        redis::cmd("INFO").arg("commandstats").query_async(&mut redis.connection().await).await.expect("counts");
    let read = |line: &str| {
        let (name, facts) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        let (calls, facts) = facts.split_once(",usec=")?;
        Some((name.to_owned(), (calls.parse().ok()?, facts.split(',').next()?.parse().ok()?)))
    };
    stats.lines().filter_map(read).collect()
}
