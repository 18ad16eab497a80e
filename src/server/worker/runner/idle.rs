//! A service that does nothing for now: because there is nothing to do, or because core banking is away.

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::model::status::StatusObject;
use crate::server::worker::WorkError;
use crate::server::worker::patience::rest;
use crate::server::worker::queue::Counts;
use crate::server::worker::runner::{COUNT_EVERY, Now, Phase, Runner, Service};
use crate::server::worker::schedule::Standing;
use crate::server::worker::upstream;

impl<S: Service> Runner<S> {
    /// Whether nothing may begin, because core banking is away or just was.
    pub(in crate::server::worker::runner) fn is_resting(&self) -> bool {
        Instant::now() < self.not_before || upstream::holds_back(*self.context.core_banking.condition().borrow())
    }

    /// Does nothing but tell how long the lanes are while core banking is away: what is asked for waits and is not lost.
    pub(in crate::server::worker::runner) async fn hold_back(
        &mut self,
        shutdown: &CancellationToken,
    ) -> Result<(), WorkError> {
        let mut condition = self.context.core_banking.condition();
        while upstream::holds_back(*condition.borrow_and_update()) && !shutdown.is_cancelled() && self.is_to_work() {
            self.go_on_as_told().await?;
            self.now.is_working = false;
            self.count().await?;
            let status = self.status();
            self.reporter.report(status).await?;
            tokio::select! {
                _ = condition.changed() => {}
                () = self.orders.changed() => {}
                () = rest(COUNT_EVERY, shutdown) => {}
            }
            // Once it is back nobody waits any longer.
            self.not_before = Instant::now();
        }
        Ok(())
    }

    /// What the service says of itself now.
    pub(in crate::server::worker::runner) fn status(&self) -> StatusObject {
        let condition = *self.context.core_banking.condition().borrow();
        let mut report = match self.now.phase {
            Phase::Working => upstream::with_condition(&self.now.report, condition),
            by_order => by_order.told(&self.now.report),
        };
        report.progress = self.now.progress;
        report.next_run = self.now.next_run.filter(|_| self.now.phase == Phase::Working);
        S::status(&Now { report, ..self.now.clone() })
    }

    /// Shows that nothing is done, unless another worker does something, and waits for a new job.
    pub(in crate::server::worker::runner) async fn wait(
        &mut self,
        shutdown: &CancellationToken,
    ) -> Result<(), WorkError> {
        self.now.is_working = false;
        let counts = self.count().await?;
        if self.run.is_some() || !self.is_at_work_elsewhere(&counts) {
            let status = self.status();
            self.reporter.report(status).await?;
        }
        let is_resting = self.is_resting();
        if counts.priority + counts.background > 0 && !is_resting {
            return Ok(());
        }
        // What was left out of the reports is made up for, and the run begins when it is due.
        let due = self.until_due.map(|left| Instant::now() + left);
        let look = self.looked_for_run.filter(|_| self.looks_later).map(|at| at + COUNT_EVERY);
        let next = [due, look, self.reporter.catches_up_at()].into_iter().flatten().min();
        tokio::select! {
            () = self.bell.rings() => {}
            () = self.orders.changed() => {}
            () = tokio::time::sleep_until(next.unwrap_or_else(Instant::now).into()), if next.is_some() => {}
            () = tokio::time::sleep_until(self.not_before.into()), if is_resting => {}
            () = shutdown.cancelled() => {}
        }
        Ok(())
    }

    /// Whether another worker has a job or the run in hand, while this one has none. That one says so, and this one says
    /// nothing: the two would contradict each other. When it is lost its leases run out before the service is missed.
    pub(in crate::server::worker::runner) fn is_at_work_elsewhere(&self, counts: &Counts) -> bool {
        counts.running > 0 || self.is_run_held
    }

    /// Looks where the schedule stands, by the interval of this moment.
    pub(in crate::server::worker::runner) async fn look(&mut self) -> Result<Standing, WorkError> {
        self.schedule = self.schedule.every(S::interval_now(&self.context).await?);
        let standing = self.schedule.look().await?;
        self.is_run_held = standing.is_held;
        Ok(standing)
    }

    /// Notes how many jobs wait, how far a run is, and when the next one is due.
    pub(in crate::server::worker::runner) async fn count(&mut self) -> Result<Counts, WorkError> {
        self.counted = Instant::now();
        let counts = self.context.jobs.counts(S::KIND).await?;
        self.note_counts(&counts);
        let standing = self.look().await?;
        self.now.progress = standing.under_way;
        self.now.next_run = standing.due.filter(|due| *due > standing.now);
        self.until_due = standing.time_left();
        Ok(counts)
    }

    pub(in crate::server::worker::runner) fn note_counts(&mut self, counts: &Counts) {
        (self.now.priority, self.now.background) = (counts.priority, counts.background);
    }
}
