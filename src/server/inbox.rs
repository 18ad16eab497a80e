//! Where messages of other people's services come in: `PSUBSCRIBE service:*`, checked at the [`door`], offered to
//! the event log.
//!
//! Pub/Sub gives every instance the same messages in the same order, but no number to tell them by. So each inbox
//! counts them from the last tick it heard; ticks are numbers that travel on the same connection. Tick and count
//! are a message's position, the same everywhere, and the log takes a service's message only once and never an
//! older one after a newer. Whatever was heard before a connection's own first tick has no position and is left
//! to the other inboxes.

pub mod door;

use std::time::Duration;

use futures::StreamExt;
use redis::{Msg, RedisError};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::model::command::OutcomeMessage;
use crate::model::event::StatusMessage;
use crate::server::commands::{CommandError, Commands, Heard};
use crate::server::event_log::{Adoption, EventLog, EventLogError, MAX_SERVICES, Position, Rejected};
use crate::server::metrics::{Metrics, RedisConnection};
use crate::server::redis::{Link, Redis, keys};

/// How often a tick is sent, and thereby the connection tried.
const TICK_EVERY: Duration = Duration::from_secs(2);

/// A connection on which no tick was heard for this long is given up: it may be half open.
const SILENCE: Duration = Duration::from_secs(5);

/// Messages that wait to be offered. When they are this many, Redis keeps the rest.
const PENDING: usize = 4_096;

/// How long to wait before the way to Redis is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// How many bytes of a refused message are kept.
const SAMPLE: usize = 512;

/// Why a connection is given up.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("{0}")]
    Redis(#[from] RedisError),
    #[error("{0}")]
    Log(#[from] EventLogError),
    #[error("{0}")]
    Commands(#[from] CommandError),
    #[error("the connection ended")]
    Ended,
    #[error("nothing was heard for {} s", SILENCE.as_secs())]
    Silent,
    #[error("Redis was emptied, or somebody else publishes on {}", keys::TICK_CHANNEL)]
    Void,
}

/// Where messages go.
struct Doors {
    log: EventLog,
    commands: Commands,
    metrics: Metrics,
}

/// A message with its position.
struct Offer {
    position: Position,
    content: Content,
}

enum Content {
    Status(Box<StatusMessage>),
    Outcome(OutcomeMessage),
    Refused { channel: String, error: String, sample: String },
}

/// Listens until `shutdown`, and again after each fault.
pub async fn run(redis: Redis, log: EventLog, commands: Commands, metrics: Metrics, shutdown: CancellationToken) {
    let doors = Doors { log, commands, metrics: metrics.clone() };
    let mut link = Link::new(&redis, RedisConnection::Subscriber, metrics.clone());
    shutdown
        .run_until_cancelled(async {
            loop {
                let Err(error) = listen(&redis, &doors, &mut link).await;
                link.is_lost(&error);
                tokio::time::sleep(RETRY).await;
            }
        })
        .await;
}

/// Listens on one connection. What is still pending when it ends has been heard by nobody's count any more and is
/// discarded with it.
async fn listen(redis: &Redis, doors: &Doors, link: &mut Link) -> Result<std::convert::Infallible, Lost> {
    let mut listener = redis.listener().await?;
    listener.subscribe(keys::TICK_CHANNEL).await?;
    listener.psubscribe(keys::SERVICE_PATTERN).await?;
    let (epoch, own_tick) = doors.log.tick().await?;
    link.stands();

    let (pending, offers) = mpsc::channel(PENDING);
    tokio::select! {
        lost = count(listener.into_on_message(), epoch.clone(), own_tick, pending) => Err(lost),
        lost = send_ticks(&doors.log, &epoch) => Err(lost),
        lost = offer_in_order(doors, offers) => Err(lost),
    }
}

/// Gives every message its position and passes on those that are to be offered.
async fn count(
    messages: impl futures::Stream<Item = Msg>,
    epoch: String,
    own_tick: u64,
    pending: mpsc::Sender<Offer>,
) -> Lost {
    let mut messages = std::pin::pin!(messages);
    let mut position: Option<Position> = None;
    let mut heard_at = Instant::now();
    loop {
        let message = match tokio::time::timeout_at(heard_at + SILENCE, messages.next()).await {
            Ok(Some(message)) => message,
            Ok(None) => return Lost::Ended,
            Err(_) => return Lost::Silent,
        };
        if message.get_channel_name() == keys::TICK_CHANNEL {
            // Ours only ever grow; a number that does not is somebody else's and counts for nothing.
            let least = position.as_ref().map_or(own_tick, |position| position.tick + 1);
            let tick = message.get_payload::<u64>().ok();
            if let Some(tick) = tick.filter(|tick| if position.is_some() { *tick >= least } else { *tick == least }) {
                heard_at = Instant::now();
                position = Some(Position { epoch: epoch.clone(), tick, count: 0 });
            }
            continue;
        }
        let Some(position) = &mut position else { continue };
        position.count += 1;
        let Some(content) = content_of(&message) else { continue };
        if pending.send(Offer { position: position.clone(), content }).await.is_err() {
            return Lost::Ended;
        }
    }
}

fn content_of(message: &Msg) -> Option<Content> {
    let channel = message.get_channel_name();
    match door::read(channel, message.get_payload_bytes()) {
        Ok(door::Heard::Status(status)) => Some(Content::Status(status)),
        Ok(door::Heard::Outcome(outcome)) => Some(Content::Outcome(outcome)),
        Ok(door::Heard::Logged | door::Heard::Other) => None,
        Err(refusal) => Some(Content::Refused {
            channel: channel.to_owned(),
            error: refusal.to_string(),
            sample: sample(message.get_payload_bytes()),
        }),
    }
}

fn sample(payload: &[u8]) -> String {
    String::from_utf8_lossy(&payload[..payload.len().min(SAMPLE)]).into_owned()
}

/// An emptied Redis is another life of it on a connection that still stands.
async fn send_ticks(log: &EventLog, epoch: &str) -> Lost {
    loop {
        tokio::time::sleep(TICK_EVERY).await;
        match log.tick().await {
            Ok((now, _)) if now == epoch => {}
            Ok(_) => return Lost::Void,
            Err(error) => return error.into(),
        }
    }
}

/// Offers one after the other: the next only when Redis has answered for the one before.
async fn offer_in_order(doors: &Doors, mut offers: mpsc::Receiver<Offer>) -> Lost {
    while let Some(offer) = offers.recv().await {
        loop {
            match take_in(doors, &offer).await {
                Ok(Adoption::Stale) => return Lost::Void,
                Ok(adoption) => {
                    count_adoption(&doors.metrics, &adoption);
                    break;
                }
                Err(error) => {
                    tracing::debug!(error = %error, "a message is offered again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
    Lost::Ended
}

/// The other inboxes that heard the message find that it was seen, so over all instances each counts once.
fn count_adoption(metrics: &Metrics, adoption: &Adoption) {
    match adoption {
        Adoption::Adopted(_) => metrics.inbox_adopted(),
        Adoption::Counted => metrics.inbox_rejected(),
        Adoption::Seen | Adoption::Stale | Adoption::Full => {}
    }
}

async fn take_in(doors: &Doors, offer: &Offer) -> Result<Adoption, Lost> {
    let (log, position) = (&doors.log, &offer.position);
    match &offer.content {
        Content::Status(status) => {
            let adoption = log.adopt(status, position).await?;
            tracing::debug!(service.id = %status.service, adoption = ?adoption, "a published status was heard");
            if adoption == Adoption::Full {
                tracing::warn!(service.id = %status.service, "a new service is refused: there are {MAX_SERVICES} already");
                let error = format!("there are {MAX_SERVICES} services already");
                let channel = keys::status_channel(status.service);
                let sample = sample(status.status.as_json().as_bytes());
                return Ok(log.reject(&Rejected { channel: &channel, error: &error, sample }, position).await?);
            }
            Ok(adoption)
        }
        Content::Outcome(outcome) => {
            if doors.commands.hear(outcome).await? != Heard::Unknown {
                return Ok(Adoption::Seen);
            }
            let error = format!("{} was given no command of that id", outcome.service);
            let sample = sample(outcome.id.0.as_bytes());
            Ok(log.reject(&Rejected { channel: keys::OUTCOMES_CHANNEL, error: &error, sample }, position).await?)
        }
        Content::Refused { channel, error, sample } => {
            tracing::warn!(channel, error, "a published message is refused");
            Ok(log.reject(&Rejected { channel, error, sample: sample.clone() }, position).await?)
        }
    }
}
