//! The layer that makes the sandbox slow, failing, lying or silent.

use std::time::Duration;

use axum::Json;
use axum::body::{self, Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde_json::Value;

use crate::server::core_banking::sandbox;
use crate::server::core_banking::sandbox::behaviour::{Fate, Lie, Switches};
use crate::server::core_banking::wire::{Page, PageHeader};

/// The largest answer of the sandbox itself, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// One piece of an answer without end, in bytes.
const PIECE: usize = 16 * 1024;

/// Marks an answer that is not to be sent: the connection ends instead.
#[derive(Clone, Copy, Debug)]
pub struct Silence;

/// Lets a question meet its fate.
pub async fn disturb(State(switches): State<Switches>, request: Request, next: Next) -> Response {
    let latency = Duration::from_millis(switches.behaviour().latency_ms);
    let page_token = request.uri().query().and_then(|query| query.strip_prefix("page_token=")).map(str::to_owned);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    // Asked for now, so that an answer that was held back meets an outage too.
    if switches.behaviour().down {
        let mut silence = StatusCode::SERVICE_UNAVAILABLE.into_response();
        silence.extensions_mut().insert(Silence);
        return silence;
    }
    match switches.next_fate() {
        Fate::Answered => next.run(request).await,
        Fate::Failed => failure(),
        Fate::Malformed(lie) => distort(lie, page_token, next.run(request).await).await,
    }
}

fn failure() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Json(serde_json::json!({"error": "out of order on purpose"}))).into_response()
}

/// Makes a lie of a good answer; a refusal stays as it is.
async fn distort(lie: Lie, page_token: Option<String>, answer: Response) -> Response {
    if !answer.status().is_success() {
        return answer;
    }
    let Ok(honest) = body::to_bytes(answer.into_body(), LARGEST_ANSWER).await else { return failure() };
    let json = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    match lie {
        Lie::CutOff => (json, honest.slice(..honest.len() / 2)).into_response(),
        Lie::Html => axum::response::Html("<!doctype html><title>Maintenance</title>").into_response(),
        Lie::Numbers => (json, numbers(&honest)).into_response(),
        Lie::Endless => {
            let piece = Bytes::from(vec![b' '; PIECE]);
            (json, Body::from_stream(stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()))))
                .into_response()
        }
        Lie::SamePage => (json, same_page(&honest, page_token)).into_response(),
    }
}

/// The answer with a number for every text.
fn numbers(honest: &[u8]) -> String {
    fn number(value: &mut Value) {
        match value {
            Value::String(_) => *value = Value::from(0.1),
            Value::Array(items) => items.iter_mut().for_each(number),
            Value::Object(fields) => fields.values_mut().for_each(number),
            _ => {}
        }
    }
    let mut value: Value = serde_json::from_slice(honest).unwrap_or_default();
    number(&mut value);
    value.to_string()
}

/// A page that leads back to itself; an answer that is no page has its texts made numbers.
fn same_page(honest: &[u8], page_token: Option<String>) -> String {
    let Ok(mut page) = serde_json::from_slice::<Page<Value>>(honest) else { return numbers(honest) };
    let page_token = Some(page_token.unwrap_or_else(|| sandbox::page_token(0)));
    page.header = PageHeader { page_token, ..page.header };
    serde_json::to_string(&page).unwrap_or_default()
}
