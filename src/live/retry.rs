//! When a stream is given up, and when it is asked for again: one rule for all streams of a page.

/// Silence, in ms, after which a stream is taken for dead.
pub const DEAD_MS: u64 = 40_000;

/// How long, in ms, a stream may take to open.
pub const OPEN_MS: u64 = 15_000;

/// The wait, in ms, before another attempt.
pub const RETRY_MS: u64 = 5_000;

/// The wait, in ms, before another attempt once another page made room.
pub const ROOM_MS: u64 = 500;

/// The longest wait, in ms.
const LONGEST_MS: u64 = 60_000;

/// The wait, in ms, after a refusal because too many streams are open: it doubles with each that came `before`. Nothing else
/// makes a page wait longer.
pub fn after_refusals(before: u32) -> u64 {
    (RETRY_MS << before.min(4)).min(LONGEST_MS)
}

/// The wait, in ms, that a server asked for which goes away, if it makes sense.
pub fn asked_for(wait_ms: u64) -> u64 {
    wait_ms.clamp(1_000, LONGEST_MS)
}

/// A wait that is up to a fifth shorter or longer, so that pages do not all come back at once. `chance` is random, from 0 to 1.
pub fn spread(wait_ms: u64, chance: f64) -> u64 {
    (wait_ms as f64 * (0.8 + 0.4 * chance)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_spread_by_a_fifth() {
        assert_eq!([0.0, 0.5, 1.0].map(|chance| spread(RETRY_MS, chance)), [4_000, 5_000, 6_000]);
    }

    #[test]
    fn waits_double_up_to_a_minute_and_stay_there() {
        let waits = [0, 1, 2, 3, 4, 5, u32::MAX].map(after_refusals);
        assert_eq!(waits, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    }

    #[test]
    fn no_server_sends_a_page_away_for_ever_or_makes_it_come_back_at_once() {
        assert_eq!([0, 2_000, u64::MAX].map(asked_for), [1_000, 2_000, 60_000]);
    }
}
