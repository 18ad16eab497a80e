//! Marks a value that changed, for less than a second.

use leptos::prelude::*;

/// The class that makes an element flash each time `value` changes. Two names take turns, because an animation only
/// starts again under another name.
pub fn flash<T: Clone + PartialEq + Send + Sync + 'static>(
    value: impl Fn() -> T + Send + Sync + 'static,
) -> impl Fn() -> &'static str + Clone + Send + Sync + 'static {
    let changes = Memo::new(move |before: Option<&(u32, T)>| {
        let value = value();
        match before {
            None => (0, value),
            Some((changes, known)) if *known == value => (*changes, value),
            Some((changes, _)) => (changes + 1, value),
        }
    });
    move || match changes.read().0 {
        0 => "",
        changes if changes % 2 == 1 => "flash-odd",
        _ => "flash-even",
    }
}
