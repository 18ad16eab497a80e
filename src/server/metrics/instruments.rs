//! What stands behind the numbers: each series with its name, its words and its labels.

use prometheus::{Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry, Result};

use crate::server::metrics::core_banking::CoreBankingCounts;
use crate::server::metrics::labels::{self, RedisConnection, Resume, StreamEnd, StreamRefusal};
use crate::server::metrics::series::Series;

/// What every name begins with.
const PREFIX: &str = "service_manager";

/// The upper bounds of the histogram of Redis's answers, in seconds: from a good answer of a Redis on the same machine
/// to the longest wait for one.
const REDIS_BUCKETS: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0];

/// The upper bounds of the histogram of a change's way to the streams, in seconds: from the clock's own step to a reader
/// that nearly stalls.
const LATENESS_BUCKETS: [f64; 14] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

/// Every counter and measure of one instance; the words that each has below say what it is.
pub struct Instruments {
    pub registry: Registry,
    pub streams_open: IntGauge,
    pub streams_opened: IntCounter,
    pub streams_ended: IntCounterVec,
    pub streams_refused: IntCounterVec,
    pub reconnects: IntCounter,
    pub resumes: IntCounterVec,
    pub publishes: IntCounterVec,
    pub deliveries: IntCounter,
    pub delivered_bytes: IntCounter,
    pub writes: IntCounter,
    pub conflations: IntCounter,
    pub slowest_reader: IntGauge,
    pub log_to_write: Histogram,
    pub connections_open: IntGauge,
    pub connections_refused: IntCounter,
    pub connections_stalled: IntCounter,
    pub errors: IntCounterVec,
    pub inbox_rejected: IntCounter,
    pub inbox_adopted: IntCounter,
    pub inbox_overtaken: IntCounter,
    pub log_streams_open: IntGauge,
    pub log_lines_kept: IntCounter,
    pub log_lines_dropped: IntCounter,
    pub log_lines_skipped: IntCounter,
    pub jobs_ended: IntCounterVec,
    pub redis_answers: Histogram,
    pub redis_connected: IntGaugeVec,
    pub redis_losses: IntCounterVec,
    pub core_banking: CoreBankingCounts,
}

impl Instruments {
    /// Everything at 0. An error means that two of the names below are alike, or one breaks Prometheus's rules.
    pub fn new() -> Result<Self> {
        let registry = Registry::new_custom(Some(PREFIX.to_owned()), None)?;
        let named = Series(&registry);
        let instruments = Self {
            streams_open: named.gauge("streams_open", "Status streams open on this instance.")?,
            streams_opened: named.counter("streams_opened_total", "Status streams opened.")?,
            streams_ended: named.counters(
                "streams_ended_total",
                "Status streams ended, by reason.",
                ["reason"],
                StreamEnd::ALL.map(|end| [end.label()]),
            )?,
            streams_refused: named.counters(
                "stream_requests_refused_total",
                "Status streams asked for and refused, by reason.",
                ["reason"],
                StreamRefusal::ALL.map(|refusal| [refusal.label()]),
            )?,
            reconnects: named
                .counter("reconnects_total", "Status streams asked for with the position of an earlier one.")?,
            resumes: named.counters(
                "stream_resumes_total",
                "Status streams opened with a position, by what they began with.",
                ["kind"],
                Resume::ALL.map(|resume| [resume.label()]),
            )?,
            publishes: named.counters(
                "publishes_total",
                "Changes of the event log carried to the streams of this instance, by kind.",
                ["kind"],
                labels::CHANGES.map(|kind| [kind]),
            )?,
            deliveries: named.counter("deliveries_total", "Events written to status streams, each reader counted.")?,
            delivered_bytes: named
                .counter("delivered_bytes_total", "Bytes of events written to status streams, without HTTP's own.")?,
            writes: named.counter("writes_total", "Pieces of one or more events written to status streams.")?,
            conflations: named.counter(
                "conflations_total",
                "How often a status stream was too far behind for every change and got the latest of each service.",
            )?,
            slowest_reader: named
                .gauge("slowest_reader_lag_events", "Events that the slowest status stream still has to get; several that were told together count once.")?,
            log_to_write: named.histogram(
                "log_to_write_seconds",
                "Time from a change's place in the log, by Redis's clock, until it is written to a stream; each piece \
                 counts once for each stream, by its oldest change.",
                &LATENESS_BUCKETS,
            )?,
            connections_open: named.gauge("connections_open", "Connections of browsers, scripts and proxies.")?,
            connections_refused: named.counter(
                "connections_refused_total",
                "Connections that were answered with 503 or closed at once because there were too many.",
            )?,
            connections_stalled: named.counter(
                "connections_stalled_total",
                "Connections that were closed because their other end did not read for too long.",
            )?,
            errors: named.counters(
                "errors_total",
                "Requests answered with an error, by its code; panic for a caught panic, other for one without a code.",
                ["kind"],
                labels::FAILURES.map(|kind| [kind]),
            )?,
            inbox_rejected: named.counter(
                "inbox_rejected_total",
                "Published messages that broke a rule, counted by the instance that was first to say so.",
            )?,
            inbox_adopted: named.counter(
                "inbox_adopted_total",
                "Published messages taken into the event log, counted by the instance that was first to do so.",
            )?,
            inbox_overtaken: named.counter(
                "inbox_overtaken_total",
                "Published messages that this instance passed over because more came than Redis could take into the event log.",
            )?,
            log_streams_open: named.gauge("log_streams_open", "Streams of lines open on this instance.")?,
            log_lines_kept: named
                .counter("log_lines_kept_total", "Lines of services that this instance heard and wrote down.")?,
            log_lines_dropped: named.counter(
                "log_lines_dropped_total",
                "Lines of services that this instance heard and did not write down because there were too many.",
            )?,
            log_lines_skipped: named.counter(
                "log_lines_skipped_total",
                "Lines that streams of this instance did not get because they were not read in time, each stream counted.",
            )?,
            jobs_ended: named.counters(
                "jobs_ended_total",
                "Jobs that the worker in this process brought to an end, by service, lane and outcome.",
                ["service", "lane", "outcome"],
                labels::known_jobs(),
            )?,
            redis_answers: named.histogram(
                "redis_latency_seconds",
                "Time that Redis takes to answer a PING on the shared connection, tried every 2 s; failures are left out.",
                &REDIS_BUCKETS,
            )?,
            redis_connected: named.gauges(
                "redis_connected",
                "Whether a connection to Redis stands: 1 or 0.",
                ["connection"],
                RedisConnection::ALL.map(|connection| [connection.name()]),
            )?,
            redis_losses: named.counters(
                "redis_connection_losses_total",
                "How often a connection to Redis that stood was lost.",
                ["connection"],
                RedisConnection::ALL.map(|connection| [connection.name()]),
            )?,
            core_banking: CoreBankingCounts::new(&named)?,
            registry: registry.clone(),
        };
        let version = env!("CARGO_PKG_VERSION");
        let build = named.gauges("build_info", "The version that runs; always 1.", ["version"], [[version]])?;
        build.with_label_values(&[version]).set(1);
        Ok(instruments)
    }
}
