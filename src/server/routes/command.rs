//! `POST /api/services/{id}/commands` and `GET /api/commands/{id}`: what is asked of a service, and what came of it.

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoResponses, ToSchema};

use crate::api::error::ApiError;
use crate::model::command::{Command, CommandId};
use crate::model::json_text;
use crate::model::service::ServiceId;
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::auth::credentials::Identity;
use crate::server::control::{self, Request};
use crate::server::openapi::refusals::{CommandRefusals, ReadRefusals};
use crate::server::router::json_body::JsonBody;
use crate::server::router::problem::Problem;
use crate::server::routes::once::{OnceHeader, once};
use crate::server::routes::request_values::ControlName;

/// What a service shall do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandOrder {
    command: ControlName,
    /// Why: kept in the audit and told to the service. At most 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// An object for the service alone to understand, at most 4096 bytes; the built-in services take none.
    #[serde(default, deserialize_with = "compact")]
    #[schema(value_type = Option<Object>)]
    params: Option<Box<RawValue>>,
}

/// On one line, whatever white space it was written with, and with every digit: services read what is published line by line.
fn compact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    let Some(params) = Option::<Box<RawValue>>::deserialize(deserializer)? else { return Ok(None) };
    let text = json_text::compact(params.get()).map_err(D::Error::custom)?;
    RawValue::from_string(text).map(Some).map_err(D::Error::custom)
}

/// The command is given; what comes of it is told by the stream and at the address in `Location`.
#[derive(Debug, Serialize, ToSchema, IntoResponses)]
#[serde(rename_all = "camelCase")]
#[response(status = 202, headers(("Location" = String, description = "Where the command is")))]
pub struct Given {
    /// Always true: whatever was not given is answered otherwise.
    success: bool,
    command_id: CommandId,
}

/// Asks something of a service. It answers by itself, so whoever asks looks for the outcome.
#[utoipa::path(
    post, path = "/api/services/{id}/commands", tag = "commands", request_body = CommandOrder,
    params(("id" = ServiceId, Path, description = "The service"), OnceHeader), responses(Given, CommandRefusals)
)]
pub async fn command(
    State(state): State<AppState>,
    Extension(identity): Extension<Identity>,
    actor: Actor,
    Path(service): Path<String>,
    headers: HeaderMap,
    JsonBody(order): JsonBody<CommandOrder>,
) -> Result<Response, ApiError> {
    let service =
        ServiceId::parse(&service).map_err(|_| ApiError::NotFound { what: "A service of that name".to_owned() })?;
    let once = once(&headers, &identity, &format!("{service} {order:?}"))?;
    let CommandOrder { command, reason, params } = order;
    let request = Request { service, control: command.0, reason, params };
    let command_id = control::command(&state, (&identity, &actor), request, once.as_ref()).await?.id;
    let place = format!("/api/commands/{command_id}");
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(Given { success: true, command_id })).into_response())
}

/// Where a command stands; commands are kept for a week after their end.
#[utoipa::path(
    get, path = "/api/commands/{id}", tag = "commands",
    params(("id" = String, Path, description = "The command")),
    responses(
        (status = 200, description = "The command", body = Command),
        (status = 404, description = "No such command is kept", body = Problem, content_type = "application/problem+json"),
        ReadRefusals,
    )
)]
pub async fn outcome(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<Command>, ApiError> {
    Ok(Json(control::find(&state, &CommandId(id)).await?))
}
