//! Times and durations in words. Everything is UTC, since the server does not know the reader's zone, and both must write the same
//! text; only tooltips tell the reader's own time as well, once the page has come alive.

mod civil;

use crate::model::run::RunProgress;
use crate::ui::format::civil::Civil;

/// How long ago `then` was at `now`, both in ms since the Unix epoch.
pub fn ago(then: u64, now: u64) -> String {
    let seconds = now.saturating_sub(then) / 1_000;
    match seconds {
        0..=4 => "just now".to_owned(),
        5..=59 => format!("{seconds} s ago"),
        60..=3_599 => format!("{} m ago", seconds / 60),
        3_600..=86_399 => format!("{} h ago", seconds / 3_600),
        _ => date(then),
    }
}

/// How long it is from `now` to `then`, both in ms since the Unix epoch, rounded up: what is to come is never late.
pub fn until(then: u64, now: u64) -> String {
    let seconds = then.saturating_sub(now).div_ceil(1_000);
    match seconds {
        0 => "now".to_owned(),
        1..=59 => format!("in {seconds} s"),
        60..=3_599 => format!("in {} m", seconds.div_ceil(60)),
        3_600..=86_400 => format!("in {} h", seconds.div_ceil(3_600)),
        _ => format!("on {}", date(then)),
    }
}

/// How far a run is: `37 of 1000`.
pub fn progress(progress: RunProgress) -> String {
    format!("{} of {}", count(&progress.done.to_string()), count(&progress.total.to_string()))
}

/// A duration in ms: `850 ms`, `12.4 s`, `3 m 05 s`, `24 h`.
pub fn duration(ms: u64) -> String {
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    match (hours, minutes, seconds) {
        (0, 0, 0) => format!("{ms} ms"),
        (0, 0, _) if ms % 1_000 < 100 => format!("{seconds} s"),
        (0, 0, _) => format!("{seconds}.{} s", ms % 1_000 / 100),
        (0, _, 0) => format!("{minutes} m"),
        (0, _, _) => format!("{minutes} m {seconds:02} s"),
        (_, 0, _) => format!("{hours} h"),
        (_, _, _) => format!("{hours} h {minutes:02} m"),
    }
}

/// The date and time of a moment in ms since the Unix epoch: `2026-11-24 14:03:22 UTC`.
pub fn date_and_time(ms: u64) -> String {
    told(ms, |at| format!("{} UTC", in_digits(at)))
}

/// The same beside what a clock says that is so many minutes ahead of UTC, a line each.
pub fn in_both_zones(ms: u64, ahead: i64) -> String {
    let utc = date_and_time(ms);
    if ahead == 0 {
        return utc;
    }
    told(ms.saturating_add_signed(ahead * 60_000), |at| format!("{} local time\n{utc}", in_digits(at)))
}

fn in_digits(at: Civil) -> String {
    let Civil { year, month, day, hour, minute, second } = at;
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// The date and the time of day of a line: `2026-11-24` and `14:03:22.123`, UTC.
pub fn date_and_milliseconds(ms: u64) -> (String, String) {
    let time = told(ms, |at| format!("{:02}:{:02}:{:02}.{:03}", at.hour, at.minute, at.second, ms % 1_000));
    (date(ms), time)
}

/// The time of day: `14:03:22 UTC`.
pub fn time_of_day(ms: u64) -> String {
    told(ms, |at| format!("{:02}:{:02}:{:02} UTC", at.hour, at.minute, at.second))
}

/// For the `datetime` attribute: `2026-11-24T14:03:22Z`.
pub fn machine_time(ms: u64) -> String {
    told(ms, |at| {
        let Civil { year, month, day, hour, minute, second } = at;
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    })
}

fn date(ms: u64) -> String {
    told(ms, |at| format!("{}-{:02}-{:02}", at.year, at.month, at.day))
}

/// A count with its digits in groups: `12 845`, apart by a space that does not break.
pub fn count(number: &str) -> String {
    if number.len() < 5 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut grouped = String::with_capacity(number.len() * 2);
    for (place, digit) in number.chars().enumerate() {
        if place > 0 && (number.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

fn told(ms: u64, tell: impl FnOnce(Civil) -> String) -> String {
    Civil::of(ms).map_or_else(|| "unknown".to_owned(), tell)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_764_158_602_000;

    #[test]
    fn ages_are_told_as_an_operator_says_them() {
        for (age, said) in [
            (0, "just now"),
            (4_999, "just now"),
            (12_000, "12 s ago"),
            (240_000, "4 m ago"),
            (3 * 3_600_000, "3 h ago"),
        ] {
            assert_eq!(ago(NOON, NOON + age), said);
        }
        assert_eq!(ago(NOON, NOON + 86_400_000), "2025-11-26");
        assert_eq!(ago(NOON, NOON - 5_000), "just now", "a clock that runs behind is no reason to fail");
    }

    #[test]
    fn what_is_to_come_is_told_rounded_up() {
        for (left, said) in [
            (0, "now"),
            (1, "in 1 s"),
            (59_000, "in 59 s"),
            (59_001, "in 1 m"),
            (299_000, "in 5 m"),
            (3_599_000, "in 60 m"),
            (3 * 3_600_000, "in 3 h"),
            (86_400_000, "in 24 h"),
            (86_401_000, "on 2025-11-27"),
        ] {
            assert_eq!(until(NOON + left, NOON), said);
        }
        assert_eq!(until(NOON, NOON + 5_000), "now");
    }

    #[test]
    fn progress_is_told_in_counts() {
        assert_eq!(progress(RunProgress { done: 37, total: 1_000 }), "37 of 1000");
        assert_eq!(progress(RunProgress { done: 12_845, total: 100_000 }), "12\u{202f}845 of 100\u{202f}000");
    }

    #[test]
    fn durations_are_short() {
        for (ms, said) in [
            (850, "850 ms"),
            (5_000, "5 s"),
            (12_400, "12.4 s"),
            (185_000, "3 m 05 s"),
            (300_000, "5 m"),
            (43_200_000, "12 h"),
            (5_400_000, "1 h 30 m"),
        ] {
            assert_eq!(duration(ms), said);
        }
    }

    #[test]
    fn moments_are_utc() {
        assert_eq!(date_and_time(NOON), "2025-11-26 12:03:22 UTC");
        assert_eq!(time_of_day(NOON), "12:03:22 UTC");
        assert_eq!(machine_time(NOON), "2025-11-26T12:03:22Z");
        assert_eq!(date_and_time(u64::MAX), "unknown");
    }

    #[test]
    fn a_tooltip_tells_the_readers_own_time_as_well() {
        assert_eq!(in_both_zones(NOON, 330), "2025-11-26 17:33:22 local time\n2025-11-26 12:03:22 UTC");
        assert_eq!(in_both_zones(NOON, -750), "2025-11-25 23:33:22 local time\n2025-11-26 12:03:22 UTC");
        assert_eq!(in_both_zones(NOON, 0), "2025-11-26 12:03:22 UTC");
    }

    #[test]
    fn long_counts_are_grouped() {
        assert_eq!(count("9999"), "9999");
        assert_eq!(count("12845"), "12\u{202f}845");
        assert_eq!(count("1234567"), "1\u{202f}234\u{202f}567");
        assert_eq!(count("12.5"), "12.5");
    }
}
