//! Offering what was heard: read at the door, then taken in batch by batch, in order.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::command::OutcomeMessage;
use crate::server::commands::{CommandError, Commands, Heard};
use crate::server::dashboard::measurements::Measurements;
use crate::server::event_log::{Adoption, Content, EventLog, EventLogError, MAX_SERVICES, Offer, Position, Refused};
use crate::server::inbox::complaints::{Complaints, sample};
use crate::server::inbox::door;
use crate::server::inbox::ear::Ear;
use crate::server::inbox::pending::Message;
use crate::server::metrics::Metrics;
use crate::server::redis::keys;

/// How long to wait before what Redis did not take is offered again.
const RETRY: Duration = Duration::from_millis(250);

/// Where messages go.
pub struct Doors {
    /// Takes statuses, and counts what is refused.
    pub log: EventLog,
    /// Take answers of services.
    pub commands: Commands,
    /// Keep what services measured.
    pub measurements: Measurements,
    /// Where it is all counted.
    pub metrics: Metrics,
}

/// What was read at the door.
enum Read {
    Offer(Offer),
    Outcome(Position, OutcomeMessage),
}

/// Redis did not take it in, or nobody knows whether it did: it is to be offered again.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    #[error(transparent)]
    Log(#[from] EventLogError),
    #[error(transparent)]
    Commands(#[from] CommandError),
    #[error("Redis does not write: {0}")]
    Refused(String),
}

/// Offers what `ear` hears, a batch only when Redis has taken in the whole batch before. Ends when positions count for
/// nothing: Redis was emptied, or somebody else publishes ticks.
pub async fn run(doors: &Doors, epoch: &str, ear: &Ear) {
    let mut complaints = Complaints::default();
    loop {
        let heard = ear.next_batch().await;
        let mut batch: VecDeque<Read> =
            heard.into_iter().filter_map(|message| read(doors, message, &mut complaints)).collect();
        while !batch.is_empty() {
            match offer_some(doors, epoch, &mut batch, &mut complaints).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::debug!(error = %error, "messages are offered again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
}

/// Offers what stands at the front of the batch, and takes out of it what is done. False if positions count for nothing.
async fn offer_some(
    doors: &Doors,
    epoch: &str,
    batch: &mut VecDeque<Read>,
    complaints: &mut Complaints,
) -> Result<bool, NotTaken> {
    if matches!(batch.front(), Some(Read::Outcome(..))) {
        hear_some(&doors.commands, batch).await?;
        return Ok(true);
    }
    let offers = batch.iter().map_while(|read| match read {
        Read::Offer(offer) => Some(offer),
        Read::Outcome(..) => None,
    });
    for adoption in doors.log.take_in(epoch, offers).await? {
        match adoption {
            Adoption::Adopted(_) => doors.metrics.inbox_adopted(),
            // The other inboxes that heard the message find that it was seen, so over all instances each counts once.
            Adoption::Counted => doors.metrics.inbox_rejected(),
            Adoption::Full => {
                doors.metrics.inbox_rejected();
                complaints.complain(keys::SERVICE_PATTERN, &format!("there are {MAX_SERVICES} services already"));
            }
            Adoption::Seen => {}
            Adoption::Stale => return Ok(false),
            Adoption::Failed(why) => return Err(NotTaken::Refused(why)),
        }
        batch.pop_front();
    }
    Ok(true)
}

/// Hands the answers to commands that stand at the front of the batch to the commands, all of them in one round trip. Those of
/// which nobody knows the command are to be offered in their place.
async fn hear_some(commands: &Commands, batch: &mut VecDeque<Read>) -> Result<(), CommandError> {
    let outcomes = batch.iter().map_while(|read| match read {
        Read::Outcome(_, outcome) => Some(outcome),
        Read::Offer(_) => None,
    });
    let heard = commands.hear(outcomes).await?;
    let refused: Vec<Read> = batch
        .drain(..heard.len())
        .zip(&heard)
        .filter_map(|(read, heard)| match read {
            Read::Outcome(position, outcome) if *heard == Heard::Unknown => {
                Some(Read::Offer(unknown(position, &outcome)))
            }
            _ => None,
        })
        .collect();
    for refusal in refused.into_iter().rev() {
        batch.push_front(refusal);
    }
    Ok(())
}

/// What a message comes to; nothing if the log published it, if it is of another kind, or if it is done with at once: what was
/// measured is kept by each instance for itself.
fn read(doors: &Doors, message: Message, complaints: &mut Complaints) -> Option<Read> {
    let Message { position, channel, payload, length } = message;
    let read = match door::too_long(length) {
        Some(refusal) => Err(refusal),
        None => door::read(&channel, &payload),
    };
    let content = match read {
        Ok(door::Heard::Status(status)) => Content::Status(status),
        Ok(door::Heard::Outcome(outcome)) => return Some(Read::Outcome(position, outcome)),
        Ok(door::Heard::Measured(measured)) => {
            doors.measurements.keep(measured);
            return None;
        }
        Ok(door::Heard::Logged | door::Heard::Other) => return None,
        Err(refusal) => {
            let error = refusal.to_string();
            complaints.complain(&channel, &error);
            Content::Refused(Refused { channel, error, sample: sample(&payload) })
        }
    };
    Some(Read::Offer(Offer { position, content }))
}

fn unknown(position: Position, outcome: &OutcomeMessage) -> Offer {
    let error = format!("{} was given no command of that id", outcome.service);
    let channel = keys::OUTCOMES_CHANNEL.to_owned();
    let refused = Refused { channel, error, sample: sample(outcome.id.0.as_bytes()) };
    Offer { position, content: Content::Refused(refused) }
}
