//! `POST /api/services/<built-in service>`: one piece of work, now.

use axum::extract::{Extension, FromRequestParts, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoResponses, ToSchema};

use crate::api::error::ApiError;
use crate::model::job::{JobId, Lane};
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::auth::credentials::Identity;
use crate::server::openapi::refusals::ChangeRefusals;
use crate::server::router::json_body::JsonBody;
use crate::server::routes::once::{OnceHeader, once};
use crate::server::routes::request_values::{AccountNumber, UserNumber};
use crate::server::trigger;
use crate::server::worker::queue::Work;

/// About which of the bank's users.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserWork {
    user_id: UserNumber,
}

/// About which account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountWork {
    account_number: AccountNumber,
}

/// The work is queued; its end is told by the stream and at the address in `Location`.
#[derive(Debug, Serialize, ToSchema, IntoResponses)]
#[serde(rename_all = "camelCase")]
#[response(status = 202, headers(("Location" = String, description = "Where the job is")))]
pub struct Queued {
    /// Always true: whatever was not queued is answered otherwise.
    success: bool,
    job_id: JobId,
    lane: Lane,
    /// One sentence for people.
    message: String,
}

/// Reads all balances of a user's accounts.
#[utoipa::path(
    post, path = "/api/services/balance-sync", tag = "triggers", request_body = UserWork,
    params(OnceHeader), responses(Queued, ChangeRefusals)
)]
pub async fn balance_sync(
    request: Request,
    JsonBody(UserWork { user_id }): JsonBody<UserWork>,
) -> Result<Response, ApiError> {
    request.queue(Work::SyncBalances(user_id.0)).await
}

/// Reads a user's list of accounts.
#[utoipa::path(
    post, path = "/api/services/account-discovery", tag = "triggers", request_body = UserWork,
    params(OnceHeader), responses(Queued, ChangeRefusals)
)]
pub async fn account_discovery(
    request: Request,
    JsonBody(UserWork { user_id }): JsonBody<UserWork>,
) -> Result<Response, ApiError> {
    request.queue(Work::DiscoverAccounts(user_id.0)).await
}

/// Reads an account's details.
#[utoipa::path(
    post, path = "/api/services/account-enrichment", tag = "triggers", request_body = AccountWork,
    params(OnceHeader), responses(Queued, ChangeRefusals)
)]
pub async fn account_enrichment(
    request: Request,
    JsonBody(AccountWork { account_number }): JsonBody<AccountWork>,
) -> Result<Response, ApiError> {
    request.queue(Work::EnrichAccount(account_number.0)).await
}

/// Who asks, and whether it is the first time; what for stands in the body.
#[derive(FromRequestParts)]
#[from_request(state(AppState))]
pub struct Request {
    state: State<AppState>,
    identity: Extension<Identity>,
    actor: Actor,
    headers: HeaderMap,
}

impl Request {
    async fn queue(self, work: Work) -> Result<Response, ApiError> {
        let once = once(&self.headers, &self.identity, &format!("{work:?}"))?;
        let job_id = trigger::trigger(&self.state, &self.actor, &work, once.as_ref()).await?;
        let place = format!("/api/jobs/{job_id}");
        let answer = Queued { success: true, job_id, lane: Lane::Priority, message: trigger::queued(&work) };
        Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(answer)).into_response())
    }
}
