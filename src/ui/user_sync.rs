//! The sync of one user, asked for by a button: queued, told, and asked for again where it failed.

use leptos::prelude::*;
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
        let Errands { toasts, jobs, syncs, .. } = self.errands;
        let user = self.user_id;
        let _ = syncs.try_update(|syncs| syncs.insert(user, None));
        let answer = sync_balance(user).await;
        if let Ok(QueuedSync { job_id, request_id, .. }) = &answer {
            let text = format!("Sync of {} queued", self.name);
            toasts.wait_for(job_id, text, request_id.clone(), move || self.clone().queue_or_tell());
            jobs.wait_for(job_id.clone());
        }
        let _ = syncs.try_update(|syncs| match &answer {
            Ok(queued) => syncs.insert(user, Some(queued.job_id.clone())),
            Err(_) => syncs.remove(&user),
        });
        answer.map(|_| ())
    }

    /// Whether it is on its way to the server, or was queued from here and has not ended.
    pub fn is_under_way(&self) -> bool {
        let Errands { jobs, syncs, .. } = self.errands;
        match syncs.read().get(&self.user_id) {
            None => false,
            Some(None) => true,
            Some(Some(job)) => jobs.waiting().contains(job),
        }
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
