//! `GET /api/audit` and `GET /api/audit.csv`: who did what, and what came of it.

use axum::extract::{Extension, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Json, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::error::ApiError;
use crate::model::audit_list::{AuditPage, AuditQuestion};
use crate::server::application::AppState;
use crate::server::audit::{csv, reading};
use crate::server::auth::actor::Actor;
use crate::server::auth::credentials::Identity;
use crate::server::openapi::refusals::ReadRefusals;
use crate::server::router::problem::Problem;
use crate::server::routes::request_values::checked_limit;

/// How many records are answered unless another number is asked for.
const USUAL: usize = 50;

/// How many records are answered at most.
const MOST: usize = 100;

/// How many records a table has at most: a few MiB, which are made before the first byte is sent, so that a table is whole.
const MOST_IN_TABLE: usize = 10_000;

/// What may be added to the address besides the question.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LimitQuery {
    /// How many records at most; 50 if it is not given.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 100)]
    limit: Option<String>,
}

/// Who did what, and what came of it, newest first. An answer may hold fewer records than it could, even none, and still have
/// a `next`: hardly any of the 10,000 that were looked through fitted.
#[utoipa::path(
    get, path = "/api/audit", tag = "audit", params(AuditQuestion, LimitQuery),
    responses(
        (status = 200, description = "The records", body = AuditPage),
        (status = 422, description = "A parameter breaks a rule; says which and what rule", body = Problem, content_type = "application/problem+json"),
        ReadRefusals,
    )
)]
pub async fn audit(
    State(state): State<AppState>,
    Extension(identity): Extension<Identity>,
    actor: Actor,
    Query(question): Query<AuditQuestion>,
    Query(query): Query<LimitQuery>,
) -> Result<Json<AuditPage>, ApiError> {
    let limit = checked_limit(query.limit.as_deref(), USUAL, MOST)?;
    Ok(Json(reading::read(&state, (&identity, &actor), &question, limit).await?))
}

/// The same as a table for spreadsheets, 10,000 records at most; `Link` leads to older ones. Asks for an administrator.
#[utoipa::path(
    get, path = "/api/audit.csv", tag = "audit", params(AuditQuestion),
    responses(
        (
            status = 200, description = "The records, one line each", body = String, content_type = "text/csv",
            headers(("Link" = String, description = "The table of older records (`rel=\"next\"`), if any may fit"))
        ),
        (status = 422, description = "A parameter breaks a rule; says which and what rule", body = Problem, content_type = "application/problem+json"),
        ReadRefusals,
    )
)]
pub async fn audit_csv(
    State(state): State<AppState>,
    Extension(identity): Extension<Identity>,
    actor: Actor,
    Query(question): Query<AuditQuestion>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let turn = state.downloads.turn().await?;
    let page = reading::read_far(&state, (&identity, &actor), question, MOST_IN_TABLE).await?;
    let name = match (page.records.first(), page.records.last()) {
        (Some(newest), Some(oldest)) => format!("audit-{}-to-{}.csv", oldest.id, newest.id),
        _ => "audit-empty.csv".to_owned(),
    };
    let mut headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, value(&format!("attachment; filename=\"{name}\""))?),
    ]);
    if let Some(next) = page.next {
        let query = query.unwrap_or_default();
        let mut older: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("before=")).collect();
        let before = format!("before={next}");
        older.push(&before);
        headers.insert(header::LINK, value(&format!("</api/audit.csv?{}>; rel=\"next\"", older.join("&")))?);
    }
    Ok((headers, turn.body(csv::table(&page.records))).into_response())
}

fn value(text: &str) -> Result<HeaderValue, ApiError> {
    HeaderValue::from_str(text).map_err(|_| ApiError::Internal)
}
