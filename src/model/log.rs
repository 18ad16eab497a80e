//! What services say line by line, as it travels and as the page asks for it.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::model::event::EventId;
use crate::model::lenient;
use crate::model::service::ServiceId;
use crate::model::status::StatusObject;

/// How much a line matters; a later one matters more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every step.
    #[default]
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// What went as it should.
    Info,
    /// What should be looked at.
    Warn,
    /// What went wrong.
    Error,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The word for it on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// A line as a service publishes it on `service:logs`, and as the stream of lines carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    /// Which service says it.
    pub service: ServiceId,
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// When, in ms since the Unix epoch, by the publisher's own clock; shown, never used to order.
    #[serde(deserialize_with = "lenient::whole_number")]
    pub timestamp: u64,
    /// What belongs to it, as an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<StatusObject>,
    /// Which of several copies says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

/// `event: dropped`: lines are missing at this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// How many; 0 where nobody knows how many, or whether any.
    pub n: u64,
}

/// One thing that a log shows, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Logged {
    /// A line.
    Line(LogLine),
    /// Lines are missing here.
    Dropped(Dropped),
}

/// Which lines are asked for. An empty text is the same as leaving it out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LogQuestion {
    /// Of that service alone.
    pub service: String,
    /// Of that level and above: `trace`, `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// Only lines that hold this text, in whatever case.
    pub q: String,
}

/// The latest lines, and where the stream goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// The lines, oldest first.
    pub lines: Vec<Logged>,
    /// The place of the newest; `None` where there is none.
    pub position: Option<EventId>,
    /// The services of which lines are kept.
    pub services: Vec<ServiceId>,
}

/// Whether a line holds what is looked for; `needle` is in lower case.
pub fn holds(line: &LogLine, needle: &str) -> bool {
    let within = |text: &str| text.to_lowercase().contains(needle);
    needle.is_empty()
        || within(&line.message)
        || within(line.service.as_str())
        || line.fields.as_ref().is_some_and(|fields| within(fields.as_json()))
        || line.instance.as_deref().is_some_and(within)
}

/// A text whose control characters, and those that turn the order of letters, are shown instead of obeyed: a line feed as
/// `␊`, an escape as `␛`, others by their number. What a terminal would take for a colour thus stands there as text.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\t' => shown.push('\t'),
            '\u{0}'..='\u{1f}' => shown.push(char::from_u32(0x2400 + letter as u32).unwrap_or('\u{fffd}')),
            '\u{7f}' => shown.push('\u{2421}'),
            '\u{80}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}' => shown.extend(letter.escape_unicode()),
            other => shown.push(other),
        }
    }
    shown
}

/// The fields of a line in one text: `name=value`, one after the other.
pub fn fields_text(fields: &StatusObject) -> String {
    let pairs = fields.fields().into_iter().map(|(name, value)| match value {
        serde_json::Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    });
    pairs.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_pinned() {
        let text = r#"{"service":"mail","level":"warn","message":"late","timestamp":1763900000000,"fields":{"n":1.50},"instance":"mail-1"}"#;
        let line: LogLine = serde_json::from_str(text).expect("a line");
        assert_eq!(serde_json::to_string(&line).expect("JSON"), text);
        let bare = r#"{"service":"mail","level":"trace","message":"","timestamp":0}"#;
        let line: LogLine = serde_json::from_str(bare).expect("a line");
        assert_eq!(serde_json::to_string(&line).expect("JSON"), bare);
        assert_eq!(serde_json::to_string(&Dropped { n: 7 }).expect("JSON"), r#"{"n":7}"#);
    }

    #[test]
    fn levels_are_known_by_their_names_and_in_their_order() {
        for level in Level::ALL {
            assert_eq!(serde_json::to_value(level).expect("JSON"), level.name());
            assert_eq!(Level::named(level.name()), Some(level));
        }
        assert!(Level::ALL.is_sorted());
        assert_eq!(Level::named("WARN"), None);
    }

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(visible("a\r\nb\t\u{1b}[31m\u{0}\u{7f}"), "a␍␊b\t␛[31m␀␡");
        assert_eq!(visible("\u{9b}\u{202e}\u{feff}é<b>"), "\\u{9b}\\u{202e}\\u{feff}é<b>");
    }

    #[test]
    fn a_text_is_found_in_whatever_a_line_says() {
        let text = r#"{"service":"mail","level":"warn","message":"Too LATE","timestamp":1,"fields":{"job":"x7"},"instance":"m-1"}"#;
        let line: LogLine = serde_json::from_str(text).expect("a line");
        for needle in ["", "late", "mail", "x7", "m-1"] {
            assert!(holds(&line, needle), "{needle}");
        }
        assert!(!holds(&line, "early"));
        assert_eq!(fields_text(line.fields.as_ref().expect("fields")), "job=x7");
    }
}
