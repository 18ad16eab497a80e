//! What commands print: results to standard output, complaints to standard error.

use std::io::{self, ErrorKind, Write};

use jiff::Timestamp;

use crate::server::command_line::CommandError;

/// Says what went wrong and what may be done about it. Where nobody can hear that, the exit status has to do.
pub fn complain(error: &CommandError) {
    let tip = error.tip().map(|tip| format!("\n  tip: {tip}\n")).unwrap_or_default();
    let _ = write!(io::stderr(), "error: {error}\n{tip}");
}

/// One line that must arrive.
pub(in crate::server::command_line) fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// Rows under a heading, in columns.
pub(in crate::server::command_line) fn table<const N: usize>(
    heading: [&str; N],
    rows: Vec<[String; N]>,
) -> io::Result<()> {
    let rows: Vec<[String; N]> = std::iter::once(heading.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        match say(cells.collect::<Vec<_>>().join("  ").trim_end()) {
            // A reader such as `head` has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            written => written?,
        }
    }
    Ok(())
}

/// A moment in ms since the Unix epoch, to the second: `2026-11-24T14:03:22Z`.
pub(in crate::server::command_line) fn moment(ms: u64) -> String {
    let moment = i64::try_from(ms / 1_000).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    moment.map_or_else(|| "unknown".to_owned(), |moment| moment.to_string())
}
