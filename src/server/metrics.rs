//! What the program counts and measures, for Prometheus.
//!
//! One registry per instance and no globals, so that several instances may live in one process. Every series whose
//! labels are known beforehand is there from the start with 0: a rate of something that never happened is then 0 and
//! not missing.

mod core_banking;
mod instruments;
mod labels;
mod reading;
mod series;

use std::sync::Arc;
use std::time::Duration;

use prometheus::{Result, TextEncoder};

use crate::model::event::Change;
use crate::model::job::JobOutcome;
use crate::server::metrics::instruments::Instruments;

pub use core_banking::{Malformation, Reply};
pub use labels::{Failure, RedisConnection, Resume, StreamEnd, StreamRefusal};
pub use reading::Reading;

/// All counters and measures of one instance. Cloning it shares them.
#[derive(Clone)]
pub struct Metrics(Arc<Instruments>);

impl Metrics {
    /// Everything at 0. An error means that two of the names are alike, or one breaks Prometheus's rules.
    pub fn new() -> Result<Self> {
        Ok(Self(Arc::new(Instruments::new()?)))
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
