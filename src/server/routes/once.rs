//! The header by which a request may be repeated without doing its work twice.

use axum::http::HeaderMap;
use utoipa::IntoParams;

use crate::api::error::ApiError;
use crate::server::auth::credentials::Identity;
use crate::server::auth::random;
use crate::server::worker::queue::Once;

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The longest such key, in bytes.
const LONGEST_KEY: usize = 255;

/// What a request that changes something may be sent with.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header, which `once` reads")]
pub struct OnceHeader {
    /// The same key makes the same request count only once within 24 hours.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255, pattern = "^[!-~]{1,255}$")]
    key: Option<String>,
}

/// Reads the key. It counts for the user who sends it, and for what it was first sent with: `asked` is the same text for the same
/// request.
pub fn once(headers: &HeaderMap, identity: &Identity, asked: &str) -> Result<Option<Once>, ApiError> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let is_good = (1..=LONGEST_KEY).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
    if !is_good {
        return Err(ApiError::Invalid {
            field: "Idempotency-Key".to_owned(),
            rule: format!("it must be 1 to {LONGEST_KEY} visible ASCII characters"),
        });
    }
    let key = format!("{}:{}", identity.user.name, random::sha256(key.as_bytes()));
    Ok(Some(Once { key, fingerprint: random::sha256(asked.as_bytes()) }))
}
