//! What our own services say, published on `service:logs` as any service would.
//!
//! The lines come from the program's log: see [`telemetry`](crate::server::telemetry). Nothing here waits for anything that
//! a service does, or holds one up: what is too much, or said while Redis is away, is said in the program's log alone.

use std::time::Duration;

use redis::Pipeline;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::model::log::LogLine;
use crate::server::redis::{Redis, keys};
use crate::server::shutdown::past;

/// How many lines wait to be published.
const MOST: usize = 1_024;

/// How many are published at once.
const BATCH: usize = 128;

/// How long what waits may take to be published when the program ends.
pub const LAST_WORDS: Duration = Duration::from_secs(1);

/// What our own services said and nobody heard yet.
pub struct OwnLines(mpsc::Receiver<LogLine>);

/// Where our own services say it.
#[derive(Clone)]
pub struct Mouth(mpsc::Sender<LogLine>);

impl Mouth {
    /// Says a line; says nothing while too many wait.
    pub fn say(&self, line: LogLine) {
        // To complain about it would be one more line.
        let _ = self.0.try_send(line);
    }
}

impl OwnLines {
    /// Nothing was said yet.
    pub fn new() -> (Mouth, Self) {
        let (sender, receiver) = mpsc::channel(MOST);
        (Mouth(sender), Self(receiver))
    }

    /// The next line; `None` once nobody can say one any more.
    pub async fn next(&mut self) -> Option<LogLine> {
        self.0.recv().await
    }

    /// Publishes what is said, in the name of that instance, until `shutdown`.
    pub async fn publish(mut self, redis: Redis, instance: String, shutdown: CancellationToken) {
        let everything = async {
            let mut lines = Vec::new();
            // Never cut off in the middle of publishing.
            while shutdown.run_until_cancelled(self.0.recv_many(&mut lines, BATCH)).await.is_some_and(|said| said > 0) {
                publish(&redis, &instance, &mut lines).await;
            }
            self.0.close();
            while let Ok(line) = self.0.try_recv() {
                lines.push(line);
            }
            if !lines.is_empty() {
                publish(&redis, &instance, &mut lines).await;
            }
        };
        tokio::select! {
            () = everything => {}
            () = past(&shutdown, LAST_WORDS) => {}
        }
    }
}

async fn publish(redis: &Redis, instance: &str, lines: &mut Vec<LogLine>) {
    let mut messages = Pipeline::new();
    for mut line in lines.drain(..) {
        line.instance = Some(instance.to_owned());
        if let Ok(json) = serde_json::to_string(&line) {
            messages.cmd("PUBLISH").arg(keys::LOGS_CHANNEL).arg(json).ignore();
        }
    }
    if let Err(error) = messages.exec_async(&mut redis.commands()).await {
        tracing::debug!(error = %error, "lines of our own services are not published");
    }
}
