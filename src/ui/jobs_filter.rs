//! What the page of jobs shows, as its address says it.

use serde::{Deserialize, Serialize};

use crate::ui::address::address;

/// What the page of jobs shows: all of it stands in its address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobsFilter {
    /// The service whose jobs they are; empty for all.
    pub service: String,
    /// The list they are in; empty for all.
    pub state: String,
    /// What was searched for.
    pub q: String,
    /// Where the page begins.
    pub cursor: String,
}

impl JobsFilter {
    /// Where that is shown.
    pub fn address(&self) -> String {
        let Self { service, state, q, cursor } = self;
        address("/jobs", &[("service", service), ("state", state), ("q", q), ("cursor", cursor)])
    }

    /// Where another page of the same is shown.
    pub fn page(&self, cursor: String) -> String {
        Self { cursor, ..self.clone() }.address()
    }
}
