//! The services, one row each.

use leptos::prelude::*;

use crate::live::Live;
use crate::ui::components::service_row::{Controls, ServiceRow};

/// The table. On narrow screens its rows are laid out as cards.
#[component]
pub fn ServicesTable(
    /// What the page knows.
    live: Live,
    /// What may be asked of services; `None` for those who may not ask.
    controls: Option<Controls>,
) -> impl IntoView {
    let is_empty = Memo::new(move |_| live.table.ids().is_empty());
    view! {
        <div class="table-frame" class:not-current=move || !live.is_current()>
            <table class="services">
                <caption class="only-heard">"Background services and what they are doing"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Service"</th>
                        <th scope="col">"Details"</th>
                        <th scope="col" class="number">"Interval"</th>
                        <th scope="col" class="number">"Last seen"</th>
                        <th scope="col" class="end">"Actions"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || live.table.ids() key=|id| *id let:id>
                        <ServiceRow live id controls/>
                    </For>
                </tbody>
            </table>
            <Show when=move || is_empty.get()>
                <div class="empty">
                    <p class="empty-title">"No services have reported yet."</p>
                    <p>"Publish status JSON to " <code>"service:<name>"</code> " in Redis and a row appears here."</p>
                </div>
            </Show>
        </div>
    }
}
