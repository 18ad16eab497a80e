//! Places in the event log and on the stream.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The position of one entry in the event log: Redis's time in ms and a counter within it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, PartialOrd, Ord)]
#[serde(try_from = "String", into = "String")]
pub struct EntryId {
    /// Milliseconds since the Unix epoch, by Redis's clock.
    pub milliseconds: u64,
    /// Counts the entries of one millisecond.
    pub sequence: u64,
}

/// A text is not an [`EntryId`] or [`EventId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position in the event log")]
pub struct InvalidPosition;

impl fmt::Display for EntryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.milliseconds, self.sequence)
    }
}

impl FromStr for EntryId {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (milliseconds, sequence) = text.split_once('-').ok_or(InvalidPosition)?;
        Ok(Self {
            milliseconds: milliseconds.parse().map_err(|_| InvalidPosition)?,
            sequence: sequence.parse().map_err(|_| InvalidPosition)?,
        })
    }
}

/// A position on the stream: `<epoch>.<entry id>`, the `id:` of an event.
///
/// Positions of different epochs never compare: Redis was restarted in between and may have lost entries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventId {
    /// Names one life of the Redis server.
    pub epoch: String,
    /// The place within it.
    pub entry: EntryId,
}

impl fmt::Display for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.epoch, self.entry)
    }
}

impl FromStr for EventId {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (epoch, entry) = text.split_once('.').ok_or(InvalidPosition)?;
        if epoch.is_empty() || !epoch.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(InvalidPosition);
        }
        Ok(Self { epoch: epoch.to_owned(), entry: entry.parse()? })
    }
}

impl TryFrom<String> for EntryId {
    type Error = InvalidPosition;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EntryId> for String {
    fn from(id: EntryId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for EventId {
    type Error = InvalidPosition;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> Self {
        id.to_string()
    }
}
