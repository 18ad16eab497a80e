//! What is counted, as the dashboard reads it from time to time.

use prometheus::IntCounterVec;
use prometheus::core::Collector;

use crate::server::metrics::Metrics;

/// The counts at one moment; all but the first only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// Open streams.
    pub streams: i64,
    /// Changes carried to streams.
    pub publishes: u64,
    /// Events written to streams.
    pub deliveries: u64,
    /// Streams asked for with the position of an earlier one.
    pub reconnects: u64,
    /// Requests answered with an error.
    pub errors: u64,
    /// How often Redis answered the trial.
    pub redis_answers: u64,
    /// How long it took together, in seconds.
    pub redis_seconds: f64,
}

impl Metrics {
    /// The counts now.
    pub fn reading(&self) -> Reading {
        let instruments = &self.0;
        Reading {
            streams: instruments.streams_open.get(),
            publishes: sum(&instruments.publishes),
            deliveries: instruments.deliveries.get(),
            reconnects: instruments.reconnects.get(),
            errors: sum(&instruments.errors),
            redis_answers: instruments.redis_answers.get_sample_count(),
            redis_seconds: instruments.redis_answers.get_sample_sum(),
        }
    }
}

/// Whole numbers below 2^53, which a float holds exactly.
fn sum(counters: &IntCounterVec) -> u64 {
    let families = counters.collect();
    families.iter().flat_map(|family| family.get_metric()).map(|metric| metric.get_counter().get_value()).sum::<f64>()
        as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::ApiError;
    use crate::server::metrics::Failure;

    #[test]
    fn counts_of_all_labels_are_read_together() {
        let metrics = Metrics::new().expect("metrics");
        assert_eq!(metrics.reading(), Reading::default());
        metrics.failed(Failure::Known(&ApiError::Forbidden));
        metrics.failed(Failure::Panic);
        metrics.reconnected();
        assert_eq!(metrics.reading(), Reading { errors: 2, reconnects: 1, ..Reading::default() });
    }
}
