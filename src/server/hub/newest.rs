//! The newest frame about each service and its command: what a reader gets that missed more than the ring holds.

use std::collections::BTreeMap;

use crate::model::event::EntryId;
use crate::model::service::ServiceId;
use crate::server::hub::ring::Piece;

/// The newest frame about one thing.
pub struct Latest {
    /// Where its change stands in the log.
    pub entry: EntryId,
    /// Its number in the ring.
    pub number: u64,
    /// The frame.
    pub frame: Piece,
}

/// The newest frames.
#[derive(Default)]
pub struct Newest {
    /// That a service is gone, or was until its status came.
    removals: BTreeMap<ServiceId, Latest>,
    /// About each service.
    statuses: BTreeMap<ServiceId, Latest>,
    /// About the latest command of each service.
    commands: BTreeMap<ServiceId, Latest>,
}

impl Newest {
    /// Keeps what a service reported.
    pub fn keep_status(&mut self, service: ServiceId, latest: Latest) {
        self.statuses.insert(service, latest);
    }

    /// Keeps where a service's command stands.
    pub fn keep_command(&mut self, service: ServiceId, latest: Latest) {
        self.commands.insert(service, latest);
    }

    /// Keeps that a service is gone, and its command with it. Whoever was away is told that also when it is back.
    pub fn keep_removal(&mut self, service: ServiceId, latest: Latest) {
        self.removals.insert(service, latest);
        self.statuses.remove(&service);
        self.commands.remove(&service);
    }

    /// The frames from that number on, in their order.
    pub fn since(&self, number: u64) -> Vec<&Piece> {
        let mut missed: Vec<_> = self.all().filter(|latest| latest.number >= number).collect();
        missed.sort_by_key(|latest| latest.number);
        missed.into_iter().map(|latest| &latest.frame).collect()
    }

    /// The frames of changes after `entry`, in the order of the log.
    pub fn after(&self, entry: EntryId) -> Vec<&Piece> {
        let mut changed: Vec<_> = self.all().filter(|latest| latest.entry > entry).collect();
        changed.sort_by_key(|latest| latest.entry);
        changed.into_iter().map(|latest| &latest.frame).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Latest> {
        self.removals.values().chain(self.statuses.values()).chain(self.commands.values())
    }
}
