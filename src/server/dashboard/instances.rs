//! What every instance measures of itself, told to the others over Redis, so that whichever of them answers shows them all.

use std::time::Duration;

use redis::RedisResult;

use crate::model::dashboard::{InstanceTiles, Tile};
use crate::server::redis::{Redis, keys};

/// An instance that has told nothing for so long is gone.
const TOLD_FOR: Duration = Duration::from_secs(15);

/// What the instances tell one another.
pub struct Instances {
    redis: Redis,
    /// The name of this one.
    pub own: String,
}

impl Instances {
    /// Those that share that Redis; `own` names this one.
    pub fn new(redis: Redis, own: String) -> Self {
        Self { redis, own }
    }

    /// Tells the others, if there are any, what this one measured until `now`, in ms by Redis's clock.
    pub async fn tell(&self, tiles: &[Tile], now: u64) -> RedisResult<()> {
        let (mut commands, told_for) = (self.redis.commands(), TOLD_FOR.as_millis() as u64);
        let mut greet = redis::pipe();
        greet.cmd("ZADD").arg(keys::DASHBOARDS).arg(now).arg(&self.own).ignore();
        greet.cmd("ZREMRANGEBYSCORE").arg(keys::DASHBOARDS).arg("-inf").arg(now.saturating_sub(told_for)).ignore();
        greet.cmd("ZCARD").arg(keys::DASHBOARDS);
        let (instances,): (usize,) = greet.query_async(&mut commands).await?;
        if instances > 1 {
            let mut tell = redis::cmd("SET");
            tell.arg(keys::dashboard_of(&self.own)).arg(written(tiles)).arg("PX").arg(told_for);
            tell.exec_async(&mut commands).await?;
        }
        Ok(())
    }

    /// What the others told lately, by name.
    pub async fn others(&self) -> RedisResult<Vec<InstanceTiles>> {
        let mut commands = self.redis.commands();
        let mut names: Vec<String> =
            redis::cmd("ZRANGE").arg(keys::DASHBOARDS).arg(0).arg(-1).query_async(&mut commands).await?;
        names.retain(|name| *name != self.own);
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut ask = redis::cmd("MGET");
        ask.arg(names.iter().map(|name| keys::dashboard_of(name)).collect::<Vec<_>>());
        let told: Vec<Option<String>> = ask.query_async(&mut commands).await?;
        let read = |(instance, told): (String, Option<String>)| {
            // What another version wrote is passed over.
            Some(InstanceTiles { instance, tiles: serde_json::from_str(&told?).ok()? })
        };
        Ok(names.into_iter().zip(told).filter_map(read).collect())
    }
}

/// Texts alone have always a JSON form.
fn written(tiles: &[Tile]) -> String {
    serde_json::to_string(tiles).unwrap_or_default()
}
