//! The rules by which messages change the table, as plain functions.

use crate::model::command::Command;
use crate::model::event::{ServiceView, StatusMessage};
use crate::model::service::ServiceId;

/// The row of a service, among rows A–Z.
pub fn find(rows: &[ServiceView], id: ServiceId) -> Option<&ServiceView> {
    rows.binary_search_by_key(&id, |row| row.id).ok().and_then(|place| rows.get(place))
}

/// The row after an incremental message, or `None` if the message is no newer than the row.
pub fn status(row: Option<&ServiceView>, message: StatusMessage) -> Option<ServiceView> {
    if row.is_some_and(|row| row.entry.is_some() && message.entry <= row.entry) {
        return None;
    }
    let mut fresh = ServiceView::from(message);
    fresh.command = row.and_then(|row| row.command.clone());
    Some(fresh)
}

/// All rows, A–Z, after a full message.
///
/// Within an epoch a row never goes back in time: where the message is older than what is known, the row stays.
/// In another epoch the message is all that is true.
pub fn full(rows: &[ServiceView], incoming: Vec<ServiceView>, same_epoch: bool) -> Vec<ServiceView> {
    let mut merged: Vec<ServiceView> = incoming
        .into_iter()
        .map(|fresh| {
            let Some(row) = find(rows, fresh.id).filter(|_| same_epoch) else { return fresh };
            let command = newer(row.command.as_ref(), fresh.command.as_ref()).cloned();
            let newest = if row.entry > fresh.entry { row.clone() } else { fresh };
            ServiceView { command, ..newest }
        })
        .collect();
    merged.sort_by_key(|row| row.id);
    merged.dedup_by_key(|row| row.id);
    merged
}

/// The row after news of a command, or `None` if it is no news.
pub fn command(row: &ServiceView, command: Command) -> Option<ServiceView> {
    let is_news = row.command.as_ref().is_none_or(|known| command.supersedes(known));
    is_news.then(|| ServiceView { command: Some(command), ..row.clone() })
}

fn newer<'a>(known: Option<&'a Command>, fresh: Option<&'a Command>) -> Option<&'a Command> {
    match (known, fresh) {
        (Some(known), Some(fresh)) if !fresh.supersedes(known) => Some(known),
        (known, fresh) => fresh.or(known),
    }
}

/// Those of `merged` that differ from the row of the same id, among rows A–Z.
pub fn changed(rows: &[ServiceView], merged: Vec<ServiceView>) -> Vec<ServiceView> {
    merged.into_iter().filter(|fresh| find(rows, fresh.id) != Some(fresh)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::command::{CommandId, CommandState};
    use crate::model::event::EntryId;
    use crate::model::service::Control;
    use crate::model::status::StatusObject;

    fn message(service: &str, sequence: u64) -> StatusMessage {
        StatusMessage {
            service: ServiceId::parse(service).expect("an id"),
            timestamp: 0,
            status: StatusObject::of(&serde_json::json!({ "n": sequence })),
            version: None,
            instance: None,
            controls: Vec::new(),
            report_every: None,
            last_seen: None,
            entry: Some(EntryId { milliseconds: 1, sequence }),
        }
    }

    fn row(service: &str, sequence: u64) -> ServiceView {
        message(service, sequence).into()
    }

    #[test]
    fn an_unknown_service_becomes_a_row() {
        assert_eq!(status(None, message("mail", 1)), Some(row("mail", 1)));
    }

    #[test]
    fn a_row_never_goes_back_in_time() {
        let known = row("mail", 5);
        assert_eq!(status(Some(&known), message("mail", 4)), None);
        assert_eq!(status(Some(&known), message("mail", 5)), None, "the same entry again changes nothing");
        assert_eq!(status(Some(&known), message("mail", 6)), Some(row("mail", 6)));
        let merged = full(std::slice::from_ref(&known), vec![row("mail", 4)], true);
        assert_eq!(merged, vec![known]);
    }

    #[test]
    fn a_service_that_never_reported_takes_its_first_report() {
        let mut known = row("mail", 0);
        known.entry = None;
        assert_eq!(status(Some(&known), message("mail", 1)), Some(row("mail", 1)));
    }

    #[test]
    fn another_epoch_replaces_everything() {
        let merged = full(&[row("mail", 9), row("old", 9)], vec![row("mail", 1)], false);
        assert_eq!(merged, vec![row("mail", 1)]);
    }

    #[test]
    fn a_full_message_brings_and_removes_rows_in_order() {
        let merged = full(&[row("gone", 1), row("mail", 1)], vec![row("mail", 2), row("cards", 1)], true);
        assert_eq!(merged, vec![row("cards", 1), row("mail", 2)]);
    }

    #[test]
    fn only_rows_that_differ_are_drawn_again() {
        let rows = [row("cards", 1), row("mail", 1)];
        assert_eq!(changed(&rows, vec![row("cards", 1), row("mail", 2)]), vec![row("mail", 2)]);
    }

    fn asked(service: &str, id: &str, at: u64, outcome: CommandState) -> Command {
        Command {
            id: CommandId(id.to_owned()),
            service: ServiceId::parse(service).expect("an id"),
            command: Control::Stop,
            actor: "ana".to_owned(),
            outcome,
            message: None,
            instance: None,
            reason: None,
            requested_at: at,
            changed_at: at,
        }
    }

    #[test]
    fn a_command_goes_forward_and_never_back() {
        let first = asked("mail", "a", 1, CommandState::Requested);
        let known = command(&row("mail", 1), first.clone()).expect("news");
        assert_eq!(command(&known, first.clone()), None, "the same again");
        let accepted = Command { outcome: CommandState::Accepted, ..first.clone() };
        let known = command(&known, accepted).expect("the same millisecond may bring more");
        let next = asked("mail", "b", 2, CommandState::Requested);
        let known = command(&known, next).expect("a later one");
        assert_eq!(command(&known, Command { changed_at: 9, ..first }), None, "an earlier one is over");
        let older = full(std::slice::from_ref(&known), vec![row("mail", 2)], true);
        assert_eq!(older[0].command, known.command, "a full message that does not know it yet");
    }

    #[test]
    fn the_latest_command_stays_when_a_service_reports() {
        let mut known = row("mail", 1);
        known.command = Some(asked("mail", "a", 1, CommandState::Succeeded));
        let merged = status(Some(&known), message("mail", 2)).expect("newer");
        assert_eq!(merged.command, known.command);
    }
}
