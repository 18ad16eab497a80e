//! The way to sign in and back.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::location::Location;
use percent_encoding::percent_decode_str;

use crate::ui::address::address;

/// Where a sign-in leads to, as the query of its page says. The router's own map of the query decodes twice, and a query within a
/// query would lose its meaning.
pub fn next_page(query: &str) -> String {
    let mut pairs = query.trim_start_matches('?').split('&');
    let next = pairs.find_map(|pair| pair.strip_prefix("next=")).unwrap_or("/services");
    percent_decode_str(next).decode_utf8_lossy().into_owned()
}

/// Where to sign in so as to be back on this page with its query; the server takes nothing but a path of our own.
pub fn sign_in_here() -> Memo<String> {
    let Location { pathname, search, .. } = use_location();
    Memo::new(move |_| {
        let (path, query) = (pathname.get(), search.get());
        let place = if query.is_empty() { path } else { format!("{path}?{}", query.trim_start_matches('?')) };
        address("/login", &[("next", &place)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_decoded_once() {
        for (query, place) in [
            ("next=%2Fservices%3Fq%3Dbalance%2520sync%26state%3Dfailed", "/services?q=balance%20sync&state=failed"),
            ("?failed=1&next=/jobs%3Fq%3Da%2526b", "/jobs?q=a%26b"),
            ("next=/a%", "/a%"),
            ("next=/%zz%4", "/%zz%4"),
            ("next=/%C3%A9", "/\u{e9}"),
            ("failed=1", "/services"),
        ] {
            assert_eq!(next_page(query), place, "{query}");
        }
    }
}
