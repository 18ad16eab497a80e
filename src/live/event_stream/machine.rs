//! When to connect, when to give up, when to try again: the connection's rules, without a browser.

mod vocabulary;

use crate::live::event_stream::connection::Connection;
use crate::live::retry::{self, DEAD_MS, OPEN_MS, RETRY_MS, ROOM_MS};

pub use vocabulary::{Input, Moment, Order, Reason, Word};

/// Silence after which the page no longer claims to be connected: two heartbeats.
const STALE_MS: u64 = 32_000;
/// How long a hidden page keeps its stream, so that looking at another page for a moment does not cost a connection.
const HIDDEN_MS: u64 = 5_000;
/// The time between two polls where EventSource does not exist.
const POLL_MS: u64 = 10_000;

/// The connection's state and all that decides its next.
#[derive(Debug)]
pub struct Machine {
    connection: Connection,
    /// When the stream was asked for or last heard.
    since: u64,
    /// When to try again.
    retry_at: u64,
    /// What the countdown counts towards: the wait without its random part, so that it starts at a round number.
    countdown_to: u64,
    hidden_since: Option<u64>,
    redis_connected: bool,
    was_lost: bool,
    /// Whether the stream that broke had opened: then it was not refused.
    had_opened: bool,
    polls: bool,
    refusals: u32,
}

impl Machine {
    /// A page that has not started yet.
    pub fn new() -> Self {
        Self {
            connection: Connection::Connecting { again: false },
            since: 0,
            retry_at: 0,
            countdown_to: 0,
            hidden_since: None,
            redis_connected: true,
            was_lost: false,
            had_opened: false,
            polls: false,
            refusals: 0,
        }
    }

    /// What the header shows now.
    pub fn connection(&self) -> Connection {
        self.connection
    }

    /// Takes note of what happened and answers what to do.
    pub fn on(&mut self, input: Input, at: Moment) -> Vec<Order> {
        match input {
            Input::Started { event_source, hidden } => {
                self.polls = !event_source;
                if hidden {
                    self.connection = Connection::Asleep;
                    return Vec::new();
                }
                self.attempt(at)
            }
            Input::Opened => {
                self.redis_connected = true;
                self.arrive(at);
                vec![Order::SayConnected]
            }
            Input::Heard => {
                self.since = at.ms;
                if self.connection.is_open() {
                    self.show_open();
                }
                Vec::new()
            }
            Input::Redis { connected } => {
                self.redis_connected = connected;
                if self.connection.is_open() {
                    self.show_open();
                }
                Vec::new()
            }
            Input::Polled if self.connection != Connection::SignedOut => {
                self.arrive(at);
                self.retry_at = at.ms + POLL_MS;
                Vec::new()
            }
            Input::Failed if self.is_trying() => {
                self.lose(RETRY_MS, at);
                // Whoever polls is told why by the answer itself, if there is one.
                if self.polls { vec![Order::SayLost] } else { vec![Order::Close, Order::SayLost, Order::AskWhy] }
            }
            Input::Replaced if self.is_trying() => {
                self.lose(RETRY_MS, at);
                vec![Order::Close, Order::SayLost]
            }
            Input::ShuttingDown { retry_in } if self.is_trying() => {
                self.lose(retry::asked_for(retry_in), at);
                vec![Order::Close, Order::SayLost]
            }
            Input::SignedOut if self.connection != Connection::SignedOut => self.sign_out(),
            Input::Because(reason) if self.connection.retry_in().is_some() => self.explain(reason, at),
            Input::RetryNow if self.connection.retry_in().is_some() => self.attempt(at),
            Input::Hidden => {
                self.hidden_since = Some(at.ms);
                vec![Order::Tell(Word::Hidden)]
            }
            Input::Shown | Input::Returned => {
                self.hidden_since = None;
                // While it was hidden, the browser may have given it no time.
                if self.connection == Connection::Asleep { self.wake(at) } else { self.tick(at) }
            }
            Input::Left => self.sleep(),
            Input::Told(Word::Hidden) if self.hidden_since.is_some() => self.sleep(),
            Input::Told(Word::LetGo) if matches!(self.connection, Connection::TooManyStreams { .. }) => {
                self.wait(ROOM_MS, at);
                self.connection = self.connection.with_retry_in(self.countdown(at));
                Vec::new()
            }
            Input::Tick => self.tick(at),
            _ => Vec::new(),
        }
    }

    fn tick(&mut self, at: Moment) -> Vec<Order> {
        let silence = at.ms.saturating_sub(self.since);
        if self.hidden_since.is_some_and(|since| at.ms.saturating_sub(since) >= HIDDEN_MS) {
            return self.sleep();
        }
        match self.connection {
            Connection::Connected | Connection::Stale | Connection::RedisDown if silence >= DEAD_MS => {
                self.was_lost = true;
                let mut orders = vec![Order::Close];
                orders.extend(self.attempt(at));
                orders
            }
            Connection::Connected | Connection::RedisDown if silence >= STALE_MS => {
                self.connection = Connection::Stale;
                Vec::new()
            }
            Connection::Connecting { .. } | Connection::CatchingUp if silence >= OPEN_MS => self.on(Input::Failed, at),
            Connection::Polling if silence >= STALE_MS => self.on(Input::Failed, at),
            Connection::Polling if at.ms >= self.retry_at => {
                self.retry_at = at.ms + POLL_MS;
                vec![Order::Poll]
            }
            waiting if waiting.retry_in().is_some() => {
                if at.ms >= self.retry_at {
                    return self.attempt(at);
                }
                self.connection = waiting.with_retry_in(self.countdown(at));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn attempt(&mut self, at: Moment) -> Vec<Order> {
        self.begin(Connection::Connecting { again: self.was_lost }, at)
    }

    fn wake(&mut self, at: Moment) -> Vec<Order> {
        self.begin(Connection::CatchingUp, at)
    }

    fn begin(&mut self, connection: Connection, at: Moment) -> Vec<Order> {
        self.connection = connection;
        self.since = at.ms;
        vec![if self.polls { Order::Poll } else { Order::Open }]
    }

    fn arrive(&mut self, at: Moment) {
        self.since = at.ms;
        self.was_lost = false;
        self.refusals = 0;
        self.show_open();
    }

    fn show_open(&mut self) {
        self.connection = match (self.polls, self.redis_connected) {
            (true, _) => Connection::Polling,
            (false, true) => Connection::Connected,
            (false, false) => Connection::RedisDown,
        };
    }

    fn lose(&mut self, wait_ms: u64, at: Moment) {
        self.had_opened = self.connection.is_open();
        self.was_lost = true;
        self.wait(wait_ms, at);
        self.connection = Connection::Disconnected { retry_in: self.countdown(at) };
    }

    /// Plans the next attempt `wait_ms` from now, ±20 %.
    fn wait(&mut self, wait_ms: u64, at: Moment) {
        self.countdown_to = at.ms + wait_ms;
        self.retry_at = at.ms + retry::spread(wait_ms, at.chance);
    }

    fn countdown(&self, at: Moment) -> u64 {
        self.countdown_to.saturating_sub(at.ms).div_ceil(1_000).max(1)
    }

    fn explain(&mut self, reason: Reason, at: Moment) -> Vec<Order> {
        match reason {
            Reason::SignedOut => return self.sign_out(),
            // A stream that was open keeps its place for a while, so a full count says nothing about it.
            Reason::TooManyStreams if self.had_opened => {}
            Reason::TooManyStreams => {
                self.wait(retry::after_refusals(self.refusals), at);
                self.refusals += 1;
                self.connection = Connection::TooManyStreams { retry_in: self.countdown(at) };
            }
            Reason::Unavailable => self.connection = Connection::Unavailable { retry_in: self.countdown(at) },
            Reason::NothingKnown | Reason::Unreachable => {}
        }
        Vec::new()
    }

    fn sign_out(&mut self) -> Vec<Order> {
        self.connection = Connection::SignedOut;
        vec![Order::Close, Order::SignIn]
    }

    fn sleep(&mut self) -> Vec<Order> {
        if matches!(self.connection, Connection::Asleep | Connection::SignedOut) {
            return Vec::new();
        }
        self.connection = Connection::Asleep;
        self.was_lost = true;
        vec![Order::Close, Order::Tell(Word::LetGo)]
    }

    fn is_trying(&self) -> bool {
        self.connection.is_open()
            || matches!(self.connection, Connection::Connecting { .. } | Connection::CatchingUp | Connection::Polling)
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
