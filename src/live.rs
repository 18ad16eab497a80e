//! What keeps the page alive in the browser.
//!
//! [`Live`] is the page's one source of truth: the table of services, the connection's state, the server's time and
//! the jobs the operator waits for. The event stream writes into it; components only read.

pub mod address;
pub mod away;
pub mod clock;
pub mod event_stream;
pub mod jobs;
mod listener;
pub mod log_stream;
pub mod news;
mod presence;
mod retry;
pub mod table;

use leptos::prelude::*;

use crate::live::away::Away;
use crate::live::clock::Clock;
use crate::live::event_stream::connection::Connection;
use crate::live::event_stream::{EventStream, StreamHandle};
use crate::live::jobs::Jobs;
use crate::live::news::News;
use crate::live::presence::Presence;
use crate::live::table::Table;
use crate::model::event::ServicesSnapshot;

/// The longest time, in ms, between two events of a stream on which all is well: one heartbeat and some slack.
const LONGEST_QUIET_MS: u64 = 16_000;

/// Everything the stream keeps up to date. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Live {
    /// The services.
    pub table: Table,
    /// The server's time.
    pub clock: Clock,
    /// The jobs the operator waits for.
    pub jobs: Jobs,
    /// That jobs moved, and whose accounts may have news.
    pub news: News,
    /// What changed while the page was cut off.
    pub away: Away,
    connection: RwSignal<Connection>,
    is_current: Memo<bool>,
    data_as_of: RwSignal<u64>,
    /// When the server last said anything, in ms by Redis's clock.
    heard_at: StoredValue<u64>,
    stream: StoredValue<Option<StreamHandle>>,
}

impl Live {
    /// Starts from what the server rendered; the stream itself opens once the page runs in a browser. The jobs that the
    /// operator waits for are those of all pages.
    pub fn new(snapshot: ServicesSnapshot, jobs: Jobs) -> Self {
        let connection = RwSignal::new(Connection::Connecting { again: false });
        let live = Self {
            connection,
            is_current: Memo::new(move |_| connection.read().is_current()),
            clock: Clock::new(snapshot.now),
            data_as_of: RwSignal::new(snapshot.now),
            heard_at: StoredValue::new(snapshot.now),
            jobs,
            news: News::new(),
            away: Away::new(),
            table: Table::new(snapshot),
            stream: StoredValue::new(None),
        };
        // Effects run in the browser alone, and what one creates is dropped with it: the stream closes with the page.
        Effect::new(move |_| {
            live.clock.start();
            let stream = EventStream::start(live);
            live.stream.set_value(Some(StoredValue::new_local(stream)));
            StoredValue::new_local(Presence::start());
        });
        live
    }

    /// Whether its page has not been left yet.
    pub fn is_there(&self) -> bool {
        self.heard_at.try_get_value().is_some()
    }

    /// How the page is connected.
    pub fn connection(&self) -> Connection {
        self.connection.get()
    }

    /// Whether the data shown is, as far as is known, what Redis holds. Told when that changes, not at every countdown.
    pub fn is_current(&self) -> bool {
        self.is_current.get()
    }

    /// When the data shown was last known to be current, in ms by Redis's clock.
    pub fn data_as_of(&self) -> u64 {
        self.data_as_of.get()
    }

    /// Until when the services would have been heard, in ms by Redis's clock. While the page itself hears nothing, it
    /// cannot know that a service is silent, so their age is judged at that moment and not at the present one. It is `now`
    /// that is known to whoever asks.
    pub fn known_until(&self, now: u64) -> u64 {
        if self.is_current() { now.min(self.heard_at.get_value() + LONGEST_QUIET_MS) } else { self.data_as_of() }
    }

    /// Notes that the server said something.
    fn heard(&self) {
        self.heard_at.set_value(self.clock.now_untracked());
    }

    /// Reconnects at once instead of when the countdown ends.
    pub fn retry_now(&self) {
        if let Some(stream) = self.stream.get_value() {
            stream.try_with_value(EventStream::retry_now);
        }
    }

    /// The stream has brought everything that was missed, if it can be believed.
    fn caught_up(&self) {
        if self.connection.get_untracked().is_current() {
            self.table.with_digests(|digests| self.away.end(digests, self.clock.now_untracked()));
        }
    }

    fn set_connection(&self, connection: Connection) {
        let before = self.connection.get_untracked();
        if before.is_current() && !connection.is_current() {
            let as_of = self.heard_at.get_value();
            self.data_as_of.set(as_of);
            let is_hidden = connection == Connection::Asleep;
            // The server may be silent for half a minute before that is noticed.
            let silence = self.clock.now_untracked().saturating_sub(as_of);
            self.table.with_digests(|digests| self.away.begin(digests, as_of, silence, is_hidden));
        }
        if before != connection {
            self.connection.set(connection);
        }
    }
}
