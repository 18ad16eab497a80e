//! A chart in words: for its legend, and for those who do not see it.

use crate::model::timeline::drawn::{Drawn, together};
use crate::model::timeline::{Span, TimeRange};
use crate::ui::{format, plot};

/// "the last hour".
pub const fn range(range: TimeRange) -> &'static str {
    match range {
        TimeRange::Hour => "the last hour",
        TimeRange::SixHours => "the last 6 hours",
        TimeRange::Day => "the last 24 hours",
        TimeRange::Week => "the last 7 days",
    }
}

/// How long the service was in each state, the longest first, then for how long nothing was heard.
pub fn shares(drawn: &Drawn) -> Vec<(Option<String>, String)> {
    let mut held: Vec<&(String, u64)> = drawn.states.iter().filter(|(_, ms)| *ms > 0).collect();
    held.sort_by_key(|(_, ms)| std::cmp::Reverse(*ms));
    let states = held.into_iter().map(|(word, ms)| (Some(word.clone()), format!("{word} {}", time(*ms))));
    let silent = (drawn.silent > 0).then(|| (None, format!("No data {}", time(drawn.silent))));
    states.chain(silent).collect()
}

/// The states as a sentence.
pub fn states(drawn: &Drawn) -> String {
    let shares: Vec<String> = shares(drawn).into_iter().map(|(_, words)| words).collect();
    let shares = if shares.is_empty() { "nothing was reported".to_owned() } else { shares.join(", ") };
    format!("States over {}: {shares}.", range(drawn.range))
}

/// The queues as sentences; `labels` are their names in words.
pub fn queues(drawn: &Drawn, labels: &[String]) -> String {
    let mut text = format!("Numbers reported over {}.", range(drawn.range));
    for (number, label) in labels.iter().enumerate() {
        let words = match together(&drawn.queue(number)) {
            Some(Span { min, max, last }) => {
                let [min, max, last] = [min, max, last].map(plot::number);
                format!(" {label}: from {min} to {max}, at last {last}.")
            }
            None => format!(" {label}: no data."),
        };
        text.push_str(&words);
    }
    if drawn.silent > 0 {
        text.push_str(&format!(" Nothing was heard for {}.", time(drawn.silent)));
    }
    text
}

/// A length of time as exactly as one looks at it on a chart.
fn time(ms: u64) -> String {
    let exact = if ms < 60_000 { 1_000 } else { 60_000 };
    format::duration((ms + exact / 2) / exact * exact)
}

/// A moment at the edge of a chart, in UTC: `14:03`, for a week `11-24 14:03`.
pub fn moment(ms: u64, range: TimeRange) -> String {
    let text = format::date_and_time(ms);
    let from = if range == TimeRange::Week { 5 } else { 11 };
    text.get(from..16).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::timeline::{Seen, Timeline};

    const NOON: u64 = 1_764_158_400_000;

    fn drawn() -> Drawn {
        let queues = vec!["queued".to_owned()];
        let mut timeline = Timeline::new(TimeRange::Hour, NOON, queues.clone());
        for (ago, status) in [(3_000, r#"{"queued":4}"#), (2_400, r#"{"queued":2.5}"#)] {
            let status = serde_json::from_str(status).expect("an object");
            timeline.take(Seen::of(&status, &queues, NOON - ago * 1_000, 60_000));
        }
        timeline.drawn(NOON)
    }

    #[test]
    fn a_chart_is_told_in_a_sentence() {
        let drawn = drawn();
        assert_eq!(states(&drawn), "States over the last hour: Idle 2 m, No data 48 m.");
        assert_eq!(
            queues(&drawn, &["Queued".to_owned()]),
            "Numbers reported over the last hour. Queued: from 2.5 to 4, at last 2.5. Nothing was heard for 48 m."
        );
    }

    #[test]
    fn nothing_at_all_is_said_to_be_nothing() {
        let none = Timeline::new(TimeRange::Week, NOON, vec!["n".to_owned()]).drawn(NOON);
        assert_eq!(states(&none), "States over the last 7 days: nothing was reported.");
        assert_eq!(queues(&none, &["N".to_owned()]), "Numbers reported over the last 7 days. N: no data.");
    }

    #[test]
    fn moments_and_times_are_as_exact_as_a_chart() {
        assert_eq!(moment(NOON, TimeRange::Hour), "12:00");
        assert_eq!(moment(NOON, TimeRange::Week), "11-26 12:00");
        assert_eq!([450, 59_400, 90_000, 3_599_000].map(time), ["0 ms", "59 s", "2 m", "1 h"]);
    }
}
