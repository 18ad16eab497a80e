use super::*;
use crate::live::event_stream::incoming::{UNNAMED, read};

fn at(sequence: u64) -> Option<EventId> {
    format!("a.1-{sequence}").parse().ok()
}

fn status(service: &str, number: u64) -> Incoming {
    read(UNNAMED, &format!(r#"{{"service":"{service}","timestamp":1,"status":{{"n":{number}}}}}"#)).expect("a status")
}

fn removed(service: &str) -> Incoming {
    read("removed", &format!(r#"{{"service":"{service}"}}"#)).expect("an event")
}

fn command(service: &str, id: &str, outcome: &str) -> Incoming {
    let text = format!(
        r#"{{"id":"{id}","service":"{service}","command":"stop","actor":"ana","outcome":"{outcome}","requestedAt":1,"changedAt":2}}"#
    );
    read("command", &text).expect("an event")
}

fn full() -> Incoming {
    read(UNNAMED, r#"{"services":[]}"#).expect("a full message")
}

fn pending(changes: impl IntoIterator<Item = Incoming>) -> Pending {
    let mut pending = Pending::default();
    for (change, sequence) in changes.into_iter().zip(1..) {
        pending.push(change, at(sequence));
    }
    pending
}

#[test]
fn changes_keep_their_order_and_their_positions() {
    let job = read("jobs", r#"{"lanes":[]}"#).expect("an event");
    let mut pending = pending([status("mail", 1), job.clone(), status("cards", 1)]);
    assert_eq!(pending.take(), [(status("mail", 1), at(1)), (job, at(2)), (status("cards", 1), at(3))]);
    assert!(pending.is_empty());
}

#[test]
fn of_several_statuses_of_a_service_the_latest_stays() {
    let mut pending = pending([status("mail", 1), status("cards", 1), status("mail", 2), status("mail", 3)]);
    assert_eq!(pending.take(), [(status("mail", 3), at(4)), (status("cards", 1), at(2))]);
    pending.push(status("mail", 4), at(5));
    assert_eq!(pending.take(), [(status("mail", 4), at(5))], "what was taken is not replaced");
}

#[test]
fn a_service_that_is_forgotten_and_comes_back_does_both_in_order() {
    let changes = [status("mail", 1), removed("mail"), status("mail", 2)];
    let taken: Vec<_> = pending(changes.clone()).take().into_iter().map(|(change, _)| change).collect();
    assert_eq!(taken, changes);
}

#[test]
fn a_full_message_stands_for_what_came_before_it() {
    let ended = command("mail", "a", "succeeded");
    let changes = [status("mail", 1), ended.clone(), full(), removed("mail"), full(), status("mail", 2)];
    let taken: Vec<_> = pending(changes).take().into_iter().map(|(change, _)| change).collect();
    assert_eq!(taken, [ended, full(), status("mail", 2)]);
}

#[test]
fn a_burst_is_spread_over_frames_and_goes_on_collapsing_meanwhile() {
    let count = MOST_PER_FRAME * 2 + 1;
    let mut pending = pending((0..count).map(|number| status(&format!("mail-{number}"), 1)));
    assert_eq!(pending.take().len(), MOST_PER_FRAME);
    let (last, first) = (status(&format!("mail-{}", count - 1), 2), status("mail-0", 2));
    pending.push(last.clone(), at(1_000));
    pending.push(first.clone(), at(1_001));
    assert_eq!(pending.take().len(), MOST_PER_FRAME);
    assert_eq!(pending.take(), [(last, at(1_000)), (first, at(1_001))]);
    assert!(pending.is_empty());
}

#[test]
fn everything_is_there_at_once_when_it_must_be() {
    let mut pending = pending((0..250).map(|number| status(&format!("mail-{number}"), 1)));
    assert_eq!(pending.take_all().len(), 250);
    assert!(pending.is_empty());
}

#[test]
fn each_step_of_a_command_is_shown() {
    let steps = [
        command("mail", "a", "requested"),
        command("cards", "b", "requested"),
        status("mail", 1),
        command("mail", "a", "succeeded"),
        status("mail", 2),
        command("mail", "c", "requested"),
    ];
    let mut pending = pending(steps.clone());
    let mut frame = || pending.take().into_iter().map(|(change, _)| change).collect::<Vec<_>>();
    let newest = status("mail", 2);
    assert_eq!(frame(), [steps[0].clone(), steps[1].clone(), newest]);
    assert_eq!(frame(), [steps[3].clone()]);
    assert_eq!(frame(), [steps[5].clone()]);
}
