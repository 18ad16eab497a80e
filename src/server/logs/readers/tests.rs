use std::future::poll_fn;

use futures::FutureExt;

use super::*;
use crate::model::event::EntryId;

fn readers() -> Readers {
    let readers = Readers::new(Metrics::new().expect("metrics"));
    readers.set_connected(true);
    publish(&readers, Vec::new());
    readers
}

fn publish(readers: &Readers, entries: Vec<Kept>) {
    readers.publish(&EventId { epoch: "e".to_owned(), entry: EntryId::default() }, entries);
}

fn line(n: u64, service: &str, level: Level, words: &str) -> Kept {
    let entry = EntryId { milliseconds: n, sequence: 0 };
    Kept::Line { entry, service: service.parse().expect("an id"), level, json: format!("\"{words}\"") }
}

fn said(reader: &mut LineReader) -> Option<String> {
    let bytes = poll_fn(|context| reader.poll_next(context)).now_or_never()?;
    Some(String::from_utf8(bytes.to_vec()).expect("text"))
}

fn of(service: &str, least: Level) -> Filter {
    Filter { service: service.parse().ok(), least, text: String::new() }
}

#[test]
fn a_reader_gets_what_it_wants_and_nothing_else() {
    let readers = readers();
    let (mut all, _) = readers.subscribe(Filter::default()).expect("connected");
    let (mut mail, _) = readers.subscribe(of("mail", Level::Warn)).expect("connected");
    publish(&readers, vec![line(1, "mail", Level::Info, "a"), line(2, "mail", Level::Warn, "b")]);
    publish(&readers, vec![line(3, "cards", Level::Error, "c"), Kept::Dropped { entry: EntryId::default(), n: 7 }]);
    let gap = "event: dropped\ndata: {\"n\":7}\n\n";
    let (a, b, c) = ("id: e.1-0\ndata: \"a\"\n\n", "id: e.2-0\ndata: \"b\"\n\n", "id: e.3-0\ndata: \"c\"\n\n");
    assert_eq!(said(&mut all), Some(format!("{a}{b}{c}{gap}")));
    assert_eq!(said(&mut mail), Some(format!("{b}{gap}")));
    assert_eq!((said(&mut all), said(&mut mail)), (None, None));
}

#[test]
fn whoever_does_not_read_is_told_how_many_of_its_lines_it_missed() {
    let readers = readers();
    let (mut all, _) = readers.subscribe(Filter::default()).expect("connected");
    let (mut mail, _) = readers.subscribe(of("mail", Level::Trace)).expect("connected");
    let many = MOST_FRAMES as u64 * 3;
    publish(&readers, vec![Kept::Dropped { entry: EntryId::default(), n: 1_000 }]);
    for n in 0..many {
        publish(&readers, vec![line(n, if n % 3 == 0 { "mail" } else { "cards" }, Level::Info, "x")]);
    }
    for (reader, meant) in [(&mut all, many), (&mut mail, many / 3)] {
        let mut text = String::new();
        while let Some(more) = said(reader) {
            assert!(more.len() <= MOST_AT_ONCE);
            text += &more;
        }
        let missed = text.strip_prefix("event: dropped\ndata: {\"n\":").and_then(|rest| rest.split_once('}'));
        let missed: u64 = missed.expect("a gap first").0.parse().expect("a number");
        assert!(missed > 0);
        assert_eq!(missed + text.matches("id: ").count() as u64, meant + 1_000, "a gap that was missed counts too");
        assert_eq!(text.matches("event: dropped").count(), 1);
    }
    let ring = readers.lock();
    assert!(ring.frames.len() <= MOST_FRAMES && ring.length <= MOST_BYTES);
}

#[test]
fn nobody_comes_in_while_redis_is_out_of_reach_and_those_inside_are_told() {
    let readers = readers();
    let (mut reader, _) = readers.subscribe(of("mail", Level::Error)).expect("connected");
    readers.set_connected(false);
    readers.set_connected(false);
    assert!(readers.subscribe(Filter::default()).is_none());
    assert_eq!(said(&mut reader).as_deref(), Some("event: redis\ndata: {\"connected\":false}\n\n"));
    readers.ping(5);
    assert_eq!(said(&mut reader).as_deref(), Some("event: ping\ndata: {\"now\":5,\"id\":\"e.0-0\"}\n\n"));
}

#[test]
fn a_reader_that_goes_leaves_no_seat() {
    let readers = readers();
    drop(readers.subscribe(Filter::default()));
    readers.ping(5);
    assert!(readers.lock().seats.is_empty());
}
