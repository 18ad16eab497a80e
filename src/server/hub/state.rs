//! What the hub knows, and the ring of frames that says it.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};

use crate::model::command::Command;
use crate::model::event::{
    AccountNews, Change, EntryId, EventId, LogSnapshot, Ping, RedisHealth, Removed, ServiceView, ServicesSnapshot,
    StatusMessage, names,
};
use crate::model::job_list::Lanes;
use crate::model::service::{BuiltIn, ServiceId};
use crate::server::hub::frame;
use crate::server::metrics::{Metrics, Resume};

/// Frames kept for readers that are a little behind.
const RING_LENGTH: usize = 1_024;

/// Frames that are written together.
pub struct Piece {
    /// The frames, one after the other.
    pub bytes: Bytes,
    /// How many they are.
    pub frames: u64,
}

/// The state behind the hub's lock.
pub struct State {
    metrics: Metrics,
    position: Option<EventId>,
    redis_connected: bool,
    /// Redis's time when it was last heard, and our own clock at that moment.
    clock: Option<(u64, Instant)>,
    services: BTreeMap<ServiceId, ServiceView>,
    /// The newest frame about each service, those that are gone included.
    latest: BTreeMap<ServiceId, Latest>,
    /// The newest frame about the latest command of each service.
    latest_commands: BTreeMap<ServiceId, Latest>,
    ring: VecDeque<Bytes>,
    /// The sequence number of the next frame.
    head: u64,
    /// The number of the frame that voided everything before it.
    reset_at: u64,
    /// The full message of the present position, once somebody needed it.
    full: Option<Bytes>,
    /// The newest counts of jobs, for a reader that fell off the ring.
    lanes: Option<Bytes>,
}

/// The newest frame about one thing.
struct Latest {
    entry: EntryId,
    sequence: u64,
    frame: Bytes,
}

impl State {
    /// Nothing is known yet but that the built-in services exist.
    pub fn new(metrics: Metrics) -> Self {
        Self {
            metrics,
            position: None,
            redis_connected: false,
            clock: None,
            services: built_in_services(),
            latest: BTreeMap::new(),
            latest_commands: BTreeMap::new(),
            ring: VecDeque::with_capacity(RING_LENGTH),
            head: 0,
            reset_at: 0,
            full: None,
            lanes: None,
        }
    }

    /// The sequence number of the next frame.
    pub fn head(&self) -> u64 {
        self.head
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
            self.push(frame::named(names::REDIS, None, &RedisHealth { connected }));
        }
        is_news
    }

    /// Notes what Redis's clock says.
    pub fn set_time(&mut self, now: u64) {
        self.clock = Some((now, Instant::now()));
    }

    /// Takes what the log knows.
    pub fn reset(&mut self, snapshot: LogSnapshot) {
        self.set_time(snapshot.now);
        let goes_on = self.position.as_ref().is_some_and(|position| position.epoch == snapshot.id.epoch);
        if goes_on { self.catch_up(snapshot) } else { self.start_over(snapshot) }
    }

    /// The same life of Redis: only what differs is news.
    fn catch_up(&mut self, mut snapshot: LogSnapshot) {
        let kept = |id: &ServiceId| snapshot.statuses.iter().any(|status| status.service == *id);
        let gone: Vec<_> =
            self.services.values().filter(|view| view.entry.is_some() && !kept(&view.id)).map(|view| view.id).collect();
        for service in gone {
            self.apply(&snapshot.id, Change::Removed(Removed { service }));
        }
        snapshot.statuses.sort_by_key(|status| status.entry);
        for status in snapshot.statuses {
            let known = self.services.get(&status.service).and_then(|view| view.entry);
            if let Some(entry) = status.entry.filter(|entry| Some(*entry) > known) {
                let at = EventId { epoch: snapshot.id.epoch.clone(), entry };
                self.apply(&at, Change::Status(status));
            }
        }
        for command in snapshot.commands {
            self.apply(&snapshot.id, Change::Command(command));
        }
        self.position = Some(snapshot.id);
    }

    /// Another life of Redis: what was known is void, and every reader gets the full message.
    fn start_over(&mut self, snapshot: LogSnapshot) {
        self.services = built_in_services();
        self.latest.clear();
        self.latest_commands.clear();
        for status in snapshot.statuses {
            let at = EventId { epoch: snapshot.id.epoch.clone(), entry: status.entry.unwrap_or_default() };
            let latest = Latest { entry: at.entry, sequence: self.head, frame: frame::status(&at, &status) };
            self.latest.insert(status.service, latest);
            self.services.insert(status.service, status.into());
        }
        for command in snapshot.commands {
            if let Some(view) = self.services.get_mut(&command.service) {
                let frame = frame::named(names::COMMAND, Some(&snapshot.id), &command);
                let latest = Latest { entry: snapshot.id.entry, sequence: self.head, frame };
                self.latest_commands.insert(command.service, latest);
                view.command = Some(command);
            }
        }
        self.full = None;
        self.position = Some(snapshot.id);
        self.reset_at = self.head;
        if let Some(full) = self.full_frame() {
            self.push(full);
        }
    }

    /// Takes one change that stands at `position` of the log.
    pub fn apply(&mut self, position: &EventId, change: Change) {
        self.metrics.published(&change);
        self.full = None;
        self.position = Some(position.clone());
        match change {
            Change::Status(message) => self.apply_status(position, message),
            Change::Removed(removed) => self.apply_removed(position, removed),
            Change::Job(outcome) => {
                self.push(frame::named(names::JOB, Some(position), &outcome));
            }
            Change::Command(command) => self.apply_command(position, command),
        }
    }

    fn apply_status(&mut self, position: &EventId, message: StatusMessage) {
        let frame = frame::status(position, &message);
        let sequence = self.push(frame.clone());
        self.latest.insert(message.service, Latest { entry: position.entry, sequence, frame });
        let command = self.services.get(&message.service).and_then(|view| view.command.clone());
        self.services.insert(message.service, ServiceView { command, ..message.into() });
    }

    fn apply_command(&mut self, position: &EventId, command: Command) {
        let Some(view) = self.services.get_mut(&command.service) else { return };
        if view.command.as_ref().is_some_and(|known| !command.supersedes(known)) {
            return;
        }
        view.command = Some(command.clone());
        let frame = frame::named(names::COMMAND, Some(position), &command);
        let sequence = self.push(frame.clone());
        self.latest_commands.insert(command.service, Latest { entry: position.entry, sequence, frame });
    }

    fn apply_removed(&mut self, position: &EventId, removed: Removed) {
        let frame = frame::named(names::REMOVED, Some(position), &removed);
        let sequence = self.push(frame.clone());
        self.latest.insert(removed.service, Latest { entry: position.entry, sequence, frame });
        self.latest_commands.remove(&removed.service);
        self.services.remove(&removed.service);
        if let Some(built_in) = BuiltIn::of(removed.service) {
            self.services.insert(removed.service, ServiceView::unreported(built_in));
        }
    }

    /// Lets every reader see that its stream is alive.
    pub fn ping(&mut self) {
        if let Some(ping) = self.ping_frame() {
            self.push(ping);
        }
    }

    /// Tells how many jobs are where.
    pub fn set_lanes(&mut self, lanes: &Lanes) {
        let frame = frame::named(names::JOBS, None, lanes);
        self.lanes = Some(frame.clone());
        self.push(frame);
    }

    /// Tells that there may be news of these users' accounts.
    pub fn announce_accounts(&mut self, users: &[u64]) {
        let frames: Vec<Bytes> = users
            .iter()
            .map(|user_id| frame::named(names::ACCOUNT, None, &AccountNews { user_id: *user_id }))
            .collect();
        if !frames.is_empty() {
            self.push(joined(&frames).bytes);
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

    /// One service at this moment.
    pub fn view(&self, service: ServiceId) -> Option<&ServiceView> {
        self.services.get(&service)
    }

    /// The full message as JSON.
    pub fn full_message(&self) -> String {
        frame::full_message(&self.services.values().collect::<Vec<_>>())
    }

    /// What a new reader gets before anything else, and whether that is all; `None` while the log was never read.
    pub fn first_frames(&mut self, after: Option<&EventId>) -> Option<(Piece, Resume)> {
        let position = self.position.as_ref()?;
        let is_ours = |after: &&EventId| after.epoch == position.epoch && after.entry <= position.entry;
        let (content, resume) = match after.filter(is_ours) {
            Some(after) => (self.changed_after(after.entry), Resume::Incremental),
            None => (joined([&self.full_frame()?]), Resume::Full),
        };
        let bytes = joined([&frame::preamble(), &content.bytes, &self.ping_frame()?]).bytes;
        Some((Piece { bytes, frames: content.frames + 1 }, resume))
    }

    /// Everything after the frame `cursor`. Whoever fell off the ring gets the newest frame of each service
    /// that changed, or the full message if everything became void meanwhile.
    pub fn frames_since(&self, cursor: u64) -> Piece {
        let oldest = self.head - self.ring.len() as u64;
        if cursor >= oldest {
            return joined(self.ring.range((cursor - oldest) as usize..));
        }
        let health = frame::named(names::REDIS, None, &RedisHealth { connected: self.redis_connected });
        if cursor <= self.reset_at {
            let position = self.position.as_ref();
            let full = position.map(|id| frame::full(id, &self.services.values().collect::<Vec<_>>()));
            return joined(full.iter().chain(&self.lanes).chain([&health]));
        }
        let mut missed: Vec<_> = self.newest().filter(|latest| latest.sequence >= cursor).collect();
        missed.sort_by_key(|latest| latest.sequence);
        joined(missed.into_iter().map(|latest| &latest.frame).chain(&self.lanes).chain([&health]))
    }

    /// The newest frame of each service that changed after `entry`, in the order of the log.
    fn changed_after(&self, entry: EntryId) -> Piece {
        let mut changed: Vec<_> = self.newest().filter(|latest| latest.entry > entry).collect();
        changed.sort_by_key(|latest| latest.entry);
        joined(changed.into_iter().map(|latest| &latest.frame))
    }

    fn newest(&self) -> impl Iterator<Item = &Latest> {
        self.latest.values().chain(self.latest_commands.values())
    }

    fn push(&mut self, frame: Bytes) -> u64 {
        if self.ring.len() == RING_LENGTH {
            self.ring.pop_front();
        }
        self.ring.push_back(frame);
        self.head += 1;
        self.head - 1
    }

    fn full_frame(&mut self) -> Option<Bytes> {
        if self.full.is_none() {
            let position = self.position.as_ref()?;
            self.full = Some(frame::full(position, &self.services.values().collect::<Vec<_>>()));
        }
        self.full.clone()
    }

    fn ping_frame(&self) -> Option<Bytes> {
        let id = self.position.clone()?;
        Some(frame::named(names::PING, None, &Ping { now: self.now(), id }))
    }

    /// Redis's time: what it last said, and how long ago that was. Our own clock's time before Redis spoke.
    pub fn now(&self) -> u64 {
        let elapsed = match self.clock {
            Some((then, at)) => return then + at.elapsed().as_millis() as u64,
            None => SystemTime::now().duration_since(UNIX_EPOCH),
        };
        elapsed.map_or(0, |elapsed| elapsed.as_millis() as u64)
    }
}

fn built_in_services() -> BTreeMap<ServiceId, ServiceView> {
    BuiltIn::ALL.into_iter().map(|built_in| (built_in.id(), ServiceView::unreported(built_in))).collect()
}

fn joined<'a>(frames: impl IntoIterator<Item = &'a Bytes>) -> Piece {
    let mut frames = frames.into_iter();
    let Some(first) = frames.next() else { return Piece { bytes: Bytes::new(), frames: 0 } };
    let Some(second) = frames.next() else { return Piece { bytes: first.clone(), frames: 1 } };
    let mut bytes = BytesMut::from(first.as_ref());
    bytes.extend_from_slice(second);
    let mut count = 2;
    for frame in frames {
        bytes.extend_from_slice(frame);
        count += 1;
    }
    Piece { bytes: bytes.freeze(), frames: count }
}
