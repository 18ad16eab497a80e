//! Moments as addresses say them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// How a moment is written.
pub const RULE: &str = "it must be a date and time in UTC, such as 2026-11-24T14:03, or ms since the Unix epoch";

/// Reads a moment, in ms since the Unix epoch; `None` if it breaks [`RULE`].
pub fn read(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let moment = text.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
    })?;
    moment.as_millisecond().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_or_in_milliseconds() {
        let noon = Some(1_764_158_580_000);
        for text in ["2025-11-26T12:03", "2025-11-26T12:03:00", "2025-11-26 12:03", "1764158580000"] {
            assert_eq!(read(text), noon, "{text}");
        }
        assert_eq!(read("2025-11-26T13:03:00+01:00"), noon, "or with its offset");
        assert_eq!(read("2025-11-26"), Some(1_764_115_200_000));
        for text in ["yesterday", "2025-13-01T00:00", "-5", "1e3", "1969-12-31T23:59", "99999999999999999999"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
