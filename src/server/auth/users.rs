//! Who may sign in.
//!
//! A change of role, password or admission ends all sessions of the user in the same script that writes it, and that first
//! writes down who set out to make it.

use std::sync::Arc;

use redis::{AsyncCommands, Script};
use secrecy::{ExposeSecret, SecretString};

use crate::model::audit::Action;
use crate::model::user::{PASSWORD_LENGTH, Role, is_user_name};
use crate::server::audit::written;
use crate::server::auth::actor::Actor;
use crate::server::auth::passwords::{PasswordError, Passwords};
use crate::server::config::AuthConfig;
use crate::server::redis::{Redis, keys, scripts};

/// Why something could not be done with a user.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The name breaks the rule.
    #[error("a user name is 1 to 64 of a-z, 0-9, '.', '_' and '-'")]
    Name,
    /// The password breaks the rule.
    #[error("a password has {} to {} characters", PASSWORD_LENGTH.start(), PASSWORD_LENGTH.end())]
    Password,
    /// There is such a user already.
    #[error("user '{0}' exists already")]
    Exists(String),
    /// There is no such user.
    #[error("user '{0}' does not exist")]
    Unknown(String),
    /// Nobody could administer any more.
    #[error("user '{0}' is the last administrator who may come in")]
    LastAdmin(String),
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] PasswordError),
    /// Redis did not answer, or refused.
    #[error("the users: {0}")]
    Redis(#[from] redis::RedisError),
    /// What somebody set out to do has no JSON form.
    #[error("the audit: {0}")]
    Audit(#[from] serde_json::Error),
}

/// Someone who may sign in, for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name they sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they are kept out.
    pub disabled: bool,
}

/// Someone who has just proved who they are.
pub struct Verified {
    /// Their name.
    pub name: String,
    /// The hash their password was verified with: a session starts only if it is still theirs.
    pub(in crate::server::auth) hash: String,
}

/// The users. Cloning it shares the connection.
#[derive(Clone)]
pub struct Users {
    redis: Redis,
    passwords: Passwords,
    scripts: Arc<Scripts>,
    /// Who changes them, for the audit.
    actor: Option<Actor>,
}

struct Scripts {
    add: Script,
    change: Script,
}

impl Users {
    /// The users kept in that Redis.
    pub fn new(redis: Redis) -> Self {
        let scripts = Scripts { add: Script::new(scripts::USER_ADD), change: Script::new(scripts::USER_CHANGE) };
        Self { redis, passwords: Passwords::default(), scripts: Arc::new(scripts), actor: None }
    }

    /// The same in somebody's hands: whatever they change is in the audit before it takes effect. What nobody set out to do,
    /// such as creating the first administrator, is not.
    #[must_use]
    pub fn in_hands_of(self, actor: Actor) -> Self {
        Self { actor: Some(actor), ..self }
    }

    /// Creates the first administrator that the settings name, if there is no user at all; true if it did.
    /// Several instances may try at once. While Redis is away it fails, and is worth trying again.
    pub async fn ensure_first_admin(&self, config: &AuthConfig) -> Result<bool, UserError> {
        let count: u64 = self.redis.commands().scard(keys::CONSOLE_USERS).await?;
        if count > 0 {
            return Ok(false);
        }
        let Some((name, password)) = &config.first_admin else { return Ok(false) };
        let created = self.create(name, Role::Admin, password.clone(), true).await?;
        if created {
            tracing::info!(user.name = name, "the first administrator is created");
        }
        Ok(created)
    }

    /// Adds a user.
    pub async fn add(&self, name: &str, role: Role, password: SecretString) -> Result<(), UserError> {
        if self.create(name, role, password, false).await? { Ok(()) } else { Err(UserError::Exists(name.to_owned())) }
    }

    /// Everyone who may sign in, by name; disabled ones as well.
    pub async fn list(&self) -> Result<Vec<Account>, UserError> {
        let mut commands = self.redis.commands();
        let mut names: Vec<String> = commands.smembers(keys::CONSOLE_USERS).await?;
        names.sort_unstable();
        let mut accounts = Vec::with_capacity(names.len());
        for name in names {
            let (role, disabled): (Option<String>, Option<String>) =
                commands.hmget(keys::console_user(&name), &["role", "disabled"]).await?;
            if let Some(role) = role.and_then(|role| role.parse().ok()) {
                accounts.push(Account { name, role, disabled: disabled.as_deref() == Some("1") });
            }
        }
        Ok(accounts)
    }

    /// Whether there is such a user.
    pub async fn exists(&self, name: &str) -> Result<bool, UserError> {
        Ok(is_user_name(name) && self.redis.commands().exists(keys::console_user(name)).await?)
    }

    /// Keeps a user out, or lets them in again; where that is news, their sessions end. Nobody keeps the last administrator out.
    pub async fn set_disabled(&self, name: &str, disabled: bool) -> Result<(), UserError> {
        let (action, value) = if disabled { (Action::UserDisable, "1") } else { (Action::UserEnable, "0") };
        self.change(name, action, "disabled", value).await
    }

    /// Gives a user another role. Ends their sessions. The last administrator stays one.
    pub async fn set_role(&self, name: &str, role: Role) -> Result<(), UserError> {
        self.change(name, Action::UserRole, "role", role.name()).await
    }

    /// Gives a user another password. Ends their sessions.
    pub async fn set_password(&self, name: &str, password: SecretString) -> Result<(), UserError> {
        check_password(&password)?;
        let hash = self.passwords.hash(password).await?;
        self.change(name, Action::UserPassword, "hash", &hash).await
    }

    /// Whether this password belongs to this user and they may come in. The answer takes as long for an unknown or
    /// disabled user as for a wrong password.
    pub async fn verify(&self, name: &str, password: SecretString) -> Result<Option<Verified>, UserError> {
        let (hash, disabled): (Option<String>, Option<String>) = if is_user_name(name) {
            self.redis.commands().hmget(keys::console_user(name), &["hash", "disabled"]).await?
        } else {
            (None, None)
        };
        let fits = self.passwords.verify(password, hash.clone()).await?;
        let may_come_in = fits && disabled.as_deref() != Some("1");
        Ok(hash.filter(|_| may_come_in).map(|hash| Verified { name: name.to_owned(), hash }))
    }

    async fn create(
        &self,
        name: &str,
        role: Role,
        password: SecretString,
        only_as_first: bool,
    ) -> Result<bool, UserError> {
        if !is_user_name(name) {
            return Err(UserError::Name);
        }
        check_password(&password)?;
        let hash = self.passwords.hash(password).await?;
        let created = self
            .scripts
            .add
            .key(keys::console_user(name))
            .key(keys::CONSOLE_USERS)
            .key(keys::AUDIT)
            .key(keys::AUDIT_OUTCOMES)
            .arg(name)
            .arg(role.name())
            .arg(hash)
            .arg(u8::from(only_as_first))
            .arg(self.intent(name, Action::UserAdd, &[("role", role.name())])?)
            .invoke_async(&mut self.redis.commands())
            .await?;
        Ok(created)
    }

    async fn change(&self, name: &str, action: Action, field: &str, value: &str) -> Result<(), UserError> {
        let parameters: &[(&str, &str)] = if action == Action::UserRole { &[(field, value)] } else { &[] };
        let intent = self.intent(name, action, parameters)?;
        let answer: String = self
            .scripts
            .change
            .key(keys::console_user(name))
            .key(keys::sessions_of(name))
            .key(keys::AUDIT)
            .key(keys::AUDIT_OUTCOMES)
            .key(keys::CONSOLE_USERS)
            .arg(keys::SESSION_PREFIX)
            .arg(field)
            .arg(value)
            .arg(intent)
            .arg(keys::CONSOLE_USER_PREFIX)
            .invoke_async(&mut self.redis.commands())
            .await?;
        match answer.as_str() {
            "changed" => Ok(()),
            "last" => Err(UserError::LastAdmin(name.to_owned())),
            _ => Err(UserError::Unknown(name.to_owned())),
        }
    }

    /// What is written down of it; empty if nobody set out to do it. The password is in none.
    fn intent(&self, name: &str, action: Action, parameters: &[(&str, &str)]) -> Result<String, UserError> {
        let Some(actor) = &self.actor else { return Ok(String::new()) };
        let intent = actor.intends(action, format!("user {name}"));
        let intent = parameters.iter().fold(intent, |intent, (field, value)| intent.with(field, value));
        Ok(written(&intent)?)
    }
}

fn check_password(password: &SecretString) -> Result<(), UserError> {
    let length = password.expose_secret().chars().count();
    if PASSWORD_LENGTH.contains(&length) { Ok(()) } else { Err(UserError::Password) }
}
