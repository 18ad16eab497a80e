//! `GET /api/services/{id}/runs`: what came of a service's latest runs.

use axum::extract::{Path, Query, State};
use axum::response::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::error::ApiError;
use crate::model::run::RunRecord;
use crate::model::service::{BuiltIn, ServiceId};
use crate::server::hub::Hub;
use crate::server::openapi::refusals::ReadRefusals;
use crate::server::router::problem::Problem;
use crate::server::routes::request_values::checked_limit;
use crate::server::worker::schedule::{LISTED, Runs};

/// How many runs are answered unless another number is asked for.
const USUAL: usize = 20;

/// What may be added to the address.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunsQuery {
    /// How many runs at most; 20 if it is not given.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 100)]
    limit: Option<String>,
}

/// Runs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct LatestRuns {
    runs: Vec<RunRecord>,
}

/// The latest periodic runs of a service, newest first; the latest 100 are kept, for a week. Only the services that the program
/// brings along have any.
#[utoipa::path(
    get, path = "/api/services/{id}/runs", tag = "services",
    params(("id" = ServiceId, Path, description = "The service's id"), RunsQuery),
    responses(
        (status = 200, description = "The runs", body = LatestRuns),
        (status = 404, description = "There is no such service", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter breaks a rule; says which and what rule", body = Problem, content_type = "application/problem+json"),
        ReadRefusals,
    )
)]
pub async fn runs(
    State(runs): State<Runs>,
    State(hub): State<Hub>,
    Path(id): Path<String>,
    Query(query): Query<RunsQuery>,
) -> Result<Json<LatestRuns>, ApiError> {
    let limit = checked_limit(query.limit.as_deref(), USUAL, LISTED)?;
    let service = ServiceId::parse(&id).ok();
    let Some(built_in) = service.and_then(BuiltIn::of) else {
        return match service.and_then(|service| hub.view(service)) {
            Some(_) => Ok(Json(LatestRuns { runs: Vec::new() })),
            None => Err(ApiError::NotFound { what: format!("Service {id}") }),
        };
    };
    let runs = runs.latest(built_in, limit).await.map_err(|error| {
        tracing::error!(service.id = built_in.name(), error = %error, "runs could not be looked up");
        ApiError::Unavailable
    })?;
    Ok(Json(LatestRuns { runs }))
}
