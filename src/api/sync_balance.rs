//! Queues the sync of one user's balances.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::failure::Failure;
use crate::model::job::JobId;

/// A sync was accepted; its end is told by the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueuedSync {
    /// The job to wait for.
    pub job_id: JobId,
    /// Under which the audit has it.
    pub request_id: String,
    /// One sentence for the operator.
    pub message: String,
}

/// Queues a sync in the priority lane. 404 for a user that discovery has not met, 409 while balance-sync is stopped, 422 for a number
/// below 1.
/// Asks for an operator. A plain form is sent back to the table, which then says what was queued.
#[server(name = SyncBalance, prefix = "/fn", endpoint = "sync_balance")]
pub async fn sync_balance(
    /// The user's number.
    user_id: u64,
) -> Result<QueuedSync, Failure> {
    use crate::api::error::ApiError;
    use crate::model::user::Role;
    use crate::server::auth::guard;
    use crate::server::page;
    use crate::server::trigger;
    use crate::server::worker::queue::Work;

    let access = guard::require(Role::Operator)?;
    if user_id == 0 {
        return Err(ApiError::Invalid { field: "user_id".to_owned(), rule: "it must be 1 or more".to_owned() }.into());
    }
    let work = Work::SyncBalances(user_id);
    let job_id = trigger::trigger(&access.state, &access.actor, &work, None).await?;
    if page::plain_form().is_some() {
        leptos_axum::redirect(&format!("/services?queued={job_id}"));
    }
    Ok(QueuedSync { job_id, request_id: access.actor.request_id().to_owned(), message: trigger::queued(&work) })
}
