//! Fans changes out to open streams. Knows nothing of Redis or HTTP.
//!
//! A change is encoded once, into a ring of ready frames; a reader is a cursor into it. Nobody waits for a
//! reader: one that falls off the ring gets the latest state of what changed, not a queue.

mod frame;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::watch;

use crate::model::event::{Change, EventId, LogSnapshot, ServiceView, ServicesSnapshot};
use crate::model::job_list::Lanes;
use crate::model::service::ServiceId;
use crate::server::hub::state::{Piece, State};
use crate::server::metrics::{Metrics, Resume};

pub use frame::named;

/// The hub. Cloning it shares it.
#[derive(Clone)]
pub struct Hub {
    state: Arc<Mutex<State>>,
    /// The sequence number of the next frame: readers wait for it to grow.
    head: watch::Sender<u64>,
    metrics: Metrics,
}

impl Hub {
    /// Nothing is known yet but that the built-in services exist.
    pub fn new(metrics: Metrics) -> Self {
        let state = Arc::new(Mutex::new(State::new(metrics.clone())));
        Self { state, head: watch::Sender::new(0), metrics }
    }

    /// Takes what the log knows. Within an epoch readers get what differs; another epoch voids all they have.
    pub fn reset(&self, snapshot: LogSnapshot) {
        self.change(|state| state.reset(snapshot));
    }

    /// Carries these changes, each found at its position of the log, to every reader, in one piece.
    pub fn publish(&self, changes: impl IntoIterator<Item = (EventId, Change)>) {
        self.change(|state| changes.into_iter().for_each(|(position, change)| state.apply(&position, change)));
    }

    /// Tells every reader whether Redis is reached. True if that is news.
    pub fn set_redis_connected(&self, connected: bool) -> bool {
        self.change(|state| state.set_redis_connected(connected))
    }

    /// Whether Redis is reached.
    pub fn is_redis_connected(&self) -> bool {
        self.lock().redis_connected()
    }

    /// Notes what Redis's clock says, in ms.
    pub fn set_time(&self, now: u64) {
        self.lock().set_time(now);
    }

    /// Lets every reader see that its stream is alive.
    pub fn ping(&self) {
        self.change(State::ping);
    }

    /// Tells every reader how many jobs are where. Only the newest counts matter to one that is behind.
    pub fn set_lanes(&self, lanes: &Lanes) {
        self.change(|state| state.set_lanes(lanes));
    }

    /// Tells every reader that there may be news of these users' accounts: an event for each, in one piece.
    pub fn announce_accounts(&self, users: &[u64]) {
        self.change(|state| state.announce_accounts(users));
    }

    /// All services at this moment.
    pub fn snapshot(&self) -> ServicesSnapshot {
        self.lock().snapshot()
    }

    /// One service at this moment; `None` if it is not known.
    pub fn view(&self, service: ServiceId) -> Option<ServiceView> {
        self.lock().view(service).cloned()
    }

    /// The time, in ms by Redis's clock.
    pub fn now(&self) -> u64 {
        self.lock().now()
    }

    /// The full message as JSON.
    pub fn full_message(&self) -> String {
        self.lock().full_message()
    }

    /// A new reader. One that was here before, in the same epoch, gets what changed `after`; any other the full
    /// message. `None` while Redis is out of reach: what is known may no longer be true.
    pub fn subscribe(&self, after: Option<&EventId>) -> Option<Reader> {
        let mut state = self.lock();
        let (first, resume) = state.redis_connected().then(|| state.first_frames(after))??;
        let (hub, head, cursor) = (self.clone(), self.head.subscribe(), state.head());
        Some(Reader { hub, head, cursor, first: Some(first), resume })
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        let head = state.head();
        drop(state);
        self.head.send_if_modified(|known| {
            let grew = head > *known;
            *known = head.max(*known);
            grew
        });
        result
    }

    /// Nothing that holds the lock can panic half-way through a change, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One page's place in the stream.
pub struct Reader {
    hub: Hub,
    head: watch::Receiver<u64>,
    /// The sequence number of the next frame this reader wants.
    cursor: u64,
    /// What it gets before anything else.
    first: Option<Piece>,
    resume: Resume,
}

impl Reader {
    /// What it gets before anything else: what changed since it was here, or everything.
    pub fn resume(&self) -> Resume {
        self.resume
    }

    /// Everything that is pending, in one piece; waits if nothing is. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Bytes {
        let piece = match self.first.take() {
            Some(first) => first,
            None => self.pending().await,
        };
        self.hub.metrics.delivered(piece.frames);
        piece.bytes
    }

    async fn pending(&mut self) -> Piece {
        // The reader holds a hub, and with it the sender, so the wait cannot fail.
        while *self.head.borrow_and_update() <= self.cursor && self.head.changed().await.is_ok() {}
        let state = self.hub.lock();
        let pending = state.frames_since(self.cursor);
        self.cursor = state.head();
        pending
    }
}
