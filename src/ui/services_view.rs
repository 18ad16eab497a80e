//! Which rows the table of services shows, and when their order may change.
//!
//! Rows never move under a pointer or under the focus: while either is on the table, the order stays and a new one is
//! offered. What the order depends on changes rarely, so it is looked at when a service comes, goes or says another
//! state, and once a second for what changes by itself; never for each report.

use std::collections::HashSet;

use leptos::prelude::*;

use crate::live::Live;
use crate::live::table::digest::Digest;
use crate::model::service::ServiceId;
use crate::ui::hold::Hold;
use crate::ui::services_filter::{ServicesFilter, is_in};

/// The states that have a tile, by their names in the address.
pub const TILES: [&str; 5] = ["running", "degraded", "failed", "no-signal", "waiting"];

/// How much each of [`TILES`] counts: services, and jobs for the last one.
type Counts = [u64; TILES.len()];

/// What the table shows. Copying it shares it.
#[derive(Clone, Copy)]
pub struct ServicesView {
    /// Holds the rows.
    pub hold: Hold,
    live: Live,
    filter: Memo<ServicesFilter>,
    shown: RwSignal<Vec<ServiceId>>,
    counts: RwSignal<Counts>,
    has_moved: RwSignal<bool>,
}

impl ServicesView {
    /// What that filter shows, from now on.
    pub fn new(live: Live, filter: Memo<ServicesFilter>) -> Self {
        let now = untrack(|| live.known_until(live.clock.now()));
        let first = filter.get_untracked();
        let (shown, counts) = live.table.with_digests(|digests| (first.order(digests, now), count(digests, now)));
        let view = Self {
            hold: Hold::new(),
            live,
            filter,
            shown: RwSignal::new(shown),
            counts: RwSignal::new(counts),
            has_moved: RwSignal::new(false),
        };
        Effect::new(move |before: Option<ServicesFilter>| {
            live.table.moves();
            let now = live.known_until(live.clock.now());
            let filter = filter.get();
            // What the operator asks for comes at once, wherever the pointer is.
            view.look(&filter, now, before.as_ref().is_some_and(|before| *before != filter));
            filter
        });
        view.hold.when_let_go(move || {
            if view.has_moved.get_untracked() {
                view.apply();
            }
        });
        view
    }

    /// The services shown, in their order; whoever reads them is told when that changes.
    pub fn shown(&self) -> Vec<ServiceId> {
        self.shown.get()
    }

    /// What is asked for.
    pub fn filter(&self) -> ServicesFilter {
        self.filter.get()
    }

    /// What is asked for; whoever asks is not told of changes.
    pub fn filter_untracked(&self) -> ServicesFilter {
        self.filter.get_untracked()
    }

    /// How much a tile counts.
    pub fn count(&self, tile: usize) -> u64 {
        self.counts.read().get(tile).copied().unwrap_or_default()
    }

    /// Whether the rows would stand in another order if nothing held them.
    pub fn has_moved(&self) -> bool {
        self.has_moved.get()
    }

    /// Puts the rows into the order that is due.
    pub fn apply(&self) {
        let now = untrack(|| self.live.known_until(self.live.clock.now()));
        self.look(&self.filter.get_untracked(), now, true);
    }

    fn look(&self, filter: &ServicesFilter, now: u64, is_asked_for: bool) {
        let (due, counts) = self.live.table.with_digests(|digests| (filter.order(digests, now), count(digests, now)));
        if self.counts.get_untracked() != counts {
            self.counts.set(counts);
        }
        let next = if is_asked_for || !self.hold.is_on() { due.clone() } else { self.kept(&due) };
        let has_moved = next != due;
        if self.shown.with_untracked(|shown| *shown != next) {
            self.shown.set(next);
        }
        if self.has_moved.get_untracked() != has_moved {
            self.has_moved.set(has_moved);
        }
    }

    /// The rows as they stand, without those of services that are gone, and at their end what is new.
    fn kept(&self, due: &[ServiceId]) -> Vec<ServiceId> {
        let there: HashSet<ServiceId> =
            self.live.table.with_digests(|digests| digests.iter().map(|digest| digest.id).collect());
        let mut kept = self.shown.get_untracked();
        kept.retain(|id| there.contains(id));
        let shown: HashSet<ServiceId> = kept.iter().copied().collect();
        kept.extend(due.iter().filter(|id| !shown.contains(id)));
        kept
    }
}

fn count(digests: &[Digest], now: u64) -> Counts {
    TILES.map(|tile| {
        let its = digests.iter().filter(|digest| is_in(digest, tile, now));
        if tile == "waiting" { its.map(|digest| digest.waiting).sum() } else { its.count() as u64 }
    })
}
