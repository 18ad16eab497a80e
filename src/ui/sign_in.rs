//! The way to sign in and back.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::location::Location;

use crate::ui::address::address;

/// Where to sign in so as to be back on this page with its query; the server takes nothing but a path of our own.
pub fn sign_in_here() -> Memo<String> {
    let Location { pathname, search, .. } = use_location();
    Memo::new(move |_| {
        let (path, query) = (pathname.get(), search.get());
        let place = if query.is_empty() { path } else { format!("{path}?{}", query.trim_start_matches('?')) };
        address("/login", &[("next", &place)])
    })
}
