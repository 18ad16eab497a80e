//! How a job ended, for a page that missed the event.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::job::{JobId, JobOutcome};

/// The job's end, or `None` while it waits or runs; 404 for a job that is not kept. Asks for a viewer.
#[server(name = ReadJobOutcome, prefix = "/fn", endpoint = "job_outcome")]
pub async fn job_outcome(
    /// The job.
    job_id: JobId,
) -> Result<Option<JobOutcome>, ApiError> {
    use crate::model::user::Role;
    use crate::server::auth::guard;

    let access = guard::require(Role::Viewer)?;
    match access.state.jobs.find(&job_id).await {
        Ok(Some(record)) => Ok(record.outcome()),
        Ok(None) => Err(ApiError::NotFound { what: format!("Job {job_id}") }),
        Err(error) => {
            tracing::error!(job.id = %job_id, error = %error, "the job could not be looked up");
            Err(ApiError::Unavailable)
        }
    }
}
