//! Lines as the bytes of an event stream. JSON holds no line break, and neither names nor ids do, so every event is whole.

use bytes::Bytes;
use serde::Serialize;

use crate::model::event::{EntryId, EventId, Ping, RedisHealth, names};
use crate::model::log::Dropped;
use crate::server::hub::named;

/// A line as an unnamed event.
pub fn line(epoch: &str, entry: EntryId, json: &str) -> Bytes {
    format!("id: {epoch}.{entry}\ndata: {json}\n\n").into()
}

/// So many lines are missing here. It is no place to go on from, so it has no id.
pub fn dropped(n: u64) -> Bytes {
    event(names::DROPPED, &Dropped { n })
}

/// Whether Redis is reached.
pub fn redis(connected: bool) -> Bytes {
    event(names::REDIS, &RedisHealth { connected })
}

/// The stream is alive. The position stands in the data alone: it may be one of a line that this reader does not want.
pub fn ping(now: u64, position: &EventId) -> Bytes {
    event(names::PING, &Ping { now, id: position.clone() })
}

fn event(name: &str, data: &impl Serialize) -> Bytes {
    named(name, None, data)
}
