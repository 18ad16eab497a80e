//! Tries jobs again.

use leptos::prelude::*;

use crate::api::failure::Failure;
use crate::model::job::JobId;
use crate::model::job_list::JobsChanged;

/// Brings dead jobs back with all their attempts, and lets those that wait for their next attempt go at once; says which
/// could not be. 422 for more than a hundred, and for a reason that is too long. Asks for an operator. A plain
/// form is sent back to its page; it is refused if one of its jobs is.
#[server(name = RetryJobs, prefix = "/fn", endpoint = "retry_jobs")]
pub async fn retry_jobs(
    /// The jobs.
    ids: Vec<JobId>,
    /// Why, for the audit; may be empty.
    #[server(default)]
    reason: String,
) -> Result<JobsChanged, Failure> {
    use crate::model::user::Role;
    use crate::server::auth::guard;
    use crate::server::job_changes::{JobChange, change_from_page};

    let access = guard::require(Role::Operator)?;
    Ok(change_from_page(&access, JobChange::Retry, &ids, reason).await?)
}
