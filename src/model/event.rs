//! What travels on the status stream, and the positions by which a page resumes it.

mod position;

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::command::Command;
use crate::model::job::JobOutcome;
use crate::model::lenient;
use crate::model::service::{BuiltIn, Control, ServiceId};
use crate::model::status::{DEFAULT_REPORT_EVERY_MS, Freshness, ServiceState, StatusObject};

pub use position::{EntryId, EventId, InvalidPosition};

/// The incremental message: one service's newest status. Also what services publish, then without
/// `lastSeen` and `entry`, which the log adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusMessage {
    /// Which service speaks.
    pub service: ServiceId,
    /// When, in ms since the Unix epoch, by the publisher's own clock; shown, never used to order or to judge age.
    #[serde(deserialize_with = "lenient::whole_number")]
    pub timestamp: u64,
    /// What it says of itself.
    pub status: StatusObject,
    /// The version that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Which of several copies speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// What may be asked of it.
    #[serde(default, deserialize_with = "lenient::list_or_null", skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<Control>,
    /// Milliseconds between two reports.
    #[serde(default, deserialize_with = "lenient::whole_number_or_null", skip_serializing_if = "Option::is_none")]
    pub report_every: Option<u64>,
    /// When Redis took the message in, in ms by Redis's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<u64>,
    /// Its place in the event log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^[0-9]+-[0-9]+$")]
    pub entry: Option<EntryId>,
}

/// One service as the full message and the table show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceView {
    /// Which service.
    pub id: ServiceId,
    /// What it last said of itself.
    pub status: StatusObject,
    /// When it said so, in ms by its own clock; 0 before its first report.
    pub timestamp: u64,
    /// When Redis took that in, in ms by Redis's clock; `None` before its first report.
    pub last_seen: Option<u64>,
    /// The version that runs.
    pub version: Option<String>,
    /// The copies that speak for it.
    pub instances: Vec<String>,
    /// What may be asked of it.
    pub controls: Vec<Control>,
    /// Milliseconds between two reports.
    pub report_every: u64,
    /// The latest command given to it.
    pub command: Option<Command>,
    /// The place of its last report in the event log; `None` before its first report.
    #[schema(value_type = Option<String>, pattern = "^[0-9]+-[0-9]+$")]
    pub entry: Option<EntryId>,
}

impl ServiceView {
    /// What the service is doing, by its own word.
    pub fn state(&self) -> ServiceState {
        ServiceState::of(&self.status.fields())
    }

    /// How recently it was heard, when it is `now` by Redis's clock.
    pub fn freshness(&self, now: u64) -> Freshness {
        Freshness::of(self.last_seen, self.report_every, now)
    }

    /// A built-in service before its first report.
    pub fn unreported(service: BuiltIn) -> Self {
        Self {
            id: service.id(),
            status: service.default_status(),
            timestamp: 0,
            last_seen: None,
            version: None,
            instances: Vec::new(),
            controls: Control::ALL.to_vec(),
            report_every: DEFAULT_REPORT_EVERY_MS,
            command: None,
            entry: None,
        }
    }
}

impl From<StatusMessage> for ServiceView {
    fn from(message: StatusMessage) -> Self {
        Self {
            id: message.service,
            status: message.status,
            timestamp: message.timestamp,
            last_seen: message.last_seen,
            version: message.version,
            instances: message.instance.into_iter().collect(),
            controls: message.controls,
            report_every: message.report_every.unwrap_or(DEFAULT_REPORT_EVERY_MS),
            command: None,
            entry: message.entry,
        }
    }
}

/// What the event log knows at one position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSnapshot {
    /// The position.
    pub id: EventId,
    /// Redis's time, in ms.
    pub now: u64,
    /// The last message of every service.
    pub statuses: Vec<StatusMessage>,
    /// The latest command of every service that was given one, unless that is so long ago that it is no longer kept.
    pub commands: Vec<Command>,
    /// The services that were given one since they were last forgotten, however long ago.
    pub commanded: HashSet<ServiceId>,
}

/// All services at one position: what the first HTML of the page is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicesSnapshot {
    /// The position to resume from; `None` while Redis was never reached.
    pub id: Option<EventId>,
    /// The time it was taken, in ms by Redis's clock.
    pub now: u64,
    /// Whether Redis answered then.
    pub redis_connected: bool,
    /// Every known service, by id.
    pub services: Vec<ServiceView>,
}

/// The full message as the browser reads it. The keys for the seed's own code are passed over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FullMessage {
    /// Every known service.
    pub services: Vec<ServiceView>,
}

/// `event: ping`: the stream is alive, and the server's time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    /// Milliseconds since the Unix epoch, by Redis's clock.
    pub now: u64,
    /// The newest position of the log.
    pub id: EventId,
}

/// `event: redis`: whether the server reaches Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedisHealth {
    /// True if it does.
    pub connected: bool,
}

/// `event: removed`: an administrator made the manager forget a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Which one.
    pub service: ServiceId,
}

/// `event: states`: through which states services went while a page was away, and how many commands they were given. It names those
/// that changed more than once, or were given more than one: of the others their newest report and command tell as much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct States {
    /// The words that the page shows, in their order; the last six at most.
    pub states: BTreeMap<ServiceId, Vec<String>>,
    /// How many commands; a hundred at most.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commands: BTreeMap<ServiceId, usize>,
}

/// `event: account`: what is known of a user's accounts may be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountNews {
    /// The user's number.
    pub user_id: u64,
}

/// `event: shutdown`: the server goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shutdown {
    /// Milliseconds after which to come back.
    pub retry_in: u64,
}

/// A change that the event log carries to every page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A service reported.
    Status(StatusMessage),
    /// A service was forgotten.
    Removed(Removed),
    /// A job came to its end.
    Job(JobOutcome),
    /// A command was given, or something came of one.
    Command(Command),
}

/// The names of the stream's named events.
pub mod names {
    /// There may be news of a user's accounts: [`super::AccountNews`].
    pub const ACCOUNT: &str = "account";
    /// How many jobs are where: [`crate::model::job_list::Lanes`].
    pub const JOBS: &str = "jobs";
    /// A command was given, or something came of one: [`super::Command`].
    pub const COMMAND: &str = "command";
    /// Lines are missing here: [`crate::model::log::Dropped`].
    pub const DROPPED: &str = "dropped";
    /// A job came to its end: [`super::JobOutcome`].
    pub const JOB: &str = "job";
    /// The stream is alive: [`super::Ping`].
    pub const PING: &str = "ping";
    /// Whether Redis is reached: [`super::RedisHealth`].
    pub const REDIS: &str = "redis";
    /// A service was forgotten: [`super::Removed`].
    pub const REMOVED: &str = "removed";
    /// The same tab opened a newer stream.
    pub const REPLACED: &str = "replaced";
    /// The server goes away: [`super::Shutdown`].
    pub const SHUTDOWN: &str = "shutdown";
    /// Through which states services went while a page was away: [`super::States`].
    pub const STATES: &str = "states";
    /// The session of this stream ended.
    pub const SIGNED_OUT: &str = "signed-out";
}
