//! Keeps the page connected: owns the one EventSource and carries out what the [`machine`] orders.
//!
//! EventSource's own reconnecting is not used. It gives up for good after one refusal and hides the reason; so on any
//! error the page closes it, asks why, and opens another one later, at the position where the table stands.

mod ask;
pub mod connection;
pub mod incoming;
pub mod machine;
mod source;

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::live::Live;
use crate::live::clock::monotonic_ms;
use crate::live::event_stream::incoming::Incoming;
use crate::live::event_stream::machine::{Input, Machine, Moment, Order};
use crate::live::event_stream::source::{Signal, Source};
use crate::live::listener::Listener;
use crate::model::event::EventId;

/// The page's stream. Dropping it closes the EventSource and takes every listener off.
pub struct EventStream {
    shared: Rc<Shared>,
    _listeners: Vec<Listener>,
}

/// A stream as the page keeps it: it stays on the browser's one thread.
pub type StreamHandle = StoredValue<EventStream, LocalStorage>;

struct Shared {
    live: Live,
    machine: RefCell<Machine>,
    source: RefCell<Option<Source>>,
    /// Random for this load of the page, so that a new stream takes the place of the page's earlier one.
    tab: String,
}

impl EventStream {
    /// Connects, until the effect that calls this is dropped. In the browser alone.
    pub fn start(live: Live) -> Self {
        let tab = format!("{:013x}", (js_sys::Math::random() * (1u64 << 52) as f64) as u64);
        let shared = Rc::new(Shared { live, machine: RefCell::new(Machine::new()), source: RefCell::new(None), tab });
        let ticking = Rc::downgrade(&shared);
        if let Ok(ticker) = set_interval_with_handle(move || ticking.input(Input::Tick), Duration::from_secs(1)) {
            on_cleanup(move || ticker.clear());
        }
        let listeners = page_listeners(&shared);
        shared.input(Input::Started { event_source: Source::exists() });
        Self { shared, _listeners: listeners }
    }

    /// Reconnects at once instead of when the countdown ends.
    pub fn retry_now(&self) {
        self.shared.input(Input::RetryNow);
    }
}

/// What may outlive the stream holds it weakly: a timer, an answer under way.
trait Told {
    fn input(&self, input: Input);
}

impl Told for Weak<Shared> {
    fn input(&self, input: Input) {
        if let Some(shared) = self.upgrade() {
            shared.input(input);
        }
    }
}

impl Told for Rc<Shared> {
    fn input(&self, input: Input) {
        let moment = Moment { ms: monotonic_ms() as u64, chance: js_sys::Math::random() };
        let (orders, connection) = {
            let mut machine = self.machine.borrow_mut();
            (machine.on(input, moment), machine.connection())
        };
        self.live.set_connection(connection);
        for order in orders {
            carry_out(self, order);
        }
    }
}

fn carry_out(shared: &Rc<Shared>, order: Order) {
    let weak = Rc::downgrade(shared);
    match order {
        Order::Open => {
            let hearing = weak.clone();
            let on_signal = Rc::new(move |signal| {
                if let Some(shared) = hearing.upgrade() {
                    hear(&shared, signal);
                }
            });
            let opened = Source::open(&address(shared), on_signal);
            let refused = opened.is_none();
            *shared.source.borrow_mut() = opened;
            if refused {
                shared.input(Input::Failed);
            }
        }
        Order::Close => drop(shared.source.borrow_mut().take()),
        Order::AskWhy => spawn_local(async move { weak.input(Input::Because(ask::why().await)) }),
        Order::Poll => spawn_local(async move {
            let answer = ask::poll().await;
            let Some(shared) = weak.upgrade() else { return };
            match answer {
                Ok(message) => {
                    shared.live.heard();
                    shared.live.table.apply_full(message, None);
                    shared.input(Input::Polled);
                }
                Err(reason) => {
                    shared.input(Input::Failed);
                    shared.input(Input::Because(reason));
                }
            }
        }),
        Order::SignIn => {
            if let Some(window) = web_sys::window() {
                let location = window.location();
                let place = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
                let next = js_sys::encode_uri_component(&place);
                let _ = location.assign(&format!("/login?next={next}"));
            }
        }
        Order::SayConnected => web_sys::console::log_1(&"SSE Connected".into()),
        Order::SayLost => {
            let seconds = shared.machine.borrow().connection().retry_in().unwrap_or_default();
            web_sys::console::log_1(&format!("SSE lost, reconnecting in {seconds} s").into());
        }
    }
}

fn address(shared: &Shared) -> String {
    let tab = &shared.tab;
    match shared.live.table.position() {
        Some(position) => format!("/api/services/status/stream?tab={tab}&after={position}"),
        None => format!("/api/services/status/stream?tab={tab}"),
    }
}

fn hear(shared: &Rc<Shared>, signal: Signal) {
    match signal {
        Signal::Opened => shared.input(Input::Opened),
        Signal::Failed => shared.input(Input::Failed),
        Signal::Event { name, data, id } => {
            shared.live.heard();
            shared.input(Input::Heard);
            match incoming::read(&name, &data) {
                Ok(incoming) => apply(shared, incoming, id.parse().ok()),
                Err(error) => web_sys::console::warn_1(&error.to_string().into()),
            }
        }
    }
}

/// Applies every event where it arrives: kept in a signal, the first of two in one tick would be lost.
fn apply(shared: &Rc<Shared>, incoming: Incoming, at: Option<EventId>) {
    let live = shared.live;
    let fits = match incoming {
        Incoming::Full(message) => {
            live.table.apply_full(message, at);
            true
        }
        Incoming::Status(message) => live.table.apply_status(message, at),
        Incoming::Removed(removed) => live.table.apply_removed(removed, at),
        Incoming::Command(command) => {
            live.news.occasion();
            live.table.apply_command(command, at)
        }
        Incoming::Job(outcome) => {
            live.table.advance(at);
            live.jobs.ended(outcome);
            live.news.jobs_moved();
            true
        }
        Incoming::Lanes(lanes) => {
            live.news.set_lanes(lanes.lanes);
            live.news.jobs_moved();
            true
        }
        Incoming::Account(news) => {
            live.news.account(news.user_id);
            true
        }
        Incoming::Ping(ping) => {
            live.clock.correct(ping.now);
            live.news.occasion();
            true
        }
        Incoming::Redis(health) => {
            shared.input(Input::Redis { connected: health.connected });
            true
        }
        Incoming::Replaced => {
            shared.input(Input::Replaced);
            true
        }
        Incoming::SignedOut => {
            shared.input(Input::SignedOut);
            true
        }
        Incoming::Shutdown(shutdown) => {
            shared.input(Input::ShuttingDown { retry_in: shutdown.retry_in });
            true
        }
    };
    if !fits {
        web_sys::console::warn_1(&"An event of another epoch came before its full message.".into());
    }
}

fn page_listeners(shared: &Rc<Shared>) -> Vec<Listener> {
    let Some(window) = web_sys::window() else { return Vec::new() };
    let told = |input: Input| {
        let weak = Rc::downgrade(shared);
        move |_: web_sys::Event| weak.input(input)
    };
    let mut listeners = vec![
        Listener::new(&window, "pagehide", told(Input::Left)),
        Listener::new(&window, "pageshow", told(Input::Returned)),
    ];
    if let Some(document) = window.document() {
        let weak = Rc::downgrade(shared);
        let seen = document.clone();
        listeners.push(Listener::new(&document, "visibilitychange", move |_| {
            weak.input(if seen.hidden() { Input::Hidden } else { Input::Shown });
        }));
    }
    listeners
}
