//! What the program logs about its services, handed on as lines of those services.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::Context;

use crate::model::log::{Level, LogLine};
use crate::model::status::StatusObject;
use crate::server::logs::own::Mouth;

/// Where events come from that are about services. What publishes the lines is not among them, so it never speaks of itself.
const ROOM: &str = "service_manager::server::worker";

/// The field that names the service.
const SERVICE: &str = "service.id";

/// Says every event that is about a service, and nothing of what a line must not hold: it is what the program's own log says.
pub struct ServiceLines(pub Mouth);

/// What these lines are made of, whatever `RUST_LOG` says.
pub fn about_services() -> FilterFn {
    FilterFn::new(is_about_services)
}

fn is_about_services(event: &Metadata<'_>) -> bool {
    event.is_event() && *event.level() <= tracing::Level::INFO && event.target().starts_with(ROOM)
}

impl<S: Subscriber> Layer<S> for ServiceLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        // Not every event is about one service.
        let Some(Ok(service)) = said.service.map(|id| id.parse()) else { return };
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => Level::Error,
            tracing::Level::WARN => Level::Warn,
            tracing::Level::INFO => Level::Info,
            tracing::Level::DEBUG => Level::Debug,
            tracing::Level::TRACE => Level::Trace,
        };
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_millis() as u64);
        let fields = (!said.fields.is_empty()).then(|| StatusObject::of(&said.fields));
        self.0.say(LogLine { service, level, message: said.message, timestamp, fields, instance: None });
    }
}

#[derive(Default)]
struct Said {
    service: Option<String>,
    message: String,
    fields: Map<String, Value>,
}

impl Said {
    fn note(&mut self, field: &Field, value: Value) {
        let text = || value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        match field.name() {
            "message" => self.message = text(),
            SERVICE => self.service = Some(text()),
            name => drop(self.fields.insert(name.to_owned(), value)),
        }
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.note(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.note(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.note(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.note(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.note(field, format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::server::logs::own::OwnLines;

    #[tokio::test]
    async fn what_is_said_about_a_service_becomes_its_line() {
        let (mouth, mut lines) = OwnLines::new();
        let subscriber = tracing_subscriber::registry().with(ServiceLines(mouth).with_filter(about_services()));
        tracing::subscriber::with_default(subscriber, || {
            let error = std::io::Error::other("no\nroute");
            tracing::warn!(target: "service_manager::server::worker::runner", { service.id = %"balance-sync", %error, n = 7u64 }, "It {}", "broke");
            tracing::debug!(target: "service_manager::server::worker::runner", { service.id = "balance-sync" }, "too small");
            tracing::error!(target: "service_manager::server::worker::runner", "about no service");
            tracing::error!(target: "service_manager::server::logs::own", { service.id = "balance-sync" }, "about itself");
        });
        let line = lines.next().await.expect("a line");
        assert_eq!(
            (line.service.as_str(), line.level, line.message.as_str()),
            ("balance-sync", Level::Warn, "It broke")
        );
        assert_eq!(line.fields.expect("fields").as_json(), r#"{"error":"no\nroute","n":7}"#);
        assert!(line.timestamp > 1_700_000_000_000);
        assert!(lines.next().await.is_none(), "the others are not said");
    }
}
