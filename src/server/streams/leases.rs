//! The leases of open streams in Redis, by which the limit holds over all instances.

use std::collections::HashMap;
use std::time::Duration;

use redis::Script;
use uuid::Uuid;

use crate::model::user::Role;
use crate::server::auth::credentials::{Credential, Credentials};
use crate::server::redis::{Redis, keys, pipelined, scripts};
use crate::server::streams::{CheckError, OpenError};

/// How long a lease lasts unless it is renewed; a killed instance locks nobody out for longer.
pub const LEASE: Duration = Duration::from_secs(45);

/// What the name of a tab begins with where the lease is one of a stream of lines; scripts know it by this name. No page can
/// name its tab so.
const OF_LINES: &str = "logs:";

/// How many leases one call renews: so many cost Redis less than a millisecond.
const AT_ONCE: usize = 250;

/// The right to one stream.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Whose it is.
    pub user: String,
    /// The name of the tab, or one of its own.
    pub tab: String,
    /// Tells it from one that the same tab had before or has now.
    token: Uuid,
}

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamKind {
    /// Every change of every service.
    Status,
    /// Lines of services.
    Logs,
}

/// How many streams a user has open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Status streams.
    pub status: usize,
    /// Streams of lines.
    pub logs: usize,
}

impl Lease {
    /// What the stream carries.
    pub fn kind(&self) -> StreamKind {
        if self.tab.starts_with(OF_LINES) { StreamKind::Logs } else { StreamKind::Status }
    }
}

/// Takes leases, renews them and gives them back.
pub struct Leases {
    redis: Redis,
    credentials: Credentials,
    /// How many status streams one user may have open at once. Of all kinds together it is one more.
    pub max_per_user: usize,
    open: Script,
    renew: Script,
    close: Script,
}

impl Leases {
    /// The leases in that Redis.
    pub fn new(redis: Redis, credentials: Credentials, max_per_user: usize) -> Self {
        Self {
            redis,
            credentials,
            max_per_user,
            open: Script::new(scripts::OPEN_STREAM),
            renew: Script::new(scripts::RENEW_STREAMS),
            close: Script::new(scripts::CLOSE_STREAM),
        }
    }

    /// Finds out who holds the credential and takes a lease for them, in one round trip.
    pub async fn take(&self, credential: &Credential, kind: StreamKind, tab: Option<&str>) -> Result<Lease, OpenError> {
        let token = Uuid::now_v7();
        let mut tab = tab.map_or_else(|| token.simple().to_string(), ToOwned::to_owned);
        if kind == StreamKind::Logs {
            tab.insert_str(0, OF_LINES);
        }
        let mut call = self.open.key(credential.key());
        self.credentials.add_limits(&mut call);
        call.arg(keys::STREAM_LEASES_PREFIX).arg(&tab).arg(token.simple().to_string());
        call.arg(LEASE.as_millis() as u64).arg(self.max_per_user).arg(self.max_of_all_kinds());
        let answer: Option<(String, String, bool, u64)> = call.invoke_async(&mut self.redis.commands()).await?;
        let (user, role, is_open, wait_ms) = answer.ok_or(OpenError::SignedOut)?;
        if role.parse::<Role>().is_err() {
            tracing::error!(user.name = user, user.role = role, "a user has a role that does not exist");
            return Err(OpenError::SignedOut);
        }
        if is_open {
            Ok(Lease { user, tab, token })
        } else {
            Err(OpenError::TooMany { retry_after: Duration::from_millis(wait_ms) })
        }
    }

    /// Renews leases, in one round trip. Tells for each whether it is still held.
    pub async fn renew<'a>(&self, leases: impl Iterator<Item = &'a Lease>) -> Result<Vec<bool>, CheckError> {
        let leases: Vec<_> = leases.collect();
        if leases.is_empty() {
            return Ok(Vec::new());
        }
        let calls = leases.chunks(AT_ONCE).map(|part| {
            let mut call = self.renew.arg(LEASE.as_millis() as u64);
            call.arg(self.max_per_user).arg(self.max_of_all_kinds());
            for lease in part {
                call.key(keys::stream_leases(&lease.user)).arg(&lease.tab).arg(lease.token.simple().to_string());
            }
            call
        });
        let answers: Vec<Vec<bool>> = pipelined(&self.renew, calls).query_async(&mut self.redis.commands()).await?;
        Ok(answers.concat())
    }

    /// Gives a lease back. If that fails, it runs out by itself.
    pub async fn give_back(&self, lease: &Lease) {
        let mut call = self.close.key(keys::stream_leases(&lease.user));
        call.arg(&lease.tab).arg(lease.token.simple().to_string());
        if let Err(error) = call.invoke_async::<i64>(&mut self.redis.commands()).await {
            tracing::debug!(error = %error, "a stream's lease is left to run out");
        }
    }

    /// The streams a user holds, over all instances.
    pub async fn count(&self, user: &str) -> Result<Held, OpenError> {
        let mut ask = redis::pipe();
        ask.cmd("TIME").cmd("HGETALL").arg(keys::stream_leases(user));
        let ((seconds, microseconds), mut leases): ((u64, u64), HashMap<String, String>) =
            ask.query_async(&mut self.redis.commands()).await?;
        let now = seconds * 1_000 + microseconds / 1_000;
        // Those that ran out are cleared away when the next stream is opened.
        let runs_out = |lease: &str| lease.rsplit(' ').next().and_then(|at| at.parse::<u64>().ok());
        leases.retain(|_, lease| runs_out(lease).is_some_and(|at| at > now));
        let logs = leases.keys().filter(|tab| tab.starts_with(OF_LINES)).count();
        Ok(Held { status: leases.len() - logs, logs })
    }

    /// How many streams of all kinds one user may have open at once.
    pub fn max_of_all_kinds(&self) -> usize {
        self.max_per_user.saturating_add(1)
    }
}
