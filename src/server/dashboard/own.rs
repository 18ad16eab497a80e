//! What the instance measures of itself, over the last hour.

use tokio::time::Instant;

use crate::model::dashboard::Tile;
use crate::server::dashboard::series::Series;
use crate::server::dashboard::words::Unit;
use crate::server::dashboard::{EVERY, JobFigures};
use crate::server::metrics::Reading;

/// Steps kept: an hour of them.
const KEPT: usize = 720;

/// What there is to see, in the order in which it is shown.
const LABELS: [(&str, Unit); 11] = [
    ("Open streams", Unit::Plain),
    ("Publishes", Unit::PerSecond),
    ("Deliveries", Unit::PerSecond),
    ("Reconnects", Unit::PerSecond),
    ("Errors", Unit::PerSecond),
    ("Priority jobs waiting", Unit::Plain),
    ("Background jobs waiting", Unit::Plain),
    ("Jobs to be retried", Unit::Plain),
    ("Job duration, p50", Unit::Milliseconds),
    ("Job duration, p99", Unit::Milliseconds),
    ("Redis latency", Unit::Milliseconds),
];

/// The numbers of one step, in the order of [`LABELS`].
type Step = [Option<f64>; LABELS.len()];

/// The last hour.
pub struct Own {
    series: Vec<Series>,
    before: Option<(Reading, Instant)>,
}

impl Default for Own {
    fn default() -> Self {
        Self { series: LABELS.iter().map(|_| Series::of(KEPT)).collect(), before: None }
    }
}

impl Own {
    /// Takes what was counted until `now`. Steps that were left out, as when the machine slept, are gaps.
    pub fn take(&mut self, reading: &Reading, jobs: Option<&JobFigures>, now: Instant) {
        let before = self.before.replace((*reading, now));
        let missed = before.map_or(0, |(_, then)| {
            let steps = (now - then).as_secs_f64() / EVERY.as_secs_f64();
            (steps.round() as usize).saturating_sub(1).min(KEPT)
        });
        for _ in 0..missed {
            self.series.iter_mut().for_each(|series| series.push(None));
        }
        let step = step(reading, before.map(|(earlier, then)| (earlier, (now - then).as_secs_f64())), jobs);
        self.series.iter_mut().zip(step).for_each(|(series, number)| series.push(number));
    }

    /// Ready to be shown.
    pub fn tiles(&self) -> Vec<Tile> {
        LABELS.iter().zip(&self.series).map(|((label, unit), series)| tile(label, *unit, series)).collect()
    }
}

/// One series, ready to be shown.
pub fn tile(label: &str, unit: Unit, series: &Series) -> Tile {
    let range = series
        .bounds()
        .map_or_else(String::new, |(least, most)| format!("{} to {}", unit.tell(Some(least)), unit.tell(Some(most))));
    Tile { label: label.to_owned(), value: unit.tell(series.latest()), range, line: series.line() }
}

fn step(reading: &Reading, before: Option<(Reading, f64)>, jobs: Option<&JobFigures>) -> Step {
    let rate = |count: fn(&Reading) -> u64| {
        let (earlier, seconds) = before.as_ref().filter(|(_, seconds)| *seconds > 0.0)?;
        Some(count(reading).saturating_sub(count(earlier)) as f64 / seconds)
    };
    let latency = before.and_then(|(earlier, _)| {
        let answers = reading.redis_answers.saturating_sub(earlier.redis_answers);
        (answers > 0).then(|| (reading.redis_seconds - earlier.redis_seconds) / answers as f64 * 1_000.0)
    });
    let waiting = |count: fn(&JobFigures) -> u64| jobs.map(|jobs| count(jobs) as f64);
    let duration = |share: f64| jobs.and_then(|jobs| percentile(&jobs.durations, share));
    [
        Some(reading.streams as f64),
        rate(|reading| reading.publishes),
        rate(|reading| reading.deliveries),
        rate(|reading| reading.reconnects),
        rate(|reading| reading.errors),
        waiting(|jobs| jobs.priority),
        waiting(|jobs| jobs.background),
        waiting(|jobs| jobs.retrying),
        duration(0.5),
        duration(0.99),
        latency,
    ]
}

/// The number that this share of all does not exceed.
fn percentile(numbers: &[u64], share: f64) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).map(|number| *number as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(own: &Own) -> Vec<String> {
        own.tiles().into_iter().map(|tile| tile.value).collect()
    }

    #[test]
    fn counts_become_rates_and_what_redis_does_not_tell_a_gap() {
        let (mut own, start) = (Own::default(), Instant::now());
        let first = Reading { streams: 2, publishes: 100, redis_answers: 3, ..Reading::default() };
        own.take(&first, None, start);
        assert_eq!(values(&own), ["2", "–", "–", "–", "–", "–", "–", "–", "–", "–", "–"]);
        let second = Reading { publishes: 150, errors: 1, redis_answers: 5, redis_seconds: 0.001, ..first };
        let jobs = JobFigures { priority: 1, background: 7, retrying: 0, durations: (1..=100).collect() };
        own.take(&second, Some(&jobs), start + EVERY);
        let expected =
            ["2", "10 /s", "0 /s", "0 /s", "0.2 /s", "1", "7", "0", "50 ms", "99 ms", "0.5 ms"].map(str::to_owned);
        assert_eq!(values(&own), expected);
        assert_eq!(own.tiles()[0].range, "2 to 2");
    }

    #[test]
    fn steps_that_were_left_out_are_gaps() {
        let (mut own, start) = (Own::default(), Instant::now());
        own.take(&Reading::default(), None, start);
        own.take(&Reading::default(), None, start + EVERY * 18);
        assert_eq!(own.tiles()[0].line.matches('M').count(), 2, "{}", own.tiles()[0].line);
    }

    #[test]
    fn a_percentile_is_a_number_that_was_there() {
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[7], 0.99), Some(7.0));
        assert_eq!(percentile(&[1, 2, 3, 1_000], 0.5), Some(2.0));
        assert_eq!(percentile(&[1, 2, 3, 1_000], 0.99), Some(1_000.0));
    }
}
