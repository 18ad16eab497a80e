//! The browser's table of services: a keyed store in which only the row that changed is drawn again.

pub mod digest;
pub mod merge;

use leptos::prelude::*;
use reactive_stores::Store;

use crate::live::table::digest::Digest;
use crate::model::command::Command;
use crate::model::event::{EventId, FullMessage, Removed, ServiceView, ServicesSnapshot, StatusMessage};
use crate::model::service::ServiceId;

/// What the store holds. The order stands apart from the rows, so that a change within a row is no change of the list.
#[derive(Clone, Debug, Default, Store)]
struct TableState {
    order: Vec<ServiceId>,
    /// A–Z.
    #[store(key: ServiceId = |row| row.id)]
    rows: Vec<ServiceView>,
}

/// The table. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Table {
    state: Store<TableState>,
    position: StoredValue<Option<EventId>>,
    /// A–Z, like the rows.
    digests: StoredValue<Vec<Digest>>,
    /// Grows when a service comes, goes or says another state.
    moves: RwSignal<u32>,
}

impl Table {
    /// A table filled from the server's snapshot.
    pub fn new(snapshot: ServicesSnapshot) -> Self {
        let mut rows = snapshot.services;
        rows.sort_by_key(|row| row.id);
        let order = rows.iter().map(|row| row.id).collect();
        Self {
            digests: StoredValue::new(Digest::of_all(&rows, &[])),
            moves: RwSignal::new(0),
            state: Store::new(TableState { order, rows }),
            position: StoredValue::new(snapshot.id),
        }
    }

    /// The services' ids, A–Z; whoever reads them is told when one comes or goes, not when one changes.
    pub fn ids(&self) -> Vec<ServiceId> {
        self.state.order().get()
    }

    /// One service; `None` once it was removed.
    pub fn row(&self, id: ServiceId) -> Memo<Option<ServiceView>> {
        let rows = self.state.rows();
        Memo::new(move |_| rows.at_key(id).try_get())
    }

    /// All services; whoever reads them is told of every change.
    pub fn rows(&self) -> Vec<ServiceView> {
        self.state.rows().get()
    }

    /// Grows when a service comes, goes or says another state, but not with every report; whoever reads it is told.
    pub fn moves(&self) -> u32 {
        self.moves.get()
    }

    /// All services, A–Z; whoever asks is not told of changes.
    pub fn with_rows<T>(&self, read: impl FnOnce(&[ServiceView]) -> T) -> T {
        self.state.rows().with_untracked(|rows| read(rows))
    }

    /// All services in short, A–Z; whoever asks is not told of changes.
    pub fn with_digests<T: Default>(&self, read: impl FnOnce(&[Digest]) -> T) -> T {
        self.digests.try_with_value(|digests| read(digests)).unwrap_or_default()
    }

    /// Where to resume the stream.
    pub fn position(&self) -> Option<EventId> {
        self.position.try_get_value().flatten()
    }

    /// Takes a full message in: the only way into another epoch.
    pub fn apply_full(&self, message: FullMessage, at: Option<EventId>) {
        let same_epoch = match (self.position(), &at) {
            (Some(before), Some(at)) => before.epoch == at.epoch,
            _ => false,
        };
        let merged = self.state.rows().with_untracked(|rows| merge::full(rows, message.services, same_epoch));
        self.replace(merged);
        // It says where its instance stands, and that may be behind another one.
        if at.is_some() {
            self.position.set_value(at);
        }
    }

    /// Takes the newest statuses of services in. False if one of them belongs to another epoch than the table.
    pub fn apply_statuses(&self, messages: Vec<(StatusMessage, Option<EventId>)>) -> bool {
        let mut fit = true;
        let mut appeared = Vec::new();
        for (mut message, at) in messages {
            if !self.is_of_this_epoch(at.as_ref()) {
                fit = false;
                continue;
            }
            message.entry = message.entry.or(at.as_ref().map(|at| at.entry));
            let id = message.service;
            let (is_known, merged) = self.state.rows().with_untracked(|rows| {
                let row = merge::find(rows, id);
                (row.is_some(), merge::status(row, message))
            });
            match merged {
                Some(row) if is_known => self.set(row),
                // A keyed write to an unknown key would be dropped in silence.
                Some(row) => appeared.push(row),
                None => {}
            }
            self.advance(at);
        }
        self.insert(appeared);
        fit
    }

    /// Takes news of a command in. False if it belongs to another epoch than the table.
    pub fn apply_command(&self, command: Command, at: Option<EventId>) -> bool {
        if !self.is_of_this_epoch(at.as_ref()) {
            return false;
        }
        let merged = self
            .state
            .rows()
            .with_untracked(|rows| merge::find(rows, command.service).and_then(|row| merge::command(row, command)));
        if let Some(row) = merged {
            self.set(row);
        }
        self.advance(at);
        true
    }

    /// Takes a service out. False if that belongs to another epoch than the table.
    pub fn apply_removed(&self, removed: Removed, at: Option<EventId>) -> bool {
        if !self.is_of_this_epoch(at.as_ref()) {
            return false;
        }
        self.state.order().write().retain(|id| *id != removed.service);
        self.state.rows().write().retain(|row| row.id != removed.service);
        self.digests.update_value(|digests| digests.retain(|digest| digest.id != removed.service));
        self.move_on();
        self.advance(at);
        true
    }

    /// Notes the position of an event. Within an epoch it never goes back: of several statuses the latest is applied in
    /// the place of the first.
    pub fn advance(&self, at: Option<EventId>) {
        let Some(at) = at else { return };
        let is_behind = self.position().is_some_and(|known| known.epoch == at.epoch && known.entry > at.entry);
        if !is_behind {
            self.position.set_value(Some(at));
        }
    }

    fn is_of_this_epoch(&self, at: Option<&EventId>) -> bool {
        match (self.position(), at) {
            (Some(before), Some(at)) => before.epoch == at.epoch,
            _ => true,
        }
    }

    fn set(&self, row: ServiceView) {
        let fresh = Digest::of(&row);
        let is_move = self.digests.try_update_value(|digests| {
            let place = digests.binary_search_by_key(&fresh.id, |digest| digest.id).ok()?;
            let before = digests.get_mut(place).map(|digest| std::mem::replace(digest, fresh.clone()))?;
            Some(before.state != fresh.state)
        });
        if is_move.flatten() == Some(true) {
            self.move_on();
        }
        let known = self.state.rows().at_key(row.id);
        // The first read makes the store's keys. On a page without a table that read never comes, and a write would find
        // no key and be dropped.
        drop(known.try_read_untracked());
        known.set(row);
    }

    fn insert(&self, appeared: Vec<ServiceView>) {
        if appeared.is_empty() {
            return;
        }
        let mut all = self.state.rows().get_untracked();
        all.extend(appeared);
        all.sort_by_key(|row| row.id);
        self.replace(all);
    }

    fn replace(&self, merged: Vec<ServiceView>) {
        let order: Vec<ServiceId> = merged.iter().map(|row| row.id).collect();
        let rows = self.state.rows();
        if order == self.state.order().get_untracked() {
            let changed = rows.with_untracked(|rows| merge::changed(rows, merged));
            for row in changed {
                self.set(row);
            }
        } else {
            self.digests.update_value(|digests| *digests = Digest::of_all(&merged, digests));
            *rows.write() = merged;
            self.state.order().set(order);
            self.move_on();
        }
    }

    fn move_on(&self) {
        self.moves.update(|moves| *moves = moves.wrapping_add(1));
    }
}
