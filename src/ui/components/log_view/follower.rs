//! Follows the end of the log, until somebody scrolls up or says pause.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use leptos::prelude::*;
use web_sys::Element;

use crate::live::clock::monotonic_ms;
use crate::live::log_stream::{Flow, Listening, LogStream};
use crate::ui::components::log_view::feed::Feed;
use crate::ui::log_row::Instances;

/// How long, in ms, one frame may draw lines at least and at most, so many at a time. Between that it is a third of the time
/// since the frame before: a machine that is slow, or busy, draws fewer in a frame, catches up all the same, and does not stutter.
const LEAST_MS: f64 = 6.0;
const MOST_MS: f64 = 40.0;
const AT_A_TIME: usize = 20;

/// This near to its end, in pixels, a log counts as seen to the end.
const NEAR: i32 = 24;

/// Whether new lines are shown as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// They are.
    Following,
    /// Not while somebody reads what is further up.
    ScrolledUp,
    /// Not until somebody says so.
    Paused,
}

/// What the page shows of it. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Shown {
    /// Whether new lines are shown.
    pub pace: RwSignal<Pace>,
    /// How many lines wait.
    pub waiting: RwSignal<usize>,
    /// How lines come.
    pub flow: RwSignal<Flow>,
    /// How many rows there are.
    pub rows: RwSignal<u32>,
}

/// Feed and stream together. Dropping it closes the stream.
pub struct Follower(Rc<Shared>);

struct Shared {
    shown: Shown,
    list: Element,
    feed: RefCell<Feed>,
    stream: RefCell<Option<LogStream>>,
    /// How far down the log was when it was last scrolled, in pixels.
    top: Cell<i32>,
    /// When lines were drawn last.
    drawn_at: Cell<f64>,
}

impl Follower {
    /// Begins at the end of the rows of the first HTML. In the browser alone.
    pub fn start(
        shown: Shown,
        list: Element,
        instances: Instances,
        address: String,
        last: String,
        needle: String,
    ) -> Option<Self> {
        let feed = RefCell::new(Feed::of(list.clone(), instances)?);
        let (stream, top, drawn_at) = Default::default();
        let shared = Rc::new(Shared { shown, list, feed, stream, top, drawn_at });
        shared.to_end();
        let drawing: Weak<Shared> = Rc::downgrade(&shared);
        let on_news = Box::new(move || {
            if let Some(shared) = drawing.upgrade() {
                shared.draw();
            }
        });
        let on_flow = Box::new(move |flow| {
            let _ = shown.flow.try_set(flow);
        });
        let stream = LogStream::start(Listening { address, last, needle, on_news, on_flow });
        *shared.stream.borrow_mut() = Some(stream);
        Some(Self(shared))
    }

    /// Holds new lines back, or shows them again.
    pub fn set_pace(&self, pace: Pace) {
        self.0.shown.pace.set(pace);
        if pace == Pace::Following {
            self.0.to_end();
            self.0.draw();
        }
    }

    /// Somebody scrolled, or the page did.
    pub fn scrolled(&self) {
        let Shared { shown, list, top, .. } = &*self.0;
        let now = list.scroll_top();
        let is_at_end = now + list.client_height() >= list.scroll_height() - NEAR;
        let went_up = now < top.replace(now);
        match shown.pace.get_untracked() {
            Pace::Following if went_up && !is_at_end => self.set_pace(Pace::ScrolledUp),
            Pace::ScrolledUp if is_at_end => self.set_pace(Pace::Following),
            _ => {}
        }
    }

    /// All rows as text.
    pub fn text(&self) -> String {
        self.0.feed.borrow().text()
    }
}

impl Shared {
    /// Draws what one frame can take, or only tells how much waits.
    fn draw(&self) {
        let stream = self.stream.borrow();
        let Some(stream) = stream.as_ref() else { return };
        if self.shown.pace.get_untracked() == Pace::Following {
            let began = monotonic_ms();
            let enough = began + ((began - self.drawn_at.replace(began)) / 3.0).clamp(LEAST_MS, MOST_MS);
            let mut feed = self.feed.borrow_mut();
            loop {
                let news = stream.take(AT_A_TIME);
                feed.append(&news);
                if news.len() < AT_A_TIME || monotonic_ms() > enough {
                    break;
                }
            }
            self.to_end();
            if stream.waiting() > 0 {
                stream.ask_again();
            }
            self.shown.rows.set(feed.rows());
        }
        if self.shown.waiting.get_untracked() != stream.waiting() {
            self.shown.waiting.set(stream.waiting());
        }
    }

    /// Further down than there is anything: the browser stops at the end, and nothing has to be measured for it.
    fn to_end(&self) {
        self.list.set_scroll_top(i32::MAX);
    }
}
