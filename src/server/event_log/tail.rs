//! Reads the log as it grows and hands every change to the hub.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::streams::{StreamId, StreamReadReply};
use redis::{RedisError, RedisResult};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::model::event::{Change, EntryId};
use crate::server::commands;
use crate::server::event_log::{EventLog, EventLogError, decoded, logged_status, parsed};
use crate::server::hub::Hub;
use crate::server::metrics::{Metrics, RedisConnection};
use crate::server::redis::{Link, keys};
use crate::server::streams::{CheckError, Streams};

/// How long one read waits for something new. Also how soon a Redis that no longer answers is noticed.
const BLOCK: Duration = Duration::from_secs(2);

/// Entries read at once.
const BATCH: usize = 500;

/// Whoever was away for longer may have missed entries that are trimmed by now, and takes a snapshot.
const LONGEST_GAP: Duration = Duration::from_secs(10);

/// How long to wait before the way to Redis is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// Why a connection is given up.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("{0}")]
    Redis(#[from] RedisError),
    #[error(transparent)]
    Log(#[from] EventLogError),
    #[error(transparent)]
    Streams(#[from] CheckError),
}

/// Follows the log until `shutdown`: a snapshot first, then every entry after it; again from the start after
/// each fault. Before pages get anything after a fault, their sessions are checked again.
pub async fn follow(log: EventLog, hub: Hub, streams: Streams, metrics: Metrics, shutdown: CancellationToken) {
    let mut link = Link::new(&log.redis, RedisConnection::Publisher, metrics);
    shutdown
        .run_until_cancelled(async {
            loop {
                match follow_one_connection(&log, &hub, &streams, &mut link).await {
                    Ok(()) => tracing::info!("the event log is read from a new snapshot"),
                    Err(error) => {
                        hub.set_redis_connected(false);
                        link.is_lost(&error);
                        tokio::time::sleep(RETRY).await;
                    }
                }
            }
        })
        .await;
}

/// Ends without an error when a new snapshot is due on a connection that works.
async fn follow_one_connection(log: &EventLog, hub: &Hub, streams: &Streams, link: &mut Link) -> Result<(), Lost> {
    let mut connection = log.redis.blocking(BLOCK).await?;
    let snapshot = log.snapshot().await?;
    if !hub.is_redis_connected() {
        streams.check().await?;
    }
    let mut position = snapshot.id.clone();
    hub.reset(snapshot);
    hub.set_redis_connected(true);
    link.stands();

    let mut read_at = Instant::now();
    loop {
        let entries = read_after(&mut connection, position.entry).await?;
        if read_at.elapsed() > LONGEST_GAP || current_epoch(log).await?.as_deref() != Some(&position.epoch) {
            return Ok(());
        }
        read_at = Instant::now();
        let mut changes = Vec::with_capacity(entries.len());
        for entry in &entries {
            position.entry = parsed(&entry.id)?;
            match change_of(entry, position.entry) {
                Ok(Some(change)) => changes.push((position.clone(), change)),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(entry.id = entry.id, error = %error, "an entry of the event log is passed over")
                }
            }
        }
        hub.publish(changes);
    }
}

async fn read_after(connection: &mut MultiplexedConnection, after: EntryId) -> RedisResult<Vec<StreamId>> {
    let reply: Option<StreamReadReply> = redis::cmd("XREAD")
        .arg("COUNT")
        .arg(BATCH)
        .arg("BLOCK")
        .arg(BLOCK.as_millis() as u64)
        .arg("STREAMS")
        .arg(keys::EVENTS)
        .arg(after.to_string())
        .query_async(connection)
        .await?;
    Ok(reply.into_iter().flat_map(|reply| reply.keys).flat_map(|stream| stream.ids).collect())
}

/// The epoch as it stands: another one, or none, means that Redis was restarted or emptied.
async fn current_epoch(log: &EventLog) -> RedisResult<Option<String>> {
    redis::cmd("HGET").arg(keys::EPOCH).arg("epoch").query_async(&mut log.redis.commands()).await
}

/// What an entry says; nothing if a newer version of this program wrote a kind that this one does not know.
fn change_of(entry: &StreamId, id: EntryId) -> Result<Option<Change>, EventLogError> {
    let field = |name: &str| {
        entry.get::<String>(name).ok_or_else(|| EventLogError::Unreadable(format!("entry {id} lacks {name}")))
    };
    match field("kind")?.as_str() {
        "status" => Ok(Some(Change::Status(logged_status(id, &field("seen")?, &field("message")?)?))),
        "job" => Ok(Some(Change::Job(decoded(&field("message")?)?))),
        "command" => {
            let record = entry.map.keys().filter_map(|name| Some((name.clone(), entry.get::<String>(name)?))).collect();
            let command = commands::read(field("id")?, record);
            command
                .map(|command| Some(Change::Command(command)))
                .ok_or_else(|| EventLogError::Unreadable(id.to_string()))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_an_unknown_kind_is_passed_over() {
        let entry = StreamId {
            id: "5-0".to_owned(),
            map: [("kind".to_owned(), redis::Value::BulkString(b"later".to_vec()))].into_iter().collect(),
            ..Default::default()
        };
        let id = EntryId { milliseconds: 5, sequence: 0 };
        assert_eq!(change_of(&entry, id).expect("readable"), None);
    }
}
