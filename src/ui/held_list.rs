//! A page of a list that is asked for again and again, and does not move while somebody aims at one of its rows.

use leptos::prelude::*;

use crate::model::administration::SessionEntry;
use crate::model::audit::AuditRecord;
use crate::model::audit_list::AuditPage;
use crate::model::event::EntryId;
use crate::model::job::{JobId, JobRecord};
use crate::model::job_list::JobsPage;
use crate::ui::hold::Hold;

/// A page of rows that each have a name.
pub trait Rows: Clone + Send + Sync + 'static {
    /// A row.
    type Row: Clone;
    /// Its name.
    type Id: PartialEq;

    /// The rows, in their order.
    fn rows(&self) -> &[Self::Row];

    /// The same, to be brought up to date.
    fn rows_mut(&mut self) -> &mut [Self::Row];

    /// The name of a row.
    fn id(row: &Self::Row) -> Self::Id;
}

impl Rows for JobsPage {
    type Row = JobRecord;
    type Id = JobId;

    fn rows(&self) -> &[JobRecord] {
        &self.jobs
    }

    fn rows_mut(&mut self) -> &mut [JobRecord] {
        &mut self.jobs
    }

    fn id(row: &JobRecord) -> JobId {
        row.id.clone()
    }
}

impl Rows for AuditPage {
    type Row = AuditRecord;
    type Id = EntryId;

    fn rows(&self) -> &[AuditRecord] {
        &self.records
    }

    fn rows_mut(&mut self) -> &mut [AuditRecord] {
        &mut self.records
    }

    fn id(row: &AuditRecord) -> EntryId {
        row.id
    }
}

impl Rows for Vec<SessionEntry> {
    type Row = SessionEntry;
    type Id = String;

    fn rows(&self) -> &[SessionEntry] {
        self
    }

    fn rows_mut(&mut self) -> &mut [SessionEntry] {
        self
    }

    fn id(row: &SessionEntry) -> String {
        row.id.clone()
    }
}

/// What is shown of it, and what is due. Copying it shares it.
pub struct HeldList<P: Rows> {
    /// What is shown.
    pub shown: RwSignal<P>,
    /// Holds the rows.
    pub hold: Hold,
    due: RwSignal<Option<P>>,
}

// Derived, they would ask the same of the page.
impl<P: Rows> Clone for HeldList<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Rows> Copy for HeldList<P> {}

impl<P: Rows> HeldList<P> {
    /// One that begins with what the server rendered.
    pub fn new(first: P) -> Self {
        let list = Self { shown: RwSignal::new(first), hold: Hold::new(), due: RwSignal::new(None) };
        list.hold.when_let_go(move || list.apply());
        list
    }

    /// Takes in what the list is now. While the rows are held, they stay where they are, with what is known of them now,
    /// unless whoever looks asked for the change.
    pub fn take_in(self, fresh: P, is_asked_for: bool) {
        let is_held = self.hold.is_on() && !is_asked_for;
        let held = is_held.then(|| self.shown.with_untracked(|shown| held(shown, &fresh))).flatten();
        self.due.set(held.is_some().then(|| fresh.clone()));
        self.shown.set(held.unwrap_or(fresh));
    }

    /// Whether other rows are due than those that are shown, or in another order.
    pub fn has_moved(self) -> bool {
        self.due.read().is_some()
    }

    /// Whether a row is shown alone because it is held: it is no longer in the list.
    pub fn is_gone(self, id: &P::Id) -> bool {
        self.due.read().as_ref().is_some_and(|due| find(due, id).is_none())
    }

    /// Shows what is due.
    pub fn apply(self) {
        if let Some(due) = self.due.try_update(Option::take).flatten() {
            self.shown.set(due);
        }
    }
}

/// The rows as they stand, each as it is now if it is still listed; `None` if they stand as they should.
fn held<P: Rows>(shown: &P, fresh: &P) -> Option<P> {
    let ids = |page: &P| page.rows().iter().map(P::id).collect::<Vec<_>>();
    if shown.rows().is_empty() || ids(shown) == ids(fresh) {
        return None;
    }
    let mut held = shown.clone();
    for row in held.rows_mut() {
        if let Some(now) = find(fresh, &P::id(row)) {
            *row = now.clone();
        }
    }
    Some(held)
}

fn find<'a, P: Rows>(page: &'a P, id: &P::Id) -> Option<&'a P::Row> {
    page.rows().iter().find(|row| P::id(row) == *id)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Rows for Vec<(char, u8)> {
        type Row = (char, u8);
        type Id = char;

        fn rows(&self) -> &[(char, u8)] {
            self
        }

        fn rows_mut(&mut self) -> &mut [(char, u8)] {
            self
        }

        fn id(row: &(char, u8)) -> char {
            row.0
        }
    }

    #[test]
    fn held_rows_stay_in_their_places_and_are_brought_up_to_date() {
        let shown = vec![('a', 1), ('b', 1), ('c', 1)];
        assert_eq!(held(&shown, &vec![('d', 2), ('c', 2), ('a', 2)]), Some(vec![('a', 2), ('b', 1), ('c', 2)]));
        assert_eq!(held(&shown, &vec![]), Some(shown.clone()), "none of them goes from under the pointer");
    }

    #[test]
    fn nothing_is_held_back_where_no_row_would_move() {
        assert_eq!(held(&vec![('a', 1), ('b', 1)], &vec![('a', 2), ('b', 2)]), None);
        assert_eq!(held(&vec![], &vec![('a', 2)]), None, "there is nothing to aim at");
    }
}
