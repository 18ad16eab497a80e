//! What an operator asks of a service, how it travels, and what comes back.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::model::service::{Control, ServiceId};

/// The longest reason that may be given, in characters.
pub const LONGEST_REASON: usize = 500;

/// Names one command for as long as anyone may ask for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct CommandId(pub String);

impl fmt::Display for CommandId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Where a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CommandState {
    /// It was published; the service has not said anything yet.
    Requested,
    /// The service is at it.
    Accepted,
    /// The service has done it.
    Succeeded,
    /// The service could not do it.
    Failed,
    /// The service did not begin.
    Refused,
    /// The service did not say in time that it is at it, or what came of it.
    NoAnswer,
    /// Nobody was there to hear it.
    Unheard,
}

impl CommandState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Requested, Self::Accepted, Self::Succeeded, Self::Failed, Self::Refused, Self::NoAnswer, Self::Unheard];

    /// The state's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Accepted => "accepted",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::NoAnswer => "no-answer",
            Self::Unheard => "unheard",
        }
    }

    /// Whether an end is still to come. A command that got no answer may get a late one all the same.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Accepted)
    }

    /// The words the page shows.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Requested => "Requested",
            Self::Accepted => "Accepted",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Refused => "Refused",
            Self::NoAnswer => "No answer",
            Self::Unheard => "No service is listening",
        }
    }
}

/// A command and what has come of it: carried by `event: command`, by the service's row and by `GET /api/commands/{id}`.
/// Times are in ms since the Unix epoch, by Redis's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    /// Which command.
    pub id: CommandId,
    /// Whom it is for.
    pub service: ServiceId,
    /// What is asked.
    pub command: Control,
    /// Who asks.
    pub actor: String,
    /// Where it stands.
    pub outcome: CommandState,
    /// More of that in one sentence, mostly in the service's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Which of several copies of the service spoke last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Why it was asked, in the actor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was published.
    pub requested_at: u64,
    /// When it came to stand where it does.
    pub changed_at: u64,
}

impl Command {
    /// Whether this is news to whoever knows `known` of the same service: a later command, or more of the same.
    pub fn supersedes(&self, known: &Self) -> bool {
        if self.id == known.id {
            self.changed_at > known.changed_at || (self.changed_at == known.changed_at && self.outcome != known.outcome)
        } else {
            self.is_after(known.requested_at, &known.id)
        }
    }

    /// Whether it came after the command of the same service that has that id and was published then.
    pub fn is_after(&self, requested_at: u64, id: &CommandId) -> bool {
        (self.requested_at, &self.id.0) > (requested_at, &id.0)
    }
}

/// What is published on `service:commands`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CommandMessage {
    /// Which command: the answers name it.
    pub id: CommandId,
    /// What is asked.
    pub command: Control,
    /// Whom it is for.
    pub service: ServiceId,
    /// Who asks.
    pub actor: String,
    /// When, in ms since the Unix epoch, by Redis's clock.
    pub timestamp: u64,
    /// Why, in the actor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// An object for the service alone to understand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Box<RawValue>>,
}

/// What a service may say of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It is at it.
    Accepted,
    /// It has done it.
    Succeeded,
    /// It could not do it.
    Failed,
    /// It did not begin.
    Refused,
}

impl From<Answer> for CommandState {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Accepted => Self::Accepted,
            Answer::Succeeded => Self::Succeeded,
            Answer::Failed => Self::Failed,
            Answer::Refused => Self::Refused,
        }
    }
}

/// What is published on `service:commands:outcomes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeMessage {
    /// Of which command.
    pub id: CommandId,
    /// Who speaks: the service the command is for.
    pub service: ServiceId,
    /// What it says.
    pub outcome: Answer,
    /// More of it in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Which of several copies speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// When, in ms since the Unix epoch, by the service's own clock; never used to order anything.
    #[serde(deserialize_with = "crate::model::lenient::whole_number")]
    pub timestamp: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::service::BuiltIn;

    fn command() -> Command {
        Command {
            id: CommandId("c".to_owned()),
            service: BuiltIn::BalanceSync.id(),
            command: Control::Stop,
            actor: "ana".to_owned(),
            outcome: CommandState::Requested,
            message: None,
            instance: None,
            reason: None,
            requested_at: 1,
            changed_at: 1,
        }
    }

    #[test]
    fn a_command_is_told_as_the_contract_says() {
        let ended = Command {
            outcome: CommandState::Succeeded,
            message: Some("It has stopped.".to_owned()),
            instance: Some("worker-1".to_owned()),
            reason: Some("maintenance".to_owned()),
            changed_at: 2,
            ..command()
        };
        for (command, json) in [
            (
                command(),
                r#"{"id":"c","service":"balance-sync","command":"stop","actor":"ana","outcome":"requested","requestedAt":1,"changedAt":1}"#,
            ),
            (
                ended,
                r#"{"id":"c","service":"balance-sync","command":"stop","actor":"ana","outcome":"succeeded","message":"It has stopped.","instance":"worker-1","reason":"maintenance","requestedAt":1,"changedAt":2}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&command).expect("JSON"), json);
            assert_eq!(serde_json::from_str::<Command>(json).expect("a command"), command);
        }
    }

    #[test]
    fn what_travels_over_redis_is_what_the_contract_says() {
        let asked = r#"{"id":"c","command":"restart","service":"mail","actor":"ana","timestamp":5,"reason":"r","params":{"n":1.0}}"#;
        let message: CommandMessage = serde_json::from_str(asked).expect("a command");
        assert_eq!(serde_json::to_string(&message).expect("JSON"), asked);
        let answered = r#"{"id":"c","service":"mail","outcome":"accepted","message":"m","instance":"i","timestamp":5}"#;
        let message: OutcomeMessage = serde_json::from_str(answered).expect("an outcome");
        assert_eq!(serde_json::to_string(&message).expect("JSON"), answered);
        let least = r#"{"id":"c","service":"mail","outcome":"refused","timestamp":5.0}"#;
        assert_eq!(serde_json::from_str::<OutcomeMessage>(least).expect("an outcome").outcome, Answer::Refused);
        assert!(
            serde_json::from_str::<OutcomeMessage>(
                r#"{"id":"c","service":"mail","outcome":"no-answer","timestamp":5}"#
            )
            .is_err()
        );
    }

    #[test]
    fn names_are_those_of_the_wire() {
        for state in CommandState::ALL {
            assert_eq!(serde_json::to_string(&state).expect("JSON"), format!("\"{}\"", state.name()));
        }
    }
}
