//! API tokens: how scripts show who sends them.
//!
//! A token belongs to a user and never may do more than they: its role counts only as far as theirs reaches at the
//! moment of the request. Redis keeps its SHA-256; the token itself is told once, when it is made.

use std::sync::Arc;

use redis::{AsyncCommands, Script};
use secrecy::{ExposeSecret, SecretString};

use crate::model::administration::TokenEntry;
use crate::model::audit::{Action, Intent};
use crate::model::user::Role;
use crate::server::audit::written;
use crate::server::auth::actor::Actor;
use crate::server::auth::credentials::{Credential, Identity};
use crate::server::auth::random;
use crate::server::redis::{Redis, keys, scripts};

/// What every token starts with, so that people and scanners know one when they see it.
const PREFIX: &str = "smt_";

/// The longest name of a token, in characters.
const LONGEST_NAME: usize = 64;

/// Names a token inside the server: its SHA-256 in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenKey(pub String);

/// Why something could not be done with a token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The name breaks the rule.
    #[error("a token's name is 1 to {LONGEST_NAME} letters, digits, spaces and ASCII signs, not spaces alone")]
    Name,
    /// There is no such user.
    #[error("user '{0}' does not exist")]
    UnknownUser(String),
    /// The user may not come in, and so could no token of theirs.
    #[error("user '{0}' is disabled")]
    Disabled(String),
    /// The token would do more than its user may.
    #[error("a token of '{user}' cannot have the role {asked}: the user's own role is {held}")]
    RoleAboveUser {
        /// Whose it would be.
        user: String,
        /// The role asked for.
        asked: Role,
        /// The user's own.
        held: Role,
    },
    /// There is no such token.
    #[error("token '{0}' does not exist")]
    Unknown(String),
    /// The system gave no random bytes.
    #[error("no random bytes for a token: {0}")]
    Random(#[from] getrandom::Error),
    /// Redis did not answer, or refused.
    #[error("the tokens: {0}")]
    Redis(#[from] redis::RedisError),
    /// What somebody set out to do has no JSON form.
    #[error("the audit: {0}")]
    Audit(#[from] serde_json::Error),
}

/// The tokens. Cloning it shares the connection.
#[derive(Clone)]
pub struct Tokens {
    redis: Redis,
    scripts: Arc<Scripts>,
    /// Who makes and revokes them, for the audit.
    actor: Option<Actor>,
}

struct Scripts {
    create: Script,
    read: Script,
    revoke: Script,
}

impl Tokens {
    /// The tokens kept in that Redis.
    pub fn new(redis: Redis) -> Self {
        let scripts = Scripts {
            create: Script::new(scripts::TOKEN_CREATE),
            read: Script::new(scripts::TOKEN_READ),
            revoke: Script::new(scripts::TOKEN_REVOKE),
        };
        Self { redis, scripts: Arc::new(scripts), actor: None }
    }

    /// The same in somebody's hands: whatever they change is in the audit before it takes effect.
    #[must_use]
    pub fn in_hands_of(self, actor: Actor) -> Self {
        Self { actor: Some(actor), ..self }
    }

    /// Makes a token for a user, with their own role unless a lesser one is asked for. It is told only here.
    pub async fn create(&self, user: &str, name: &str, role: Option<Role>) -> Result<SecretString, TokenError> {
        let is_plain = |letter: char| letter.is_alphanumeric() || letter.is_ascii_graphic() || letter == ' ';
        if name.trim().is_empty() || name.chars().count() > LONGEST_NAME || !name.chars().all(is_plain) {
            return Err(TokenError::Name);
        }
        let fields = ["role", "disabled"];
        let (held, disabled): (Option<String>, Option<String>) =
            self.redis.commands().hmget(keys::console_user(user), &fields).await?;
        if disabled.as_deref() == Some("1") {
            return Err(TokenError::Disabled(user.to_owned()));
        }
        let held: Role =
            held.and_then(|role| role.parse().ok()).ok_or_else(|| TokenError::UnknownUser(user.to_owned()))?;
        let role = role.unwrap_or(held);
        if role > held {
            return Err(TokenError::RoleAboveUser { user: user.to_owned(), asked: role, held });
        }
        let token = format!("{PREFIX}{}", random::text()?);
        let TokenKey(key) = key_of(&token);
        let intent = self.intent(Action::TokenCreate, &random::id_of(&key), |intent| {
            intent.with("user", user).with("name", name).with("role", role)
        })?;
        let created: bool = self
            .scripts
            .create
            .key(keys::token(&key))
            .key(keys::TOKENS)
            .key(keys::console_user(user))
            .key(keys::AUDIT)
            .key(keys::AUDIT_OUTCOMES)
            .arg(&key)
            .arg(user)
            .arg(name)
            .arg(role.name())
            .arg(intent)
            .invoke_async(&mut self.redis.commands())
            .await?;
        if created { Ok(token.into()) } else { Err(TokenError::UnknownUser(user.to_owned())) }
    }

    /// Who a token speaks for; `None` if it is not good. Notes that it was used.
    pub async fn read(&self, key: &TokenKey) -> Result<Option<Identity>, TokenError> {
        let holder: Vec<String> = self
            .scripts
            .read
            .key(keys::token(&key.0))
            .arg(keys::CONSOLE_USER_PREFIX)
            .invoke_async(&mut self.redis.commands())
            .await?;
        let [name, users_role, tokens_role] = holder.as_slice() else { return Ok(None) };
        let identity = |role| Identity::of(name, role, Credential::Token(key.clone()));
        Ok(identity(users_role)
            .zip(identity(tokens_role))
            .map(|(user, token)| if token.user.role < user.user.role { token } else { user }))
    }

    /// All tokens, by user and then in the order in which they were made.
    pub async fn list(&self) -> Result<Vec<TokenEntry>, TokenError> {
        let mut commands = self.redis.commands();
        let all: Vec<String> = commands.smembers(keys::TOKENS).await?;
        let mut entries = Vec::with_capacity(all.len());
        for key in all {
            let fields = ["user", "name", "role", "created", "used"];
            let found: [Option<String>; 5] = commands.hmget(keys::token(&key), &fields).await?;
            // One that was revoked meanwhile has no fields any more.
            let [Some(user), Some(name), Some(role), Some(created), used] = found else { continue };
            let (Ok(role), Ok(created)) = (role.parse(), created.parse()) else { continue };
            let used = used.and_then(|used| used.parse().ok());
            entries.push(TokenEntry { id: random::id_of(&key), user, name, role, created, used });
        }
        entries.sort_by(|one, other| (&one.user, one.created, &one.id).cmp(&(&other.user, other.created, &other.id)));
        Ok(entries)
    }

    /// Makes a token useless, by its id. Streams that were opened with it end within seconds.
    pub async fn revoke(&self, id: &str) -> Result<(), TokenError> {
        let unknown = || TokenError::Unknown(id.to_owned());
        let all: Vec<String> = self.redis.commands().smembers(keys::TOKENS).await?;
        let key = all.into_iter().find(|key| random::id_of(key) == id).ok_or_else(unknown)?;
        let revoked: bool = self
            .scripts
            .revoke
            .key(keys::token(&key))
            .key(keys::TOKENS)
            .key(keys::AUDIT)
            .key(keys::AUDIT_OUTCOMES)
            .arg(&key)
            .arg(self.intent(Action::TokenRevoke, id, |intent| intent)?)
            .invoke_async(&mut self.redis.commands())
            .await?;
        if revoked { Ok(()) } else { Err(unknown()) }
    }

    /// What is written down of it; empty if nobody set out to do it. The token itself is in none.
    fn intent(&self, action: Action, id: &str, add: impl FnOnce(Intent) -> Intent) -> Result<String, TokenError> {
        let Some(actor) = &self.actor else { return Ok(String::new()) };
        Ok(written(&add(actor.intends(action, format!("token {id}"))))?)
    }
}

/// The name under which a token is kept, if there is one; `None` if it has not the form of a token.
pub fn key(token: &SecretString) -> Option<TokenKey> {
    let token = token.expose_secret();
    token.strip_prefix(PREFIX).is_some_and(random::has_form).then(|| key_of(token))
}

fn key_of(token: &str) -> TokenKey {
    TokenKey(random::sha256(token.as_bytes()))
}

/// The id of a token, by which it is revoked.
pub fn id_of(token: &SecretString) -> String {
    random::id_of(&key_of(token.expose_secret()).0)
}
