//! What the hub knows, and the frames that say it.

mod reading;
mod snapshots;

use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;

use crate::model::command::Command;
use crate::model::event::{
    AccountNews, Change, EntryId, EventId, Ping, RedisHealth, Removed, ServiceView, ServicesSnapshot, StatusMessage,
    names,
};
use crate::model::job_list::Lanes;
use crate::model::service::{BuiltIn, ServiceId};
use crate::server::hub::clock::RedisClock;
use crate::server::hub::frame;
use crate::server::hub::newest::{Latest, Newest};
use crate::server::hub::past::Past;
use crate::server::hub::ring::{Piece, Ring};
use crate::server::metrics::Metrics;

/// The state behind the hub's lock.
pub struct State {
    metrics: Metrics,
    position: Option<EventId>,
    /// Where the log stood when it was first read: of what was removed before that nothing is known.
    begun_at: EntryId,
    redis_connected: bool,
    clock: RedisClock,
    services: BTreeMap<ServiceId, ServiceView>,
    newest: Newest,
    past: Past,
    ring: Ring,
    /// The number of the frame that voided everything before it.
    reset_at: u64,
    /// The full message of the present position, once somebody needed it.
    full: Option<Piece>,
    /// What new readers got first, and since when.
    opening: Option<(Piece, Instant)>,
    /// The newest counts of jobs, for new readers and those that fell off the ring; `None` while nobody counts.
    lanes: Option<Piece>,
}

impl State {
    /// Nothing is known yet but that the built-in services exist.
    pub fn new(metrics: Metrics) -> Self {
        Self {
            metrics,
            position: None,
            begun_at: EntryId::default(),
            redis_connected: false,
            clock: RedisClock::default(),
            services: built_in_services(),
            newest: Newest::default(),
            past: Past::default(),
            ring: Ring::default(),
            reset_at: 0,
            full: None,
            opening: None,
            lanes: None,
        }
    }

    /// The number of the next frame.
    pub fn head(&self) -> u64 {
        self.ring.head()
    }

    /// Whether Redis is reached.
    pub fn redis_connected(&self) -> bool {
        self.redis_connected
    }

    /// True if it is news.
    pub fn set_redis_connected(&mut self, connected: bool) -> bool {
        let is_news = self.redis_connected != connected;
        if is_news {
            self.redis_connected = connected;
            self.push_event(frame::named(names::REDIS, None, &RedisHealth { connected }));
        }
        is_news
    }

    /// Notes what Redis's clock says.
    pub fn set_time(&mut self, now: u64) {
        self.clock.set(now);
    }

    /// Takes one change that stands at `position` of the log.
    pub fn apply(&mut self, position: &EventId, change: Change) {
        self.move_to(position.clone());
        if !self.is_news(&change) {
            return;
        }
        self.metrics.published(&change);
        match change {
            Change::Status(message) => self.apply_status(position, message),
            Change::Removed(removed) => self.apply_removed(position, Some(position), removed),
            Change::Job(outcome) => {
                self.push_change(position, frame::named(names::JOB, Some(position), &outcome));
            }
            Change::Command(command) => self.apply_command(position, command),
        }
    }

    /// Whether readers are told: of a command not if a later step is known, nor if its service is not.
    fn is_news(&self, change: &Change) -> bool {
        let Change::Command(command) = change else { return true };
        let view = self.services.get(&command.service);
        view.is_some_and(|view| view.command.as_ref().is_none_or(|known| command.supersedes(known)))
    }

    fn apply_status(&mut self, position: &EventId, message: StatusMessage) {
        let latest = self.push_change(position, frame::status(position, &message));
        self.newest.keep_status(message.service, latest);
        self.past.note(position.entry, &message);
        let command = self.services.get(&message.service).and_then(|view| view.command.clone());
        self.services.insert(message.service, ServiceView { command, ..message.into() });
    }

    fn apply_command(&mut self, position: &EventId, command: Command) {
        if let Some(view) = self.services.get_mut(&command.service) {
            view.command = Some(command.clone());
        }
        self.past.note_command(position.entry, &command);
        let latest = self.push_change(position, frame::named(names::COMMAND, Some(position), &command));
        self.newest.keep_command(command.service, latest);
    }

    fn apply_removed(&mut self, position: &EventId, id: Option<&EventId>, removed: Removed) {
        let latest = self.push_change(position, frame::named(names::REMOVED, id, &removed));
        self.newest.keep_removal(removed.service, latest);
        self.past.forget(removed.service);
        self.services.remove(&removed.service);
        if let Some(built_in) = BuiltIn::of(removed.service) {
            self.services.insert(removed.service, ServiceView::unreported(built_in));
        }
    }

    /// Lets every reader see that its stream is alive.
    pub fn ping(&mut self) {
        if let Some(ping) = self.ping_frame() {
            self.push_event(ping);
        }
    }

    /// Tells how many jobs are where, unless Redis was lost meanwhile.
    pub fn set_lanes(&mut self, lanes: &Lanes) {
        if !self.redis_connected {
            return;
        }
        let frame = frame::named(names::JOBS, None, lanes);
        self.lanes = Some(Piece::event(frame.clone()));
        self.opening = None;
        self.push_event(frame);
    }

    /// Whether somebody who comes now is told how many jobs are where.
    pub fn knows_lanes(&self) -> bool {
        self.lanes.is_some()
    }

    /// Takes what was told of jobs for out of date.
    pub fn forget_lanes(&mut self) {
        self.lanes = None;
        self.opening = None;
    }

    /// Tells that there may be news of these users' accounts.
    pub fn announce_accounts(&mut self, users: &[u64]) {
        let news = |user_id: &u64| Piece::event(frame::named(names::ACCOUNT, None, &AccountNews { user_id: *user_id }));
        let frames: Vec<_> = users.iter().map(news).collect();
        if !frames.is_empty() {
            self.ring.push(Piece::joined(&frames));
        }
    }

    /// All services at this moment.
    pub fn snapshot(&self) -> ServicesSnapshot {
        ServicesSnapshot {
            id: self.position.clone(),
            now: self.now(),
            redis_connected: self.redis_connected,
            services: self.services.values().cloned().collect(),
        }
    }

    /// The ids of all services at this moment.
    pub fn services(&self) -> impl Iterator<Item = ServiceId> {
        self.services.keys().copied()
    }

    /// One service at this moment.
    pub fn view(&self, service: ServiceId) -> Option<&ServiceView> {
        self.services.get(&service)
    }

    /// The full message as JSON.
    pub fn full_message(&self) -> String {
        frame::full_message(&self.services.values().collect::<Vec<_>>())
    }

    fn move_to(&mut self, position: EventId) {
        self.full = None;
        self.opening = None;
        self.position = Some(position);
    }

    fn push_event(&mut self, frame: Bytes) {
        self.ring.push(Piece::event(frame));
    }

    fn push_change(&mut self, position: &EventId, frame: Bytes) -> Latest {
        let frame = Piece::change(frame, position.entry.milliseconds);
        Latest { entry: position.entry, number: self.ring.push(frame.clone()), frame }
    }

    fn full_frame(&mut self) -> Option<Piece> {
        if self.full.is_none() {
            let position = self.position.as_ref()?;
            self.full = Some(Piece::event(frame::full(position, &self.services.values().collect::<Vec<_>>())));
        }
        self.full.clone()
    }

    fn ping_frame(&self) -> Option<Bytes> {
        let id = self.position.clone()?;
        Some(frame::named(names::PING, None, &Ping { now: self.now(), id }))
    }

    /// The time, in ms by Redis's clock.
    pub fn now(&self) -> u64 {
        self.clock.now()
    }
}

fn built_in_services() -> BTreeMap<ServiceId, ServiceView> {
    BuiltIn::ALL.into_iter().map(|built_in| (built_in.id(), ServiceView::unreported(built_in))).collect()
}
