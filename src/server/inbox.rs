//! Where messages of other people's services come in: `PSUBSCRIBE service:*`, checked at the [`door`], offered to
//! the event log.
//!
//! Pub/Sub gives every instance the same messages in the same order, but no number to tell them by. So each inbox
//! counts them from the last tick it heard; ticks are numbers that travel on the same connection. Tick and count
//! are a message's position, the same everywhere, and the log takes a service's message only once and never an
//! older one after a newer. Whatever was heard before a connection's own first tick has no position and is left
//! to the other inboxes.
//!
//! Reading never waits for Redis to take in what was read, or Redis would give the connection up: what waits meanwhile is
//! kept in [`pending`], and offered in batches.

pub mod complaints;
pub mod door;
mod ear;
mod offering;
mod pending;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use redis::RedisError;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::server::commands::Commands;
use crate::server::dashboard::measurements::Measurements;
use crate::server::event_log::{EventLog, EventLogError};
use crate::server::hub::Hub;
use crate::server::inbox::ear::Ear;
use crate::server::inbox::offering::Doors;
use crate::server::metrics::{Metrics, RedisConnection};
use crate::server::redis::hearing::Deaf;
use crate::server::redis::{Link, Redis, keys};

/// How often a tick is sent, and thereby the connection tried. Where answers take nearly as long as they may, ticks come
/// every two seconds.
const TICK_EVERY: Duration = Duration::from_secs(1);

/// How long to wait before the way to Redis is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// Why a connection is given up.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("{0}")]
    Redis(#[from] RedisError),
    #[error("{0}")]
    Log(#[from] EventLogError),
    #[error("{0}")]
    Deaf(Deaf),
    #[error("Redis was emptied, or somebody else publishes on {}", keys::TICK_CHANNEL)]
    Void,
}

/// What the inbox works with.
pub struct InboxParts {
    /// Where messages come from.
    pub redis: Redis,
    /// Takes statuses.
    pub log: EventLog,
    /// Take answers of services.
    pub commands: Commands,
    /// Keep what services measured.
    pub measurements: Measurements,
    /// Knows which services there are.
    pub hub: Hub,
    /// Where it is all counted.
    pub metrics: Metrics,
    /// Told whether what is published is heard and Redis takes it in. A connection that is replaced at once is not worth telling.
    pub hears: watch::Sender<bool>,
}

/// Listens until `shutdown`, and again after each fault.
pub async fn run(parts: InboxParts, shutdown: CancellationToken) {
    let InboxParts { redis, log, commands, measurements, hub, metrics, hears } = parts;
    let mut link = Link::new(&redis, RedisConnection::Subscriber, metrics.clone());
    let doors = Doors { log, commands, measurements, metrics };
    shutdown
        .run_until_cancelled(async {
            loop {
                let begun = Instant::now();
                let Err(error) = listen(&redis, &doors, &hub, &mut link, &hears).await;
                let stood = link.is_standing();
                link.is_lost(&error);
                if matches!(error, Lost::Deaf(Deaf::Silent)) || !stood {
                    hears.send_replace(false);
                }
                if begun.elapsed() < RETRY || !matches!(error, Lost::Void) {
                    tokio::time::sleep(RETRY).await;
                }
            }
        })
        .await;
}

/// Listens on one connection. What is still pending when it ends has been heard by nobody's count any more and is
/// discarded with it.
async fn listen(
    redis: &Redis,
    doors: &Doors,
    hub: &Hub,
    link: &mut Link,
    hears: &watch::Sender<bool>,
) -> Result<Infallible, Lost> {
    let ear = Arc::new(Ear::new(doors.metrics.clone(), hub.clone()));
    let heard = ear.clone();
    let mut connection = redis.hearing(move |push| heard.hear(push)).await?;
    connection.subscribe(keys::TICK_CHANNEL).await?;
    connection.psubscribe(keys::SERVICE_PATTERN).await?;
    let (epoch, own_tick) = doors.log.tick().await?;
    ear.begin(own_tick);
    link.stands();
    hears.send_replace(true);

    tokio::select! {
        deaf = ear.stops() => Err(Lost::Deaf(deaf)),
        () = send_ticks(&doors.log, &epoch, link, hears) => Err(Lost::Void),
        () = offering::run(doors, &epoch, &ear) => Err(Lost::Void),
    }
}

/// Until Redis was emptied, which is another life of it on a connection that still stands. A tick that fails is no reason to
/// discard what was heard: if it was the connection's fault, there will be silence. One that Redis refuses tells that it takes
/// in nothing that is heard, so that nobody shall take what pages show for the present.
async fn send_ticks(log: &EventLog, epoch: &str, link: &mut Link, hears: &watch::Sender<bool>) {
    let mut every = tokio::time::interval(TICK_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        match log.tick().await {
            Ok((now, _)) if now == epoch => {
                link.stands();
                hears.send_replace(true);
            }
            Ok(_) => return,
            Err(error) if error.is_refusal() => {
                link.is_lost(&error);
                hears.send_replace(false);
            }
            Err(error) => tracing::debug!(error = %error, "a tick failed"),
        }
    }
}
