//! What sets one service apart from the others.

use std::future::Future;
use std::time::Duration;

use crate::model::run::{RunId, RunProgress};
use crate::model::service::BuiltIn;
use crate::model::status::{RunReport, StatusObject};
use crate::server::config::WorkerConfig;
use crate::server::worker::counter::Counter;
use crate::server::worker::ending::Ending;
use crate::server::worker::queue::Work;
use crate::server::worker::runner::phase::Phase;
use crate::server::worker::schedule::{RunCount, Schedule, Standing};
use crate::server::worker::services;
use crate::server::worker::{WorkError, WorkerContext};

/// A service's periodic run, its jobs and its words.
pub trait Service: Send + 'static {
    /// Which one it is.
    const KIND: BuiltIn;

    /// A periodic run under way.
    type Run: Send;

    /// How many jobs it works on at a time. Where it is one, jobs and the steps of a run take turns.
    const AT_ONCE: usize = 1;

    /// The time from one periodic run to the next.
    fn interval(config: &WorkerConfig) -> Duration;

    /// The same as things are now: something may be so urgent that it is shorter.
    fn interval_now(context: &WorkerContext) -> impl Future<Output = Result<Duration, WorkError>> + Send {
        async { Ok(Self::interval(&context.config)) }
    }

    /// What it says of itself.
    fn status(now: &Now) -> StatusObject;

    /// How much of a run is left to do, as the status counts it.
    fn left(run: &Self::Run) -> u64;

    /// How far a run is, and what it came to.
    fn count(run: &Self::Run) -> RunCount;

    /// Begins the periodic run if it is due.
    fn begin(
        context: &WorkerContext,
        opening: &Opening<'_>,
    ) -> impl Future<Output = Result<Option<(RunId, Self::Run)>, WorkError>> + Send;

    /// Does what a job asks for, and counts what that comes to. An error is Redis's or that of what it keeps; what was not
    /// done may be done again.
    fn perform(
        context: &WorkerContext,
        work: &Work,
        counter: &Counter,
    ) -> impl Future<Output = Result<Ending, WorkError>> + Send {
        services::perform(context, work, counter)
    }

    /// Does the next part of a run, one so small that a job may wait for its end.
    fn step(context: &WorkerContext, run: &mut Self::Run) -> impl Future<Output = Result<Progress, WorkError>> + Send;
}

/// What decides whether a run begins.
pub struct Opening<'a> {
    /// Where it is claimed.
    pub schedule: &'a Schedule,
    /// Where that stands.
    pub standing: Standing,
    /// The name of this copy of the service.
    pub worker: &'a str,
}

/// Where a periodic run is after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is more to do.
    Underway,
    /// It came to its end; the complaint names what it could not do.
    Ended {
        /// One sentence, if there is anything to complain of.
        complaint: Option<String>,
    },
}

/// A service at this moment.
#[derive(Clone, Debug, Default)]
pub struct Now {
    /// What it does by order.
    pub phase: Phase,
    /// Whether a job or the periodic run is being worked on.
    pub is_working: bool,
    /// Jobs waiting in the priority lane.
    pub priority: u64,
    /// Jobs waiting in the background lane.
    pub background: u64,
    /// How much of the run under way is left: [`Service::left`].
    pub left: u64,
    /// Milliseconds between two periodic runs.
    pub interval: u64,
    /// How far the run under way is, whichever worker holds it.
    pub progress: Option<RunProgress>,
    /// When the next run is due, in ms by Redis's clock; `None` if it is due already.
    pub next_run: Option<u64>,
    /// How the latest run or job went.
    pub report: RunReport,
}
