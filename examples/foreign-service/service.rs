//! A service of another team: says how it is, hears commands, answers them. The rules stand in docs/reference.md.

use std::env;
use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig, Client, IntoConnectionInfo, ProtocolVersion, PushKind, RedisResult};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{interval, sleep, timeout};

const REPORT_EVERY_MS: u64 = 5_000;

const WORKS: &[&str] = &["running", "paused"];

/// In which states each command can be followed.
const POSSIBLE: [(&str, &[&str]); 6] = [
    ("trigger", &["running"]),
    ("start", &["stopped"]),
    ("stop", WORKS),
    ("restart", WORKS),
    ("pause", &["running"]),
    ("resume", &["paused"]),
];

struct Letters {
    service: String,
    instance: String,
    state: &'static str,
    sent: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = client()?;
    let service = setting("SERVICE_ID").unwrap_or_else(|| "letters-rust".to_owned());
    let instance = format!("rust-{}", std::process::id());
    let mut letters = Letters { service, instance, state: "running", sent: 0 };
    let mut term = signal(SignalKind::terminate())?;
    loop {
        tokio::select! {
            Err(error) = letters.take_part(&client) => eprintln!("{error}"),
            _ = term.recv() => break,
        }
        sleep(Duration::from_secs(1)).await; // Then all of it anew: connection, subscription, report.
    }
    letters.state = "stopped";
    let last = async { letters.report(&mut client.get_multiplexed_async_connection().await?).await };
    Ok(timeout(Duration::from_secs(2), last).await??) // Redis may be away.
}

fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn client() -> Result<Client, Box<dyn Error>> {
    let host = setting("REDIS_HOST").unwrap_or_else(|| "127.0.0.1".to_owned());
    let port: u16 = setting("REDIS_PORT").map_or(Ok(6379), |port| port.parse())?;
    let info = (host, port).into_connection_info()?;
    // With this version of the protocol one connection publishes and hears.
    let mut redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    if let Some(name) = setting("REDIS_USERNAME") {
        redis = redis.set_username(name);
    }
    if let Some(password) = setting("REDIS_PASSWORD") {
        redis = redis.set_password(password);
    }
    Ok(Client::open(info.set_redis_settings(redis))?)
}

impl Letters {
    /// Ends only with an error: Redis is away, or refuses something.
    async fn take_part(&mut self, client: &Client) -> Result<(), Box<dyn Error>> {
        let (sender, mut pushes) = mpsc::unbounded_channel();
        let settings = AsyncConnectionConfig::new().set_push_sender(sender);
        let mut redis = client.get_multiplexed_async_connection_with_config(&settings).await?;
        redis.subscribe("service:commands").await?;
        let mut due = interval(Duration::from_millis(REPORT_EVERY_MS));
        loop {
            tokio::select! {
                _ = due.tick() => {
                    if self.state == "running" {
                        self.sent += 1;
                        self.log(&mut redis, "info", "A letter is out.").await?;
                    }
                    self.report(&mut redis).await?;
                }
                push = pushes.recv() => {
                    let push = push.filter(|push| push.kind != PushKind::Disconnection).ok_or("Redis is away.")?;
                    if let (PushKind::Message, [_, redis::Value::BulkString(text)]) = (push.kind, push.data.as_slice()) {
                        self.hear(&mut redis, text).await?;
                    }
                }
            }
        }
    }

    async fn hear(&mut self, redis: &mut MultiplexedConnection, text: &[u8]) -> RedisResult<()> {
        let Ok(message) = serde_json::from_slice::<Value>(text) else {
            eprintln!("Not a command: {}", String::from_utf8_lossy(text));
            return Ok(());
        };
        let text = |field: &str| message[field].as_str().unwrap_or_default();
        if text("service") != self.service {
            return Ok(());
        }
        let (id, command) = (text("id"), text("command"));
        if !POSSIBLE.iter().any(|(name, states)| *name == command && states.contains(&self.state)) {
            let why = format!("It cannot {command}: it is {}.", self.state);
            self.answer(redis, id, "refused", Some(&why)).await?;
            return self.log(redis, "warn", &why).await;
        }
        self.answer(redis, id, "accepted", None).await?;
        self.sent += u64::from(command == "trigger");
        self.state = match command {
            "stop" => "stopped",
            "pause" => "paused",
            _ => "running",
        };
        self.report(redis).await?;
        self.log(redis, "info", &format!("It is {}, after: {command}.", self.state)).await?;
        let words = format!("It is {}; letters sent: {}.", self.state, self.sent);
        self.answer(redis, id, "succeeded", Some(&words)).await
    }

    async fn report(&self, redis: &mut MultiplexedConnection) -> RedisResult<()> {
        let controls: Vec<_> = POSSIBLE.iter().map(|(command, _)| command).collect();
        let status = json!({"state": self.state, "sent": self.sent});
        let report =
            json!({"status": status, "version": "1.0.0", "reportEvery": REPORT_EVERY_MS, "controls": controls});
        self.publish(redis, &format!("service:{}", self.service), report).await?;
        self.publish(redis, "service:metrics", json!({"metrics": {"sent": self.sent}})).await
    }

    async fn log(&self, redis: &mut MultiplexedConnection, level: &str, message: &str) -> RedisResult<()> {
        let line = json!({"level": level, "message": message, "fields": {"sent": self.sent}});
        self.publish(redis, "service:logs", line).await
    }

    async fn answer(
        &self,
        redis: &mut MultiplexedConnection,
        id: &str,
        outcome: &str,
        message: Option<&str>,
    ) -> RedisResult<()> {
        let answer = json!({"id": id, "outcome": outcome, "message": message});
        self.publish(redis, "service:commands:outcomes", answer).await
    }

    async fn publish(&self, redis: &mut MultiplexedConnection, channel: &str, mut message: Value) -> RedisResult<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        message["service"] = json!(self.service);
        message["instance"] = json!(self.instance);
        message["timestamp"] = json!(u64::try_from(now).unwrap_or_default());
        redis.publish(channel, message.to_string()).await
    }
}
