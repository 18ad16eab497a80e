//! `POST /api/jobs/{id}/retry` and `…/discard`.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error::ApiError;
use crate::model::job::JobId;
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::job_changes::{JobChange, change_one};
use crate::server::openapi::refusals::ReadRefusals;
use crate::server::router::problem::Problem;

/// It was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobWasChanged {
    /// Always true: whatever was not done is answered otherwise.
    success: bool,
    job_id: JobId,
    /// One sentence for people.
    message: String,
}

/// Tries a job again: a dead one begins anew, with all its attempts; one that waits for its next attempt goes at once.
/// Either goes into the priority lane.
#[utoipa::path(
    post, path = "/api/jobs/{id}/retry", tag = "triggers", params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = 202, description = "It is queued; its end is told by the stream and at the address in `Location`", body = JobWasChanged, headers(("Location" = String))),
        (status = 404, description = "No such job is kept", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It waits, runs or is done, or another job about the same is queued", body = Problem, content_type = "application/problem+json"),
        ReadRefusals,
    )
)]
pub async fn retry(state: State<AppState>, actor: Actor, Path(id): Path<String>) -> Result<Response, ApiError> {
    let job_id = JobId(id);
    change_one(&state, &actor, JobChange::Retry, &job_id).await?;
    let place = format!("/api/jobs/{job_id}");
    let message = "The job is queued again.".to_owned();
    let answer = JobWasChanged { success: true, job_id, message };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(answer)).into_response())
}

/// Discards a job: one that waits or is to be tried again ends as dead; a dead one is listed no longer.
#[utoipa::path(
    post, path = "/api/jobs/{id}/discard", tag = "triggers", params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = 200, description = "It is discarded", body = JobWasChanged),
        (status = 404, description = "No such job is kept", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It runs, is done, or was discarded before", body = Problem, content_type = "application/problem+json"),
        ReadRefusals,
    )
)]
pub async fn discard(state: State<AppState>, actor: Actor, Path(id): Path<String>) -> Result<Response, ApiError> {
    let job_id = JobId(id);
    change_one(&state, &actor, JobChange::Discard, &job_id).await?;
    let answer = JobWasChanged { success: true, job_id, message: "The job is discarded.".to_owned() };
    Ok(Json(answer).into_response())
}
