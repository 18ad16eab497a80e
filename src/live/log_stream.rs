//! The stream of lines: owns its EventSource, and keeps what it heard until the page draws it.
//!
//! It is a stream of its own beside that of statuses, open only while its page is there and shown. What it hears waits, so
//! many lines at most, and the page is told once per frame that there is something.

mod attempts;
mod flow;
mod listening;
mod waiting;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::live::clock::monotonic_ms;
use crate::live::event_stream::ask;
use crate::live::event_stream::frames::Frames;
use crate::live::event_stream::machine::Word;
use crate::live::event_stream::siblings::Siblings;
use crate::live::event_stream::source::{Signal, Source};
use crate::live::listener::Listener;
use crate::live::log_stream::attempts::{Attempts, Verdict};
use crate::live::log_stream::waiting::Waiting;
use crate::live::retry::{self, RETRY_MS, ROOM_MS};
use crate::model::event::{RedisHealth, Shutdown, names};
use crate::model::log::{Dropped, LogLine, Logged, holds};

pub use flow::Flow;
pub use listening::Listening;

/// What the page listens to.
const HEARD: [&str; 7] =
    ["message", names::DROPPED, names::PING, names::REDIS, names::REPLACED, names::SHUTDOWN, names::SIGNED_OUT];

/// The page's stream of lines. Dropping it closes the EventSource and takes every listener off.
pub struct LogStream {
    shared: Rc<Shared>,
    _listeners: Vec<Listener>,
    _siblings: Option<Siblings>,
}

struct Shared {
    listening: Listening,
    source: RefCell<Option<Source>>,
    last: RefCell<String>,
    waiting: RefCell<Waiting>,
    frames: Frames,
    heard_at: Cell<f64>,
    attempts: RefCell<Attempts>,
    retry: Cell<Option<TimeoutHandle>>,
    is_over: Cell<bool>,
}

impl LogStream {
    /// Connects, if the page is shown. In the browser alone.
    pub fn start(mut listening: Listening) -> Self {
        // Random for this load of the page, so that a new stream takes the place of the page's earlier one.
        let tab = (js_sys::Math::random() * (1u64 << 52) as f64) as u64;
        listening.address.push_str(&format!("&tab={tab:013x}"));
        let shared = Rc::new_cyclic(|shared: &Weak<Shared>| {
            let drawing = shared.clone();
            let on_frame = move || {
                if let Some(shared) = drawing.upgrade() {
                    (shared.listening.on_news)();
                }
            };
            Shared {
                last: RefCell::new(listening.last.clone()),
                listening,
                source: RefCell::default(),
                waiting: RefCell::default(),
                frames: Frames::new(on_frame),
                heard_at: Cell::new(monotonic_ms()),
                attempts: RefCell::default(),
                retry: Cell::default(),
                is_over: Cell::default(),
            }
        });
        let watched = Rc::downgrade(&shared);
        let watching = set_interval_with_handle(move || watch(&watched), Duration::from_secs(5));
        if let Ok(watching) = watching {
            on_cleanup(move || watching.clear());
        }
        let turned = Rc::downgrade(&shared);
        let document = web_sys::window().and_then(|window| window.document());
        let listener = document.map(|document| {
            Listener::new(&document, "visibilitychange", move |_| {
                if let Some(shared) = turned.upgrade() {
                    shared.turn();
                }
            })
        });
        let told = Rc::downgrade(&shared);
        let siblings = Siblings::meet(move |word| {
            if let Some(shared) = told.upgrade().filter(|_| word == Word::LetGo) {
                shared.take_the_room();
            }
        });
        shared.turn();
        Self { shared, _listeners: listener.into_iter().collect(), _siblings: siblings }
    }

    /// Takes the oldest of what waits: so many lines at most.
    pub fn take(&self, most: usize) -> Vec<Logged> {
        let texts = self.shared.waiting.borrow_mut().take(most);
        texts.into_iter().filter_map(read).collect()
    }

    /// How many lines wait.
    pub fn waiting(&self) -> usize {
        self.shared.waiting.borrow().lines()
    }

    /// Asks for a call in the next frame, for what is left.
    pub fn ask_again(&self) {
        self.shared.frames.ask();
    }
}

impl Drop for LogStream {
    fn drop(&mut self) {
        self.shared.is_over.set(true);
        self.shared.close();
    }
}

/// A gap is a number, a line its JSON; what is neither is passed over.
fn read(text: waiting::Entry) -> Option<Logged> {
    match text {
        waiting::Entry::Line(json) => serde_json::from_str(&json).ok().map(Logged::Line),
        waiting::Entry::Gap(n) => Some(Logged::Dropped(Dropped { n })),
    }
}

/// Gives up a stream that is silent for too long.
fn watch(shared: &Weak<Shared>) {
    let Some(shared) = shared.upgrade().filter(|shared| shared.source.borrow().is_some()) else { return };
    let silence = (monotonic_ms() - shared.heard_at.get()) as u64;
    let (patience, is_open) = {
        let attempts = shared.attempts.borrow();
        (attempts.patience(), attempts.is_open())
    };
    match is_open {
        _ if silence < patience => {}
        true => shared.open(),
        false => shared.fail(),
    }
}

impl Shared {
    /// Opens or closes the stream, as the page is shown or not.
    fn turn(self: &Rc<Self>) {
        let is_hidden =
            web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden());
        if is_hidden {
            self.close();
        } else if self.source.borrow().is_none() {
            self.open();
        }
    }

    fn open(self: &Rc<Self>) {
        self.close();
        if self.is_over.get() {
            return;
        }
        if !Source::exists() {
            return (self.listening.on_flow)(Flow::Unable);
        }
        self.attempts.borrow_mut().begin();
        (self.listening.on_flow)(Flow::Connecting);
        let mut address = self.listening.address.clone();
        let last = self.last.borrow();
        if !last.is_empty() {
            address.push_str("&after=");
            address.push_str(&last);
        }
        drop(last);
        self.heard_at.set(monotonic_ms());
        let hearing = Rc::downgrade(self);
        let on_signal = Rc::new(move |signal| {
            if let Some(shared) = hearing.upgrade() {
                shared.hear(signal);
            }
        });
        let opened = Source::open(&address, &HEARD, on_signal);
        let is_refused = opened.is_none();
        *self.source.borrow_mut() = opened;
        if is_refused {
            self.fail();
        }
    }

    fn close(&self) {
        drop(self.source.borrow_mut().take());
        if let Some(retry) = self.retry.take() {
            retry.clear();
        }
    }

    /// Tries again as usual, unless the reason of the failure is one to wait for longer, or not to try again.
    fn fail(self: &Rc<Self>) {
        let attempt = self.lose(RETRY_MS);
        let asking = Rc::downgrade(self);
        spawn_local(async move {
            let why = ask::why(ask::Kind::Lines).await;
            let Some(shared) = asking.upgrade() else { return };
            let verdict = shared.attempts.borrow_mut().explain(attempt, why);
            match verdict {
                Verdict::AsPlanned => {}
                Verdict::Wait(wait_ms) => shared.wait(wait_ms, Flow::TooMany),
                Verdict::Over => shared.end(),
            }
        });
    }

    /// There is no stream any more. Answers which attempt ended so.
    fn lose(self: &Rc<Self>, wait_ms: u64) -> u32 {
        let attempt = self.attempts.borrow_mut().broke();
        self.wait(wait_ms, Flow::Lost);
        attempt
    }

    /// Tries again later, unless the page is hidden by then.
    fn wait(self: &Rc<Self>, wait_ms: u64, flow: Flow) {
        self.close();
        (self.listening.on_flow)(flow);
        let again = Rc::downgrade(self);
        let retry = move || {
            if let Some(shared) = again.upgrade() {
                shared.turn();
            }
        };
        let wait = Duration::from_millis(retry::spread(wait_ms, js_sys::Math::random()));
        self.retry.set(set_timeout_with_handle(retry, wait).ok());
    }

    /// Another page let its stream go: who waits for room waits no longer.
    fn take_the_room(self: &Rc<Self>) {
        if self.attempts.borrow().waits_for_room() {
            self.wait(ROOM_MS, Flow::TooMany);
        }
    }

    fn end(&self) {
        self.is_over.set(true);
        self.close();
        (self.listening.on_flow)(Flow::Ended);
    }

    fn hear(self: &Rc<Self>, signal: Signal) {
        let (name, data, id) = match signal {
            Signal::Opened => {
                self.heard_at.set(monotonic_ms());
                self.attempts.borrow_mut().opened();
                return (self.listening.on_flow)(Flow::Live);
            }
            Signal::Failed => return self.fail(),
            Signal::Event { name, data, id } => (name, data, id),
        };
        self.heard_at.set(monotonic_ms());
        match name.as_str() {
            names::PING => {}
            names::REDIS => {
                let is_connected = serde_json::from_str::<RedisHealth>(&data).is_ok_and(|health| health.connected);
                (self.listening.on_flow)(if is_connected { Flow::Live } else { Flow::RedisDown });
            }
            names::SHUTDOWN => {
                let wait = serde_json::from_str(&data).map_or(RETRY_MS, |shutdown: Shutdown| shutdown.retry_in);
                self.lose(retry::asked_for(wait));
            }
            names::REPLACED | names::SIGNED_OUT => self.end(),
            names::DROPPED => {
                // Between lines that were searched for, a gap says nothing.
                if self.listening.needle.is_empty()
                    && let Ok(Dropped { n }) = serde_json::from_str(&data)
                {
                    self.waiting.borrow_mut().push_gap(n);
                    self.frames.ask();
                }
            }
            _ => {
                *self.last.borrow_mut() = id;
                let needle = &self.listening.needle;
                let is_wanted = |line: LogLine| holds(&line, needle);
                if needle.is_empty() || serde_json::from_str(&data).is_ok_and(is_wanted) {
                    self.waiting.borrow_mut().push_line(data);
                    self.frames.ask();
                }
            }
        }
    }
}
