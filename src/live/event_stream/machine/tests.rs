use super::*;

const STARTED: Input = Input::Started { event_source: true, hidden: false };
const LETTING_GO: [Order; 2] = [Order::Close, Order::Tell(Word::LetGo)];

/// Half way between the least and the most, so that no wait is lengthened or shortened.
fn at(ms: u64) -> Moment {
    Moment { ms, chance: 0.5 }
}

fn connected() -> Machine {
    let mut machine = Machine::new();
    assert_eq!(machine.on(STARTED, at(0)), [Order::Open]);
    assert_eq!(machine.on(Input::Opened, at(100)), [Order::SayConnected]);
    assert_eq!(machine.connection(), Connection::Connected);
    machine
}

#[test]
fn the_first_attempt_does_not_call_the_servers_table_old() {
    let mut machine = Machine::new();
    machine.on(STARTED, at(0));
    assert_eq!(machine.connection(), Connection::Connecting { again: false });
    assert!(machine.connection().is_current());
}

#[test]
fn a_broken_stream_shows_at_once_and_is_opened_again_after_five_seconds() {
    let mut machine = connected();
    assert_eq!(machine.on(Input::Failed, at(1_000)), [Order::Close, Order::SayLost, Order::AskWhy]);
    assert_eq!(machine.connection(), Connection::Disconnected { retry_in: 5 });
    assert_eq!(machine.on(Input::Tick, at(3_000)), []);
    assert_eq!(machine.connection(), Connection::Disconnected { retry_in: 3 });
    assert_eq!(machine.on(Input::Tick, at(6_000)), [Order::Open]);
    assert_eq!(machine.connection(), Connection::Connecting { again: true });
    machine.on(Input::Opened, at(6_050));
    assert_eq!(machine.connection(), Connection::Connected);
}

#[test]
fn pages_spread_their_attempts_by_a_fifth_around_five_seconds() {
    for (chance, not_yet, now) in [(0.0, 4_999, 5_000), (1.0, 6_999, 7_000)] {
        let mut machine = connected();
        machine.on(Input::Failed, Moment { ms: 1_000, chance });
        assert_eq!(machine.on(Input::Tick, at(not_yet)), []);
        assert_eq!(machine.on(Input::Tick, at(now)), [Order::Open]);
    }
}

#[test]
fn silence_turns_amber_after_32_seconds_and_reconnects_after_40() {
    let mut machine = connected();
    machine.on(Input::Tick, at(32_099));
    assert_eq!(machine.connection(), Connection::Connected);
    machine.on(Input::Tick, at(32_100));
    assert_eq!(machine.connection(), Connection::Stale);
    assert_eq!(machine.on(Input::Tick, at(40_100)), [Order::Close, Order::Open]);
}

#[test]
fn any_event_ends_the_silence() {
    let mut machine = connected();
    machine.on(Input::Tick, at(33_000));
    machine.on(Input::Heard, at(33_500));
    assert_eq!(machine.connection(), Connection::Connected);
    machine.on(Input::Tick, at(65_000));
    assert_eq!(machine.connection(), Connection::Connected);
}

#[test]
fn a_stream_that_never_opens_is_given_up() {
    let mut machine = Machine::new();
    machine.on(STARTED, at(0));
    assert_eq!(machine.on(Input::Tick, at(14_999)), []);
    assert_eq!(machine.on(Input::Tick, at(15_000)), [Order::Close, Order::SayLost, Order::AskWhy]);
    assert_eq!(machine.connection().name(), "disconnected");
}

#[test]
fn a_server_without_redis_is_told_apart_from_a_good_connection() {
    let mut machine = connected();
    machine.on(Input::Redis { connected: false }, at(1_000));
    assert_eq!(machine.connection(), Connection::RedisDown);
    machine.on(Input::Heard, at(2_000));
    assert_eq!(machine.connection(), Connection::RedisDown, "a ping does not bring Redis back");
    machine.on(Input::Redis { connected: true }, at(3_000));
    assert_eq!(machine.connection(), Connection::Connected);
}

#[test]
fn an_ended_session_leads_to_sign_in_and_stays_there() {
    let mut machine = connected();
    machine.on(Input::Failed, at(1_000));
    assert_eq!(machine.on(Input::Because(Reason::SignedOut), at(1_100)), [Order::Close, Order::SignIn]);
    assert_eq!(machine.connection(), Connection::SignedOut);
    for input in [Input::Tick, Input::Failed, Input::RetryNow, Input::SignedOut, Input::Left, Input::Returned] {
        assert_eq!(machine.on(input, at(90_000)), [], "{input:?}");
    }
    assert_eq!(connected().on(Input::SignedOut, at(1_000)), [Order::Close, Order::SignIn]);
}

#[test]
fn too_many_streams_back_off_to_a_minute() {
    let mut machine = Machine::new();
    machine.on(STARTED, at(0));
    let mut now = 1_000;
    for expected in [5, 10, 20, 40, 60, 60] {
        machine.on(Input::Failed, at(now));
        machine.on(Input::Because(Reason::TooManyStreams), at(now));
        assert_eq!(machine.connection(), Connection::TooManyStreams { retry_in: expected });
        now += expected * 1_000;
        assert_eq!(machine.on(Input::Tick, at(now)), [Order::Open]);
    }
}

#[test]
fn a_stream_that_had_opened_was_not_refused() {
    let mut machine = connected();
    machine.on(Input::Failed, at(1_000));
    machine.on(Input::Because(Reason::TooManyStreams), at(1_100));
    assert_eq!(machine.connection(), Connection::Disconnected { retry_in: 5 });
}

#[test]
fn an_unavailable_server_is_tried_again_as_usual() {
    let mut machine = connected();
    machine.on(Input::Failed, at(1_000));
    machine.on(Input::Because(Reason::Unavailable), at(2_000));
    assert_eq!(machine.connection(), Connection::Unavailable { retry_in: 4 });
    assert_eq!(machine.on(Input::Tick, at(6_000)), [Order::Open]);
}

#[test]
fn a_late_reason_does_not_disturb_a_new_connection() {
    let mut machine = connected();
    machine.on(Input::Failed, at(1_000));
    machine.on(Input::Tick, at(6_000));
    machine.on(Input::Opened, at(6_100));
    machine.on(Input::Because(Reason::TooManyStreams), at(6_200));
    assert_eq!(machine.connection(), Connection::Connected);
}

#[test]
fn retry_now_does_not_wait() {
    let mut machine = connected();
    machine.on(Input::Failed, at(1_000));
    assert_eq!(machine.on(Input::RetryNow, at(1_500)), [Order::Open]);
}

#[test]
fn a_page_hidden_for_5_seconds_sleeps_until_it_is_shown() {
    let mut machine = connected();
    assert_eq!(machine.on(Input::Hidden, at(1_000)), [Order::Tell(Word::Hidden)]);
    assert_eq!(machine.on(Input::Tick, at(5_999)), []);
    machine.on(Input::Heard, at(5_999));
    assert_eq!(machine.on(Input::Tick, at(6_000)), LETTING_GO);
    assert_eq!(machine.connection(), Connection::Asleep);
    assert_eq!(machine.on(Input::Tick, at(60_000)), []);
    assert_eq!(machine.on(Input::Shown, at(90_000)), [Order::Open]);
    assert_eq!(machine.connection(), Connection::CatchingUp);
    assert!(!machine.connection().is_current() && !machine.connection().needs_warning());
    machine.on(Input::Opened, at(90_050));
    assert_eq!(machine.connection(), Connection::Connected);
}

#[test]
fn a_page_that_cannot_catch_up_says_so() {
    let mut machine = connected();
    machine.on(Input::Left, at(1_000));
    machine.on(Input::Shown, at(2_000));
    assert_eq!(machine.on(Input::Tick, at(17_000)), [Order::Close, Order::SayLost, Order::AskWhy]);
    assert_eq!(machine.connection(), Connection::Disconnected { retry_in: 5 });
    assert!(machine.connection().needs_warning());
}

#[test]
fn a_page_hidden_for_a_moment_keeps_its_stream() {
    let mut machine = connected();
    machine.on(Input::Hidden, at(1_000));
    assert_eq!(machine.on(Input::Shown, at(5_000)), []);
    machine.on(Input::Heard, at(31_000));
    assert_eq!(machine.on(Input::Tick, at(32_000)), []);
}

#[test]
fn a_page_that_got_no_time_while_it_was_hidden_does_not_trust_its_stream() {
    let mut machine = connected();
    machine.on(Input::Hidden, at(1_000));
    assert_eq!(machine.on(Input::Shown, at(60_000)), [Order::Close, Order::Open]);
    assert_eq!(machine.connection(), Connection::Connecting { again: true });
}

#[test]
fn a_page_opened_behind_another_one_waits_until_it_is_shown() {
    let mut machine = Machine::new();
    assert_eq!(machine.on(Input::Started { event_source: true, hidden: true }, at(0)), []);
    assert_eq!(machine.connection(), Connection::Asleep);
    assert_eq!(machine.on(Input::Tick, at(10_000)), []);
    assert_eq!(machine.on(Input::Shown, at(20_000)), [Order::Open]);
}

#[test]
fn of_the_hidden_pages_only_the_last_keeps_its_stream() {
    let mut machine = connected();
    assert_eq!(machine.on(Input::Told(Word::Hidden), at(1_000)), [], "this one can be seen");
    machine.on(Input::Hidden, at(2_000));
    assert_eq!(machine.on(Input::Told(Word::LetGo), at(2_500)), []);
    assert_eq!(machine.on(Input::Told(Word::Hidden), at(3_000)), LETTING_GO);
    assert_eq!(machine.on(Input::Told(Word::Hidden), at(3_100)), []);
    assert_eq!(machine.on(Input::Shown, at(4_000)), [Order::Open]);
}

#[test]
fn a_page_without_a_place_tries_again_when_another_lets_go() {
    let mut machine = Machine::new();
    machine.on(STARTED, at(0));
    for now in [1_000, 6_000, 16_000] {
        machine.on(Input::Failed, at(now));
        machine.on(Input::Because(Reason::TooManyStreams), at(now));
        machine.on(Input::Tick, at(now + 10_000));
    }
    machine.on(Input::Failed, at(40_000));
    machine.on(Input::Because(Reason::TooManyStreams), at(40_000));
    assert_eq!(machine.connection(), Connection::TooManyStreams { retry_in: 40 });
    machine.on(Input::Told(Word::LetGo), at(41_000));
    assert_eq!(machine.connection(), Connection::TooManyStreams { retry_in: 1 });
    assert_eq!(machine.on(Input::Tick, at(41_500)), [Order::Open]);
}

#[test]
fn a_page_that_is_left_closes_and_one_that_returns_opens() {
    let mut machine = connected();
    assert_eq!(machine.on(Input::Left, at(1_000)), LETTING_GO);
    assert_eq!(machine.on(Input::Failed, at(1_001)), [], "closing is no failure");
    assert_eq!(machine.on(Input::Returned, at(5_000)), [Order::Open]);
}

#[test]
fn the_server_may_say_when_to_come_back() {
    let mut machine = connected();
    assert_eq!(machine.on(Input::ShuttingDown { retry_in: 2_000 }, at(1_000)), [Order::Close, Order::SayLost]);
    assert_eq!(machine.connection(), Connection::Disconnected { retry_in: 2 });
    assert_eq!(machine.on(Input::Failed, at(1_010)), [], "the end of the stream is no second loss");
    assert_eq!(machine.on(Input::Tick, at(3_000)), [Order::Open]);
}

#[test]
fn without_event_source_the_page_polls_every_ten_seconds() {
    let mut machine = Machine::new();
    assert_eq!(machine.on(Input::Started { event_source: false, hidden: false }, at(0)), [Order::Poll]);
    machine.on(Input::Polled, at(50));
    assert_eq!(machine.connection(), Connection::Polling);
    assert_eq!(machine.on(Input::Tick, at(10_000)), []);
    assert_eq!(machine.on(Input::Tick, at(10_050)), [Order::Poll]);
    assert_eq!(machine.on(Input::Failed, at(10_100)), [Order::SayLost], "the answer says why");
    assert_eq!(machine.connection(), Connection::Disconnected { retry_in: 5 });
    assert_eq!(machine.on(Input::Tick, at(15_100)), [Order::Poll]);
    machine.on(Input::Polled, at(15_200));
    assert_eq!(machine.connection(), Connection::Polling);
    assert_eq!(machine.on(Input::Tick, at(47_199)), [Order::Poll]);
    assert_eq!(machine.on(Input::Tick, at(47_200)), [Order::SayLost], "nobody answers");
    assert_eq!(machine.connection(), Connection::Disconnected { retry_in: 5 });
}
