//! Fans changes out to open streams. Knows nothing of Redis or HTTP.
//!
//! A change is encoded once, into a ring of ready frames; a reader is a cursor into it, without a task, a timer or a queue
//! of its own. All that is pending is written in one piece, which readers that woke together share. Nobody waits for a
//! reader: one that falls off the ring gets the latest state of what changed.

mod clock;
mod frame;
mod newest;
mod past;
mod reader;
mod ring;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::event::{Change, EventId, LogSnapshot, ServiceView, ServicesSnapshot};
use crate::model::job_list::Lanes;
use crate::model::service::ServiceId;
use crate::server::hub::reader::Seats;
use crate::server::hub::ring::Piece;
use crate::server::hub::state::State;
use crate::server::metrics::Metrics;

pub use frame::{PREAMBLE, named};
pub use reader::Reader;

/// The hub. Cloning it shares it.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    seats: Seats,
    metrics: Metrics,
}

impl Hub {
    /// Nothing is known yet but that the built-in services exist.
    pub fn new(metrics: Metrics) -> Self {
        let state = Mutex::new(State::new(metrics.clone()));
        Self(Arc::new(Shared { state, seats: Seats::default(), metrics }))
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

    /// Tells every reader how many jobs are where, now and to those that come later. Only the newest counts matter to one
    /// that is behind. Nothing is told while Redis is out of reach.
    pub fn set_lanes(&self, lanes: &Lanes) {
        self.change(|state| state.set_lanes(lanes));
    }

    /// Whether new readers are told how many jobs are where. Another life of Redis voids the counts.
    pub fn knows_lanes(&self) -> bool {
        self.lock().knows_lanes()
    }

    /// Takes the counts for out of date, so that no reader begins with them.
    pub fn forget_lanes(&self) {
        self.lock().forget_lanes();
    }

    /// Tells every reader that there may be news of these users' accounts: an event for each, in one piece.
    pub fn announce_accounts(&self, users: &[u64]) {
        self.change(|state| state.announce_accounts(users));
    }

    /// All services at this moment.
    pub fn snapshot(&self) -> ServicesSnapshot {
        self.lock().snapshot()
    }

    /// The ids of all services at this moment.
    pub fn services(&self) -> Vec<ServiceId> {
        self.lock().services().collect()
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

    /// How many frames the slowest reader still has to get; 0 without readers.
    pub fn slowest_lag(&self) -> u64 {
        let head = self.lock().head();
        self.0.seats.slowest().map_or(0, |cursor| head.saturating_sub(cursor))
    }

    /// A new reader. One that was here before, in the same epoch, gets what changed `after`; any other the full
    /// message. `None` while Redis is out of reach: what is known may no longer be true.
    pub fn subscribe(&self, after: Option<&EventId>) -> Option<Reader> {
        let mut state = self.lock();
        let (opening, resume) = state.redis_connected().then(|| state.opening(after))??;
        Some(Reader::new(self.clone(), state.head(), opening, resume))
    }

    /// What comes from the frame `cursor` on, how late its oldest change is, in ms, and the number of the frame after it;
    /// `None` if nothing does yet.
    fn pending(&self, cursor: u64) -> Option<(Piece, Option<u64>, u64)> {
        let mut state = self.lock();
        let head = state.head();
        (head > cursor).then(|| {
            let piece = state.frames_since(cursor);
            let late = piece.logged.map(|logged| state.now().saturating_sub(logged));
            (piece, late, head)
        })
    }

    fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    fn seats(&self) -> &Seats {
        &self.0.seats
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let before = state.head();
        let result = change(&mut state);
        let is_news = state.head() > before;
        drop(state);
        if is_news {
            self.0.seats.wake();
        }
        result
    }

    /// Nothing that holds the lock can panic half-way through a change, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
