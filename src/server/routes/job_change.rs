//! `POST /api/jobs/{id}/retry` and `…/discard`.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::error::ApiError;
use crate::model::job::JobId;
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::job_changes::{JobChange, change_one};
use crate::server::openapi::refusals::ReadRefusals;
use crate::server::router::json_body::OptionalJsonBody;
use crate::server::router::problem::Problem;

/// What may be said with it; the body may also be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobChangeOrder {
    /// Why: kept in the audit. At most 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
}

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
    post, path = "/api/jobs/{id}/retry", tag = "triggers", request_body = Option<JobChangeOrder>,
    params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = 202, description = "It is queued; its end is told by the stream and at the address in `Location`", body = JobWasChanged, headers(("Location" = String))),
        (status = 404, description = "No such job is kept", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It waits, runs or is done, or another job about the same is queued", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "There is a body that is not said to be application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long, or not all of it is seen", body = Problem, content_type = "application/problem+json"),
        ReadRefusals,
    )
)]
pub async fn retry(
    state: State<AppState>,
    actor: Actor,
    Path(id): Path<String>,
    OptionalJsonBody(order): OptionalJsonBody<JobChangeOrder>,
) -> Result<Response, ApiError> {
    let job_id = JobId(id);
    change_one(&state, &actor, JobChange::Retry, &job_id, order.reason).await?;
    let place = format!("/api/jobs/{job_id}");
    let message = "The job is queued again.".to_owned();
    let answer = JobWasChanged { success: true, job_id, message };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(answer)).into_response())
}

/// Discards a job: one that waits or is to be tried again ends as dead; a dead one is listed no longer.
#[utoipa::path(
    post, path = "/api/jobs/{id}/discard", tag = "triggers", request_body = Option<JobChangeOrder>,
    params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = 200, description = "It is discarded", body = JobWasChanged),
        (status = 404, description = "No such job is kept", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It runs, is done, or was discarded before", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "There is a body that is not said to be application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long, or not all of it is seen", body = Problem, content_type = "application/problem+json"),
        ReadRefusals,
    )
)]
pub async fn discard(
    state: State<AppState>,
    actor: Actor,
    Path(id): Path<String>,
    OptionalJsonBody(order): OptionalJsonBody<JobChangeOrder>,
) -> Result<Response, ApiError> {
    let job_id = JobId(id);
    change_one(&state, &actor, JobChange::Discard, &job_id, order.reason).await?;
    let answer = JobWasChanged { success: true, job_id, message: "The job is discarded.".to_owned() };
    Ok(Json(answer).into_response())
}
