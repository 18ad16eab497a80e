//! What stands in the place of something that could not be read.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::live::Live;
use crate::ui::components::notice::{Notice, NoticeTone};
use crate::ui::refetch::when_there_is_news;

/// Says why. Where time may help, it is asked for again by a click, and by itself once the page is live again.
#[component]
pub fn Unread(
    /// What the page knows.
    live: Live,
    /// Why it could not be read.
    error: ApiError,
    /// Asks for it again.
    again: Callback<()>,
) -> impl IntoView {
    let is_live = Memo::new(move |_| live.connection().is_live());
    if error.may_pass() {
        let ask = move || {
            if is_live.get_untracked() {
                again.run(());
            }
        };
        when_there_is_news(move || is_live.get(), ask);
    }
    let ask = move |click: MouseEvent| {
        click.prevent_default();
        again.run(());
    };
    // Without a script the link loads the page anew.
    let link = error.may_pass().then(|| view! { " " <a href="" rel="external" on:click=ask>"Try again"</a> });
    view! { <Notice tone=NoticeTone::Bad>{error.to_string()} {link}</Notice> }
}
