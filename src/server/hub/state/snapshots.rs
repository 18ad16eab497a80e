//! What the log knew when it was read whole: at the start, after a gap, and in another life of Redis.

use std::collections::HashSet;

use crate::model::event::{Change, EventId, LogSnapshot, Removed};
use crate::server::hub::newest::Newest;
use crate::server::hub::past::Past;
use crate::server::hub::state::{State, built_in_services};

impl State {
    /// Takes what the log knows.
    pub fn reset(&mut self, snapshot: LogSnapshot) {
        self.set_time(snapshot.now);
        let goes_on = self.position.as_ref().is_some_and(|position| position.epoch == snapshot.id.epoch);
        if goes_on { self.catch_up(snapshot) } else { self.start_over(snapshot) }
    }

    /// The same life of Redis: only what differs is news. What stands in the log comes first and in its order, for whoever is
    /// cut off in between goes on from there; removals are known at the snapshot's own place alone.
    fn catch_up(&mut self, mut snapshot: LogSnapshot) {
        let epoch = snapshot.id.epoch.clone();
        let kept: HashSet<_> = snapshot.statuses.iter().map(|status| status.service).collect();
        snapshot.statuses.sort_by_key(|status| status.entry);
        for status in snapshot.statuses {
            let known = self.services.get(&status.service);
            let Some(entry) = status.entry.filter(|entry| Some(*entry) > known.and_then(|view| view.entry)) else {
                continue;
            };
            let was_forgotten =
                known.is_some_and(|view| view.command.is_some()) && !snapshot.commanded.contains(&status.service);
            let at = EventId { epoch: epoch.clone(), entry };
            if was_forgotten {
                // It is there again, without its command. Without an id, so that whoever is cut off in between gets both.
                self.apply_removed(&at, None, Removed { service: status.service });
            }
            self.apply(&at, Change::Status(status));
        }
        let gone: Vec<_> = self
            .services
            .values()
            .filter(|view| view.entry.is_some() && !kept.contains(&view.id))
            .map(|view| view.id)
            .collect();
        for service in gone {
            self.apply(&snapshot.id, Change::Removed(Removed { service }));
        }
        for command in snapshot.commands {
            self.apply(&snapshot.id, Change::Command(command));
        }
        self.move_to(snapshot.id);
    }

    /// Another life of Redis, or of this program: what was known is void, and every reader gets the full message.
    fn start_over(&mut self, snapshot: LogSnapshot) {
        self.begun_at = snapshot.id.entry;
        self.services = built_in_services();
        self.newest = Newest::default();
        self.past = Past::default();
        self.lanes = None;
        for status in &snapshot.statuses {
            self.past.note(status.entry.unwrap_or_default(), status);
        }
        self.services.extend(snapshot.statuses.into_iter().map(|status| (status.service, status.into())));
        for command in snapshot.commands {
            if let Some(view) = self.services.get_mut(&command.service) {
                view.command = Some(command);
            }
        }
        self.move_to(snapshot.id);
        self.reset_at = self.head();
        if let Some(full) = self.full_frame() {
            self.ring.push(full);
        }
    }
}
