//! `POST /api/services/<built-in service>`: one piece of work, now.

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, IntoResponses, ToSchema};

use crate::api::error::ApiError;
use crate::model::job::{JobId, Lane};
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::auth::credentials::Identity;
use crate::server::auth::random;
use crate::server::openapi::refusals::ChangeRefusals;
use crate::server::router::json_body::JsonBody;
use crate::server::routes::request_values::{AccountNumber, UserNumber};
use crate::server::trigger;
use crate::server::worker::queue::{Once, Work};

/// The header by which a request may be repeated without doing its work twice.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The longest such key, in bytes.
const LONGEST_KEY: usize = 255;

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

/// What a trigger may be sent with.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header, which `once` reads")]
pub struct OnceHeader {
    /// The same key makes the same work only once within 24 hours.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255, pattern = "^[!-~]{1,255}$")]
    key: Option<String>,
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
    state: State<AppState>,
    identity: Extension<Identity>,
    actor: Actor,
    headers: HeaderMap,
    JsonBody(UserWork { user_id }): JsonBody<UserWork>,
) -> Result<Response, ApiError> {
    queue(&state, &identity, &actor, &headers, Work::SyncBalances(user_id.0)).await
}

/// Reads a user's list of accounts.
#[utoipa::path(
    post, path = "/api/services/account-discovery", tag = "triggers", request_body = UserWork,
    params(OnceHeader), responses(Queued, ChangeRefusals)
)]
pub async fn account_discovery(
    state: State<AppState>,
    identity: Extension<Identity>,
    actor: Actor,
    headers: HeaderMap,
    JsonBody(UserWork { user_id }): JsonBody<UserWork>,
) -> Result<Response, ApiError> {
    queue(&state, &identity, &actor, &headers, Work::DiscoverAccounts(user_id.0)).await
}

/// Reads an account's details.
#[utoipa::path(
    post, path = "/api/services/account-enrichment", tag = "triggers", request_body = AccountWork,
    params(OnceHeader), responses(Queued, ChangeRefusals)
)]
pub async fn account_enrichment(
    state: State<AppState>,
    identity: Extension<Identity>,
    actor: Actor,
    headers: HeaderMap,
    JsonBody(AccountWork { account_number }): JsonBody<AccountWork>,
) -> Result<Response, ApiError> {
    queue(&state, &identity, &actor, &headers, Work::EnrichAccount(account_number.0)).await
}

async fn queue(
    state: &AppState,
    identity: &Identity,
    actor: &Actor,
    headers: &HeaderMap,
    work: Work,
) -> Result<Response, ApiError> {
    let once = once(headers, identity, &work)?;
    let job_id = trigger::trigger(state, actor, &work, once.as_ref()).await?;
    let place = format!("/api/jobs/{job_id}");
    let answer = Queued { success: true, job_id, lane: Lane::Priority, message: trigger::queued(&work) };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(answer)).into_response())
}

/// The key counts for the user who sends it, and for the work it was first sent with, however that was written.
fn once(headers: &HeaderMap, identity: &Identity, work: &Work) -> Result<Option<Once>, ApiError> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let is_good = (1..=LONGEST_KEY).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
    if !is_good {
        return Err(ApiError::Invalid {
            field: "Idempotency-Key".to_owned(),
            rule: format!("it must be 1 to {LONGEST_KEY} visible ASCII characters"),
        });
    }
    let key = format!("{}:{}", identity.user.name, random::sha256(key.as_bytes()));
    Ok(Some(Once { key, fingerprint: random::sha256(format!("{work:?}").as_bytes()) }))
}
