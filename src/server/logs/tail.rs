//! Reads the lines as they come and hands them to the readers: one connection for all streams of an instance.

use std::convert::Infallible;

use redis::RedisError;
use tokio_util::sync::CancellationToken;

use crate::model::event::{EntryId, EventId};
use crate::server::logs::Logs;
use crate::server::logs::stored::{Kept, StoredError};
use crate::server::redis::stream_reader::RETRY;
use crate::server::redis::{StreamReader, keys};
use crate::server::streams::{CheckError, Streams};

/// Entries read at once.
const BATCH: usize = 1_000;

/// Why a connection is given up.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("{0}")]
    Redis(#[from] RedisError),
    #[error(transparent)]
    Stored(#[from] StoredError),
    #[error(transparent)]
    Streams(#[from] CheckError),
    #[error("an entry's id cannot be read: {0}")]
    Unreadable(String),
}

/// Follows the lines until `shutdown`, and again after each fault. Before streams get anything after a fault, their sessions
/// are checked again.
pub async fn follow(logs: Logs, streams: Streams, shutdown: CancellationToken) {
    let mut read_to = None;
    let following = async {
        loop {
            let Err(error) = follow_one_connection(&logs, &streams, &mut read_to).await;
            logs.readers.set_connected(false);
            tracing::debug!(error = %error, "lines are not followed for a moment");
            tokio::time::sleep(RETRY).await;
        }
    };
    shutdown.run_until_cancelled(following).await;
}

/// `read_to` is the place of the newest entry that was handed out.
async fn follow_one_connection(
    logs: &Logs,
    streams: &Streams,
    read_to: &mut Option<EventId>,
) -> Result<Infallible, Lost> {
    let mut reader = StreamReader::connect(&logs.stored.redis, keys::LOGS, BATCH).await?;
    let look = logs.stored.look().await?;
    if !logs.readers.is_connected() {
        streams.check().await?;
    }
    // Lines have their places by Redis's clock, so whoever was here before goes on there, in whatever life of Redis; not
    // after the end, if the lines are gone and the clock went back.
    let place = read_to.take();
    let is_new_epoch = place.as_ref().is_some_and(|place| place.epoch != look.epoch);
    let entry = place.map_or(look.newest, |place| place.entry.min(look.newest));
    let mut position = EventId { epoch: look.epoch, entry };
    let gap = is_new_epoch.then_some(Kept::Dropped { entry, n: 0 });
    logs.readers.publish(&position, gap.into_iter().collect());
    logs.readers.set_connected(true);
    loop {
        *read_to = Some(position.clone());
        let entries = reader.read_after(position.entry).await?;
        let look = logs.stored.look().await?;
        let mut news = Vec::with_capacity(entries.len() + 1);
        let misses_some = look.oldest > position.entry && position.entry != EntryId::default();
        if look.epoch != position.epoch || misses_some {
            news.push(Kept::Dropped { entry: position.entry, n: 0 });
            position.epoch = look.epoch;
        }
        for entry in &entries {
            position.entry = entry.id.parse().map_err(|_| Lost::Unreadable(entry.id.clone()))?;
            news.extend(Kept::of(entry));
        }
        // Emptied, and the clock went back: what comes now stands before the place that was read to.
        if entries.is_empty() && look.newest < position.entry {
            position.entry = look.newest;
        }
        logs.readers.publish(&position, news);
    }
}
