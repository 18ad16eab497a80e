//! A stand-in for the core banking system: the same contract with made-up data, for trying and testing.

pub mod data;

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
use crate::server::core_banking::sandbox::data::{Account, Bank};
use crate::server::core_banking::wire::{AccountEntry, PAGE_SIZE, Page, PageHeader};

/// Mixed into page tokens, so that nobody comes to count on what they hold.
const TOKEN_MASK: u64 = 0x5eed_ba5e;

/// Serves the sandbox on that listener until `shutdown`.
pub async fn serve(listener: TcpListener, config: SandboxConfig, shutdown: CancellationToken) -> std::io::Result<()> {
    axum::serve(listener, router(config)).with_graceful_shutdown(shutdown.cancelled_owned()).await
}

/// The sandbox's routes. Whatever disturbs answers on purpose goes around them as one more layer.
pub fn router(config: SandboxConfig) -> Router {
    let bank = Bank { customers: config.customers };
    let config = Arc::new(config);
    Router::new()
        .route("/customers", get(customers))
        .route("/customers/{id}/accounts", get(accounts))
        .route("/accounts/{number}/balances", get(balances))
        .route("/accounts/{number}", get(details))
        .fallback(async || Refusal::Unknown)
        .with_state(bank)
        .layer(middleware::from_fn_with_state(config, check_token))
}

/// Why the sandbox gives no data.
enum Refusal {
    SignedOut,
    Unknown,
    BadToken,
}

#[derive(Serialize)]
struct Problem {
    error: &'static str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::SignedOut => (StatusCode::UNAUTHORIZED, "the bearer token is missing or wrong"),
            Self::Unknown => (StatusCode::NOT_FOUND, "not found"),
            Self::BadToken => (StatusCode::BAD_REQUEST, "page_token is not one this list gave out"),
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

#[derive(Deserialize)]
struct PageQuery {
    page_token: Option<String>,
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
    let page_token = (end < total).then(|| format!("{:012x}", end ^ TOKEN_MASK));
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
