//! What the Details column shows of a status object: any service's, its fields A–Z, before
//! them why the state is what it is and what waits first.

use serde_json::{Map, Value};

use crate::model::status::TIMES;

/// The most facts one row shows; a service may put anything into its status.
const MOST: usize = 6;
/// The longest value shown, in characters.
const LONGEST: usize = 64;
/// Fields from which the state is read, or that its reason says in words. Other columns show those that are times.
const SHOWN_ELSEWHERE: [&str; 8] =
    ["state", "running", "paused", "processing", "discovering", "enriching", "active", "coreBanking"];
/// What an operator looks for first, in this order.
const FIRST: [&str; 2] = ["reason", "priority"];

/// One field, ready to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The field's name in the status object.
    pub key: String,
    /// Its name in words.
    pub label: String,
    /// Its value in words.
    pub value: String,
    /// True for zero and nothing, which are not worth an eye.
    pub is_quiet: bool,
}

/// The facts of a status object that a row has room for.
pub fn facts(status: &Map<String, Value>) -> Vec<Fact> {
    let mut shown = all_facts(status);
    shown.truncate(MOST);
    shown.into_iter().map(|fact| Fact { value: shorten(&fact.value), ..fact }).collect()
}

/// All of them, each to its end.
pub fn all_facts(status: &Map<String, Value>) -> Vec<Fact> {
    let mut shown: Vec<Fact> = status
        .iter()
        .filter(|(key, _)| !SHOWN_ELSEWHERE.contains(&key.as_str()) && !TIMES.contains(&key.as_str()))
        .filter_map(|(key, value)| fact(key, value))
        .collect();
    shown.sort_by_key(|fact| FIRST.iter().position(|key| *key == fact.key).unwrap_or(FIRST.len()));
    shown
}

fn fact(key: &str, value: &Value) -> Option<Fact> {
    let text = match value {
        Value::Null | Value::Object(_) => return None,
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => crate::ui::format::count(&number.to_string()),
        Value::String(text) if text.is_empty() => return None,
        Value::String(text) => text.clone(),
        Value::Array(items) if items.len() == 1 => "1 item".to_owned(),
        Value::Array(items) => format!("{} items", items.len()),
    };
    Some(Fact {
        key: key.to_owned(),
        label: label(key),
        is_quiet: ["0", "no", "0 items"].contains(&text.as_str()),
        value: text,
    })
}

/// The field's name in words: `paginationQueueSize` becomes "Pagination queue size".
pub fn label(key: &str) -> String {
    let known = match key {
        "priority" => "Priority",
        "background" => "Background",
        "paginationQueueSize" => "Pages queued",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let mut words = String::with_capacity(key.len() + 4);
    let mut after_small = false;
    for letter in key.chars().take(LONGEST) {
        if letter == '_' || letter == '-' {
            words.push(' ');
        } else if words.is_empty() {
            words.extend(letter.to_uppercase());
        } else if letter.is_uppercase() && after_small {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
        after_small = letter.is_lowercase() || letter.is_ascii_digit();
    }
    words
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> Vec<String> {
        let status = serde_json::from_str(json).expect("an object");
        facts(&status).into_iter().map(|fact| format!("{} {}", fact.label, fact.value)).collect()
    }

    #[test]
    fn the_built_in_services_show_their_queues() {
        let json = r#"{"running":true,"processing":false,"priority":1,"background":12845,"interval":300000}"#;
        assert_eq!(shown(json), ["Priority 1", "Background 12\u{202f}845"]);
        assert_eq!(shown(r#"{"running":true,"discovering":false,"paginationQueueSize":3}"#), ["Pages queued 3"]);
    }

    #[test]
    fn a_degraded_service_says_why_in_words_and_first() {
        let json = r#"{"running":true,"processing":false,"priority":1,"background":3,"interval":300000,
            "state":"degraded","reason":"core banking unreachable since 14:03:22 UTC","degradedSince":1795529002000,
            "coreBanking":"half-open","lastRun":1795528000000}"#;
        assert_eq!(shown(json), ["Reason core banking unreachable since 14:03:22 UTC", "Priority 1", "Background 3"]);
        let many: Vec<String> = ('a'..='z').map(|name| format!(r#""{name}":1"#)).collect();
        let json = format!(r#"{{{},"reason":"no disk"}}"#, many.join(","));
        assert_eq!(shown(&json).first().map(String::as_str), Some("Reason no disk"), "however much there is to show");
    }

    #[test]
    fn any_status_object_can_be_read() {
        assert_eq!(shown(r#"{"mailsSent":7}"#), ["Mails sent 7"]);
        assert_eq!(shown(r#"{"host_name":"a"}"#), ["Host name a"]);
        assert_eq!(shown(r#"{"items":[1,2]}"#), ["Items 2 items"]);
        assert_eq!(shown(r#"{"healthy":true}"#), ["Healthy yes"]);
        assert_eq!(shown(r#"{"nested":{"a":1},"nothing":null,"empty":""}"#), [""; 0]);
    }

    #[test]
    fn a_huge_status_stays_one_row() {
        let many: Vec<String> = (0..100).map(|number| format!(r#""f{number}":"{}""#, "x".repeat(500))).collect();
        let lines = shown(&format!("{{{}}}", many.join(",")));
        assert_eq!(lines.len(), MOST);
        assert!(lines.iter().all(|line| line.chars().count() < LONGEST + 10));
    }

    #[test]
    fn a_page_shows_all_of_it_to_its_end() {
        let many: Vec<String> = (0..100).map(|number| format!(r#""f{number}":"{}""#, "x".repeat(500))).collect();
        let status = serde_json::from_str(&format!("{{{}}}", many.join(","))).expect("an object");
        let facts = all_facts(&status);
        assert_eq!((facts.len(), facts[99].value.len()), (100, 500));
    }
}
