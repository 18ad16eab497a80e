//! Reads a Redis Stream as it grows, on a connection of its own.

use std::time::Duration;

use redis::RedisResult;
use redis::aio::MultiplexedConnection;
use redis::streams::{StreamId, StreamReadReply};

use crate::model::event::EntryId;
use crate::server::redis::Redis;

/// How long one read waits for something new. A Redis that no longer answers is noticed this long and the time for an
/// answer after the last read began, and one that only answers this late when it is asked next: within 4.5 s.
const BLOCK: Duration = Duration::from_millis(500);

/// How long whoever follows a stream waits before the way to Redis is tried again.
pub const RETRY: Duration = Duration::from_millis(250);

/// The way to one stream.
pub struct StreamReader {
    connection: MultiplexedConnection,
    key: &'static str,
    most: usize,
}

impl StreamReader {
    /// Connects, to read the stream of that key; `most` entries at once.
    pub async fn connect(redis: &Redis, key: &'static str, most: usize) -> RedisResult<Self> {
        Ok(Self { connection: redis.blocking(BLOCK).await?, key, most })
    }

    /// The next entries after that one, oldest first. Waits a moment where there are none, and then gives none.
    pub async fn read_after(&mut self, after: EntryId) -> RedisResult<Vec<StreamId>> {
        let reply: Option<StreamReadReply> = redis::cmd("XREAD")
            .arg("COUNT")
            .arg(self.most)
            .arg("BLOCK")
            .arg(BLOCK.as_millis() as u64)
            .arg("STREAMS")
            .arg(self.key)
            .arg(after.to_string())
            .query_async(&mut self.connection)
            .await?;
        Ok(reply.into_iter().flat_map(|reply| reply.keys).flat_map(|stream| stream.ids).collect())
    }
}
