//! Every way from one state to another, on a clock that stands still until it is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::*;

const OUTAGE: Outcome = Outcome::Outage { absence: Absence::Unreachable, hold: None };

/// 14:03:22 UTC on a day in 2026.
const WALL: u64 = 1_795_529_002_000;

struct Bench {
    breaker: Breaker,
    ms: Arc<AtomicU64>,
}

impl Bench {
    fn new() -> Self {
        let (ms, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let clock = ms.clone();
        let limits =
            BreakerLimits { outages: 3, first_pause: Duration::from_secs(1), longest_pause: Duration::from_secs(4) };
        let clock = move || {
            let passed = clock.load(Ordering::SeqCst);
            Moment { at: start + Duration::from_millis(passed), wall: WALL + passed }
        };
        let breaker = Breaker::new(limits, clock, |before, now| assert_ne!(before, now));
        Self { breaker, ms }
    }

    /// One that has opened just now.
    fn open() -> Self {
        let bench = Self::new();
        (0..3).for_each(|_| bench.ask(OUTAGE));
        assert_eq!(bench.state(), CircuitState::Open);
        bench
    }

    fn pass(&self) -> Pass<'_> {
        self.breaker.admit().unwrap_or_else(|away| panic!("refused: {away}"))
    }

    fn ask(&self, outcome: Outcome) {
        self.pass().settle(outcome);
    }

    fn wait(&self, ms: u64) {
        self.ms.fetch_add(ms, Ordering::SeqCst);
    }

    fn condition(&self) -> Condition {
        *self.breaker.watch().borrow()
    }

    fn state(&self) -> CircuitState {
        self.condition().state
    }

    fn is_refused(&self) -> bool {
        self.breaker.admit().is_err()
    }

    /// Lets a probe fail after exactly `pause` ms, and sees that none is let through before.
    fn probe_fails_after(&self, pause: u64) {
        self.wait(pause - 1);
        assert!(self.is_refused(), "{pause} ms are not over");
        self.wait(1);
        let probe = self.pass();
        assert!(probe.is_probe());
        probe.settle(OUTAGE);
    }
}

#[test]
fn it_opens_after_three_outages_in_a_row_and_an_answer_ends_the_row() {
    let bench = Bench::new();
    for _ in 0..3 {
        bench.ask(OUTAGE);
        bench.ask(OUTAGE);
        assert_eq!(bench.state(), CircuitState::Closed);
        bench.ask(Outcome::Answered);
    }
    assert_eq!(bench.condition(), Condition { state: CircuitState::Closed, away: None });
    for expected in [CircuitState::Closed, CircuitState::Closed, CircuitState::Open] {
        bench.ask(OUTAGE);
        assert_eq!(bench.state(), expected);
    }
}

#[test]
fn it_says_since_when_from_the_first_outage_of_the_row() {
    let bench = Bench::new();
    bench.ask(OUTAGE);
    let first = bench.condition().away.expect("away");
    assert_eq!((first.since, first.to_string().as_str()), (WALL, "core banking unreachable since 14:03:22 UTC"));
    bench.wait(70_000);
    bench.ask(Outcome::Outage { absence: Absence::Refusing, hold: None });
    bench.ask(OUTAGE);
    bench.wait(999);
    assert_eq!(bench.breaker.admit().err(), Some(first), "the pause is not over");
    bench.wait(1);
    bench.ask(OUTAGE);
    assert_eq!(bench.condition().away, Some(first), "a failed probe is the same outage");
}

#[test]
fn each_absence_has_its_words() {
    let words = [Absence::Unreachable, Absence::Refusing, Absence::Overloaded]
        .map(|absence| Away { absence, since: WALL }.to_string());
    assert_eq!(
        words,
        [
            "core banking unreachable since 14:03:22 UTC",
            "core banking refuses the token since 14:03:22 UTC",
            "core banking overloaded since 14:03:22 UTC",
        ]
    );
}

#[test]
fn each_failed_probe_doubles_the_pause_up_to_the_longest_and_an_answer_resets_it() {
    let bench = Bench::open();
    for pause in [1_000, 2_000, 4_000, 4_000, 4_000] {
        assert_eq!(bench.breaker.time_to_probe(), Some(Duration::from_millis(pause)));
        bench.probe_fails_after(pause);
        assert_eq!(bench.state(), CircuitState::Open);
    }
    bench.wait(4_000);
    bench.ask(Outcome::Answered);
    assert_eq!(bench.condition(), Condition { state: CircuitState::Closed, away: None });
    assert_eq!(bench.breaker.time_to_probe(), None);
    (0..3).for_each(|_| bench.ask(OUTAGE));
    bench.probe_fails_after(1_000);
}

#[test]
fn half_open_lets_one_probe_through_and_refuses_the_others() {
    let bench = Bench::open();
    bench.wait(1_000);
    let probe = bench.pass();
    assert!(probe.is_probe() && probe.check().is_ok());
    assert_eq!(bench.state(), CircuitState::HalfOpen);
    assert_eq!(bench.breaker.time_to_probe(), None);
    bench.wait(3_600_000);
    assert!(bench.is_refused(), "however long the probe takes");
    probe.settle(Outcome::Answered);
    assert_eq!(bench.state(), CircuitState::Closed);
    assert!(!bench.pass().is_probe());
}

#[test]
fn of_many_who_ask_at_the_same_moment_one_is_the_probe() {
    for _ in 0..200 {
        let bench = Bench::open();
        bench.wait(1_000);
        let barrier = std::sync::Barrier::new(16);
        let probes: usize = thread::scope(|scope| {
            let ask = || {
                barrier.wait();
                let pass = bench.breaker.admit();
                // Nobody gives the place back before all have asked.
                barrier.wait();
                usize::from(pass.is_ok_and(|pass| pass.is_probe()))
            };
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        assert_eq!(probes, 1);
    }
}

#[test]
fn a_probe_that_is_given_up_makes_room_for_another() {
    let bench = Bench::open();
    bench.wait(1_000);
    drop(bench.pass());
    assert_eq!(bench.state(), CircuitState::Open);
    assert_eq!(bench.breaker.time_to_probe(), Some(Duration::ZERO));
    assert!(bench.pass().is_probe());
}

#[test]
fn a_question_that_is_given_up_counts_for_nothing() {
    let bench = Bench::new();
    bench.ask(OUTAGE);
    bench.ask(OUTAGE);
    drop(bench.pass());
    assert_eq!(bench.state(), CircuitState::Closed);
    bench.ask(OUTAGE);
    assert_eq!(bench.state(), CircuitState::Open, "neither as an answer nor as an outage");
}

#[test]
fn questions_from_before_a_change_do_not_count_after_it() {
    let bench = Bench::new();
    let late: Vec<Pass> = (0..9).map(|_| bench.pass()).collect();
    (0..3).for_each(|_| bench.ask(OUTAGE));
    assert!(late.iter().all(|pass| pass.check().is_err()), "those that wait are not asked any more");
    let mut late = late.into_iter();
    let mut settle = |outcome| late.next().expect("a pass").settle(outcome);
    settle(Outcome::Answered);
    settle(OUTAGE);
    assert_eq!((bench.state(), bench.breaker.time_to_probe()), (CircuitState::Open, Some(Duration::from_secs(1))));
    bench.wait(1_000);
    let probe = bench.pass();
    settle(Outcome::Answered);
    settle(OUTAGE);
    assert_eq!(bench.state(), CircuitState::HalfOpen);
    probe.settle(Outcome::Answered);
    (0..3).for_each(|_| settle(OUTAGE));
    assert!(late.next().expect("a pass").check().is_ok(), "they may be asked again");
    assert_eq!(bench.condition(), Condition { state: CircuitState::Closed, away: None });
    drop(late);
    assert_eq!(bench.state(), CircuitState::Closed);
}

#[test]
fn whoever_is_asked_to_wait_waits_at_once_and_within_a_bound() {
    for (asked_for, waited) in [(0, 1_000), (500, 1_000), (60_000, 60_000), (u64::MAX, 300_000)] {
        let bench = Bench::new();
        bench.ask(Outcome::Outage { absence: Absence::Overloaded, hold: Some(Duration::from_millis(asked_for)) });
        assert_eq!(bench.breaker.time_to_probe(), Some(Duration::from_millis(waited)), "{asked_for} ms");
        bench.probe_fails_after(waited);
    }
    let bench = Bench::open();
    bench.wait(1_000);
    bench.ask(Outcome::Outage { absence: Absence::Overloaded, hold: Some(Duration::from_secs(30)) });
    assert_eq!(bench.breaker.time_to_probe(), Some(Duration::from_secs(30)), "a probe's answer counts too");
}

#[test]
fn whoever_watches_hears_each_change_once() {
    let bench = Bench::new();
    let mut watch = bench.breaker.watch();
    bench.ask(Outcome::Answered);
    assert!(!watch.has_changed().expect("it is there"), "nothing changed");
    bench.ask(OUTAGE);
    assert!(watch.borrow_and_update().away.is_some());
    bench.ask(OUTAGE);
    assert!(!watch.has_changed().expect("it is there"), "it is the same outage");
    bench.ask(OUTAGE);
    assert_eq!(watch.borrow_and_update().state, CircuitState::Open);
    assert!(bench.is_refused() && !watch.has_changed().expect("it is there"));
    bench.wait(1_000);
    let probe = bench.pass();
    assert_eq!(watch.borrow_and_update().state, CircuitState::HalfOpen);
    probe.settle(Outcome::Answered);
    assert_eq!(*watch.borrow_and_update(), Condition { state: CircuitState::Closed, away: None });
}
