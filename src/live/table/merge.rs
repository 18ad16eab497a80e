//! The rules by which messages change the table, as plain functions.

use crate::model::event::{ServiceView, StatusMessage};

/// The row after an incremental message, or `None` if the message is no newer than the row.
pub fn status(row: Option<&ServiceView>, message: StatusMessage) -> Option<ServiceView> {
    if row.is_some_and(|row| row.entry.is_some() && message.entry <= row.entry) {
        return None;
    }
    let mut fresh = ServiceView::from(message);
    fresh.command = row.and_then(|row| row.command.clone());
    Some(fresh)
}

/// All rows after a full message, A–Z.
///
/// Within an epoch a row never goes back in time: where the message is older than what is known, the row stays.
/// In another epoch the message is all that is true.
pub fn full(rows: &[ServiceView], incoming: Vec<ServiceView>, same_epoch: bool) -> Vec<ServiceView> {
    let mut merged: Vec<ServiceView> = incoming
        .into_iter()
        .map(|fresh| {
            let known = rows.iter().find(|row| row.id == fresh.id && same_epoch);
            match known {
                Some(row) if row.entry > fresh.entry => row.clone(),
                _ => fresh,
            }
        })
        .collect();
    merged.sort_by_key(|row| row.id);
    merged.dedup_by_key(|row| row.id);
    merged
}

/// Those of `merged` that differ from the row of the same id.
pub fn changed(rows: &[ServiceView], merged: Vec<ServiceView>) -> Vec<ServiceView> {
    merged.into_iter().filter(|fresh| !rows.contains(fresh)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::EntryId;
    use crate::model::service::ServiceId;
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

    #[test]
    fn the_latest_command_stays_when_a_service_reports() {
        let mut known = row("mail", 1);
        known.command = Some(crate::model::event::CommandView {
            id: "c".to_owned(),
            command: crate::model::service::Control::Stop,
            actor: "ana".to_owned(),
        });
        let merged = status(Some(&known), message("mail", 2)).expect("newer");
        assert_eq!(merged.command, known.command);
    }
}
