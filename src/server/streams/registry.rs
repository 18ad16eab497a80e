//! The streams of this instance, each in its place: when thousands come at once, each must find the one it replaces.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::server::auth::credentials::Credential;
use crate::server::streams::ending::Ending;
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
pub struct Registry(HashSet<InPlace>);

/// An entry that is found by its user and tab, the place that only one stream can have.
struct InPlace(Arc<Entry>);

impl Registry {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds one; gives the one that had its place.
    pub fn enter(&mut self, entry: Arc<Entry>) -> Option<Arc<Entry>> {
        self.0.replace(InPlace(entry)).map(|InPlace(earlier)| earlier)
    }

    /// Frees the place of one, unless a newer one has it.
    pub fn leave(&mut self, entry: &Arc<Entry>) {
        let place = InPlace(entry.clone());
        if self.0.get(&place).is_some_and(|InPlace(there)| Arc::ptr_eq(there, entry)) {
            self.0.remove(&place);
        }
    }

    /// Each of them.
    pub fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.0.iter().map(|InPlace(entry)| entry)
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
