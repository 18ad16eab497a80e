//! The services, one row each.

use leptos::prelude::*;

use crate::live::Live;
use crate::ui::components::held_frame::HeldFrame;
use crate::ui::components::service_row::{Controls, ServiceRow};
use crate::ui::services_filter::SortKey;
use crate::ui::services_view::ServicesView;

/// The table. On narrow screens its rows are laid out as cards.
#[component]
pub fn ServicesTable(
    /// What the page knows.
    live: Live,
    /// Which rows are shown, and in which order.
    view: ServicesView,
    /// What may be asked of services; `None` for those who may not ask.
    controls: Option<Controls>,
) -> impl IntoView {
    let is_empty = Memo::new(move |_| view.shown().is_empty());
    let hold = view.hold;
    view! {
        <HeldFrame live hold words="Order changed" has_moved=Signal::derive(move || view.has_moved()) apply=Callback::new(move |()| view.apply())>
            // As rows of a grid these are a table by their roles alone.
            <table role="table" class="services" class:for-reading=controls.is_none()>
                <caption class="only-heard">"Background services and what they are doing"</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <SortHeader view key=SortKey::Status label="Status"/>
                        <SortHeader view key=SortKey::Service label="Service"/>
                        <SortHeader view key=SortKey::Waiting label="Details" hint="Sort by jobs waiting"/>
                        <SortHeader view key=SortKey::Interval label="Interval" is_number=true/>
                        <SortHeader view key=SortKey::LastRun label="Last run" is_number=true/>
                        <SortHeader view key=SortKey::LastSeen label="Last seen" is_number=true/>
                        <th role="columnheader" scope="col" class="end">"Actions"</th>
                    </tr>
                </thead>
                <tbody
                    role="rowgroup"
                    node_ref=hold.rows
                    on:focusin=move |_| hold.focus()
                    on:focusout=move |event| hold.blur(&event)
                >
                    <For each=move || view.shown() key=|id| *id let:id>
                        <ServiceRow live id controls/>
                    </For>
                </tbody>
            </table>
            <Show when=move || is_empty.get()>
                <Empty view/>
            </Show>
        </HeldFrame>
    }
}

/// The head of a column: a link that sorts by it, which works without a script as well.
#[component]
fn SortHeader(
    /// Which rows are shown, and in which order.
    view: ServicesView,
    /// What it sorts by.
    key: SortKey,
    /// What the column shows.
    label: &'static str,
    /// What it sorts by, where that is not what the column shows.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// Whether the column shows numbers.
    #[prop(optional)]
    is_number: bool,
) -> impl IntoView {
    let sorted = move || {
        let filter = view.filter();
        (filter.sort == key).then_some(if filter.descending { "descending" } else { "ascending" })
    };
    view! {
        <th role="columnheader" scope="col" class:number=is_number data-sort=key.name() aria-sort=sorted>
            <a class="sort" href=move || view.filter().sorted_by(key).address() title=hint data-noscroll>
                {label}
                <span class="sort-mark" aria-hidden="true"></span>
            </a>
        </th>
    }
}

/// Why there is nothing, and what next.
#[component]
fn Empty(
    /// Which rows are shown.
    view: ServicesView,
) -> impl IntoView {
    let is_narrow = Memo::new(move |_| view.filter().is_narrow());
    view! {
        <div class="empty">
            {move || if is_narrow.get() {
                view! {
                    <p class="empty-title">"No services match these filters."</p>
                    <p><a href=move || view.filter().of_all().address() data-noscroll>"Clear filters"</a></p>
                }.into_any()
            } else {
                view! {
                    <p class="empty-title">"No services have reported yet."</p>
                    <p>"Publish status JSON to " <code>"service:<name>"</code> " in Redis and a row appears here."</p>
                    <details class="format">
                        <summary>"See format"</summary>
                        <pre><code>{FORMAT}</code></pre>
                    </details>
                }.into_any()
            }}
        </div>
    }
}

/// What a service publishes, at its least.
const FORMAT: &str = r#"PUBLISH service:email-sender '{
  "service": "email-sender",
  "timestamp": 1763900000000,
  "status": { "state": "running", "queued": 3 }
}'"#;
