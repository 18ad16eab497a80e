//! Commands: given to a service over `service:commands`, answered on `service:commands:outcomes`, kept in Redis until a
//! week after their end.
//!
//! Each step is one script, so that whatever several instances hear, or two operators ask, counts once. Every step goes
//! into the event log, and with it to every page.

mod listener;
mod record;
pub mod watch;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use redis::{AsyncCommands, Script, ScriptInvocation};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::model::audit::Intent;
use crate::model::command::{Command, CommandId, CommandState, OutcomeMessage};
use crate::model::service::{BuiltIn, Control, ServiceId};
use crate::server::audit;
use crate::server::event_log::LOG_LENGTH;
use crate::server::redis::{Redis, keys, pipelined, scripts};
use crate::server::worker::queue::Once;

pub use crate::server::commands::record::{Latest, kept, read};

/// How long a command is kept after its end.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How long a request with a key of its own is known again.
const KEY_KEPT: Duration = Duration::from_secs(24 * 3_600);

/// How long a service may take to say that it is at it.
const ACCEPTED_WITHIN: Duration = Duration::from_secs(5);

/// A command could not be given or answered.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Another command of the service has not ended.
    #[error("{} by {actor} has not ended", command)]
    Busy {
        /// What was asked before.
        command: String,
        /// By whom.
        actor: String,
    },
    /// Another request was made under the same key within the last 24 hours.
    #[error("the key was used for another request")]
    KeyReused,
    /// Redis did not answer, or refused.
    #[error("the commands: {0}")]
    Redis(#[from] redis::RedisError),
    /// Something has no JSON form, or what is kept cannot be read.
    #[error("the commands are damaged: {0}")]
    Damaged(#[from] serde_json::Error),
}

/// What is asked of a service.
#[derive(Clone, Debug)]
pub struct Order {
    /// Whom it is for.
    pub service: ServiceId,
    /// What it is.
    pub control: Control,
    /// Who asks.
    pub actor: String,
    /// Why, in their words.
    pub reason: Option<String>,
    /// An object for the service alone to understand.
    pub params: Option<Box<RawValue>>,
    /// Whether the service has not been heard for so long that nobody can be expected to answer.
    pub is_silent: bool,
}

/// A command that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Names it.
    pub id: CommandId,
    /// When it was published, in ms by Redis's clock.
    pub requested_at: u64,
}

/// What a service is wanted to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// Work.
    #[default]
    Running,
    /// Take nothing new for now.
    Paused,
    /// Finish what runs and take nothing new.
    Stopped,
    /// Finish what runs, then begin anew.
    Restarting,
}

/// What a service has been told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What it is wanted to do.
    pub wanted: Wanted,
    /// Its command that has not ended, and where that stands.
    pub command: Option<(CommandId, Control, CommandState)>,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It counts.
    Taken,
    /// It was heard before, or comes after the end.
    Known,
    /// There is no such command of that service.
    Unknown,
}

/// The commands. Cloning it shares the connection.
#[derive(Clone)]
pub struct Commands {
    redis: Redis,
    scripts: Arc<Scripts>,
}

struct Scripts {
    issue: Script,
    answer: Script,
    expire: Script,
    standings: Script,
}

impl Commands {
    /// The commands kept in that Redis.
    pub fn new(redis: Redis) -> Self {
        let scripts = Scripts {
            issue: Script::new(scripts::ISSUE_COMMAND),
            answer: Script::new(scripts::ANSWER_COMMAND),
            expire: Script::new(scripts::EXPIRE_COMMANDS),
            standings: Script::new(scripts::READ_STANDINGS),
        };
        Self { redis, scripts: Arc::new(scripts) }
    }

    /// Gives a command, once the intent is in the audit. With `once`, the same request made again is answered with the
    /// command it got first.
    pub async fn issue(&self, order: &Order, intent: &Intent, once: Option<&Once>) -> Result<Issued, CommandError> {
        let id = CommandId(Uuid::now_v7().to_string());
        let (before, after) = record::message(&id, order)?;
        let mut call = call(&self.scripts.issue);
        call.arg(&id.0).arg(order.service.as_str()).arg(order.control.name()).arg(&order.actor);
        call.arg(order.reason.as_deref().unwrap_or_default()).arg(audit::written(intent)?);
        call.arg(ACCEPTED_WITHIN.as_millis() as u64).arg(keys::COMMANDS_CHANNEL).arg(before).arg(after);
        call.arg(u8::from(order.is_silent));
        if let Some(once) = once {
            call.key(keys::once(&once.key)).arg(&once.fingerprint).arg(KEY_KEPT.as_secs());
        }
        let answer: Vec<String> = call.invoke_async(&mut self.redis.commands()).await?;
        match answer.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["issued", id, at] => {
                Ok(Issued { id: CommandId((*id).to_owned()), requested_at: at.parse().unwrap_or_default() })
            }
            ["busy", command, actor] => {
                Err(CommandError::Busy { command: (*command).to_owned(), actor: (*actor).to_owned() })
            }
            _ => Err(CommandError::KeyReused),
        }
    }

    /// The command that a request got when it was made before.
    pub async fn given_under(&self, once: &Once) -> Result<Option<Issued>, CommandError> {
        let got: Option<String> = self.redis.commands().get(keys::once(&once.key)).await?;
        let Some((id, fingerprint)) = got.as_deref().and_then(|got| got.split_once(' ')) else { return Ok(None) };
        if fingerprint != once.fingerprint {
            return Err(CommandError::KeyReused);
        }
        let id = CommandId(id.to_owned());
        let requested_at = self.find(&id).await?.map(|command| command.requested_at).unwrap_or_default();
        Ok(Some(Issued { id, requested_at }))
    }

    /// Takes in what services said of their commands, in this order and in one round trip. To say the same again is safe.
    pub async fn hear<'a>(
        &self,
        messages: impl IntoIterator<Item = &'a OutcomeMessage>,
    ) -> Result<Vec<Heard>, CommandError> {
        let calls = messages.into_iter().map(|message| self.answering(message));
        let answers: Vec<String> =
            pipelined(&self.scripts.answer, calls).query_async(&mut self.redis.commands()).await?;
        Ok(answers.iter().map(|answer| record::heard(answer)).collect())
    }

    /// Says what comes of a command of our own, so that everybody hears it who listens to services.
    pub async fn say(&self, message: &OutcomeMessage) -> Result<Heard, CommandError> {
        let mut call = self.answering(message);
        call.arg(keys::OUTCOMES_CHANNEL).arg(serde_json::to_string(message)?);
        let answer: String = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(record::heard(&answer))
    }

    fn answering(&self, message: &OutcomeMessage) -> ScriptInvocation<'_> {
        let mut call = call(&self.scripts.answer);
        call.arg(&message.id.0).arg(message.service.as_str()).arg(record::word(message.outcome));
        call.arg(message.message.as_deref().unwrap_or_default()).arg(message.instance.as_deref().unwrap_or_default());
        call
    }

    /// Ends the commands whose time is over; answers how many they were.
    pub async fn expire(&self) -> Result<u64, CommandError> {
        Ok(call(&self.scripts.expire).invoke_async(&mut self.redis.commands()).await?)
    }

    /// What each of these services has been told, in the same order.
    pub async fn standings(&self, services: &[BuiltIn]) -> Result<Vec<Standing>, CommandError> {
        let mut call = self.scripts.standings.prepare_invoke();
        call.key(keys::WANTED).key(keys::ACTIVE_COMMANDS).arg(keys::COMMAND_PREFIX);
        for service in services {
            call.arg(service.name());
        }
        let kept: Vec<(String, String, String, String)> = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(kept
            .into_iter()
            .map(|(wanted, id, control, state)| record::standing(&wanted, id, &control, &state))
            .collect())
    }

    /// Where a command stands; `None` if no such command is kept.
    pub async fn find(&self, id: &CommandId) -> Result<Option<Command>, CommandError> {
        // Whoever asks may write anything for an id, of any length; only what can be one goes to Redis.
        if Uuid::try_parse(&id.0).is_err() {
            return Ok(None);
        }
        let record: HashMap<String, String> = self.redis.commands().hgetall(keys::command(&id.0)).await?;
        Ok(read(id.0.clone(), record))
    }
}

/// A call of a script about commands, with the keys and values that all of them begin with.
fn call(script: &Script) -> ScriptInvocation<'_> {
    let mut call = script.prepare_invoke();
    call.key(keys::EVENTS).key(keys::AUDIT).key(keys::AUDIT_OUTCOMES).key(keys::ACTIVE_COMMANDS);
    call.key(keys::OPEN_COMMANDS).key(keys::LATEST_COMMANDS).key(keys::WANTED);
    call.arg(keys::COMMAND_PREFIX).arg(LOG_LENGTH).arg(KEPT.as_secs());
    call
}
