//! What Redis keeps of a command, and what travels on its channels.

use std::collections::HashMap;

use crate::model::command::{Answer, Command, CommandId, CommandMessage, CommandState};
use crate::model::service::{Control, ServiceId};
use crate::server::commands::{Heard, Order, Standing, Wanted};

/// A service, its latest command's id, and the record of that.
pub type Latest = (String, String, HashMap<String, String>);

/// Reads a record; `None` if there is none.
pub fn read(id: String, mut record: HashMap<String, String>) -> Option<Command> {
    let number = |field: &str| record.get(field).and_then(|text| text.parse().ok());
    let (requested_at, changed_at) = (number("requestedAt")?, number("changedAt")?);
    let service = ServiceId::parse(record.get("service")?).ok()?;
    let command = control(record.get("command")?)?;
    let outcome = state(record.get("state")?)?;
    let mut text = |field: &str| record.remove(field).filter(|text| !text.is_empty());
    Some(Command {
        id: CommandId(id),
        service,
        command,
        actor: text("actor")?,
        outcome,
        message: text("message"),
        instance: text("instance"),
        reason: text("reason"),
        requested_at,
        changed_at,
    })
}

/// Reads the latest commands of services, leaving out those that are not kept any more.
pub fn kept(latest: Vec<Latest>) -> Vec<Command> {
    latest.into_iter().filter_map(|(_, id, record)| read(id, record)).collect()
}

/// Reads what a service has been told.
pub fn standing(wanted: &str, id: String, command: &str, state: &str) -> Standing {
    let wanted = match wanted {
        "paused" => Wanted::Paused,
        "stopped" => Wanted::Stopped,
        "restarting" => Wanted::Restarting,
        _ => Wanted::Running,
    };
    let command = control(command).zip(self::state(state)).map(|(control, state)| (CommandId(id), control, state));
    Standing { wanted, command }
}

fn control(name: &str) -> Option<Control> {
    Control::ALL.into_iter().find(|control| control.name() == name)
}

fn state(name: &str) -> Option<CommandState> {
    CommandState::ALL.into_iter().find(|state| state.name() == name)
}

/// What a service says, as scripts take it.
pub fn word(answer: Answer) -> &'static str {
    CommandState::from(answer).name()
}

/// What became of an answer, in the words of the script that took it in.
pub fn heard(answer: &str) -> Heard {
    match answer {
        "taken" => Heard::Taken,
        "known" => Heard::Known,
        _ => Heard::Unknown,
    }
}

/// What is published of a command, before and after the time, which Redis puts in between.
pub fn message(id: &CommandId, order: &Order) -> Result<(String, String), serde_json::Error> {
    const TIME: &str = "\"timestamp\":0";
    let message = serde_json::to_string(&CommandMessage {
        id: id.clone(),
        command: order.control,
        service: order.service,
        actor: order.actor.clone(),
        timestamp: 0,
        reason: order.reason.clone(),
        params: order.params.clone(),
    })?;
    // Nothing before it can hold the same text: an actor's quotation marks would be escaped.
    let (before, after) = message.split_once(TIME).unwrap_or((&message, ""));
    Ok((format!("{before}\"timestamp\":"), after.to_owned()))
}
