//! The stream of lines: owns its EventSource, and keeps what it heard until the page draws it.
//!
//! It is a stream of its own beside that of statuses, open only while its page is there and shown. What it hears waits, so
//! many lines at most, and the page is told once per frame that there is something.

mod waiting;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::live::clock::monotonic_ms;
use crate::live::event_stream::ask;
use crate::live::event_stream::frames::Frames;
use crate::live::event_stream::machine::Reason;
use crate::live::event_stream::source::{Signal, Source};
use crate::live::listener::Listener;
use crate::live::log_stream::waiting::Waiting;
use crate::model::event::{RedisHealth, Shutdown, names};
use crate::model::log::{Dropped, LogLine, Logged, holds};

/// What the page listens to.
const HEARD: [&str; 7] =
    ["message", names::DROPPED, names::PING, names::REDIS, names::REPLACED, names::SHUTDOWN, names::SIGNED_OUT];

/// How long, in ms, the page waits before it tries again; longer where it was one stream too many.
const RETRY_MS: u64 = 3_000;
const RETRY_TOO_MANY_MS: u64 = 10_000;

/// A stream that says nothing for this long, in ms, not even a ping, is given up.
const SILENCE_MS: f64 = 32_000.0;

/// How lines come at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// They will.
    Connecting,
    /// As they are said.
    Live,
    /// The server does not reach Redis.
    RedisDown,
    /// Not until the page has reconnected.
    Lost,
    /// Not until another stream of this user ends.
    TooMany,
    /// Not any more: signed out, or another page took this one's place.
    Ended,
}

/// What the stream tells the page.
pub struct Listening {
    /// Where the lines come from, without the place to go on from; it has a query.
    pub address: String,
    /// The place of the newest line that the page has; empty if it has none.
    pub last: String,
    /// Only lines that hold this, in lower case.
    pub needle: String,
    /// Called once per frame while there is something to draw.
    pub on_news: Box<dyn Fn()>,
    /// Called when it changes how lines come.
    pub on_flow: Box<dyn Fn(Flow)>,
}

/// The page's stream of lines. Dropping it closes the EventSource and takes every listener off.
pub struct LogStream {
    shared: Rc<Shared>,
    _listeners: Vec<Listener>,
}

struct Shared {
    listening: Listening,
    source: RefCell<Option<Source>>,
    last: RefCell<String>,
    waiting: RefCell<Waiting>,
    frames: Frames,
    heard_at: Cell<f64>,
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
                retry: Cell::default(),
                is_over: Cell::default(),
            }
        });
        let watched = Rc::downgrade(&shared);
        let watching = set_interval_with_handle(move || watch(&watched), std::time::Duration::from_secs(5));
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
        shared.turn();
        Self { shared, _listeners: listener.into_iter().collect() }
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

fn watch(shared: &Weak<Shared>) {
    let Some(shared) = shared.upgrade() else { return };
    let is_open = shared.source.borrow().is_some();
    if is_open && monotonic_ms() - shared.heard_at.get() > SILENCE_MS {
        shared.lose(RETRY_MS, Flow::Lost);
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
        *self.source.borrow_mut() = Source::open(&address, &HEARD, on_signal);
    }

    fn close(&self) {
        drop(self.source.borrow_mut().take());
        if let Some(retry) = self.retry.take() {
            retry.clear();
        }
    }

    /// Tries again later, unless the page is hidden by then.
    fn lose(self: &Rc<Self>, wait_ms: u64, flow: Flow) {
        self.close();
        (self.listening.on_flow)(flow);
        let again = Rc::downgrade(self);
        let retry = move || {
            if let Some(shared) = again.upgrade() {
                shared.turn();
            }
        };
        self.retry.set(set_timeout_with_handle(retry, std::time::Duration::from_millis(wait_ms)).ok());
    }

    fn end(&self) {
        self.is_over.set(true);
        self.close();
        (self.listening.on_flow)(Flow::Ended);
    }

    fn hear(self: &Rc<Self>, signal: Signal) {
        let (name, data, id) = match signal {
            Signal::Opened => return (self.listening.on_flow)(Flow::Live),
            Signal::Failed => {
                self.lose(RETRY_MS, Flow::Lost);
                let asking = Rc::downgrade(self);
                return spawn_local(async move {
                    let why = ask::why().await;
                    let Some(shared) = asking.upgrade() else { return };
                    match why {
                        Reason::TooManyStreams => shared.lose(RETRY_TOO_MANY_MS, Flow::TooMany),
                        Reason::SignedOut => shared.end(),
                        _ => {}
                    }
                });
            }
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
                self.lose(wait, Flow::Lost);
            }
            names::REPLACED | names::SIGNED_OUT => self.end(),
            names::DROPPED => {
                if let Ok(Dropped { n }) = serde_json::from_str(&data) {
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
