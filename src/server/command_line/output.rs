//! What commands print to standard output.

use std::io::{self, ErrorKind, Write};

use jiff::Timestamp;

/// One line. A reader that went away, such as `head`, wants no more and is no failure.
pub(in crate::server::command_line) fn say(line: &str) -> io::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
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
        say(cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

/// A moment in ms since the Unix epoch, to the second: `2026-11-24T14:03:22Z`.
pub(in crate::server::command_line) fn moment(ms: u64) -> String {
    let moment = i64::try_from(ms / 1_000).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    moment.map_or_else(|| "unknown".to_owned(), |moment| moment.to_string())
}
