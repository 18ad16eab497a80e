//! One job with its history.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::job::JobId;
use crate::model::job_history::JobDetail;

/// A job and its attempts; 404 for a job that is not kept, which is the page's status as well. Asks for a viewer.
#[server(name = ReadJobDetail, prefix = "/fn", endpoint = "job_detail")]
pub async fn job_detail(
    /// The job.
    job_id: JobId,
) -> Result<JobDetail, ApiError> {
    use crate::model::user::Role;
    use crate::server::auth::guard;
    use crate::server::page;

    let access = guard::require(Role::Viewer)?;
    let found = access.state.jobs.detail(&job_id).await.map_err(|error| {
        tracing::error!(job.id = %job_id, %error, "a job could not be looked up");
        ApiError::Unavailable
    })?;
    found.ok_or_else(|| page::not_found(format!("Job {job_id}")))
}
