//! `GET /api/jobs/{id}`: where a job stands.

use axum::extract::{Path, State};
use axum::response::Json;

use crate::api::error::ApiError;
use crate::model::job::JobId;
use crate::model::job_history::JobDetail;
use crate::server::openapi::refusals::ReadRefusals;
use crate::server::router::problem::Problem;
use crate::server::worker::queue::Jobs;

/// A job's lane, state, times, how it ended once it did, and its attempts one by one.
#[utoipa::path(
    get, path = "/api/jobs/{id}", tag = "services", params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = 200, description = "The job", body = JobDetail),
        (status = 404, description = "No such job is kept; one that was done is kept for a day, a dead one for a week", body = Problem, content_type = "application/problem+json"),
        ReadRefusals,
    )
)]
pub async fn job(State(jobs): State<Jobs>, Path(id): Path<String>) -> Result<Json<JobDetail>, ApiError> {
    let id = JobId(id);
    let found = jobs.detail(&id).await.map_err(|error| {
        tracing::error!(job.id = %id, error = %error, "a job could not be looked up");
        ApiError::Unavailable
    })?;
    found.map(Json).ok_or_else(|| ApiError::NotFound { what: format!("Job {id}") })
}
