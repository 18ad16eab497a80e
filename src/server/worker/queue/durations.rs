//! How long jobs take.

use redis::AsyncCommands;

use crate::model::service::BuiltIn;
use crate::server::redis::keys;
use crate::server::worker::queue::{Jobs, QueueError};

/// How many jobs of a service are looked at: of those that were done, the newest.
const LOOKED_AT: isize = 200;

impl Jobs {
    /// How long the last attempt took of each job that was done since then (ms by Redis's clock), in ms; of many the newest.
    pub async fn durations_since(&self, since: u64) -> Result<Vec<u64>, QueueError> {
        let mut commands = self.redis.commands();
        let mut ask = redis::pipe();
        let mut is_any = false;
        for service in BuiltIn::ALL {
            let done: Vec<String> =
                commands.zrevrangebyscore_limit(keys::done_jobs(service), "+inf", since, 0, LOOKED_AT).await?;
            for id in done {
                ask.hmget(keys::job(&id), &["startedAt", "finishedAt"]);
                is_any = true;
            }
        }
        if !is_any {
            return Ok(Vec::new());
        }
        let times: Vec<(Option<u64>, Option<u64>)> = ask.query_async(&mut commands).await?;
        Ok(times.into_iter().filter_map(|(started, finished)| Some(finished?.saturating_sub(started?))).collect())
    }
}
