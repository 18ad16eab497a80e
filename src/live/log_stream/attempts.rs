//! What became of the attempts to have a stream of lines, as far as the next one depends on it.

use crate::live::event_stream::machine::Reason;
use crate::live::retry;

/// The attempts so far.
#[derive(Debug, Default)]
pub struct Attempts {
    /// The number of the latest.
    latest: u32,
    stage: Stage,
    /// How many were refused one after the other because too many streams are open.
    refusals: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Asked,
    Open,
    Broken {
        had_opened: bool,
    },
    Refused,
}

/// What the reason of a break comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing else than was planned.
    AsPlanned,
    /// Too many streams are open: wait so long, in ms.
    Wait(u64),
    /// There will be no stream any more.
    Over,
}

impl Attempts {
    /// A stream is asked for.
    pub fn begin(&mut self) {
        self.latest = self.latest.wrapping_add(1);
        self.stage = Stage::Asked;
    }

    /// It opened.
    pub fn opened(&mut self) {
        self.stage = Stage::Open;
        self.refusals = 0;
    }

    /// It broke, or was given up. Answers which attempt that was, for when the reason is known.
    pub fn broke(&mut self) -> u32 {
        self.stage = Stage::Broken { had_opened: self.stage == Stage::Open };
        self.latest
    }

    /// Hears why an attempt broke. By then there may be a newer one, which that says nothing about.
    pub fn explain(&mut self, attempt: u32, reason: Reason) -> Verdict {
        let Stage::Broken { had_opened } = self.stage else { return Verdict::AsPlanned };
        match reason {
            _ if attempt != self.latest => Verdict::AsPlanned,
            Reason::SignedOut => Verdict::Over,
            // A stream that was open keeps its place for a while, so a full count says nothing about it.
            Reason::TooManyStreams if !had_opened => {
                let wait = retry::after_refusals(self.refusals);
                self.refusals = self.refusals.saturating_add(1);
                self.stage = Stage::Refused;
                Verdict::Wait(wait)
            }
            _ => Verdict::AsPlanned,
        }
    }

    /// How long, in ms, the stream may say nothing.
    pub fn patience(&self) -> u64 {
        if self.stage == Stage::Open { retry::DEAD_MS } else { retry::OPEN_MS }
    }

    /// Whether a stream is open.
    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Whether the next attempt waits for room.
    pub fn waits_for_room(&self) -> bool {
        self.stage == Stage::Refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Attempts {
        let mut attempts = Attempts::default();
        attempts.begin();
        attempts.opened();
        attempts
    }

    fn refused(attempts: &mut Attempts) -> Verdict {
        attempts.begin();
        let attempt = attempts.broke();
        attempts.explain(attempt, Reason::TooManyStreams)
    }

    #[test]
    fn refusals_back_off_to_a_minute_until_a_stream_opens() {
        let mut attempts = Attempts::default();
        for wait in [5_000, 10_000, 20_000, 40_000, 60_000, 60_000] {
            assert_eq!(refused(&mut attempts), Verdict::Wait(wait));
            assert!(attempts.waits_for_room());
        }
        attempts.begin();
        assert!(!attempts.waits_for_room());
        attempts.opened();
        attempts.broke();
        assert_eq!(refused(&mut attempts), Verdict::Wait(5_000));
    }

    #[test]
    fn a_stream_that_had_opened_was_not_refused() {
        let mut attempts = opened();
        let attempt = attempts.broke();
        assert_eq!(attempts.explain(attempt, Reason::TooManyStreams), Verdict::AsPlanned);
        assert!(!attempts.waits_for_room());
    }

    #[test]
    fn nothing_else_makes_the_page_wait_longer() {
        for reason in [Reason::NothingKnown, Reason::Unavailable, Reason::Unreachable] {
            let mut attempts = Attempts::default();
            attempts.begin();
            let attempt = attempts.broke();
            assert_eq!(attempts.explain(attempt, reason), Verdict::AsPlanned, "{reason:?}");
        }
    }

    #[test]
    fn an_ended_session_ends_it() {
        let mut attempts = opened();
        let attempt = attempts.broke();
        assert_eq!(attempts.explain(attempt, Reason::SignedOut), Verdict::Over);
    }

    #[test]
    fn a_late_reason_does_not_disturb_a_newer_attempt() {
        for reason in [Reason::TooManyStreams, Reason::SignedOut] {
            let mut attempts = Attempts::default();
            attempts.begin();
            let first = attempts.broke();
            attempts.begin();
            assert_eq!(attempts.explain(first, reason), Verdict::AsPlanned, "{reason:?}: one is asked for");
            attempts.opened();
            assert_eq!(attempts.explain(first, reason), Verdict::AsPlanned, "{reason:?}: one is open");
            attempts.begin();
            attempts.broke();
            assert_eq!(attempts.explain(first, reason), Verdict::AsPlanned, "{reason:?}: that was another one");
        }
    }

    #[test]
    fn an_open_stream_may_be_silent_for_longer_than_one_that_opens() {
        let mut attempts = Attempts::default();
        attempts.begin();
        assert_eq!((attempts.is_open(), attempts.patience()), (false, 15_000));
        attempts.opened();
        assert_eq!((attempts.is_open(), attempts.patience()), (true, 40_000));
    }
}
