//! The hub: what a reader gets, byte for byte, and what one that was away or slow gets.

use std::collections::HashSet;

use service_manager::model::command::Command;
use service_manager::model::event::{Change, EntryId, EventId, LogSnapshot, Removed, StatusMessage};
use service_manager::model::job::{JobId, JobOutcome, JobState, Lane, Subject};
use service_manager::model::job_list::Lanes;
use service_manager::model::service::{BuiltIn, ServiceId};
use service_manager::server::hub::{Hub, Reader};

use crate::support::{metrics, status_message};

fn at(epoch: &str, milliseconds: u64) -> EventId {
    EventId { epoch: epoch.to_owned(), entry: EntryId { milliseconds, sequence: 0 } }
}

fn logged(service: &str, status: &str, milliseconds: u64) -> StatusMessage {
    let mut message = status_message(service, status);
    message.entry = Some(at("", milliseconds).entry);
    message.last_seen = Some(milliseconds);
    message
}

fn snapshot(epoch: &str, milliseconds: u64, statuses: Vec<StatusMessage>) -> LogSnapshot {
    LogSnapshot {
        id: at(epoch, milliseconds),
        now: milliseconds,
        statuses,
        commands: Vec::new(),
        commanded: HashSet::new(),
    }
}

fn publish(hub: &Hub, epoch: &str, message: StatusMessage) {
    let entry = message.entry.expect("an entry");
    hub.publish([(EventId { epoch: epoch.to_owned(), entry }, Change::Status(message))]);
}

fn connected_hub() -> Hub {
    let hub = Hub::new(metrics());
    hub.reset(snapshot("e", 10, vec![logged("balance-sync", r#"{"running":true}"#, 5)]));
    hub.set_redis_connected(true);
    hub
}

/// The next piece, without the pings, whose time changes.
async fn next(reader: &mut Reader) -> String {
    let piece = String::from_utf8(reader.next().await.to_vec()).expect("text");
    piece.split_inclusive("\n\n").filter(|event| !event.starts_with("event: ping")).collect()
}

#[tokio::test]
async fn a_new_reader_gets_the_seeds_full_message_at_once() {
    let mut reader = connected_hub().subscribe(None).expect("a reader");
    assert_eq!(
        next(&mut reader).await,
        concat!(
            "retry: 5000\n\n",
            "id: e.10-0\n",
            "data: {\"balanceSync\":{\"running\":true},",
            "\"accountDiscovery\":{\"running\":false,\"discovering\":false,\"interval\":0,\"paginationQueueSize\":0},",
            "\"accountEnrichment\":{\"running\":false,\"enriching\":false,\"interval\":0},",
            "\"services\":[",
            "{\"id\":\"account-discovery\",\"status\":{\"running\":false,\"discovering\":false,\"interval\":0,\"paginationQueueSize\":0},\"timestamp\":0,\"lastSeen\":null,\"version\":null,\"instances\":[],\"controls\":[\"trigger\",\"start\",\"stop\",\"restart\",\"pause\",\"resume\"],\"reportEvery\":60000,\"command\":null,\"entry\":null},",
            "{\"id\":\"account-enrichment\",\"status\":{\"running\":false,\"enriching\":false,\"interval\":0},\"timestamp\":0,\"lastSeen\":null,\"version\":null,\"instances\":[],\"controls\":[\"trigger\",\"start\",\"stop\",\"restart\",\"pause\",\"resume\"],\"reportEvery\":60000,\"command\":null,\"entry\":null},",
            "{\"id\":\"balance-sync\",\"status\":{\"running\":true},\"timestamp\":1763900000000,\"lastSeen\":5,\"version\":null,\"instances\":[],\"controls\":[],\"reportEvery\":60000,\"command\":null,\"entry\":\"5-0\"}",
            "]}\n\n",
        )
    );
}

#[tokio::test]
async fn a_change_is_the_seeds_incremental_message() {
    let hub = connected_hub();
    let mut reader = hub.subscribe(None).expect("a reader");
    next(&mut reader).await;
    publish(&hub, "e", logged("email-sender", r#"{"state":"running","queued":3}"#, 20));
    assert_eq!(
        next(&mut reader).await,
        "id: e.20-0\ndata: {\"service\":\"email-sender\",\"timestamp\":1763900000000,\"status\":{\"state\":\"running\",\"queued\":3},\"lastSeen\":20,\"entry\":\"20-0\"}\n\n"
    );
}

#[tokio::test]
async fn named_events_have_their_contracts_form() {
    let hub = connected_hub();
    let mut reader = hub.subscribe(None).expect("a reader");
    let first = String::from_utf8(reader.next().await.to_vec()).expect("text");
    let ping = first.split("\n\n").find(|event| event.starts_with("event: ping")).expect("a ping");
    assert!(ping.starts_with("event: ping\ndata: {\"now\":") && ping.ends_with(",\"id\":\"e.10-0\"}"), "{ping}");

    hub.set_redis_connected(false);
    assert_eq!(next(&mut reader).await, "event: redis\ndata: {\"connected\":false}\n\n");
    hub.publish([(at("e", 11), Change::Removed(Removed { service: BuiltIn::BalanceSync.id() }))]);
    assert_eq!(next(&mut reader).await, "event: removed\nid: e.11-0\ndata: {\"service\":\"balance-sync\"}\n\n");
    let outcome = JobOutcome {
        id: JobId("j".to_owned()),
        service: BuiltIn::BalanceSync.id(),
        lane: Lane::Priority,
        subject: Subject::User(1),
        state: JobState::Done,
        message: "3 accounts synced.".to_owned(),
    };
    hub.publish([(at("e", 12), Change::Job(outcome))]);
    assert_eq!(
        next(&mut reader).await,
        "event: job\nid: e.12-0\ndata: {\"id\":\"j\",\"service\":\"balance-sync\",\"lane\":\"priority\",\"userId\":1,\"state\":\"done\",\"message\":\"3 accounts synced.\"}\n\n"
    );
}

#[tokio::test]
async fn several_changes_come_in_one_piece_and_in_order() {
    let hub = connected_hub();
    let mut reader = hub.subscribe(None).expect("a reader");
    next(&mut reader).await;
    for entry in 20..25 {
        publish(&hub, "e", logged("a", "{}", entry));
    }
    let piece = next(&mut reader).await;
    let ids: Vec<_> = piece.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert_eq!(ids, ["e.20-0", "e.21-0", "e.22-0", "e.23-0", "e.24-0"]);
}

#[tokio::test]
async fn a_reader_that_resumes_gets_only_what_changed_since() {
    let hub = connected_hub();
    publish(&hub, "e", logged("a", r#"{"n":1}"#, 20));
    publish(&hub, "e", logged("b", r#"{"n":1}"#, 21));
    publish(&hub, "e", logged("a", r#"{"n":2}"#, 22));

    let piece = next(&mut hub.subscribe(Some(&at("e", 20))).expect("a reader")).await;
    let ids: Vec<_> = piece.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert_eq!(ids, ["e.21-0", "e.22-0"]);
    assert!(!piece.contains("services"));

    let nothing_new = next(&mut hub.subscribe(Some(&at("e", 22))).expect("a reader")).await;
    assert_eq!(nothing_new, "retry: 5000\n\n");
    let from_the_snapshot = next(&mut hub.subscribe(Some(&at("e", 10))).expect("a reader")).await;
    let ids: Vec<_> = from_the_snapshot.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert_eq!(ids, ["e.21-0", "e.22-0"], "from the first snapshot on everything is known");
    let before_the_snapshot = next(&mut hub.subscribe(Some(&at("e", 9))).expect("a reader")).await;
    assert!(before_the_snapshot.contains("services"), "what was removed before the first snapshot is in no snapshot");
    let from_the_future = next(&mut hub.subscribe(Some(&at("e", 99))).expect("a reader")).await;
    assert!(from_the_future.contains("services"), "a position that was never reached is not believed");
    let another_life = next(&mut hub.subscribe(Some(&at("f", 22))).expect("a reader")).await;
    assert!(another_life.contains("services"), "ids of different epochs never compare");
}

#[tokio::test]
async fn a_new_epoch_voids_what_readers_have() {
    let hub = connected_hub();
    let mut reader = hub.subscribe(None).expect("a reader");
    next(&mut reader).await;
    hub.reset(snapshot("f", 3, vec![logged("b", "{}", 2)]));
    let piece = next(&mut reader).await;
    assert!(piece.starts_with("id: f.3-0\ndata: {\"balanceSync\":{\"running\":false"), "{piece}");
}

#[tokio::test]
async fn a_snapshot_of_the_same_epoch_brings_what_was_missed() {
    let hub = connected_hub();
    publish(&hub, "e", logged("gone", "{}", 20));
    let mut reader = hub.subscribe(None).expect("a reader");
    next(&mut reader).await;
    let known = logged("balance-sync", r#"{"running":true}"#, 5);
    hub.reset(snapshot("e", 30, vec![known, logged("b", "{}", 30), logged("a", "{}", 29)]));
    let piece = next(&mut reader).await;
    let events: Vec<_> = piece.lines().filter(|line| !line.starts_with("data") && !line.is_empty()).collect();
    assert_eq!(events, ["id: e.29-0", "id: e.30-0", "event: removed", "id: e.30-0"]);
}

#[tokio::test]
async fn a_page_that_is_cut_off_among_what_was_missed_misses_no_status() {
    let hub = connected_hub();
    publish(&hub, "e", logged("gone", "{}", 20));
    let mut reader = hub.subscribe(None).expect("a reader");
    next(&mut reader).await;
    let known = logged("balance-sync", r#"{"running":true}"#, 5);
    hub.reset(snapshot("e", 40, vec![known, logged("b", "{}", 30), logged("a", "{}", 29)]));
    let piece = next(&mut reader).await;
    let ids = piece.lines().filter_map(|line| line.strip_prefix("id: "));
    for id in ids {
        let resumed = next(&mut hub.subscribe(Some(&id.parse().expect("an id"))).expect("a reader")).await;
        let read = piece.split_inclusive("\n\n").position(|event| event.contains(&format!("id: {id}\n")));
        for missed in piece.split_inclusive("\n\n").skip(read.expect("it is there") + 1) {
            assert!(resumed.contains(missed), "cut off after {id}, without {missed}");
        }
    }
}

fn command(service: &str, milliseconds: u64) -> Command {
    serde_json::from_str(&format!(
        r#"{{"id":"c-{milliseconds}","service":"{service}","command":"stop","actor":"ana","outcome":"succeeded","requestedAt":{milliseconds},"changedAt":{milliseconds}}}"#
    ))
    .expect("a command")
}

#[tokio::test]
async fn a_command_counts_as_carried_only_if_readers_are_told() {
    let metrics = metrics();
    let hub = Hub::new(metrics.clone());
    hub.set_redis_connected(true);
    hub.reset(snapshot("e", 1, vec![logged("a", "{}", 1)]));
    let given = command("a", 5);
    for (service, entry) in [("a", 5), ("a", 5), ("unknown", 5)] {
        let command = Command { service: ServiceId::parse(service).expect("an id"), ..given.clone() };
        hub.publish([(at("e", entry), Change::Command(command))]);
    }
    let text = metrics.text().expect("text");
    assert!(text.contains("publishes_total{kind=\"command\"} 1\n"), "{text}");
}

#[tokio::test]
async fn a_service_that_was_forgotten_and_is_back_within_a_gap_has_not_its_old_command() {
    let hub = connected_hub();
    for service in ["back", "stays"] {
        publish(&hub, "e", logged(service, "{}", 20));
        hub.publish([(at("e", 21), Change::Command(command(service, 21)))]);
    }
    let mut reader = hub.subscribe(None).expect("a reader");
    next(&mut reader).await;
    let known = logged("balance-sync", r#"{"running":true}"#, 5);
    let statuses = vec![known, logged("back", "{}", 30), logged("stays", "{}", 31)];
    let id = |service: &str| ServiceId::parse(service).expect("an id");
    // What it was told is so long ago that Redis keeps no record of it any more.
    let commanded = HashSet::from([id("stays")]);
    hub.reset(LogSnapshot { commanded, ..snapshot("e", 40, statuses) });
    let command_of = |service: &str| hub.view(id(service)).expect("a view").command;
    assert_eq!((command_of("back"), command_of("stays")), (None, Some(command("stays", 21))));
    let piece = next(&mut reader).await;
    let events: Vec<_> = piece.lines().filter(|line| !line.starts_with("data") && !line.is_empty()).collect();
    assert_eq!(events, ["event: removed", "id: e.30-0", "id: e.31-0"], "pages forget it as well");
    let resumed = next(&mut hub.subscribe(Some(&at("e", 21))).expect("a reader")).await;
    assert_eq!(resumed, format!("retry: 5000\n\n{piece}"), "so do those that come back or were cut off");
}

#[tokio::test]
async fn a_reader_that_fell_behind_gets_the_latest_of_each_service() {
    let hub = connected_hub();
    let mut reader = hub.subscribe(None).expect("a reader");
    next(&mut reader).await;
    for entry in 0..5_000 {
        publish(&hub, "e", logged(if entry % 2 == 0 { "a" } else { "b" }, &format!("{{\"n\":{entry}}}"), 100 + entry));
    }
    let piece = next(&mut reader).await;
    let ids: Vec<_> = piece.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert_eq!(ids, ["e.5098-0", "e.5099-0"]);

    hub.reset(snapshot("f", 1, Vec::new()));
    for entry in 0..5_000 {
        publish(&hub, "f", logged("a", "{}", 100 + entry));
    }
    let piece = next(&mut reader).await;
    assert!(piece.starts_with("id: f.5099-0\ndata: {\"balanceSync\""), "a void state is not resumed");
}

#[tokio::test]
async fn readers_that_fell_behind_at_the_same_place_share_the_same_bytes() {
    let hub = connected_hub();
    let mut readers = [(); 2].map(|()| hub.subscribe(None).expect("a reader"));
    for reader in &mut readers {
        next(reader).await;
    }
    let statuses = (0..2_000).map(|n| logged(&format!("s-{n}"), "{}", 100 + n)).collect();
    hub.reset(snapshot("e", 5_000, statuses));
    let [one, other] = &mut readers;
    let (one, other) = (one.next().await, other.next().await);
    assert!(one.len() > 100_000);
    assert_eq!((one.as_ptr(), one.len()), (other.as_ptr(), other.len()));
}

#[tokio::test]
async fn no_reader_begins_while_redis_is_out_of_reach() {
    let hub = connected_hub();
    hub.set_redis_connected(false);
    assert!(hub.subscribe(None).is_none());
    assert!(Hub::new(metrics()).subscribe(None).is_none());
}

#[tokio::test]
async fn whoever_begins_or_comes_back_is_told_where_jobs_are_unless_that_is_of_another_life() {
    let hub = connected_hub();
    assert!(!next(&mut hub.subscribe(None).expect("a reader")).await.contains("event: jobs"), "nobody counted yet");
    let jobs = "event: jobs\ndata: {\"lanes\":[]}\n\n";
    hub.set_lanes(&Lanes { lanes: Vec::new() });
    for after in [None, Some(at("e", 10))] {
        let opening = next(&mut hub.subscribe(after.as_ref()).expect("a reader")).await;
        assert!(opening.ends_with(jobs), "{after:?}: {opening}");
    }
    hub.forget_lanes();
    assert!(!next(&mut hub.subscribe(None).expect("a reader")).await.contains("event: jobs"), "nobody counts any more");
    hub.set_lanes(&Lanes { lanes: Vec::new() });
    hub.reset(snapshot("f", 3, Vec::new()));
    assert!(!next(&mut hub.subscribe(None).expect("a reader")).await.contains("event: jobs"), "it was another life");
}

#[tokio::test]
async fn no_counts_of_jobs_are_told_while_redis_is_out_of_reach() {
    let hub = connected_hub();
    let mut reader = hub.subscribe(None).expect("a reader");
    next(&mut reader).await;
    hub.set_redis_connected(false);
    hub.set_lanes(&Lanes { lanes: Vec::new() });
    assert_eq!(next(&mut reader).await, "event: redis\ndata: {\"connected\":false}\n\n");
}

#[tokio::test]
async fn two_ids_with_one_key_share_it_in_favour_of_the_first() {
    let hub = Hub::new(metrics());
    hub.reset(snapshot(
        "e",
        9,
        vec![logged("a--b", r#"{"n":1}"#, 1), logged("a-b", r#"{"n":2}"#, 2), logged("services-", "{}", 3)],
    ));
    let message: serde_json::Value = serde_json::from_str(&hub.full_message()).expect("JSON");
    assert_eq!(message["aB"]["n"], 1);
    let ids: Vec<_> = message["services"].as_array().expect("an array").iter().map(|view| &view["id"]).collect();
    assert!(ids.contains(&&serde_json::json!("a-b")) && ids.contains(&&serde_json::json!("services-")));
    assert!(ServiceId::parse("services-").is_ok());
}

#[tokio::test]
async fn a_page_that_comes_back_hears_through_which_states_services_went() {
    let hub = connected_hub();
    for (state, milliseconds) in [("running", 20), ("failed", 30), ("failed", 31), ("running", 40)] {
        publish(&hub, "e", logged("mail", &format!(r#"{{"state":"{state}"}}"#), milliseconds));
    }
    let mut reader = hub.subscribe(Some(&at("e", 20))).expect("a reader");
    let told = next(&mut reader).await;
    let states = "retry: 5000\n\nevent: states\ndata: {\"states\":{\"mail\":[\"Failed\",\"Running\"]}}\n\nid: e.40-0\n";
    assert!(told.starts_with(states), "{told}");
    let mut reader = hub.subscribe(Some(&at("e", 31))).expect("a reader");
    let told = next(&mut reader).await;
    assert!(told.starts_with("retry: 5000\n\nid: e.40-0\n"), "the report itself tells of one change: {told}");
}
