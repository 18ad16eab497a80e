//! Who sends a request, and by what right.

use std::sync::Arc;

use redis::{Script, ScriptInvocation};

use crate::model::user::{CurrentUser, Role};
use crate::server::auth::sessions::{SessionError, SessionKey, milliseconds};
use crate::server::auth::tokens::TokenKey;
use crate::server::config::AuthConfig;
use crate::server::redis::{Redis, keys, pipelined, scripts};

/// How many credentials one call looks at: so many cost Redis less than a millisecond.
const AT_ONCE: usize = 250;

/// Who sends a request: set by admission as a request extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub user: CurrentUser,
    /// What they came with.
    pub credential: Credential,
}

/// What shows who somebody is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// They signed in with a browser.
    Session(SessionKey),
    /// A script sends an API token of theirs.
    Token(TokenKey),
}

/// Asks whether credentials are still good. Cloning it shares the connection.
#[derive(Clone)]
pub struct Credentials {
    redis: Redis,
    idle_ms: u64,
    max_ms: u64,
    check: Arc<Script>,
}

impl Identity {
    /// The holder of a credential as Redis tells it; `None` for a role that does not exist.
    pub(in crate::server::auth) fn of(name: &str, role: &str, credential: Credential) -> Option<Self> {
        let Ok(role) = role.parse::<Role>() else {
            tracing::error!(user.name = name, user.role = role, "a user has a role that does not exist");
            return None;
        };
        Some(Self { user: CurrentUser { name: name.to_owned(), role }, credential })
    }
}

impl Credential {
    /// Where it is kept.
    pub(in crate::server) fn key(&self) -> String {
        match self {
            Self::Session(SessionKey(key)) => keys::session(key),
            Self::Token(TokenKey(key)) => keys::token(key),
        }
    }
}

impl Credentials {
    /// The credentials kept in that Redis, with the limits of these settings.
    pub fn new(redis: Redis, config: &AuthConfig) -> Self {
        let (idle_ms, max_ms) = (milliseconds(config.session_idle), milliseconds(config.session_max));
        Self { redis, idle_ms, max_ms, check: Arc::new(Script::new(scripts::CREDENTIALS_CHECK)) }
    }

    /// Which of these are still good (neither ended, run out nor revoked, and their user not disabled), in the same
    /// order, in one round trip; and Redis's time, in ms. Does not extend any. Open streams ask this every two seconds.
    pub async fn still_good(&self, credentials: &[Credential]) -> Result<(u64, Vec<bool>), SessionError> {
        // The time is told even if nothing else is asked.
        let parts: Vec<_> =
            if credentials.is_empty() { vec![credentials] } else { credentials.chunks(AT_ONCE).collect() };
        let calls = parts.into_iter().map(|part| {
            let mut call = self.check.prepare_invoke();
            for credential in part {
                call.key(credential.key());
            }
            self.add_limits(&mut call);
            call
        });
        let answers: Vec<Vec<u64>> = pipelined(&self.check, calls).query_async(&mut self.redis.commands()).await?;
        let now = answers.first().and_then(|answer| answer.first()).copied().unwrap_or_default();
        Ok((now, answers.iter().flat_map(|answer| answer.iter().skip(1)).map(|good| *good == 1).collect()))
    }

    /// Gives a script what it needs to judge a credential: `ARGV` 1 to 4.
    pub(in crate::server) fn add_limits(&self, call: &mut ScriptInvocation<'_>) {
        call.arg(keys::CONSOLE_USER_PREFIX).arg(self.idle_ms).arg(self.max_ms).arg(keys::TOKEN_PREFIX);
    }
}
