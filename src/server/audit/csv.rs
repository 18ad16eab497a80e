//! The audit as a table for spreadsheets (RFC 4180).

use jiff::Timestamp;

use crate::model::audit::AuditRecord;
use crate::model::audit_list::Standing;

/// The first line.
const NAMES: [&str; 13] = [
    "id",
    "time",
    "actor",
    "role",
    "action",
    "target",
    "parameters",
    "reason",
    "outcome",
    "durationMs",
    "message",
    "requestId",
    "address",
];

/// One line for the names and one for each record. Times are UTC; parameters are JSON.
pub fn table(records: &[AuditRecord]) -> String {
    let mut text = String::new();
    line(&mut text, NAMES.map(str::to_owned));
    for record in records {
        line(&mut text, cells(record));
    }
    text
}

fn cells(record: &AuditRecord) -> [String; NAMES.len()] {
    let AuditRecord { id, intent, outcome } = record;
    let time = i64::try_from(id.milliseconds).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let parameters = match intent.parameters.is_empty() {
        true => String::new(),
        // A map of texts always has a JSON form.
        false => serde_json::to_string(&intent.parameters).unwrap_or_default(),
    };
    let message = outcome.as_ref().map(|outcome| outcome.message.clone());
    [
        id.to_string(),
        time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()).unwrap_or_default(),
        intent.actor.clone().unwrap_or_default(),
        intent.role.map(|role| role.to_string()).unwrap_or_default(),
        intent.action.to_string(),
        intent.target.clone(),
        parameters,
        intent.reason.clone().unwrap_or_default(),
        Standing::of(record).to_string(),
        outcome.as_ref().map(|outcome| outcome.duration_ms.to_string()).unwrap_or_default(),
        message.unwrap_or_default(),
        intent.request_id.clone(),
        intent.address.clone(),
    ]
}

fn line<const N: usize>(text: &mut String, cells: [String; N]) {
    text.push_str(&cells.map(|cell| written(&cell)).join(","));
    text.push_str("\r\n");
}

/// A cell. Spreadsheets take what begins with one of `= + - @` for a formula; an apostrophe before it makes it text.
fn written(cell: &str) -> String {
    let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_.:/ '".contains(letter);
    if guard.is_empty() && cell.chars().all(is_plain) {
        return cell.to_owned();
    }
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_need_it() {
        for (cell, expected) in [
            ("", ""),
            ("balance-sync", "balance-sync"),
            ("a b", "a b"),
            ("a,b", "\"a,b\""),
            ("a;b", "\"a;b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
        ] {
            assert_eq!(written(cell), expected);
        }
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, expected) in [
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
        ] {
            assert_eq!(written(cell), expected);
        }
    }
}
