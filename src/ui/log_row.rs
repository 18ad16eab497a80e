//! A line as it is shown: ready texts for the first HTML and for what comes later alike.

use std::collections::HashSet;

use crate::model::log::{Level, LogLine, Logged, fields_text, visible};
use crate::model::service::ServiceId;
use crate::ui::format;

/// More copies of services than this are not told apart.
const MOST_INSTANCES: usize = 2_000;

/// One row: cells of text, one after the other, each with the class of its span. Nothing in it is markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The class of the row.
    pub class: &'static str,
    /// Class and text of each cell.
    pub cells: Vec<(&'static str, String)>,
}

/// The copies of services that were heard, by which a new one is known.
#[derive(Clone, Debug, Default)]
pub struct Instances(HashSet<(ServiceId, String)>, HashSet<ServiceId>);

impl Instances {
    /// The rows that show that: a line, before it that another copy of its service speaks from here on, or a gap.
    pub fn rows(&mut self, logged: &Logged) -> Vec<Row> {
        match logged {
            Logged::Dropped(dropped) => vec![mark("log-mark log-gap", gap(dropped.n))],
            Logged::Line(line) => {
                let restart = self.is_new(line).then(|| mark("log-mark log-restart", restarted(line)));
                restart.into_iter().chain([row(line)]).collect()
            }
        }
    }

    /// The first copy of a service is no news.
    fn is_new(&mut self, line: &LogLine) -> bool {
        let Some(instance) = line.instance.clone().filter(|_| self.0.len() < MOST_INSTANCES) else { return false };
        let is_known_service = !self.1.insert(line.service);
        self.0.insert((line.service, instance)) && is_known_service
    }
}

fn mark(class: &'static str, text: String) -> Row {
    Row { class, cells: vec![("log-words", text)] }
}

fn gap(n: u64) -> String {
    match n {
        0 => "Lines may be missing here".to_owned(),
        1 => "1 line is missing here".to_owned(),
        n => format!("{} lines are missing here", format::count(&n.to_string())),
    }
}

fn restarted(line: &LogLine) -> String {
    let instance = visible(line.instance.as_deref().unwrap_or_default());
    format!("{}: started anew, or another copy: {instance}", line.service)
}

fn row(line: &LogLine) -> Row {
    let (class, level) = match line.level {
        Level::Trace => ("log-line log-trace", "trace "),
        Level::Debug => ("log-line log-debug", "debug "),
        Level::Info => ("log-line log-info", "info "),
        Level::Warn => ("log-line log-warn", "warn "),
        Level::Error => ("log-line log-error", "error "),
    };
    let (date, time) = format::date_and_milliseconds(line.timestamp);
    let mut cells = vec![
        ("log-date", format!("{date} ")),
        ("log-time", format!("{time} ")),
        ("log-level", level.to_owned()),
        ("log-service", format!("{} ", line.service)),
        ("log-words", visible(&line.message)),
    ];
    if let Some(fields) = &line.fields {
        cells.push(("log-fields", format!(" {}", visible(&fields_text(fields)))));
    }
    Row { class, cells }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::Dropped;

    fn line(instance: &str) -> Logged {
        let text = format!(
            r#"{{"service":"mail","level":"warn","message":"<b>\u001b[31m","timestamp":1763900000123,"fields":{{"n":1}},"instance":"{instance}"}}"#
        );
        Logged::Line(serde_json::from_str(&text).expect("a line"))
    }

    #[test]
    fn a_line_is_cells_of_plain_text() {
        let rows = Instances::default().rows(&line("a"));
        let text: String = rows.iter().flat_map(|row| &row.cells).map(|(_, text)| text.as_str()).collect();
        assert_eq!(text, "2025-11-23 12:13:20.123 warn mail <b>␛[31m n=1");
        assert_eq!(rows[0].class, "log-line log-warn");
    }

    #[test]
    fn another_copy_of_a_service_is_marked_once() {
        let mut instances = Instances::default();
        let mut marks = |name: &str| instances.rows(&line(name)).len() - 1;
        assert_eq!([marks("a"), marks("a"), marks("b"), marks("a"), marks("b")], [0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_gap_says_how_many_lines_are_missing() {
        let said = |n| Instances::default().rows(&Logged::Dropped(Dropped { n }))[0].cells[0].1.clone();
        assert_eq!(said(0), "Lines may be missing here");
        assert_eq!(said(1), "1 line is missing here");
        assert_eq!(said(45_000), "45\u{202f}000 lines are missing here");
    }
}
