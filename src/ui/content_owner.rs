//! Owns the signals of content that is rendered anew while the old content still stands.

use leptos::prelude::*;

/// Owner of what a `Suspend` inside a `Transition` renders.
///
/// A `Transition` shows the old content until the new one can be rendered, but leptos disposes of the old content's signals as soon
/// as reading begins: a message that arrives in between would reach a disposed signal, which panics. Content rendered by
/// [`render`](Self::render) keeps its signals until it is replaced.
#[derive(Clone, Copy)]
pub struct ContentOwner {
    parent: StoredValue<Option<Owner>>,
    /// Those of the newest content and of the one before, which stands until the newest is mounted.
    owners: StoredValue<[Option<Owner>; 2]>,
}

impl ContentOwner {
    /// For content of the component that is being rendered.
    pub fn new() -> Self {
        Self { parent: StoredValue::new(Owner::current()), owners: StoredValue::new([None, None]) }
    }

    /// Renders the newest content.
    pub fn render<T>(self, content: impl FnOnce() -> T) -> T {
        // The page may be gone once its data is there.
        let Some(owner) = self.parent.try_get_value().flatten().map(|parent| parent.child()) else { return content() };
        let rendered = owner.with(content);
        self.owners.try_update_value(|[newest, before]| *before = newest.replace(owner));
        rendered
    }
}

impl Default for ContentOwner {
    fn default() -> Self {
        Self::new()
    }
}
