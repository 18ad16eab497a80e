use super::*;

const NOON: u64 = 1_764_158_400_000;
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60_000;

fn timeline(range: TimeRange) -> Timeline {
    Timeline::new(range, NOON, vec!["queued".to_owned()])
}

fn seen(at: u64, status: &str) -> Seen {
    let status = serde_json::from_str(status).expect("an object");
    Seen::of(&status, &["queued".to_owned()], at, 10 * SECOND)
}

fn words(drawn: &Drawn) -> Vec<(usize, String)> {
    drawn.bands().into_iter().map(|band| (band.count, band.state.unwrap_or_else(|| "nothing".to_owned()))).collect()
}

#[test]
fn ten_minutes_of_silence_are_a_gap_and_no_zero() {
    let mut timeline = timeline(TimeRange::Hour);
    for minute in (0..60).rev().filter(|minute| !(20..30).contains(minute)) {
        for second in [0, 15, 30, 45] {
            let at = NOON - minute * MINUTE - (59 - second) * SECOND;
            assert!(timeline.take(seen(at, r#"{"queued":3}"#)));
        }
    }
    let drawn = timeline.drawn(NOON);
    assert_eq!(drawn.stretches.len(), STRETCHES);
    let said = words(&drawn);
    assert_eq!(said.iter().map(|(_, word)| word.as_str()).collect::<Vec<_>>(), ["Idle", "nothing", "Idle"], "{said:?}");
    assert!((47..=52).contains(&said[1].0), "fifty stretches of twelve seconds: {said:?}");
    assert!((9 * MINUTE..=10 * MINUTE + 15 * SECOND).contains(&drawn.silent), "{}", drawn.silent);
    let lengths = drawn.queue(0);
    let silent = drawn.bands()[1].clone();
    assert!(lengths[silent.first..silent.first + silent.count].iter().all(Option::is_none));
    let heard = lengths.iter().flatten().count();
    assert_eq!(heard + silent.count, STRETCHES, "and everywhere else there is a number");
    assert!(lengths.iter().flatten().all(|span| span.last == 3.0), "which was never zero");
}

#[test]
fn what_holds_is_carried_on_between_reports_and_a_silence_of_a_moment_is_none() {
    let mut timeline = timeline(TimeRange::Hour);
    timeline.take(seen(NOON - 10 * MINUTE, r#"{"queued":7,"active":true}"#));
    timeline.take(seen(NOON - 9 * MINUTE, r#"{"queued":1}"#));
    let drawn = timeline.drawn(NOON - 9 * MINUTE + 50 * SECOND);
    assert_eq!(drawn.silent, 0, "60 s are not five reports and the time that history leaves out");
    assert_eq!(drawn.states, [("Running".to_owned(), MINUTE), ("Idle".to_owned(), 50 * SECOND)]);
    let spans: Vec<Span> = drawn.queue(0).into_iter().flatten().collect();
    assert_eq!(spans[..4], [Span { min: 7.0, max: 7.0, last: 7.0 }; 4]);
    assert_eq!(spans.last().map(|span| span.last), Some(1.0));
    let later = timeline.drawn(NOON);
    assert!(later.silent > 8 * MINUTE, "but in the end it is: {}", later.silent);
}

#[test]
fn what_was_before_the_first_report_is_not_known_to_be_silence() {
    let mut timeline = timeline(TimeRange::Hour);
    timeline.take(seen(NOON - MINUTE, "{}"));
    let drawn = timeline.drawn(NOON);
    assert_eq!(words(&drawn)[0].1, "nothing");
    assert_eq!(drawn.silent, 0);
    assert_eq!(Timeline::new(TimeRange::Day, NOON, Vec::new()).drawn(NOON).bands().len(), 1);
}

#[test]
fn a_stretch_has_the_least_the_most_and_the_last_and_never_hides_trouble() {
    let mut timeline = timeline(TimeRange::Week);
    let start = NOON / TimeRange::Week.width() * TimeRange::Week.width();
    timeline.take(seen(start - 30 * SECOND, "{}"));
    for (at, status) in [
        (1, r#"{"queued":5}"#),
        (2, r#"{"queued":90,"state":"failed"}"#),
        (3, r#"{"queued":2,"active":true}"#),
        (30, r#"{"queued":4,"active":true}"#),
    ] {
        timeline.take(seen(start + at * SECOND, status));
    }
    let drawn = timeline.drawn(start + 40 * SECOND);
    let last = drawn.stretches.last().expect("a stretch");
    assert_eq!(last.spans, [Some(Span { min: 2.0, max: 90.0, last: 4.0 })]);
    assert_eq!(drawn.word(last), Some("Failed"), "of a second among many");
    assert_eq!(drawn.states.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>(), ["Idle", "Failed", "Running"]);
}

#[test]
fn a_silence_within_one_stretch_shows_all_the_same() {
    let mut timeline = timeline(TimeRange::Week);
    let start = NOON / TimeRange::Week.width() * TimeRange::Week.width();
    timeline.take(seen(start, r#"{"queued":5}"#));
    timeline.take(seen(start + 10 * MINUTE, r#"{"queued":5}"#));
    let drawn = timeline.drawn(start + 11 * MINUTE);
    let last = drawn.stretches.last().expect("a stretch");
    assert_eq!((drawn.word(last), last.spans.len()), (None, 0));
}

#[test]
fn the_window_moves_on_and_stays_as_long_as_it_is() {
    let mut timeline = timeline(TimeRange::Hour);
    timeline.take(seen(NOON - 55 * MINUTE, "{}"));
    timeline.take(seen(NOON, "{}"));
    let start = timeline.start();
    timeline.take(seen(NOON + 10 * MINUTE, "{}"));
    assert_eq!(timeline.start(), start + 10 * MINUTE);
    assert_eq!(timeline.drawn(NOON + 10 * MINUTE).stretches.len(), STRETCHES);
    assert!(!timeline.take(seen(NOON + MINUTE, "{}")), "an older report changes nothing");
    let much_later = NOON + 365 * 24 * 60 * MINUTE;
    assert!(timeline.take(seen(much_later, "{}")));
    assert_eq!(timeline.drawn(much_later).stretches.len(), STRETCHES);
}

#[test]
fn a_report_from_before_the_range_says_how_it_began() {
    let mut timeline = timeline(TimeRange::Hour);
    let start = timeline.start();
    timeline.take(seen(start - 20 * SECOND, r#"{"queued":9}"#));
    timeline.take(seen(start + 20 * SECOND, r#"{"queued":1}"#));
    let first = timeline.drawn(start + 30 * SECOND).stretches[0].clone();
    assert_eq!(first.spans, [Some(Span { min: 9.0, max: 9.0, last: 9.0 })]);
}

#[test]
fn any_words_for_states_stay_few_and_short() {
    let mut timeline = timeline(TimeRange::Hour);
    for number in 0..100 {
        let status = format!(r#"{{"state":"{number}{}"}}"#, "x".repeat(1_000));
        timeline.take(seen(NOON - 10 * MINUTE + number * SECOND, &status));
    }
    let drawn = timeline.drawn(NOON - 8 * MINUTE);
    assert_eq!(drawn.states.len(), MOST_STATES);
    assert_eq!(drawn.states.last().map(|(word, _)| word.as_str()), Some("Other states"));
    assert!(drawn.states.iter().all(|(word, _)| word.chars().count() <= LONGEST_STATE));
}

#[test]
fn queues_are_the_numbers_of_a_status_that_are_no_times() {
    let queues = |json: &str| queues_of(&serde_json::from_str(json).expect("an object"));
    assert_eq!(
        queues(r#"{"running":true,"background":1,"priority":2,"interval":300000,"lastRun":1764158400000}"#),
        ["priority", "background"]
    );
    assert_eq!(queues(r#"{"since":1764158400000,"queued":0,"drift":-1,"name":"5"}"#), ["queued"]);
    assert_eq!(queues(r#"{"a":1,"b":1,"c":1,"d":1,"e":1,"priority":1}"#), ["priority", "a", "b", "c"]);
}

#[test]
fn what_the_server_made_goes_on_in_the_browser() {
    let mut timeline = timeline(TimeRange::SixHours);
    timeline.take(seen(NOON - MINUTE, r#"{"queued":2.5,"state":"<b>"}"#));
    let mut taken_over: Timeline =
        serde_json::from_str(&serde_json::to_string(&timeline).expect("JSON")).expect("the same");
    assert_eq!(taken_over, timeline);
    for side in [&mut timeline, &mut taken_over] {
        side.take(seen(NOON, r#"{"queued":1}"#));
    }
    assert_eq!(taken_over.drawn(NOON), timeline.drawn(NOON));
}
