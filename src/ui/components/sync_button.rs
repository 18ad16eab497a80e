//! Sync now: the likeliest thing an operator asks of balance-sync.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::sync_dialog::OpenSync;

/// Opens the dialog; without a script the form leads to the same as a page.
#[component]
pub fn SyncButton(
    /// Opens the dialog.
    open: OpenSync,
    /// Why nobody can be synced now, if so.
    #[prop(into)]
    obstacle: Signal<Option<&'static str>>,
) -> impl IntoView {
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        open.run(());
    };
    view! {
        <form method="get" action="/services/sync" on:submit=on_submit>
            <button
                type="submit"
                class="button button-primary"
                disabled=move || obstacle.get().is_some()
                title=move || obstacle.get()
            >
                <Icon name=IconName::Refresh/>
                "Sync now"
            </button>
        </form>
    }
}
