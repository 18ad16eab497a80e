use super::*;
use crate::model::event::StatusMessage;

const NOW: u64 = 1_000_000;

/// A service that was heard so many ms ago and reports every second.
fn heard(service: &str, status: &str, age: u64) -> Digest {
    let seen = NOW - age;
    let json = format!(
        r#"{{"service":"{service}","timestamp":1,"status":{status},"lastSeen":{seen},"reportEvery":1000,"entry":"1-1"}}"#
    );
    let message: StatusMessage = serde_json::from_str(&json).expect("a message");
    Digest::of(&message.into())
}

fn fleet() -> Vec<Digest> {
    vec![
        heard("alpha", r#"{"state":"running","interval":9,"priority":1}"#, 10),
        heard("bravo", r#"{"state":"running"}"#, 3_000),
        heard("charlie", r#"{"state":"running","interval":5,"background":7}"#, 6_000),
        heard("delta", r#"{"state":"degraded","lastRun":5}"#, 30),
        heard("echo", r#"{"state":"failed","lastRun":4}"#, 20),
        heard("foxtrot", r#"{"state":"starting","interval":7}"#, 40),
    ]
}

fn shown(query: &[(&str, &str)]) -> Vec<String> {
    let filter = of(query);
    filter.order(&fleet(), NOW).iter().map(ToString::to_string).collect()
}

fn of(query: &[(&str, &str)]) -> ServicesFilter {
    ServicesFilter::read(|name| query.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn problems_stand_first_by_their_urgency_and_the_rest_from_a_to_z() {
    assert_eq!(shown(&[]), ["echo", "delta", "charlie", "bravo", "alpha", "foxtrot"]);
    assert_eq!(shown(&[("dir", "desc")]), ["alpha", "foxtrot", "bravo", "charlie", "delta", "echo"]);
}

#[test]
fn every_column_sorts_both_ways_and_what_is_unknown_stays_last() {
    assert_eq!(shown(&[("sort", "service")])[0], "alpha");
    assert_eq!(shown(&[("sort", "service"), ("dir", "desc")])[0], "foxtrot");
    let interval = ["charlie", "foxtrot", "alpha", "bravo", "delta", "echo"];
    assert_eq!(shown(&[("sort", "interval")]), interval);
    let turned = ["alpha", "foxtrot", "charlie", "bravo", "delta", "echo"];
    assert_eq!(shown(&[("sort", "interval"), ("dir", "desc")]), turned);
    assert_eq!(shown(&[("sort", "waiting"), ("dir", "desc")])[..2], ["charlie", "alpha"]);
    assert_eq!(shown(&[("sort", "last-run")])[..3], ["echo", "delta", "alpha"]);
    assert_eq!(shown(&[("sort", "last-seen")])[..2], ["charlie", "bravo"], "the longest silence first");
}

#[test]
fn words_state_and_names_narrow_what_is_shown() {
    assert_eq!(shown(&[("q", " AL ")]), ["alpha"]);
    assert_eq!(shown(&[("q", "a l")]), ["delta", "charlie", "alpha"], "all words, in any order");
    assert_eq!(shown(&[("state", "running")]), ["bravo", "alpha"], "a silent one is not known to run");
    assert_eq!(shown(&[("state", "no-signal")]), ["charlie"]);
    assert_eq!(shown(&[("state", "late")]), ["bravo"]);
    assert_eq!(shown(&[("state", "problems")]), ["echo", "delta", "charlie", "bravo"]);
    assert_eq!(shown(&[("state", "waiting")]), ["charlie", "alpha"]);
    assert_eq!(shown(&[("state", "changing")]), ["foxtrot"]);
    assert_eq!(shown(&[("only", "echo,alpha,../x,gone")]), ["echo", "alpha"]);
    assert_eq!(shown(&[("state", "<b>"), ("sort", "age")]).len(), 6, "what has no meaning counts as nothing");
}

#[test]
fn all_of_it_stands_in_the_address() {
    let query = [("q", "a b"), ("state", "failed"), ("sort", "interval"), ("dir", "desc"), ("only", "mail,sms")];
    let filter = of(&query);
    assert_eq!(filter.address(), "/services?q=a%20b&state=failed&sort=interval&dir=desc&only=mail%2Csms");
    assert_eq!(filter.of_all().address(), "/services?sort=interval&dir=desc");
    assert_eq!(ServicesFilter::default().address(), "/services");
    assert!(filter.is_narrow() && !filter.of_all().is_narrow());
}

#[test]
fn a_tile_and_a_header_turn_round_what_they_chose() {
    let filter = ServicesFilter::default();
    assert_eq!(filter.toggled("failed").address(), "/services?state=failed");
    assert_eq!(filter.toggled("failed").toggled("failed"), filter);
    assert_eq!(filter.sorted_by(SortKey::Interval).address(), "/services?sort=interval");
    assert_eq!(
        filter.sorted_by(SortKey::Interval).sorted_by(SortKey::Interval).address(),
        "/services?sort=interval&dir=desc"
    );
    assert_eq!(filter.sorted_by(SortKey::Waiting).address(), "/services?sort=waiting&dir=desc");
    assert_eq!(filter.sorted_by(SortKey::Status).address(), "/services?dir=desc");
}
