//! Lines as a text file: one line each, in which nothing a service says can begin another.

use jiff::Timestamp;

use crate::model::log::{LogLine, Logged, fields_text, visible};

/// The whole file.
pub fn file(lines: &[Logged]) -> String {
    let mut text = String::new();
    for logged in lines {
        match logged {
            Logged::Line(line) => text.push_str(&one(line)),
            Logged::Dropped(dropped) if dropped.n > 0 => text.push_str(&format!("--- {} lines are missing", dropped.n)),
            Logged::Dropped(_) => text.push_str("--- lines may be missing"),
        }
        text.push('\n');
    }
    text
}

fn one(line: &LogLine) -> String {
    let moment = i64::try_from(line.timestamp).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let moment = moment.map_or_else(|| line.timestamp.to_string(), |moment| format!("{moment:.3}"));
    let instance = line.instance.as_deref().map(|instance| format!(" [{instance}]")).unwrap_or_default();
    let fields = line.fields.as_ref().map(|fields| format!(" {}", fields_text(fields))).unwrap_or_default();
    let level = line.level.name().to_uppercase();
    visible(&format!("{moment} {level:<5} {}{instance} {}{fields}", line.service, line.message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::Dropped;

    #[test]
    fn every_line_is_one_line() {
        let line = r#"{"service":"mail","level":"warn","message":"a\nb\u001b[31m","timestamp":1763900000000,"fields":{"n":1,"to":"x\ny"},"instance":"mail-1"}"#;
        let lines = [Logged::Dropped(Dropped { n: 3 }), Logged::Line(serde_json::from_str(line).expect("a line"))];
        assert_eq!(
            file(&lines),
            "--- 3 lines are missing\n2025-11-23T12:13:20.000Z WARN  mail [mail-1] a␊b␛[31m n=1 to=x␊y\n"
        );
    }
}
