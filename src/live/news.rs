//! What the stream tells besides the services: that jobs moved, and whose accounts may have news.

use leptos::prelude::*;

use crate::model::job_list::LaneCounts;

/// The news. Copying it shares it.
#[derive(Clone, Copy)]
pub struct News {
    lanes: RwSignal<Option<Vec<LaneCounts>>>,
    moves: RwSignal<u32>,
    own_moves: RwSignal<u32>,
    occasions: RwSignal<u32>,
    on_account: StoredValue<Option<Callback<u64>>>,
}

impl News {
    /// None yet.
    pub fn new() -> Self {
        Self {
            lanes: RwSignal::new(None),
            moves: RwSignal::new(0),
            own_moves: RwSignal::new(0),
            occasions: RwSignal::new(0),
            on_account: StoredValue::new(None),
        }
    }

    /// How many jobs each service has where, as far as that was told; whoever reads it is told of changes.
    pub fn lanes(&self) -> Option<Vec<LaneCounts>> {
        self.lanes.get()
    }

    /// Takes newer counts in; whoever asked for them may have left the page meanwhile.
    pub fn set_lanes(&self, lanes: Vec<LaneCounts>) {
        if self.lanes.try_with_untracked(|known| known.as_ref() != Some(&lanes)) == Some(true) {
            let _ = self.lanes.try_set(Some(lanes));
        }
    }

    /// Grows whenever a job came, moved or ended; whoever reads it is told.
    pub fn moves(&self) -> u32 {
        self.moves.get()
    }

    /// Notes that a job came, moved or ended.
    pub fn jobs_moved(&self) {
        let _ = self.moves.try_update(|moves| *moves = moves.wrapping_add(1));
    }

    /// Notes that whoever looks moved jobs; they may have left the page meanwhile.
    pub fn moved_jobs(&self) {
        let _ = self.own_moves.try_update(|moves| *moves = moves.wrapping_add(1));
        self.jobs_moved();
    }

    /// Grows whenever whoever looks moved jobs; whoever asks is not told of changes.
    pub fn own_moves(&self) -> u32 {
        self.own_moves.get_untracked()
    }

    /// Grows with every command, and with every sign of life from the server: an occasion to look for what the stream does
    /// not tell, such as who signed in. Whoever reads it is told.
    pub fn occasions(&self) -> u32 {
        self.occasions.get()
    }

    /// Notes such an occasion.
    pub fn occasion(&self) {
        self.occasions.update(|occasions| *occasions = occasions.wrapping_add(1));
    }

    /// Names who is told of each user whose accounts may have news.
    pub fn on_account(&self, listener: Callback<u64>) {
        self.on_account.set_value(Some(listener));
    }

    /// Hears that a user's accounts may have news.
    pub fn account(&self, user_id: u64) {
        if let Some(listener) = self.on_account.get_value() {
            // Another page of accounts may be on its way, and what listened for the one before is gone.
            let _ = listener.try_run(user_id);
        }
    }
}

impl Default for News {
    fn default() -> Self {
        Self::new()
    }
}
