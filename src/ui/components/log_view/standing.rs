//! What stands above the lines: whether they come, and whether they are shown.

use crate::live::log_stream::Flow;
use crate::ui::format;

/// In words. A pause does not hide that no lines come.
pub fn words(is_paused: bool, waiting: usize, flow: Flow) -> String {
    let paused = match (is_paused, waiting) {
        (false, _) => return flow.words().to_owned(),
        (true, 0) => "Paused".to_owned(),
        (true, 1) => "Paused · 1 new line".to_owned(),
        (true, n) => format!("Paused · {} new lines", format::count(&n.to_string())),
    };
    if flow.is_bad() { format!("{paused} · {}", flow.words()) } else { paused }
}

/// Its class.
pub fn tone(is_paused: bool, flow: Flow) -> &'static str {
    match flow {
        _ if flow.is_bad() => "log-state log-state-bad",
        _ if is_paused => "log-state log-state-paused",
        Flow::Live => "log-state log-state-live",
        _ => "log-state",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: [Flow; 5] = [Flow::RedisDown, Flow::Lost, Flow::TooMany, Flow::Ended, Flow::Unable];

    #[test]
    fn a_pause_says_how_much_waits() {
        assert_eq!(words(true, 0, Flow::Live), "Paused");
        assert_eq!(words(true, 1, Flow::Connecting), "Paused · 1 new line");
        assert_eq!(words(true, 12_140, Flow::Live), "Paused · 12\u{202f}140 new lines");
        assert_eq!(words(false, 7, Flow::Live), "Following");
        assert_eq!(tone(true, Flow::Live), "log-state log-state-paused");
        assert_eq!(tone(true, Flow::Connecting), "log-state log-state-paused");
        assert_eq!(tone(false, Flow::Live), "log-state log-state-live");
        assert_eq!(tone(false, Flow::Connecting), "log-state");
    }

    #[test]
    fn a_pause_does_not_hide_that_no_lines_come() {
        assert_eq!(words(true, 0, Flow::Lost), "Paused · Not connected. Reconnecting…");
        for flow in BAD {
            assert_eq!(words(false, 0, flow), flow.words());
            assert_eq!(words(true, 2, flow), format!("Paused · 2 new lines · {}", flow.words()));
            assert_eq!([true, false].map(|is_paused| tone(is_paused, flow)), ["log-state log-state-bad"; 2]);
        }
    }
}
