//! How a service says what it is doing.

mod pace;

use std::time::{Duration, Instant};

use crate::model::event::StatusMessage;
use crate::model::service::{Control, ServiceId};
use crate::model::status::{RunReport, StatusObject};
use crate::server::core_banking::client::CoreBankingError;
use crate::server::event_log::{EventLog, EventLogError};
use crate::server::worker::report::pace::Pace;
use crate::server::worker::wall_clock;

/// The longest time between two reports, as others may rely on it.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// After this time a status is told again. Whoever has nothing to do looks once a second.
const REPEAT_AFTER: Duration = Duration::from_secs(9);

/// The shortest time between two reports of mere progress: half of what the pace allows, so that a change of state need
/// not wait behind them.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// One service's voice.
pub struct Reporter {
    event_log: EventLog,
    service: ServiceId,
    instance: String,
    last: Option<(StatusObject, Instant)>,
    pace: Pace,
    /// The last status that was new was not published, because it came too soon.
    is_behind: bool,
}

impl Reporter {
    /// The voice of the copy of a service that has that name.
    pub fn new(event_log: EventLog, service: ServiceId, instance: String) -> Self {
        Self { event_log, service, instance, last: None, pace: Pace::default(), is_behind: false }
    }

    /// The name of this copy.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Publishes a status if it is new or the last report is old, at most ten within a second. Whoever has a status left
    /// out reports again at [`Reporter::catches_up_at`].
    pub async fn report(&mut self, status: StatusObject) -> Result<(), EventLogError> {
        self.report_after(status, Duration::ZERO).await
    }

    /// The same, but leaves out what comes soon after the last report: a later one says more.
    pub async fn progress(&mut self, status: StatusObject) -> Result<(), EventLogError> {
        self.report_after(status, PROGRESS_EVERY).await
    }

    /// When what was left out may be published; `None` if nothing was.
    pub fn catches_up_at(&self) -> Option<Instant> {
        self.is_behind.then(|| self.pace.free_at().unwrap_or_else(Instant::now))
    }

    async fn report_after(&mut self, status: StatusObject, least: Duration) -> Result<(), EventLogError> {
        self.is_behind = false;
        if let Some((last, at)) = &self.last {
            if *last == status && at.elapsed() < REPEAT_AFTER {
                return Ok(());
            }
            let now = Instant::now();
            if at.elapsed() < least || self.pace.free_at().is_some_and(|free| free > now) {
                self.is_behind = true;
                return Ok(());
            }
        }
        self.publish(status).await
    }

    async fn publish(&mut self, status: StatusObject) -> Result<(), EventLogError> {
        let message = StatusMessage {
            service: self.service,
            timestamp: wall_clock(),
            status: status.clone(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            instance: Some(self.instance.clone()),
            controls: Control::ALL.to_vec(),
            report_every: Some(REPORT_EVERY.as_millis() as u64),
            last_seen: None,
            entry: None,
        };
        self.event_log.append(&message).await?;
        self.pace.spoke(Instant::now());
        self.last = Some((status, Instant::now()));
        Ok(())
    }
}

impl RunReport {
    /// The latest run ended well.
    pub fn succeeded(&mut self) {
        *self = Self { last_run: Some(wall_clock()), ..Self::default() };
    }

    /// The latest run failed for a reason of its own.
    pub fn failed(&mut self, reason: String) {
        *self = Self { last_run: self.last_run, last_error: Some(reason), ..Self::default() };
    }

    /// A run broke off because of core banking. While that is away, [`upstream`](crate::server::worker::upstream) says so;
    /// an answer that cannot be used is a state of this service's own.
    pub fn stumbled(&mut self, error: &CoreBankingError) {
        let reason = error.to_string();
        self.failed(reason.clone());
        if !error.is_outage() {
            self.state = Some("degraded".to_owned());
            self.reason = Some(reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_cannot_use_an_answer_says_why_and_recovers_with_the_next_success() {
        let mut run = RunReport::default();
        run.stumbled(&CoreBankingError::NotFound { path: "/customers".to_owned() });
        let why = "the core banking system does not know /customers";
        assert_eq!(
            serde_json::to_string(&run).expect("JSON"),
            format!(r#"{{"state":"degraded","reason":"{why}","lastError":"{why}"}}"#)
        );
        run.succeeded();
        assert!(run.state.is_none() && run.reason.is_none() && run.last_error.is_none() && run.last_run.is_some());
    }
}
