use super::*;
use crate::live::event_stream::incoming::{UNNAMED, read};
use crate::model::event::StatusMessage;

fn id(text: &str) -> ServiceId {
    ServiceId::parse(text).expect("an id")
}

fn digest(service: &str, state: &str) -> Digest {
    let json = format!(r#"{{"service":"{service}","timestamp":1,"status":{{"state":"{state}"}},"lastSeen":1000}}"#);
    let message: StatusMessage = serde_json::from_str(&json).expect("a message");
    Digest::of(&message.into())
}

/// An absence that began at 1000 of both clocks and heard that.
fn absence(events: &[(&str, &str)], was_hidden: bool) -> Record {
    let known = [digest("mail", "running"), digest("sms", "idle")];
    let mut record = Record::new(&known, 1_000, 1_000, was_hidden);
    for (name, data) in events {
        record.hear(&read(name, data).expect("an event"), 2_000);
    }
    record
}

fn said(service: &str, state: &str) -> String {
    format!(r#"{{"service":"{service}","timestamp":1,"status":{{"state":"{state}"}}}}"#)
}

fn asked(service: &str, at: u64) -> String {
    format!(
        r#"{{"id":"c","service":"{service}","command":"stop","actor":"ana","outcome":"requested","requestedAt":{at},"changedAt":{at}}}"#
    )
}

#[test]
fn an_absence_tells_the_states_that_services_went_through_and_what_was_asked_of_them() {
    let (failed, running, idle) = (said("mail", "failed"), said("mail", "running"), said("sms", "idle"));
    let (fax, stop, before) = (said("fax", "running"), asked("sms", 1_000), asked("mail", 999));
    let record = absence(
        &[
            (UNNAMED, &failed),
            (UNNAMED, &failed),
            (UNNAMED, &running),
            (UNNAMED, &idle),
            (UNNAMED, &fax),
            ("command", &stop),
            ("command", &stop),
            ("command", &before),
        ],
        false,
    );
    let states = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let summary = record.end(&[], 2_000, 73_000).expect("a summary");
    let changes =
        vec![(id("fax"), states(&["new", "Running"])), (id("mail"), states(&["Running", "Failed", "Running"]))];
    assert_eq!((summary.lasted, summary.changes, summary.actions), (72_000, changes, 1));
    assert_eq!(summary.services, [id("fax"), id("mail"), id("sms")]);
}

#[test]
fn a_full_message_tells_what_is_gone_and_what_is_silent() {
    let row = |service: &str, seen: u64| {
        let json = format!(
            r#"{{"service":"{service}","timestamp":1,"status":{{"state":"running"}},"lastSeen":{seen},"reportEvery":100}}"#
        );
        let message: StatusMessage = serde_json::from_str(&json).expect("a message");
        crate::model::event::ServiceView::from(message)
    };
    let full = crate::model::event::FullMessage { services: vec![row("mail", 1_000)] };
    let mut record = absence(&[], false);
    record.hear(&Incoming::Full(full), 2_000);
    let summary = record.end(&[], 2_000, 11_000).expect("a summary");
    let words: Vec<String> =
        summary.changes.iter().map(|(id, states)| format!("{id} {}", states.join(" → "))).collect();
    assert_eq!(words, ["mail Running → No signal", "sms Idle → forgotten"]);
}

#[test]
fn one_that_fell_silent_is_told_though_it_sent_nothing() {
    let silent = [digest("mail", "running"), digest("sms", "idle")];
    let running = said("sms", "running");
    let summary = absence(&[(UNNAMED, &running)], false).end(&silent, 1_000_000, 11_000).expect("a summary");
    let words: Vec<String> =
        summary.changes.iter().map(|(id, states)| format!("{id} {}", states.join(" → "))).collect();
    assert_eq!(words, ["mail Running → No signal", "sms Idle → Running"], "what was heard is newer than the table");
}

#[test]
fn states_that_only_the_server_heard_are_told_in_their_order() {
    let (states, running) = (r#"{"states":{"mail":["Failed","Running"]}}"#, said("mail", "running"));
    let summary = absence(&[("states", states), (UNNAMED, &running)], false).end(&[], 2_000, 11_000);
    let told = summary.and_then(|summary| summary.changes.into_iter().next()).map(|(_, states)| states.join(" → "));
    assert_eq!(told.as_deref(), Some("Running → Failed → Running"));
}

#[test]
fn two_commands_to_one_service_are_two_actions() {
    let (one, other) = (asked("sms", 1_000), asked("sms", 1_001).replace(r#""id":"c""#, r#""id":"d""#));
    let summary = absence(&[("command", &one), ("command", &other)], false).end(&[], 2_000, 11_000);
    let summary = summary.expect("a summary");
    assert_eq!((summary.actions, summary.services), (2, vec![id("sms")]));
}

#[test]
fn commands_that_only_the_server_heard_are_counted() {
    let (states, latest) = (r#"{"states":{},"commands":{"sms":3}}"#, asked("sms", 1_000));
    let summary = absence(&[("states", states), ("command", &latest)], false).end(&[], 2_000, 11_000);
    assert_eq!(summary.map(|summary| summary.actions), Some(3));
}

#[test]
fn a_moment_is_not_worth_a_word_and_a_hidden_page_tells_only_what_happened() {
    let failed = said("mail", "failed");
    assert_eq!(absence(&[(UNNAMED, &failed)], false).end(&[], 2_000, 10_999), None);
    assert!(absence(&[(UNNAMED, &failed)], false).end(&[], 2_000, 11_000).is_some());
    assert!(
        absence(&[], false).end(&[], 2_000, 11_000).is_some_and(|summary| summary.services.is_empty()),
        "nothing changed"
    );
    assert_eq!(absence(&[], true).end(&[], 2_000, 11_000), None);
    assert!(absence(&[(UNNAMED, &failed)], true).end(&[], 2_000, 11_000).is_some());
}

#[test]
fn of_many_states_the_first_ones_and_the_last_are_told() {
    let words: Vec<String> = (0..20).map(|number| said("mail", &format!("step {number}"))).collect();
    let events: Vec<(&str, &str)> = words.iter().map(|word| (UNNAMED, word.as_str())).collect();
    let summary = absence(&events, false).end(&[], 2_000, 11_000).expect("a summary");
    let told = summary.changes.into_iter().next().expect("mail").1;
    assert_eq!(told, ["Running", "step 0", "step 1", "step 2", "step 3", "step 19"]);
}
