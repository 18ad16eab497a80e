//! What the program tells those who run it.

mod plain;

use std::io::{self, IsTerminal};

use tracing::Dispatch;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::server::config::LogConfig;
use crate::server::telemetry::plain::Plain;

/// Starts logging to standard error: lines for people, or JSON.
pub fn start(config: &LogConfig) -> Result<(), ParseError> {
    logger(config, io::stderr, io::stderr().is_terminal())?.init();
    Ok(())
}

/// What writes the log to `writer`; `colours` are for a terminal, and never for JSON.
///
/// Part of what is logged comes from outside. No control character in it reaches the log as it is: it could begin a
/// line that looks like one of ours, or tell a terminal what to do.
pub fn logger<W>(config: &LogConfig, writer: W, colours: bool) -> Result<Dispatch, ParseError>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder().parse(&config.filter)?;
    // A log that cannot be written would be complained about on standard error, which is the log: nobody would read that,
    // and the failure to write it would end the very task that logs, the one that hears SIGTERM included.
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).log_internal_errors(false);
    Ok(if config.json {
        subscriber.json().flatten_event(true).with_writer(Plain(writer)).into()
    } else {
        let fields = tracing_subscriber::fmt::format::debug_fn(plain::field);
        subscriber.fmt_fields(fields).with_ansi(colours).with_writer(writer).into()
    })
}
