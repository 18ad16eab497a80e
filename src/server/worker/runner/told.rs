//! A service under orders: it puts down what it does, says so, and tells what came of its command.

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::model::command::{Answer, CommandId};
use crate::model::service::Control;
use crate::server::commands::Wanted;
use crate::server::worker::WorkError;
use crate::server::worker::queue::Counts;
use crate::server::worker::runner::phase::Phase;
use crate::server::worker::runner::{Runner, Service};

impl<S: Service> Runner<S> {
    /// Whether the service works. Until it is known what is wanted of it, it does not.
    pub(in crate::server::worker::runner) fn is_to_work(&self) -> bool {
        self.orders.wanted() == Some(Wanted::Running)
    }

    /// Tells what came of a command to go on, once that shows.
    pub(in crate::server::worker::runner) async fn go_on_as_told(&mut self) -> Result<(), WorkError> {
        self.now.phase = Phase::Working;
        let Some((id, control)) = self.orders.command() else { return Ok(()) };
        let message = match control {
            Control::Trigger => return self.begin_run_early(&id, "Its run is due at once.").await,
            Control::Start => "It works.",
            Control::Resume => "It works again.",
            // It is not wanted any more.
            Control::Stop | Control::Restart | Control::Pause => return Ok(()),
        };
        let status = self.status();
        self.reporter.report(status).await?;
        self.end_command(&id, Answer::Succeeded, message.to_owned()).await
    }

    /// The run is brought forward by the very step in which the trigger succeeds, so that several workers do it once.
    async fn begin_run_early(&mut self, id: &CommandId, message: &str) -> Result<(), WorkError> {
        if self.schedule.look().await?.under_way.is_some() {
            return self.end_command(id, Answer::Refused, "A run is under way already.".to_owned()).await;
        }
        self.end_command(id, Answer::Succeeded, message.to_owned()).await
    }

    /// Does nothing new, waits for what is in hand, and waits for another order.
    pub(in crate::server::worker::runner) async fn stand_by(
        &mut self,
        shutdown: &CancellationToken,
    ) -> Result<(), WorkError> {
        let Some(wanted) = self.orders.wanted() else {
            tokio::select! {
                () = self.orders.changed() => {}
                () = shutdown.cancelled() => {}
            }
            return Ok(());
        };
        self.break_off_run("It was told to stop or to wait.".to_owned());
        // It would count as in hand.
        self.give_back_run().await?;
        // Nothing is handed out but a job to be given up; what a lost worker had in hand is put aside.
        if self.hands.len() < S::AT_ONCE
            && let Some(taken) = self.context.jobs.take(S::KIND, self.reporter.instance()).await?
        {
            self.begin_work(taken);
        }
        let counts = self.count().await?;
        let in_hand = counts.running + u64::from(self.is_run_held);
        self.now.phase = Phase::of(wanted, in_hand);
        self.now.is_working = !self.hands.is_empty();
        let status = self.status();
        self.reporter.report(status).await?;
        // The page shows it before it is told that it is done.
        let told_at = self.reporter.catches_up_at();
        if told_at.is_none() {
            self.end_stand(wanted, in_hand, &waiting(&counts)).await?;
        }
        if self.hands.is_empty() {
            tokio::select! {
                () = self.orders.changed() => {}
                () = self.bell.rings() => {}
                () = tokio::time::sleep_until(told_at.unwrap_or_else(Instant::now).into()), if told_at.is_some() => {}
                () = shutdown.cancelled() => {}
            }
        } else {
            self.attend(shutdown).await;
        }
        Ok(())
    }

    /// Tells that a stop, restart or pause has come to its end, when it has: the first two once no worker has anything in
    /// hand.
    async fn end_stand(&mut self, wanted: Wanted, in_hand: u64, waiting: &str) -> Result<(), WorkError> {
        let Some((id, control)) = self.orders.command() else { return Ok(()) };
        let message = match (wanted, control) {
            (Wanted::Paused, Control::Trigger) => {
                return self.begin_run_early(&id, "Its run is due as soon as it is resumed.").await;
            }
            (Wanted::Paused, Control::Pause) => format!("It takes nothing new; {waiting}."),
            (Wanted::Stopped, Control::Stop) if in_hand == 0 => format!("It has stopped; {waiting}."),
            (Wanted::Restarting, Control::Restart) if in_hand == 0 => {
                self.patience.regained();
                self.now.report.last_error = None;
                format!("It begins anew; {waiting}.")
            }
            _ => return Ok(()),
        };
        self.end_command(&id, Answer::Succeeded, message).await
    }

    async fn end_command(&mut self, id: &CommandId, outcome: Answer, message: String) -> Result<(), WorkError> {
        Ok(self.orders.end(id, outcome, message).await?)
    }
}

fn waiting(counts: &Counts) -> String {
    match counts.priority + counts.background + counts.retrying {
        0 => "no job waits".to_owned(),
        1 => "1 job waits".to_owned(),
        many => format!("{many} jobs wait"),
    }
}
