//! What the program tells those who run it.

mod lines;
mod plain;

use std::io::{self, IsTerminal};

use tracing::{Dispatch, Subscriber};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::server::config::LogConfig;
use crate::server::logs::own::OwnLines;
use crate::server::telemetry::lines::{ServiceLines, about_services};
use crate::server::telemetry::plain::Plain;

/// Starts logging to standard error: lines for people, or JSON. Gives what is said about our own services, for whoever
/// publishes it.
pub fn start(config: &LogConfig) -> Result<OwnLines, ParseError> {
    let (mouth, own_lines) = OwnLines::new();
    tracing_subscriber::registry()
        .with(written(config, io::stderr, io::stderr().is_terminal())?)
        .with(ServiceLines(mouth).with_filter(about_services()))
        .init();
    Ok(own_lines)
}

/// What writes the log to `writer`; `colours` are for a terminal, and never for JSON.
pub fn logger<W>(config: &LogConfig, writer: W, colours: bool) -> Result<Dispatch, ParseError>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    Ok(tracing_subscriber::registry().with(written(config, writer, colours)?).into())
}

/// Part of what is logged comes from outside. No control character in it reaches the log as it is: it could begin a
/// line that looks like one of ours, or tell a terminal what to do.
fn written<S, W>(config: &LogConfig, writer: W, colours: bool) -> Result<Box<dyn Layer<S> + Send + Sync>, ParseError>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder().parse(&config.filter)?;
    // A log that cannot be written would be complained about on standard error, which is the log: nobody would read that,
    // and the failure to write it would end the very task that logs, the one that hears SIGTERM included.
    let layer = tracing_subscriber::fmt::layer().with_target(false).log_internal_errors(false);
    Ok(if config.json {
        layer.json().flatten_event(true).with_writer(Plain(writer)).with_filter(filter).boxed()
    } else {
        let fields = tracing_subscriber::fmt::format::debug_fn(plain::field);
        layer.fmt_fields(fields).with_ansi(colours).with_writer(writer).with_filter(filter).boxed()
    })
}
