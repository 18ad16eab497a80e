//! Who is signed in.
//!
//! A session lives in Redis under the SHA-256 of its id. Redis's own time judges it: it ends when it was idle for
//! too long, when it is too old, when its user is disabled or changed, and at sign-out. One script reads it
//! together with its user, so that neither a lost role nor an ended session is ever served from memory.

pub mod listing;

use std::sync::Arc;
use std::time::Duration;

use redis::Script;

use crate::model::audit::Intent;
use crate::server::audit;
use crate::server::auth::cookie::SessionId;
use crate::server::auth::credentials::{Credential, Identity};
use crate::server::auth::users::Verified;
use crate::server::config::AuthConfig;
use crate::server::redis::{Redis, keys, scripts};

/// How much is kept of what a browser calls itself, in characters.
const LONGEST_AGENT: usize = 256;

/// Names a session inside the server: the SHA-256 of the id in the cookie, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey(pub String);

/// A session could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Redis did not answer, or refused.
    #[error("the session store: {0}")]
    Redis(#[from] redis::RedisError),
    /// What was to be written down has no JSON form.
    #[error("the intent: {0}")]
    Intent(#[from] serde_json::Error),
}

/// Whether a request shows that somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It does: the idle time starts anew.
    Extends,
    /// It does not, as with streams and polls, which go on while nobody looks.
    Neutral,
}

/// The sessions. Cloning it shares the connection.
#[derive(Clone)]
pub struct Sessions {
    redis: Redis,
    idle: Duration,
    max: Duration,
    scripts: Arc<Scripts>,
}

struct Scripts {
    start: Script,
    read: Script,
    end: Script,
    end_listed: Script,
}

impl Sessions {
    /// The sessions kept in that Redis, with the limits of these settings.
    pub fn new(redis: Redis, config: &AuthConfig) -> Self {
        let scripts = Scripts {
            start: Script::new(scripts::SESSION_START),
            read: Script::new(scripts::SESSION_READ),
            end: Script::new(scripts::SESSION_END),
            end_listed: Script::new(scripts::SESSIONS_END),
        };
        Self { redis, idle: config.session_idle, max: config.session_max, scripts: Arc::new(scripts) }
    }

    /// Starts a session under a new id, once that somebody signs in is in the audit. False if the user was disabled or
    /// changed since the password was verified, or if the id is taken. `agent` is what the browser calls itself.
    pub async fn start(
        &self,
        id: &SessionId,
        user: &Verified,
        intent: &Intent,
        agent: &str,
    ) -> Result<bool, SessionError> {
        let key = id.key();
        let started = self
            .scripts
            .start
            .key(keys::session(&key.0))
            .key(keys::console_user(&user.name))
            .key(keys::sessions_of(&user.name))
            .key(keys::AUDIT)
            .key(keys::AUDIT_OUTCOMES)
            .arg(&key.0)
            .arg(&user.name)
            .arg(&user.hash)
            .arg(milliseconds(self.idle))
            .arg(milliseconds(self.max))
            .arg(audit::written(intent)?)
            .arg(&intent.address)
            .arg(agent.chars().take(LONGEST_AGENT).collect::<String>())
            .invoke_async(&mut self.redis.commands())
            .await?;
        Ok(started)
    }

    /// Who holds a session; `None` if it is not good. An unknown one is never taken up.
    pub async fn read(&self, session: &SessionKey, presence: Presence) -> Result<Option<Identity>, SessionError> {
        let holder: Vec<String> = self
            .scripts
            .read
            .key(keys::session(&session.0))
            .arg(keys::CONSOLE_USER_PREFIX)
            .arg(milliseconds(self.idle))
            .arg(milliseconds(self.max))
            .arg(u8::from(presence == Presence::Extends))
            .invoke_async(&mut self.redis.commands())
            .await?;
        let [name, role] = holder.as_slice() else { return Ok(None) };
        Ok(Identity::of(name, role, Credential::Session(session.clone())))
    }

    /// Ends a session; answers whose it was, if there was one.
    pub async fn end(&self, key: &SessionKey) -> Result<Option<String>, SessionError> {
        let user = self
            .scripts
            .end
            .key(keys::session(&key.0))
            .arg(&key.0)
            .arg(keys::SESSIONS_OF_PREFIX)
            .invoke_async(&mut self.redis.commands())
            .await?;
        Ok(user)
    }
}

/// A time span as scripts take it.
pub(in crate::server::auth) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
