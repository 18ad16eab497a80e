//! How the page is connected: a dot and a word.

use leptos::prelude::*;

use crate::live::Live;
use crate::live::event_stream::connection::Connection;
use crate::ui::sign_in::sign_in_here;

/// The indicator in the header. Only a change of state is announced, not the countdown.
#[component]
pub fn ConnectionIndicator(
    /// What the page knows.
    live: Live,
) -> impl IntoView {
    let name = Memo::new(move |_| live.connection().name());
    let words = Memo::new(move |_| live.connection().words());
    let countdown = move || match live.connection() {
        Connection::Disconnected { retry_in } => Some(format!("Reconnecting in {retry_in} s")),
        Connection::TooManyStreams { retry_in } => Some(format!("Next attempt in {retry_in} s")),
        _ => None,
    };
    let can_retry = Memo::new(move |_| live.connection().retry_in().is_some());
    let retry =
        move || if matches!(live.connection(), Connection::TooManyStreams { .. }) { "Retry" } else { "Retry now" };
    let signed_out = Memo::new(move |_| live.connection() == Connection::SignedOut);
    let sign_in = sign_in_here();
    view! {
        <div class="connection needs-script" data-connection=name>
            <span class="connection-dot" aria-hidden="true"></span>
            <span role="status" class="connection-words">{words}</span>
            {move || countdown().map(|text| view! { <span class="connection-countdown">{text}</span> })}
            <Show when=move || can_retry.get()>
                <button type="button" class="button button-small" on:click=move |_| live.retry_now()>{retry}</button>
            </Show>
            <Show when=move || signed_out.get()>
                <a class="button button-small" href=sign_in rel="external">"Sign in"</a>
            </Show>
        </div>
    }
}
