//! Changes on their way from the stream into the page, kept from one frame to the next.

use std::collections::{HashMap, VecDeque};

use crate::live::event_stream::incoming::Incoming;
use crate::model::event::EventId;
use crate::model::service::ServiceId;

/// A change with the position it carries.
pub type Change = (Incoming, Option<EventId>);

/// The most changes that one frame takes, so that a burst does not hold up the frame after it: a thousand changes are
/// there after two thirds of a second.
const MOST_PER_FRAME: usize = 25;

/// Changes in the order in which they came.
///
/// Nothing is lost that would still show: of several statuses of one service the latest stays, in the place of the
/// first, and a full message takes the place of everything about services that came before it.
#[derive(Debug, Default)]
pub struct Pending {
    changes: VecDeque<Change>,
    /// How many changes were ever taken out in front of those in `changes`.
    taken: usize,
    /// Where the status of a service stands that a newer one may replace, counted from the first change ever.
    latest: HashMap<ServiceId, usize>,
}

impl Pending {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Takes a change in.
    pub fn push(&mut self, change: Incoming, at: Option<EventId>) {
        match &change {
            Incoming::Full(_) => {
                self.changes.retain(|(change, _)| !is_in_a_full_message(change));
                self.latest.clear();
            }
            Incoming::Status(message) => {
                let next = self.taken + self.changes.len();
                let place = *self.latest.entry(message.service).or_insert(next);
                if let Some(earlier) = place.checked_sub(self.taken).and_then(|place| self.changes.get_mut(place)) {
                    *earlier = (change, at);
                    return;
                }
                self.latest.insert(message.service, next);
            }
            // What the service reports after it was forgotten is a row of its own.
            Incoming::Removed(removed) => {
                self.latest.remove(&removed.service);
            }
            _ => {}
        }
        self.changes.push_back((change, at));
    }

    /// What the next frame applies.
    pub fn take(&mut self) -> Vec<Change> {
        let count = self.changes.len().min(MOST_PER_FRAME);
        let count = self.next_step().map_or(count, |place| place.min(count));
        self.take_first(count)
    }

    /// Everything, however much it is.
    pub fn take_all(&mut self) -> Vec<Change> {
        self.take_first(self.changes.len())
    }

    fn take_first(&mut self, count: usize) -> Vec<Change> {
        self.taken += count;
        self.latest.retain(|_, place| *place >= self.taken);
        self.changes.drain(..count).collect()
    }

    /// Where a command's next step stands after an earlier one of the same service. Each step is shown: who asked must be
    /// seen however quickly the service follows, and whoever gave a command learns its end from what the row shows.
    fn next_step(&self) -> Option<usize> {
        let mut services = Vec::new();
        self.changes.iter().position(|(change, _)| {
            let Incoming::Command(command) = change else { return false };
            let is_next = services.contains(&command.service);
            services.push(command.service);
            is_next
        })
    }
}

/// Whether a full message says it too. News of a command counts as news beside that, so it stays.
fn is_in_a_full_message(change: &Incoming) -> bool {
    matches!(change, Incoming::Full(_) | Incoming::Status(_) | Incoming::Removed(_))
}

#[cfg(test)]
mod tests;
