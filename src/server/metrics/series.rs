//! How series come into a registry.

use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, Result};

/// Adds series to a registry: one without labels, or one for each combination of labels that is known beforehand.
pub struct Series<'a>(pub &'a Registry);

impl Series<'_> {
    /// A number that only grows.
    pub fn counter(&self, name: &str, help: &str) -> Result<IntCounter> {
        self.added(IntCounter::new(name, help)?)
    }

    /// A number that grows and shrinks.
    pub fn gauge(&self, name: &str, help: &str) -> Result<IntGauge> {
        self.added(IntGauge::new(name, help)?)
    }

    /// How often something took how long, by the buckets' upper bounds.
    pub fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Result<Histogram> {
        self.added(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?)
    }

    /// Numbers that only grow.
    pub fn counters<const N: usize>(
        &self,
        name: &str,
        help: &str,
        labels: [&str; N],
        known: impl IntoIterator<Item = [&'static str; N]>,
    ) -> Result<IntCounterVec> {
        let counters = IntCounterVec::new(Opts::new(name, help), &labels)?;
        for values in known {
            counters.get_metric_with_label_values(&values)?;
        }
        self.added(counters)
    }

    /// Numbers that grow and shrink.
    pub fn gauges<const N: usize>(
        &self,
        name: &str,
        help: &str,
        labels: [&str; N],
        known: impl IntoIterator<Item = [&'static str; N]>,
    ) -> Result<IntGaugeVec> {
        let gauges = IntGaugeVec::new(Opts::new(name, help), &labels)?;
        for values in known {
            gauges.get_metric_with_label_values(&values)?;
        }
        self.added(gauges)
    }

    fn added<C: Collector + Clone + 'static>(&self, collector: C) -> Result<C> {
        self.0.register(Box::new(collector.clone()))?;
        Ok(collector)
    }
}
