//! Lines of services: said on Redis, kept, streamed to pages.

use redis::aio::MultiplexedConnection;
use redis::streams::StreamRangeReply;
use reqwest::Client;
use serde_json::Value;

use crate::support::{App, Event, EventReader, RedisServer, eventually};

/// The path of the stream of log lines.
pub const STREAM: &str = "/api/services/logs/stream";

/// A log line as a service publishes it.
pub fn text(service: &str, level: &str, message: &str) -> String {
    serde_json::json!({ "service": service, "level": level, "message": message, "timestamp": 1 }).to_string()
}

/// Publishes a log line.
pub async fn say(redis: &mut MultiplexedConnection, text: &str) {
    redis::cmd("PUBLISH").arg("service:logs").arg(text).exec_async(redis).await.expect("published");
}

/// Waits until somebody keeps lines.
pub async fn is_kept(server: &RedisServer) {
    let mut redis = server.connection().await;
    eventually("somebody keeps lines", || {
        let mut redis = redis.clone();
        async move {
            let holder: Option<String> =
                redis::cmd("HGET").arg(&["sm:log-keeper", "holder"]).query_async(&mut redis).await.expect("a holder");
            holder.filter(|holder| !holder.is_empty() && holder != "lost").map(drop)
        }
    })
    .await;
    redis::cmd("PING").exec_async(&mut redis).await.expect("an answer");
}

/// Waits until so many instances hear lines.
pub async fn are_heard_by(server: &RedisServer, instances: u64) {
    let redis = server.connection().await;
    eventually("lines are heard", || {
        let mut redis = redis.clone();
        async move {
            let (_, listening): (String, u64) =
                redis::cmd("PUBSUB").arg(&["NUMSUB", "service:logs"]).query_async(&mut redis).await.expect("a count");
            (listening == instances).then_some(())
        }
    })
    .await;
}

/// The messages of all lines that are kept under a key.
pub async fn kept(server: &RedisServer, key: &str) -> Vec<String> {
    let mut redis = server.connection().await;
    let log: StreamRangeReply =
        redis::cmd("XRANGE").arg(&[key, "-", "+"]).query_async(&mut redis).await.expect("lines");
    let message =
        |line: String| serde_json::from_str::<Value>(&line).expect("JSON")["message"].as_str().map(str::to_owned);
    log.ids.iter().filter_map(|entry| message(entry.get::<String>("line")?)).collect()
}

/// A stream of log lines.
pub async fn stream(app: &App, browser: &Client, query: &str) -> EventReader {
    EventReader::new(browser.get(app.url(&format!("{STREAM}?{query}"))).send().await.expect("an answer"))
}

/// The next event that is a line or a gap.
pub async fn next(reader: &mut EventReader) -> Event {
    loop {
        let event = reader.next().await.expect("the stream is open");
        if event.name == "message" || event.name == "dropped" {
            return event;
        }
    }
}
