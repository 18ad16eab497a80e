//! Statuses of services as they are published on Redis.

use futures::StreamExt;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::support::{PATIENCE, RedisServer};

/// Everything published on `service:<id>` from now on, in its order.
pub async fn listen(redis: &RedisServer, service: &str) -> mpsc::UnboundedReceiver<Value> {
    let client = redis::Client::open(("127.0.0.1", redis.port)).expect("a client");
    let mut listener = client.get_async_pubsub().await.expect("Redis answers");
    listener.subscribe(format!("service:{service}")).await.expect("subscribed");
    let (heard, statuses) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut messages = listener.into_on_message();
        while let Some(message) = messages.next().await {
            let payload: String = message.get_payload().expect("text");
            let _ = heard.send(serde_json::from_str::<Value>(&payload).expect("JSON")["status"].take());
        }
    });
    statuses
}

/// Waits for a status in which each of these fields has this value.
pub async fn until_it_says(statuses: &mut mpsc::UnboundedReceiver<Value>, fields: &[(&str, Value)]) -> Value {
    let waiting = async {
        loop {
            let status = statuses.recv().await.expect("the listener listens");
            if fields.iter().all(|(name, value)| status[name] == *value) {
                return status;
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("no status with {fields:?}"))
}

/// The statuses of a service as they are published: when, by the service's own clock, and what they say.
pub async fn listen_for_all(redis: &RedisServer, service: &str) -> mpsc::UnboundedReceiver<(u64, Value)> {
    let client = redis::Client::open(("127.0.0.1", redis.port)).expect("a client");
    let mut listener = client.get_async_pubsub().await.expect("Redis answers");
    listener.subscribe(format!("service:{service}")).await.expect("subscribed");
    let (heard, statuses) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut messages = listener.into_on_message();
        while let Some(message) = messages.next().await {
            let payload: String = message.get_payload().expect("text");
            let mut message: Value = serde_json::from_str(&payload).expect("JSON");
            let _ = heard.send((message["timestamp"].as_u64().expect("a time"), message["status"].take()));
        }
    });
    statuses
}
