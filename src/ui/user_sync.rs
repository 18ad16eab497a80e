//! The sync of one user, asked for by a button: queued, told, and asked for again where it failed.

use leptos::task::spawn_local;

use crate::api::failure::Failure;
use crate::api::sync_balance::{QueuedSync, sync_balance};
use crate::ui::errands::Errands;

/// Whose balances, and where it is told.
#[derive(Clone)]
pub struct UserSync {
    /// Where it is told, whichever page is open then.
    pub errands: Errands,
    /// The user's number.
    pub user_id: u64,
    /// The user's name.
    pub name: String,
}

impl UserSync {
    /// Queues it and says so; its end is told in the place of that.
    pub async fn queue(self) -> Result<(), Failure> {
        let QueuedSync { job_id, request_id, .. } = sync_balance(self.user_id).await?;
        let Errands { toasts, jobs, .. } = self.errands;
        let text = format!("Sync of {} queued", self.name);
        toasts.wait_for(&job_id, text, request_id, move || self.clone().queue_or_tell());
        jobs.wait_for(job_id);
        Ok(())
    }

    /// Queues it, or tells why not.
    pub fn queue_or_tell(self) {
        spawn_local(async move {
            if let Err(failure) = self.clone().queue().await {
                self.tell(failure);
            }
        });
    }

    /// Tells why it was not queued, and offers to try again.
    pub fn tell(self, failure: Failure) {
        let text = format!("Sync of {}: {failure}", self.name);
        let toasts = self.errands.toasts;
        toasts.failed(text, failure.request_id, move || self.clone().queue_or_tell());
    }
}
