//! Bodies in JSON, read so that every refusal says what is wrong and where.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde::de::IgnoredAny;

use crate::api::error::ApiError;

/// How serde's own words begin that name a field which is not there: it has no path to tell instead.
const MISSING: &str = "missing field `";

/// The body of a request, read as `T`. 415 if it is not said to be JSON, 400 if it is none, 422 if a field is missing
/// or breaks a rule. Fields that `T` does not have are passed over.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        require_json(request.headers())?;
        let body = Bytes::from_request(request, state).await.map_err(|_| ApiError::Internal)?;
        read(&body).map(Self)
    }
}

/// The same where the body may be left out: then it is `T`'s default, whatever it is said to be.
pub struct OptionalJsonBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_json = require_json(request.headers());
        let body = Bytes::from_request(request, state).await.map_err(|_| ApiError::Internal)?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        is_json?;
        read(&body).map(Self)
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_encoded = headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
    if is_encoded || !kind.is_some_and(is_json) { Err(ApiError::NotApplicationJson) } else { Ok(()) }
}

fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let not_json = |error: serde_json::Error| ApiError::NotJson { reason: error.to_string() };
    let _: IgnoredAny = serde_json::from_slice(body).map_err(not_json)?;
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(ApiError::Invalid { field: "body".to_owned(), rule: "it must be a JSON object".to_owned() });
    }
    // From the text itself, so that what is only passed on keeps every digit.
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(body)).map_err(|error| {
        let inner = error.inner();
        let place = format!(" at line {} column {}", inner.line(), inner.column());
        let rule = inner.to_string();
        let rule = rule.strip_suffix(&place).unwrap_or(&rule).to_owned();
        match rule.strip_prefix(MISSING).and_then(|rest| rest.split('`').next()) {
            Some(field) => ApiError::Invalid { field: field.to_owned(), rule: "it is missing".to_owned() },
            None => ApiError::Invalid { field: error.path().to_string(), rule },
        }
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Order {
        user_id: u8,
        note: Option<String>,
    }

    fn refusal(body: &str) -> String {
        read::<Order>(body.as_bytes()).map_or_else(|error| error.to_string(), |order| format!("{order:?}"))
    }

    #[test]
    fn a_good_body_is_read_whatever_else_stands_in_it() {
        let order = read::<Order>(br#" {"userId": 5, "more": [1]} "#);
        assert_eq!(order, Ok(Order { user_id: 5, note: None }));
    }

    #[test]
    fn what_is_only_passed_on_keeps_every_digit() {
        #[derive(Deserialize)]
        struct Passed {
            params: Box<serde_json::value::RawValue>,
        }
        let params = r#"{"sum": 123456789012345678901.10, "list": [1e2]}"#;
        let passed = read::<Passed>(format!(r#"{{"params": {params}}}"#).as_bytes()).expect("it is good");
        assert_eq!(passed.params.get(), params);
    }

    #[test]
    fn every_refusal_says_what_is_wrong_and_where() {
        assert_eq!(refusal("{nope"), "The body cannot be read as JSON: key must be a string at line 1 column 2.");
        assert_eq!(refusal(""), "The body cannot be read as JSON: EOF while parsing a value at line 1 column 0.");
        assert_eq!(
            refusal("{\n\"userId\":1"),
            "The body cannot be read as JSON: EOF while parsing an object at line 2 column 10."
        );
        assert_eq!(refusal("[1]"), "body: it must be a JSON object");
        assert_eq!(refusal("{}"), "userId: it is missing");
        assert_eq!(refusal(r#"{"userId":1,"note":5}"#), "note: invalid type: integer `5`, expected a string");
    }

    #[test]
    fn the_content_type_counts_whatever_its_parameters() {
        assert!(is_json("application/json") && is_json("Application/JSON; charset=utf-8"));
        for other in ["text/plain", "", "application/jsonp", "application/x-www-form-urlencoded"] {
            assert!(!is_json(other), "{other}");
        }
    }
}
