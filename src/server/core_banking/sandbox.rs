//! A stand-in for the core banking system: the same contract with made-up data, for trying and testing.
//!
//! It can be slow, fail, lie and go away: `GET` and `PATCH` of [`BEHAVIOUR_PATH`] show and change how it behaves while it
//! runs.

pub mod behaviour;
pub mod data;
mod disturbance;
mod outage;

use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::server::config::SandboxConfig;
use crate::server::core_banking::sandbox::behaviour::{Behaviour, BehaviourChange, InvalidChange, Switches};
use crate::server::core_banking::sandbox::data::{Account, Bank};
use crate::server::core_banking::wire::{AccountEntry, PAGE_SIZE, Page, PageHeader};

/// Mixed into page tokens, so that nobody comes to count on what they hold.
const TOKEN_MASK: u64 = 0x5eed_ba5e;

/// Where it is shown and changed how the sandbox behaves. No route of the contract begins like it.
pub const BEHAVIOUR_PATH: &str = "/sandbox/behaviour";

/// Serves the sandbox on that listener until `shutdown`.
pub async fn serve(listener: TcpListener, config: SandboxConfig, shutdown: CancellationToken) {
    outage::serve(listener, router(config), shutdown).await;
}

/// The sandbox's routes, well-behaved at first. While it is down they answer 503, and [`serve`] does not send that.
pub fn router(config: SandboxConfig) -> Router {
    let bank = Bank { customers: config.customers };
    let (config, switches) = (Arc::new(config), Switches::default());
    let admin = Router::new().route(BEHAVIOUR_PATH, get(show).patch(change)).with_state(switches.clone());
    Router::new()
        .route("/customers", get(customers))
        .route("/customers/{id}/accounts", get(accounts))
        .route("/accounts/{number}/balances", get(balances))
        .route("/accounts/{number}", get(details))
        .fallback(async || Refusal::Unknown)
        .with_state(bank)
        .layer(middleware::from_fn_with_state(switches, disturbance::disturb))
        .merge(admin)
        .layer(middleware::from_fn_with_state(config, check_token))
}

/// Why the sandbox gives no data.
enum Refusal {
    SignedOut,
    Unknown,
    BadToken,
    BadChange(InvalidChange),
}

#[derive(Serialize)]
struct Problem {
    error: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::SignedOut => (StatusCode::UNAUTHORIZED, "the bearer token is missing or wrong".to_owned()),
            Self::Unknown => (StatusCode::NOT_FOUND, "not found".to_owned()),
            Self::BadToken => (StatusCode::BAD_REQUEST, "page_token is not one this list gave out".to_owned()),
            Self::BadChange(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
        };
        (status, Json(Problem { error })).into_response()
    }
}

async fn check_token(State(config): State<Arc<SandboxConfig>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_welcome = match &config.token {
        Some(token) => given.and_then(|value| value.strip_prefix("Bearer ")) == Some(token.expose_secret()),
        None => true,
    };
    if is_welcome { next.run(request).await } else { Refusal::SignedOut.into_response() }
}

async fn show(State(switches): State<Switches>) -> Json<Behaviour> {
    Json(switches.behaviour())
}

async fn change(
    State(switches): State<Switches>,
    Json(change): Json<BehaviourChange>,
) -> Result<Json<Behaviour>, Refusal> {
    let behaviour = switches.change(change).map_err(Refusal::BadChange)?;
    tracing::info!(?behaviour, "the sandbox behaves differently from now on");
    Ok(Json(behaviour))
}

#[derive(Deserialize)]
struct PageQuery {
    page_token: Option<String>,
}

/// The token that leads to the page after the first `read` entries.
fn page_token(read: u64) -> String {
    format!("{:012x}", read ^ TOKEN_MASK)
}

/// Cuts one page out of a list whose entries are made on demand.
fn page<T>(query: &PageQuery, total: u64, entry: impl Fn(u64) -> T) -> Result<Json<Page<T>>, Refusal> {
    let start = match query.page_token.as_deref() {
        None | Some("") => 0,
        Some(token) => u64::from_str_radix(token, 16).map_err(|_| Refusal::BadToken)? ^ TOKEN_MASK,
    };
    if start > 0 && start >= total {
        return Err(Refusal::BadToken);
    }
    let end = total.min(start + PAGE_SIZE as u64);
    let page_token = (end < total).then(|| page_token(end));
    let header = PageHeader { total_size: total, page_start: start + 1, page_token };
    Ok(Json(Page { header, body: (start + 1..=end).map(entry).collect() }))
}

async fn customers(State(bank): State<Bank>, Query(query): Query<PageQuery>) -> Result<impl IntoResponse, Refusal> {
    page(&query, bank.customers, data::customer)
}

async fn accounts(
    State(bank): State<Bank>,
    Path(id): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<impl IntoResponse, Refusal> {
    let customer = bank.find_customer(&id).ok_or(Refusal::Unknown)?;
    page(&query, data::accounts_of(customer), |number| AccountEntry {
        account_id: Account { customer, number }.to_string(),
    })
}

async fn balances(State(bank): State<Bank>, Path(number): Path<String>) -> Result<impl IntoResponse, Refusal> {
    let account = bank.find_account(&number).ok_or(Refusal::Unknown)?;
    Ok(Json(account.balances()))
}

async fn details(State(bank): State<Bank>, Path(number): Path<String>) -> Result<impl IntoResponse, Refusal> {
    let account = bank.find_account(&number).ok_or(Refusal::Unknown)?;
    Ok(Json(account.details()))
}
