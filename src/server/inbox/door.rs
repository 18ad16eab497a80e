//! The door: what third parties publish is read here, and nothing that breaks a rule passes.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::command::OutcomeMessage;
use crate::model::dashboard::MetricsMessage;
use crate::model::event::StatusMessage;
use crate::model::json_text::{self, TooDeep};
use crate::model::letters::is_unseen;
use crate::model::service::{InvalidServiceId, ServiceId};
use crate::model::status::StatusObject;
use crate::server::dashboard::measurements::MOST_NAMES;
use crate::server::redis::keys;

/// The longest message, in bytes.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// The longest `status`, in bytes.
const MAX_STATUS: usize = 16 * 1024;

/// The longest `version` or `instance`, in bytes.
pub const MAX_NAME: usize = 128;

/// The longest `message` of an outcome, in bytes.
const MAX_SENTENCE: usize = 1_024;

/// The longest name of a number in `metrics`, in bytes.
const MAX_METRIC: usize = 64;

/// The shortest and the longest `reportEvery`, in ms: a tenth of a second and a week.
const REPORT_EVERY: std::ops::RangeInclusive<u64> = 100..=604_800_000;

/// What came in.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// A status to offer to the log.
    Status(Box<StatusMessage>),
    /// A status that the log itself published: it carries its entry.
    Logged,
    /// What a service says of a command.
    Outcome(OutcomeMessage),
    /// What a service measured.
    Measured(MetricsMessage),
    /// A message of another kind: a log line, a command.
    Other,
}

/// Why a message is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The channel names no service.
    #[error("channel: {0}")]
    Channel(#[from] InvalidServiceId),
    /// It is too long.
    #[error("{field} is {length} bytes long; it may be {limit}")]
    TooLong {
        /// What is too long.
        field: &'static str,
        /// How long it is.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// It is not JSON, or a field is missing or of a wrong type.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// It nests too deep.
    #[error("status: {0}")]
    TooDeep(#[from] TooDeep),
    /// So do the fields of a line.
    #[error("fields: {0}")]
    FieldsTooDeep(TooDeep),
    /// The fields of a line are no object.
    #[error("fields must be an object")]
    FieldsNoObject,
    /// The status is no object.
    #[error("status must be an object")]
    NotAnObject,
    /// It speaks for another service than its channel's.
    #[error("service is \"{0}\", which is not the channel's")]
    OtherService(String),
    /// There are too many numbers.
    #[error("metrics has {0} names; it may have {MOST_NAMES}")]
    TooManyNames(usize),
    /// A number has a name that cannot be shown.
    #[error("metrics: a name is 1 to {MAX_METRIC} bytes, each letter of which is seen")]
    MetricName,
    /// The time between reports is out of bounds.
    #[error("reportEvery is {0}; it must be from 100 to 604800000 ms")]
    ReportEvery(u64),
}

/// Only whether the message came from the log.
#[derive(Deserialize)]
struct Origin<'a> {
    #[serde(borrow)]
    entry: Option<&'a RawValue>,
}

/// Why a message of that length is refused before it is read.
pub fn too_long(length: usize) -> Option<Refusal> {
    within("the message", length, MAX_MESSAGE).err()
}

/// Reads what was heard on a channel.
pub fn read(channel: &str, payload: &[u8]) -> Result<Heard, Refusal> {
    if channel == keys::OUTCOMES_CHANNEL {
        return outcome(payload).map(Heard::Outcome);
    }
    if channel == keys::METRICS_CHANNEL {
        return measured(payload).map(Heard::Measured);
    }
    if is_other(channel) {
        return Ok(Heard::Other);
    }
    let service = ServiceId::parse(channel.strip_prefix("service:").unwrap_or(channel))?;
    within("the message", payload.len(), MAX_MESSAGE)?;
    let origin: Origin = serde_json::from_slice(payload)?;
    if origin.entry.is_some() {
        return Ok(Heard::Logged);
    }
    let mut message: StatusMessage = serde_json::from_slice(payload)?;
    if message.service != service {
        return Err(Refusal::OtherService(message.service.to_string()));
    }
    message.status = checked_status(&message.status)?;
    within("version", message.version.as_ref().map_or(0, String::len), MAX_NAME)?;
    within("instance", message.instance.as_ref().map_or(0, String::len), MAX_NAME)?;
    if let Some(every) = message.report_every.filter(|every| !REPORT_EVERY.contains(every)) {
        return Err(Refusal::ReportEvery(every));
    }
    // When Redis took it in is for the log to say.
    message.last_seen = None;
    Ok(Heard::Status(Box::new(message)))
}

/// Whether messages of that channel are of another kind, whatever they say.
pub fn is_other(channel: &str) -> bool {
    channel == keys::LOGS_CHANNEL || channel == keys::COMMANDS_CHANNEL
}

/// Numbers that have a JSON form are finite.
fn measured(payload: &[u8]) -> Result<MetricsMessage, Refusal> {
    within("the message", payload.len(), MAX_MESSAGE)?;
    let measured: MetricsMessage = serde_json::from_slice(payload)?;
    if measured.metrics.len() > MOST_NAMES {
        return Err(Refusal::TooManyNames(measured.metrics.len()));
    }
    let is_name = |name: &String| (1..=MAX_METRIC).contains(&name.len()) && !name.chars().any(is_unseen);
    if measured.metrics.keys().all(is_name) { Ok(measured) } else { Err(Refusal::MetricName) }
}

fn outcome(payload: &[u8]) -> Result<OutcomeMessage, Refusal> {
    within("the message", payload.len(), MAX_MESSAGE)?;
    let outcome: OutcomeMessage = serde_json::from_slice(payload)?;
    within("message", outcome.message.as_ref().map_or(0, String::len), MAX_SENTENCE)?;
    within("instance", outcome.instance.as_ref().map_or(0, String::len), MAX_NAME)?;
    within("id", outcome.id.0.len(), MAX_NAME)?;
    Ok(outcome)
}

/// A status fit for one line of a stream, and for every browser's JSON parser.
fn checked_status(status: &StatusObject) -> Result<StatusObject, Refusal> {
    let compact = json_text::compact(status.as_json())?;
    within("status", compact.len(), MAX_STATUS)?;
    if !compact.starts_with('{') {
        return Err(Refusal::NotAnObject);
    }
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&compact)?;
    Ok(serde_json::from_str(&compact)?)
}

/// Refuses what is longer than `limit` bytes.
pub fn within(field: &'static str, length: usize, limit: usize) -> Result<(), Refusal> {
    if length > limit { Err(Refusal::TooLong { field, length, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status_of(payload: &str) -> Result<StatusMessage, String> {
        match read("service:email-sender", payload.as_bytes()) {
            Ok(Heard::Status(message)) => Ok(*message),
            Ok(other) => Err(format!("{other:?}")),
            Err(refusal) => Err(refusal.to_string()),
        }
    }

    fn refusal(payload: &str) -> String {
        status_of(payload).map_or_else(|refusal| refusal, |message| format!("{message:?}"))
    }

    #[test]
    fn the_contracts_message_passes_with_its_digits() {
        let message = status_of(
            r#"{ "service":"email-sender", "timestamp":1763900000000,
                 "status":{ "state":"running", "ratio": 1.50, "big": 123456789012345678901234567890 },
                 "version":"2.1","instance":"a","controls":["trigger","stop"],"reportEvery":5000,"extra":1 }"#,
        )
        .expect("a good message");
        assert_eq!(
            serde_json::to_string(&message).expect("JSON"),
            r#"{"service":"email-sender","timestamp":1763900000000,"status":{"state":"running","ratio":1.50,"big":123456789012345678901234567890},"version":"2.1","instance":"a","controls":["trigger","stop"],"reportEvery":5000}"#
        );
    }

    #[test]
    fn every_broken_rule_is_named() {
        let deep =
            format!(r#"{{"service":"email-sender","timestamp":1,"status":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
        let long = format!(r#"{{"service":"email-sender","timestamp":1,"status":{{"a":"{}"}}}}"#, "x".repeat(17_000));
        for (payload, part) in [
            ("nope", "expected"),
            ("[]", "invalid"),
            (r#"{"timestamp":1,"status":{}}"#, "missing field `service`"),
            (r#"{"service":"email-sender","status":{}}"#, "missing field `timestamp`"),
            (r#"{"service":"email-sender","timestamp":"now","status":{}}"#, "invalid type"),
            (r#"{"service":"email-sender","timestamp":-1,"status":{}}"#, "-1 is not a whole number"),
            (r#"{"service":"email-sender","timestamp":1}"#, "missing field `status`"),
            (r#"{"service":"email-sender","timestamp":1,"status":[]}"#, "status must be an object"),
            (r#"{"service":"email-sender","timestamp":1,"status":{"a":1e999}}"#, "number out of range"),
            (r#"{"service":"other","timestamp":1,"status":{}}"#, "service is \"other\""),
            (
                r#"{"service":"email-sender","timestamp":1,"status":{},"controls":["explode"]}"#,
                "unknown variant `explode`",
            ),
            (r#"{"service":"email-sender","timestamp":1,"status":{},"reportEvery":1}"#, "reportEvery is 1"),
            (deep.as_str(), "nests deeper"),
            (long.as_str(), "status is"),
        ] {
            assert!(refusal(payload).contains(part), "{payload:.80}: {}", refusal(payload));
        }
    }

    #[test]
    fn what_is_no_json_text_is_refused() {
        assert!(read("service:a", b"{\"service\":\"a\",\"timestamp\":1,\"status\":{\"a\":\"\xff\"}}").is_err());
        assert!(read("service:a", b"{\"service\":\"a\",\"timestamp\":1,\"status\":{\"a\":\"\r\n\0\"}}").is_err());
        assert!(read("service:a", &vec![b' '; 1024 * 1024]).is_err());
    }

    #[test]
    fn channels_that_are_no_services_are_told_apart() {
        for channel in ["service:logs", "service:commands"] {
            assert_eq!(read(channel, b"anything").expect("passed over"), Heard::Other);
        }
        let outcome = br#"{"id":"c","service":"a","outcome":"accepted","timestamp":1}"#;
        assert!(matches!(read("service:commands:outcomes", outcome), Ok(Heard::Outcome(_))));
        assert!(matches!(read("service:commands:outcomes", b"anything"), Err(Refusal::Json(_))));
        for channel in ["service:commands:", "service:", "service:A", "service:a:b", "service:history"] {
            assert!(matches!(read(channel, b"{}"), Err(Refusal::Channel(_))), "{channel}");
        }
    }

    #[test]
    fn what_a_service_measured_has_few_names_and_finite_numbers() {
        let read = |metrics: &str| {
            let message = format!(r#"{{"service":"mail","timestamp":1,"metrics":{metrics}}}"#);
            read("service:metrics", message.as_bytes()).map_err(|refusal| refusal.to_string())
        };
        let names = |count: usize| {
            let names: Vec<_> = (0..count).map(|number| format!(r#""n{number}":{number}"#)).collect();
            format!("{{{}}}", names.join(","))
        };
        assert!(matches!(read(&names(64)), Ok(Heard::Measured(measured)) if measured.metrics.len() == 64));
        let (long, many) = (format!(r#"{{"{}":1}}"#, "x".repeat(65)), names(65));
        for (metrics, part) in [
            (many.as_str(), "metrics has 65 names; it may have 64"),
            (long.as_str(), "a name is 1 to 64 bytes"),
            (r#"{"":1}"#, "a name is 1 to 64 bytes"),
            (r#"{"a\u0000":1}"#, "a name is 1 to 64 bytes"),
            (r#"{"a":1e999}"#, "number out of range"),
            (r#"{"a":null}"#, "invalid type"),
            (r#"{"a":"1"}"#, "invalid type"),
            ("[]", "invalid type"),
        ] {
            let refusal = read(metrics).expect_err("refused");
            assert!(refusal.contains(part), "{metrics}: {refusal}");
        }
    }

    #[test]
    fn what_the_log_published_is_known_by_its_entry() {
        let payload = br#"{"service":"a","timestamp":1,"status":{},"entry":"1-0"}"#;
        assert_eq!(read("service:a", payload).expect("known"), Heard::Logged);
    }
}
