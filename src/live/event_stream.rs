//! Keeps the page connected: owns the one EventSource and carries out what the [`machine`] orders.
//!
//! EventSource's own reconnecting is not used. It gives up for good after one refusal and hides the reason; so on any
//! error the page closes it, asks why, and opens another one later, at the position where the table stands.
//!
//! What an event says of the connection counts at once. What it changes on the page waits for the next frame.

mod apply;
pub(in crate::live) mod ask;
pub mod connection;
pub(in crate::live) mod frames;
pub mod incoming;
pub mod machine;
pub mod pending;
pub(in crate::live) mod siblings;
pub(in crate::live) mod source;

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::live::Live;
use crate::live::clock::monotonic_ms;
use crate::live::event_stream::apply::apply;
use crate::live::event_stream::frames::Frames;
use crate::live::event_stream::incoming::{HEARD, Incoming};
use crate::live::event_stream::machine::{Input, Machine, Moment, Order};
use crate::live::event_stream::pending::Pending;
use crate::live::event_stream::siblings::Siblings;
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
    pending: RefCell<Pending>,
    frames: Frames,
    siblings: Option<Siblings>,
    /// Random for this load of the page, so that a new stream takes the place of the page's earlier one.
    tab: String,
}

impl EventStream {
    /// Connects, until the effect that calls this is dropped. In the browser alone.
    pub fn start(live: Live) -> Self {
        let tab = format!("{:013x}", (js_sys::Math::random() * (1u64 << 52) as f64) as u64);
        let shared = Rc::new_cyclic(|shared: &Weak<Shared>| {
            let drawing = shared.clone();
            let on_frame = move || {
                if let Some(shared) = drawing.upgrade() {
                    shared.draw();
                }
            };
            let told = shared.clone();
            let siblings = Siblings::meet(move |word| told.input(Input::Told(word)));
            let (machine, source, pending) = Default::default();
            Shared { live, machine, source, pending, frames: Frames::new(on_frame), siblings, tab }
        });
        let ticking = Rc::downgrade(&shared);
        if let Ok(ticker) = set_interval_with_handle(move || ticking.input(Input::Tick), Duration::from_secs(1)) {
            on_cleanup(move || ticker.clear());
        }
        let listeners = page_listeners(&shared);
        shared.input(Input::Started { event_source: Source::exists(), hidden: is_hidden() });
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
            // What was heard before counts for the position at which the new stream begins.
            shared.draw_all();
            let hearing = weak.clone();
            let on_signal = Rc::new(move |signal| {
                if let Some(shared) = hearing.upgrade() {
                    hear(&shared, signal);
                }
            });
            let opened = Source::open(&address(shared), &HEARD, on_signal);
            let refused = opened.is_none();
            *shared.source.borrow_mut() = opened;
            if refused {
                shared.input(Input::Failed);
            }
        }
        Order::Close => drop(shared.source.borrow_mut().take()),
        Order::AskWhy => spawn_local(async move { weak.input(Input::Because(ask::why(ask::Kind::Status).await)) }),
        Order::Poll => spawn_local(async move {
            let answer = ask::poll().await;
            let Some(shared) = weak.upgrade() else { return };
            match answer {
                Ok(message) => {
                    shared.live.heard();
                    let message = Incoming::Full(message);
                    shared.live.away.hear(&message, shared.live.clock.now_untracked());
                    apply(shared.live, vec![(message, None)]);
                    shared.live.news.jobs_moved();
                    shared.live.news.occasion();
                    shared.input(Input::Polled);
                    shared.live.caught_up();
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
        Order::Tell(word) => {
            if let Some(siblings) = &shared.siblings {
                siblings.tell(word);
            }
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
                Ok(incoming) => shared.take_in(incoming, id.parse().ok()),
                Err(error) => web_sys::console::warn_1(&error.to_string().into()),
            }
        }
    }
}

impl Shared {
    /// Hears one event: it counts at once if it is about the connection, and waits for the next frame otherwise.
    fn take_in(self: &Rc<Self>, incoming: Incoming, at: Option<EventId>) {
        match incoming {
            Incoming::Ping(ping) => {
                self.live.clock.correct(ping.now);
                self.live.news.occasion();
                // One stands behind what a stream that opens has to say.
                self.live.caught_up();
            }
            Incoming::Redis(health) => self.input(Input::Redis { connected: health.connected }),
            Incoming::Replaced => self.input(Input::Replaced),
            Incoming::SignedOut => self.input(Input::SignedOut),
            states @ Incoming::States(_) => self.live.away.hear(&states, self.live.clock.now_untracked()),
            Incoming::Shutdown(shutdown) => self.input(Input::ShuttingDown { retry_in: shutdown.retry_in }),
            change => {
                self.live.away.hear(&change, self.live.clock.now_untracked());
                self.pending.borrow_mut().push(change, at);
                self.frames.ask();
            }
        }
    }

    /// Applies what one frame can take.
    fn draw(&self) {
        let changes = self.pending.borrow_mut().take();
        apply(self.live, changes);
        if !self.pending.borrow().is_empty() {
            self.frames.ask();
        }
    }

    /// Applies everything that waits.
    fn draw_all(&self) {
        let changes = self.pending.borrow_mut().take_all();
        apply(self.live, changes);
    }
}

fn is_hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}

fn page_listeners(shared: &Rc<Shared>) -> Vec<Listener> {
    let Some(window) = web_sys::window() else { return Vec::new() };
    let told = |input: fn() -> Input| {
        let weak = Rc::downgrade(shared);
        move |_: web_sys::Event| weak.input(input())
    };
    // A page that comes back where nobody sees it stays as it is until it is shown.
    let returned = || if is_hidden() { Input::Hidden } else { Input::Returned };
    let turned = || if is_hidden() { Input::Hidden } else { Input::Shown };
    let mut listeners = vec![
        Listener::new(&window, "pagehide", told(|| Input::Left)),
        Listener::new(&window, "pageshow", told(returned)),
    ];
    if let Some(document) = window.document() {
        listeners.push(Listener::new(&document, "visibilitychange", told(turned)));
    }
    listeners
}
