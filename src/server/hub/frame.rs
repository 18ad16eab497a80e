//! Changes as the bytes of an event stream.

use std::collections::HashSet;

use bytes::Bytes;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::model::event::{EventId, ServiceView, StatusMessage};
use crate::model::service::BuiltIn;

/// How long a browser waits before it reconnects by itself, in ms; the first thing every stream says.
pub const PREAMBLE: &str = "retry: 5000\n\n";

/// The key of the full message that no service may take.
const SERVICES_KEY: &str = "services";

/// The first bytes of a stream.
pub fn preamble() -> Bytes {
    Bytes::from_static(PREAMBLE.as_bytes())
}

/// The full message as an unnamed event.
pub fn full(id: &EventId, services: &[&ServiceView]) -> Bytes {
    event(None, Some(id), &full_message(services))
}

/// One service's newest status as an unnamed event.
pub fn status(id: &EventId, message: &StatusMessage) -> Bytes {
    event(None, Some(id), &json(message))
}

/// A named event; one with an id counts when a page resumes.
pub fn named(name: &str, id: Option<&EventId>, data: &impl Serialize) -> Bytes {
    event(Some(name), id, &json(data))
}

/// The full message: each status under its service's id in camelCase, as the seed's own code reads it, and
/// `services` with all that the table needs. Where two ids share a key, the later one stands in `services` alone.
pub fn full_message(services: &[&ServiceView]) -> String {
    json(&FullMessage(services))
}

struct FullMessage<'a>(&'a [&'a ServiceView]);

impl Serialize for FullMessage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut taken = HashSet::from([SERVICES_KEY.to_owned()]);
        let view_of = |built_in: BuiltIn| self.0.iter().find(move |view| view.id == built_in.id());
        let built_in = BuiltIn::ALL.into_iter().filter_map(view_of);
        let others = self.0.iter().filter(|view| BuiltIn::of(view.id).is_none());
        for view in built_in.chain(others) {
            let key = view.id.camel_case();
            if taken.insert(key.clone()) {
                map.serialize_entry(&key, &view.status)?;
            }
        }
        map.serialize_entry(SERVICES_KEY, self.0)?;
        map.end()
    }
}

/// JSON holds no line break, and neither names nor ids do, so every event is whole.
fn event(name: Option<&str>, id: Option<&EventId>, data: &str) -> Bytes {
    let mut text = String::with_capacity(data.len() + 96);
    if let Some(name) = name {
        text.push_str("event: ");
        text.push_str(name);
        text.push('\n');
    }
    if let Some(id) = id {
        text.push_str("id: ");
        text.push_str(&id.to_string());
        text.push('\n');
    }
    text.push_str("data: ");
    text.push_str(data);
    text.push_str("\n\n");
    text.into()
}

/// Our own messages always have a JSON form; `null` would be one that a page reports as unreadable.
fn json(message: &impl Serialize) -> String {
    serde_json::to_string(message).unwrap_or_else(|error| {
        tracing::error!(error = %error, "a message has no JSON form");
        "null".to_owned()
    })
}
