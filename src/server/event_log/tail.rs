//! Reads the log as it grows and hands every change to the hub.

use redis::RedisError;
use redis::streams::StreamId;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::event::{Change, EntryId, EventId};
use crate::server::commands;
use crate::server::event_log::{EventLog, EventLogError, LOG_LENGTH, Look, decoded, logged_status, parsed};
use crate::server::hub::Hub;
use crate::server::metrics::{Metrics, RedisConnection};
use crate::server::redis::stream_reader::RETRY;
use crate::server::redis::{Link, StreamReader, keys};
use crate::server::streams::{CheckError, Streams};

/// Entries read at once.
const BATCH: usize = 500;

/// Why a connection is given up.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("{0}")]
    Redis(#[from] RedisError),
    #[error(transparent)]
    Log(#[from] EventLogError),
    #[error(transparent)]
    Streams(#[from] CheckError),
    #[error("what services publish is not heard")]
    Deaf,
}

/// What the log is followed with.
pub struct Follower {
    /// The log.
    pub log: EventLog,
    /// Gets every change.
    pub hub: Hub,
    /// Checked before pages get anything after a fault.
    pub streams: Streams,
    /// Whether the inbox of this instance hears what services publish. While it does not, the log may lack what they say,
    /// and pages are told that Redis is out of reach.
    pub hears: watch::Receiver<bool>,
    /// Told how the connection stands.
    pub metrics: Metrics,
}

/// Follows the log until `shutdown`: a snapshot first, then every entry after it; again from the start after
/// each fault. Before pages get anything after a fault, their sessions are checked again.
pub async fn follow(follower: Follower, shutdown: CancellationToken) {
    let mut link = Link::new(&follower.log.redis, RedisConnection::Publisher, follower.metrics.clone());
    shutdown
        .run_until_cancelled(async {
            loop {
                match follow_one_connection(&follower, &mut link).await {
                    Ok(()) => tracing::info!("the event log is read from a new snapshot"),
                    Err(error) => {
                        follower.hub.set_redis_connected(false);
                        if !matches!(error, Lost::Deaf) {
                            link.is_lost(&error);
                            tokio::time::sleep(RETRY).await;
                        }
                    }
                }
            }
        })
        .await;
}

/// Ends without an error when a new snapshot is due on a connection that works.
async fn follow_one_connection(follower: &Follower, link: &mut Link) -> Result<(), Lost> {
    let Follower { log, hub, streams, hears, .. } = follower;
    let mut reader = StreamReader::connect(&log.redis, keys::EVENTS, BATCH).await?;
    becomes(hears, true).await;
    let snapshot = log.snapshot().await?;
    if !hub.is_redis_connected() {
        streams.check().await?;
    }
    let position = snapshot.id.clone();
    hub.reset(snapshot);
    hub.set_redis_connected(true);
    link.stands();
    tokio::select! {
        result = read_on(&mut reader, log, hub, position) => result,
        () = becomes(hears, false) => Err(Lost::Deaf),
    }
}

async fn becomes(hears: &watch::Receiver<bool>, expected: bool) {
    if hears.clone().wait_for(|hears| *hears == expected).await.is_err() {
        // There is no inbox any more, so the program is ending.
        std::future::pending::<()>().await;
    }
}

/// Reads from there until a new snapshot is due.
async fn read_on(reader: &mut StreamReader, log: &EventLog, hub: &Hub, mut position: EventId) -> Result<(), Lost> {
    loop {
        let entries = reader.read_after(position.entry).await?;
        let look = log.look().await?;
        if look.epoch.as_deref() != Some(&position.epoch) || misses_entries(&look, position.entry) {
            return Ok(());
        }
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

/// Whether entries after the place that was read to may have been trimmed before they were read. None ever were from a log
/// that is not full.
fn misses_entries(look: &Look, read_to: EntryId) -> bool {
    look.length >= LOG_LENGTH && look.oldest > read_to
}

/// What an entry says; nothing if a newer version of this program wrote a kind that this one does not know.
fn change_of(entry: &StreamId, id: EntryId) -> Result<Option<Change>, EventLogError> {
    let field = |name: &str| {
        entry.get::<String>(name).ok_or_else(|| EventLogError::Unreadable(format!("entry {id} lacks {name}")))
    };
    match field("kind")?.as_str() {
        "status" => Ok(Some(Change::Status(logged_status(id, &field("seen")?, &field("message")?)?))),
        "removed" => Ok(Some(Change::Removed(decoded(&field("message")?)?))),
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
    fn entries_are_missed_where_a_full_log_begins_after_the_place_that_was_read_to() {
        let at = |milliseconds| EntryId { milliseconds, sequence: 0 };
        let misses =
            |length, oldest, read_to| misses_entries(&Look { epoch: None, length, oldest: at(oldest) }, at(read_to));
        assert!(misses(LOG_LENGTH, 6, 5));
        assert!(!misses(LOG_LENGTH, 5, 5));
        assert!(!misses(LOG_LENGTH - 1, 6, 5), "the place that was read to may be before the first entry of all");
    }

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
