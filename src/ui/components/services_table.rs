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
            // As rows of a grid these are a table by their roles alone.
            <table role="table" class="services" class:for-reading=controls.is_none()>
                <caption class="only-heard">"Background services and what they are doing"</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Status"</th>
                        <th role="columnheader" scope="col">"Service"</th>
                        <th role="columnheader" scope="col">"Details"</th>
                        <th role="columnheader" scope="col" class="number">"Interval"</th>
                        <th role="columnheader" scope="col" class="number">"Last seen"</th>
                        <th role="columnheader" scope="col" class="end">"Actions"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
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
