//! What the program counts and measures, for Prometheus.
//!
//! One registry per instance and no globals, so that several instances may live in one process. Every series whose
//! labels are known beforehand is there from the start with 0: a rate of something that never happened is then 0 and
//! not missing.

mod core_banking;
mod labels;
mod reading;
mod series;

use std::sync::Arc;
use std::time::Duration;

use prometheus::{Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry, Result, TextEncoder};

use crate::model::event::Change;
use crate::model::job::JobOutcome;
use crate::server::metrics::core_banking::CoreBankingCounts;
use crate::server::metrics::series::Series;

pub use core_banking::{Malformation, Reply};
pub use labels::{Failure, RedisConnection, Resume, StreamEnd, StreamRefusal};
pub use reading::Reading;

/// What every name begins with.
const PREFIX: &str = "service_manager";

/// The upper bounds of the histogram of Redis's answers, in seconds: from a good answer of a Redis on the same machine
/// to the longest wait for one.
const REDIS_BUCKETS: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0];

/// The upper bounds of the histogram of a change's way to the streams, in seconds: from the clock's own step to a reader
/// that nearly stalls.
const LATENESS_BUCKETS: [f64; 14] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

/// All counters and measures of one instance. Cloning it shares them.
#[derive(Clone)]
pub struct Metrics(Arc<Instruments>);

struct Instruments {
    registry: Registry,
    streams_open: IntGauge,
    streams_opened: IntCounter,
    streams_ended: IntCounterVec,
    streams_refused: IntCounterVec,
    reconnects: IntCounter,
    resumes: IntCounterVec,
    publishes: IntCounterVec,
    deliveries: IntCounter,
    delivered_bytes: IntCounter,
    writes: IntCounter,
    conflations: IntCounter,
    slowest_reader: IntGauge,
    log_to_write: Histogram,
    connections_open: IntGauge,
    connections_refused: IntCounter,
    connections_stalled: IntCounter,
    errors: IntCounterVec,
    inbox_rejected: IntCounter,
    inbox_adopted: IntCounter,
    inbox_overtaken: IntCounter,
    log_streams_open: IntGauge,
    log_lines_kept: IntCounter,
    log_lines_dropped: IntCounter,
    log_lines_skipped: IntCounter,
    jobs_ended: IntCounterVec,
    redis_answers: Histogram,
    redis_connected: IntGaugeVec,
    redis_losses: IntCounterVec,
    core_banking: CoreBankingCounts,
}

impl Metrics {
    /// Everything at 0. An error means that two of the names below are alike, or one breaks Prometheus's rules.
    pub fn new() -> Result<Self> {
        let registry = Registry::new_custom(Some(PREFIX.to_owned()), None)?;
        let named = Series(&registry);
        let instruments = Instruments {
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
                .gauge("slowest_reader_lag_events", "Events that the slowest status stream still has to get.")?,
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
        Ok(Self(Arc::new(instruments)))
    }

    /// Everything as Prometheus reads it, in its text format 0.0.4.
    pub fn text(&self) -> Result<String> {
        TextEncoder::new().encode_to_string(&self.0.registry.gather())
    }

    /// A stream was opened.
    pub fn stream_opened(&self) {
        self.0.streams_opened.inc();
        self.0.streams_open.inc();
    }

    /// An open stream ended.
    pub fn stream_ended(&self, end: StreamEnd) {
        self.0.streams_ended.with_label_values(&[end.label()]).inc();
        self.0.streams_open.dec();
    }

    /// A stream was asked for and not opened.
    pub fn stream_refused(&self, refusal: StreamRefusal) {
        self.0.streams_refused.with_label_values(&[refusal.label()]).inc();
    }

    /// A stream was asked for with the position of an earlier one.
    pub fn reconnected(&self) {
        self.0.reconnects.inc();
    }

    /// A stream with the position of an earlier one was opened.
    pub fn resumed(&self, resume: Resume) {
        self.0.resumes.with_label_values(&[resume.label()]).inc();
    }

    /// A change goes out to all streams of this instance.
    pub fn published(&self, change: &Change) {
        self.0.publishes.with_label_values(&[labels::kind_of(change)]).inc();
    }

    /// One stream gets this many events in one piece of so many bytes, whose oldest change is so many ms late.
    pub fn delivered(&self, events: u64, bytes: usize, late: Option<u64>) {
        self.0.deliveries.inc_by(events);
        self.0.delivered_bytes.inc_by(bytes as u64);
        self.0.writes.inc();
        if let Some(late) = late {
            self.0.log_to_write.observe(late as f64 / 1_000.0);
        }
    }

    /// A stream that is too far behind gets the latest instead of everything.
    pub fn conflated(&self) {
        self.0.conflations.inc();
    }

    /// The slowest stream still has to get this many events.
    pub fn slowest_reader_lags(&self, events: u64) {
        self.0.slowest_reader.set(i64::try_from(events).unwrap_or(i64::MAX));
    }

    /// A connection was taken in.
    pub fn connection_opened(&self) {
        self.0.connections_open.inc();
    }

    /// It is over.
    pub fn connection_closed(&self) {
        self.0.connections_open.dec();
    }

    /// A connection was one too many.
    pub fn connection_refused(&self) {
        self.0.connections_refused.inc();
    }

    /// A connection's other end did not read.
    pub fn connection_stalled(&self) {
        self.0.connections_stalled.inc();
    }

    /// A request was answered with an error.
    pub fn failed(&self, failure: Failure<'_>) {
        self.0.errors.with_label_values(&[failure.label()]).inc();
    }

    /// A published message broke a rule.
    pub fn inbox_rejected(&self) {
        self.0.inbox_rejected.inc();
    }

    /// A published message is in the event log now.
    pub fn inbox_adopted(&self) {
        self.0.inbox_adopted.inc();
    }

    /// So many published messages were passed over for newer ones.
    pub fn inbox_overtaken(&self, messages: u64) {
        self.0.inbox_overtaken.inc_by(messages);
    }

    /// A stream of lines was opened.
    pub fn log_stream_opened(&self) {
        self.0.log_streams_open.inc();
    }

    /// An open stream of lines ended.
    pub fn log_stream_ended(&self) {
        self.0.log_streams_open.dec();
    }

    /// So many lines of services were written down, and so many were too many for that.
    pub fn lines_kept(&self, kept: u64, dropped: u64) {
        self.0.log_lines_kept.inc_by(kept);
        self.0.log_lines_dropped.inc_by(dropped);
    }

    /// A stream did not get so many lines because it was not read in time.
    pub fn lines_skipped(&self, lines: u64) {
        self.0.log_lines_skipped.inc_by(lines);
    }

    /// A job came to its end, by this process.
    pub fn job_ended(&self, job: &JobOutcome) {
        let labels = [job.service.as_str(), job.lane.name(), job.state.name()];
        self.0.jobs_ended.with_label_values(&labels).inc();
    }

    /// Redis answered after this long.
    pub fn redis_answered(&self, after: Duration) {
        self.0.redis_answers.observe(after.as_secs_f64());
    }

    /// A connection to Redis stands.
    pub fn redis_connected(&self, connection: RedisConnection) {
        self.0.redis_connected.with_label_values(&[connection.name()]).set(1);
    }

    /// A connection to Redis that stood was lost.
    pub fn redis_lost(&self, connection: RedisConnection) {
        self.0.redis_connected.with_label_values(&[connection.name()]).set(0);
        self.0.redis_losses.with_label_values(&[connection.name()]).inc();
    }
}
