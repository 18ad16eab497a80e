//! The door: a published line is read here, and nothing that breaks a rule passes.

use crate::model::json_text;
use crate::model::log::{Level, LogLine};
use crate::model::service::ServiceId;
use crate::model::status::StatusObject;
use crate::server::inbox::door::{self, MAX_NAME, Refusal, within};

/// The longest message that is kept, in bytes; of a longer one the beginning is.
pub const MAX_LINE: usize = 8 * 1024;

/// The longest `fields`, in bytes.
const MAX_FIELDS: usize = 4 * 1024;

/// A line that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Who says it.
    pub service: ServiceId,
    /// How much it matters.
    pub level: Level,
    /// The line as JSON on one line of text.
    pub json: String,
}

/// Reads what was heard, of that length.
pub fn read(payload: &[u8], length: usize) -> Result<Passed, Refusal> {
    if let Some(refusal) = door::too_long(length) {
        return Err(refusal);
    }
    let mut line: LogLine = serde_json::from_slice(payload)?;
    line.fields = line.fields.map(|fields| checked(&fields)).transpose()?;
    within("instance", line.instance.as_ref().map_or(0, String::len), MAX_NAME)?;
    shorten(&mut line.message);
    Ok(Passed { service: line.service, level: line.level, json: serde_json::to_string(&line)? })
}

fn checked(fields: &StatusObject) -> Result<StatusObject, Refusal> {
    let compact = json_text::compact(fields.as_json()).map_err(Refusal::FieldsTooDeep)?;
    within("fields", compact.len(), MAX_FIELDS)?;
    if !compact.starts_with('{') {
        return Err(Refusal::FieldsNoObject);
    }
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&compact)?;
    Ok(serde_json::from_str(&compact)?)
}

/// A line that is too long is worth more than none.
fn shorten(message: &mut String) {
    if message.len() > MAX_LINE {
        message.truncate(message.floor_char_boundary(MAX_LINE));
        message.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(text: &str) -> Result<String, String> {
        read(text.as_bytes(), text.len()).map(|passed| passed.json).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn the_contracts_line_passes_on_one_line_with_its_digits() {
        let text = "{ \"service\":\"mail\", \"level\":\"warn\",\r\n \"message\":\"a\\nb\", \"timestamp\":1763900000000.0, \
                    \"fields\":{ \"ratio\": 1.50, \"list\": [] }, \"instance\":\"mail-1\", \"extra\":1 }";
        let line = r#"{"service":"mail","level":"warn","message":"a\nb","timestamp":1763900000000,"fields":{"ratio":1.50,"list":[]},"instance":"mail-1"}"#;
        assert_eq!(passed(text), Ok(line.to_owned()));
        let bare = r#"{"service":"mail","level":"info","message":"","timestamp":1,"fields":null,"instance":null}"#;
        assert_eq!(passed(bare), Ok(r#"{"service":"mail","level":"info","message":"","timestamp":1}"#.to_owned()));
    }

    #[test]
    fn every_broken_rule_is_named() {
        let with = |more: &str| format!(r#"{{"service":"mail","level":"info","message":"m","timestamp":1{more}}}"#);
        let deep = with(&format!(r#","fields":{}1{}"#, "[".repeat(40), "]".repeat(40)));
        let long = with(&format!(r#","fields":{{"a":"{}"}}"#, "x".repeat(MAX_FIELDS)));
        let named = with(&format!(r#","instance":"{}""#, "x".repeat(MAX_NAME + 1)));
        for (payload, part) in [
            ("nope", "expected"),
            (r#"{"level":"info","message":"m","timestamp":1}"#, "missing field `service`"),
            (r#"{"service":"Mail","level":"info","message":"m","timestamp":1}"#, "a service id is"),
            (r#"{"service":"logs","level":"info","message":"m","timestamp":1}"#, "are reserved"),
            (r#"{"service":"mail","message":"m","timestamp":1}"#, "missing field `level`"),
            (r#"{"service":"mail","level":"fatal","message":"m","timestamp":1}"#, "unknown variant `fatal`"),
            (r#"{"service":"mail","level":"info","timestamp":1}"#, "missing field `message`"),
            (r#"{"service":"mail","level":"info","message":7,"timestamp":1}"#, "invalid type"),
            (r#"{"service":"mail","level":"info","message":"m","timestamp":"now"}"#, "invalid type"),
            (with(r#","fields":[]"#).as_str(), "fields must be an object"),
            (deep.as_str(), "fields: it nests deeper"),
            (long.as_str(), "fields is"),
            (named.as_str(), "instance is"),
        ] {
            let refusal = passed(payload).map_or_else(|refusal| refusal, |line| format!("passed: {line}"));
            assert!(refusal.contains(part), "{payload:.80}: {refusal}");
        }
        assert!(matches!(read(b"{", 70_000), Err(Refusal::TooLong { length: 70_000, .. })));
        assert!(read(b"{\"service\":\"a\",\"level\":\"info\",\"message\":\"\xff\",\"timestamp\":1}", 60).is_err());
    }

    #[test]
    fn of_a_message_that_is_too_long_the_beginning_is_kept() {
        let long = format!(r#"{{"service":"mail","level":"info","message":"{}","timestamp":1}}"#, "é".repeat(5_000));
        let line: LogLine = serde_json::from_str(&passed(&long).expect("it passes")).expect("a line");
        assert_eq!(line.message, format!("{}…", "é".repeat(MAX_LINE / 2)));
    }
}
