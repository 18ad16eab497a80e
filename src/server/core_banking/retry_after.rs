//! `Retry-After`: how long the other side asks to be left alone.

use std::time::{Duration, SystemTime};

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Reads it as a number of seconds or as an HTTP date, which is taken against `now`. What is neither is passed over; a
/// date that is past means at once.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are a very long time.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let moment = SystemTime::from(DateTimeParser::new().parse_timestamp(text).ok()?);
    Some(moment.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<u64> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_529_002);
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().expect("a value"));
        retry_after(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read_and_nothing_else() {
        for (text, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 3 ", Some(3)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Tue, 24 Nov 2026 14:04:02 GMT", Some(40)),
            ("Tue, 24 Nov 2026 14:03:22 GMT", Some(0)),
            ("Tue, 24 Nov 2026 13:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Tue, 31 Feb 2026 14:04:02 GMT", None),
        ] {
            assert_eq!(read(text), seconds, "{text:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), SystemTime::now()), None);
    }
}
