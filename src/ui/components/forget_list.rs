//! The services of other people, which can be forgotten.

use leptos::prelude::*;

use crate::model::service::{BuiltIn, ServiceId};
use crate::ui::administrator::Administrator;
use crate::ui::components::deed_button::DeedButton;
use crate::ui::components::time_ago::TimeAgo;
use crate::ui::deed::Deed;

/// The list; the stream keeps it.
#[component]
pub fn ForgetList(
    /// What the page's lists and buttons share.
    administrator: Administrator,
) -> impl IntoView {
    let live = administrator.frame.live;
    let ids = Memo::new(move |_| {
        live.table.ids().into_iter().filter(|id| BuiltIn::of(*id).is_none()).collect::<Vec<ServiceId>>()
    });
    let row = move |id: ServiceId| {
        let row = live.table.row(id);
        let seen = Memo::new(move |_| row.read().as_ref().and_then(|row| row.last_seen));
        view! {
            <tr data-forget=id.to_string()>
                <th scope="row" data-cell="who">{id.to_string()}</th>
                <td data-cell="seen" data-label="Last seen" class="number">
                    {move || seen.get().map(|moment| view! { <TimeAgo moment clock=live.clock/> })}
                </td>
                <td data-cell="actions" class="end"><DeedButton administrator deed=Deed::Forget(id)/></td>
            </tr>
        }
    };
    view! {
        <section class="section" id="services" aria-labelledby="services-title">
            <h2 id="services-title">"Services"</h2>
            <p class="section-lead">"One that is of the past can be forgotten. If it reports again, it is back."</p>
            <div class="table-frame">
                <table class="list forget">
                    <caption class="only-heard">"Services that can be forgotten"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Service"</th>
                            <th scope="col" class="number">"Last seen"</th>
                            <th scope="col" class="end">"Actions"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || ids.get() key=|id| *id children=row/>
                    </tbody>
                </table>
                <Show when=move || ids.read().is_empty()>
                    <div class="empty">
                        <p class="empty-title">"There are only the services of this program."</p>
                        <p>"Any other that publishes to " <code>"service:<name>"</code> " is listed here."</p>
                    </div>
                </Show>
            </div>
        </section>
    }
}
