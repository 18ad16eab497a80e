//! The streams of this instance, each in its place: when thousands come at once, each must find the one it replaces.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::server::auth::credentials::Credential;
use crate::server::streams::ending::{End, Ending};
use crate::server::streams::leases::Lease;

/// What is known of an open stream.
pub struct Entry {
    /// Its lease.
    pub lease: Lease,
    /// By what right it was opened.
    pub credential: Credential,
    /// Whether it is to end.
    pub ending: Ending,
}

/// All open streams.
#[derive(Default)]
pub struct Registry {
    places: HashSet<InPlace>,
    /// Why all of them end, and those that come later as well.
    closed: Option<End>,
}

/// An entry that is found by its user and tab, the place that only one stream can have.
struct InPlace(Arc<Entry>);

impl Registry {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Adds one; gives the one that had its place. One that comes too late ends at once.
    pub fn enter(&mut self, entry: Arc<Entry>) -> Option<Arc<Entry>> {
        if let Some(end) = self.closed {
            entry.ending.end(end);
        }
        self.places.replace(InPlace(entry)).map(|InPlace(earlier)| earlier)
    }

    /// Ends all of them, and those that come later.
    pub fn close(&mut self, end: End) {
        self.closed = Some(end);
        self.entries().for_each(|entry| entry.ending.end(end));
    }

    /// Frees the place of one, unless a newer one has it.
    pub fn leave(&mut self, entry: &Arc<Entry>) {
        let place = InPlace(entry.clone());
        if self.places.get(&place).is_some_and(|InPlace(there)| Arc::ptr_eq(there, entry)) {
            self.places.remove(&place);
        }
    }

    /// Each of them.
    pub fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.places.iter().map(|InPlace(entry)| entry)
    }
}

impl InPlace {
    fn place(&self) -> (&str, &str) {
        (&self.0.lease.user, &self.0.lease.tab)
    }
}

impl PartialEq for InPlace {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl Eq for InPlace {}

impl Hash for InPlace {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place().hash(state);
    }
}
