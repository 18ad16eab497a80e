//! `GET /api/services/{id}/history`: what a service reported.

use axum::extract::{Path, Query, State};
use axum::response::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::error::ApiError;
use crate::model::event::StatusMessage;
use crate::model::service::{BuiltIn, ServiceId};
use crate::server::application::AppState;
use crate::server::moment;
use crate::server::openapi::refusals::ReadRefusals;
use crate::server::router::problem::Problem;
use crate::server::routes::request_values::checked_limit;

/// How many reports are answered unless another number is asked for.
const USUAL: usize = 100;

/// How many reports are answered at most.
const MOST: usize = 1_000;

/// What may be added to the address.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Not before that moment: a date and time in UTC, such as `2026-11-24T14:03`, or ms since the Unix epoch.
    from: Option<String>,
    /// Before that moment, written likewise; the `next` of an answer leads to older reports.
    to: Option<String>,
    /// How many reports at most; 100 if it is not given.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

/// Reports, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceHistory {
    /// The reports, each with its `entry` and with `lastSeen`, when Redis took it in.
    entries: Vec<StatusMessage>,
    /// Where there are older ones: the `to` that leads to them. `null` if there are none.
    next: Option<u64>,
}

/// What a service reported, newest first: every change of its state, otherwise one report in 10 s. It is kept for
/// `HISTORY_RETENTION_HOURS`, 100,000 reports at most. Reports of one ms stay together, so that an answer may have a few more
/// than `limit`; it has fewer where they have more than 8 MiB.
#[utoipa::path(
    get, path = "/api/services/{id}/history", tag = "services",
    params(("id" = ServiceId, Path, description = "The service's id"), HistoryQuery),
    responses(
        (status = 200, description = "The reports", body = ServiceHistory),
        (status = 404, description = "There is no such service", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter breaks a rule; says which and what rule", body = Problem, content_type = "application/problem+json"),
        ReadRefusals,
    )
)]
pub async fn history(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<ServiceHistory>, ApiError> {
    let range = (checked_moment("from", query.from)?, checked_moment("to", query.to)?);
    let limit = checked_limit(query.limit.as_deref(), USUAL, MOST)?;
    let is_known = |service: &ServiceId| BuiltIn::of(*service).is_some() || state.hub.view(*service).is_some();
    let Some(service) = ServiceId::parse(&id).ok().filter(is_known) else {
        return Err(ApiError::NotFound { what: format!("Service {id}") });
    };
    let page = state.history.page(service, range, limit, state.hub.now()).await.map_err(|error| {
        tracing::error!(service.id = %service, %error, "history could not be read");
        ApiError::Unavailable
    })?;
    Ok(Json(ServiceHistory { entries: page.entries, next: page.next }))
}

fn checked_moment(field: &str, text: Option<String>) -> Result<Option<u64>, ApiError> {
    let invalid = || ApiError::Invalid { field: field.to_owned(), rule: moment::RULE.to_owned() };
    text.map(|text| moment::read(&text).ok_or_else(invalid)).transpose()
}
