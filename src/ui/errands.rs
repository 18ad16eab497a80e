//! What the operator asked for and is to be told of, whichever page they have gone to meanwhile.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::live::jobs::Jobs;
use crate::model::job::JobId;
use crate::ui::components::live_page::Frame;
use crate::ui::components::toasts::Toasts;
use crate::ui::order_book::OrderBook;

/// What outlives a page. It is made once, for the whole application; copying it shares it.
#[derive(Clone, Copy)]
pub struct Errands {
    /// Where results are told.
    pub toasts: Toasts,
    /// The jobs the operator waits for.
    pub jobs: Jobs,
    /// The commands that were given.
    pub orders: RwSignal<OrderBook>,
    /// The users whose sync was asked for, each with its job as soon as there is one.
    pub syncs: RwSignal<BTreeMap<u64, Option<JobId>>>,
    /// The page that is open, or was the last to be.
    page: StoredValue<Option<Frame>>,
}

impl Errands {
    /// None yet. The ends of jobs that are waited for are told by a message.
    pub fn new() -> Self {
        let (toasts, jobs) = (Toasts::new(), Jobs::new());
        jobs.on_ended(Callback::new(move |outcome| toasts.job_ended(outcome)));
        let (orders, syncs) = (RwSignal::new(OrderBook::default()), RwSignal::new(BTreeMap::new()));
        Self { toasts, jobs, orders, syncs, page: StoredValue::new(None) }
    }

    /// Those of the application around the page.
    pub fn around() -> Self {
        use_context().unwrap_or_default()
    }

    /// Notes which page is open.
    pub fn opened(&self, page: Frame) {
        self.page.set_value(Some(page));
    }

    /// The page that is open; between two pages, and on those that nothing keeps alive, there is none.
    fn page(&self) -> Option<Frame> {
        self.page.get_value().filter(|page| page.live.is_there())
    }

    /// Says why something was not done, and offers to do it again from the page that is open then.
    pub fn failed(&self, text: String, request: Option<String>, again: impl Fn(Frame) + Clone + Send + Sync + 'static) {
        let (errands, words, id) = (*self, text.clone(), request.clone());
        let again = move || match errands.page() {
            Some(page) => again(page),
            // Not now: the message goes on to offer it.
            None => errands.failed(words.clone(), id.clone(), again.clone()),
        };
        self.toasts.failed(text, request, again);
    }
}

impl Default for Errands {
    fn default() -> Self {
        Self::new()
    }
}
