//! One service of the table.

use leptos::prelude::*;
use serde_json::Value;

use crate::live::Live;
use crate::model::event::ServiceView;
use crate::model::run::RunProgress;
use crate::model::service::ServiceId;
use crate::model::status::{Freshness, ServiceState};
use crate::ui::commander::Commander;
use crate::ui::components::command_note::CommandNote;
use crate::ui::components::flash::flash;
use crate::ui::components::run_progress::RunProgressBar;
use crate::ui::components::service_actions::ServiceActions;
use crate::ui::components::status_pill::StatusPill;
use crate::ui::components::sync_dialog::OpenSync;
use crate::ui::components::time_ago::TimeAgo;
use crate::ui::components::time_until::TimeUntil;
use crate::ui::facts::{Fact, facts};
use crate::ui::format;

/// What may be asked of services. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Controls {
    /// Gives commands.
    pub commander: Commander,
    /// Opens the sync dialog.
    pub open_sync: OpenSync,
}

/// A row; each cell is drawn again only when what it shows changes.
#[component]
pub fn ServiceRow(
    /// What the page knows.
    live: Live,
    /// Which service.
    id: ServiceId,
    /// What may be asked of services; `None` for those who may not ask.
    controls: Option<Controls>,
) -> impl IntoView {
    let row = live.table.row(id);
    let clock = live.clock.for_row(id.as_str().bytes().map(usize::from).sum());
    let status = Memo::new(move |_| row.read().as_ref().map(|row| row.status.fields()).unwrap_or_default());
    let state = Memo::new(move |_| ServiceState::of(&status.read()));
    let freshness = Memo::new(move |_| {
        let now = live.known_until(clock.now());
        row.read().as_ref().map_or(Freshness::NoSignal, |row| row.freshness(now))
    });
    let details = Memo::new(move |_| facts(&status.read()));
    let interval = Memo::new(move |_| status.read().get("interval").and_then(Value::as_u64).filter(|ms| *ms > 0));
    let last_seen = Memo::new(move |_| row.read().as_ref().and_then(|row| row.last_seen));
    let was_seen = Memo::new(move |_| last_seen.get().is_some());
    // A moment that has yet to come is no last run.
    let is_past = move |moment: &u64| *moment <= clock.now() + 60_000;
    let last_run = Memo::new(move |_| status.read().get("lastRun").and_then(Value::as_u64).filter(is_past));
    let next_run = Memo::new(move |_| status.read().get("nextRun").and_then(Value::as_u64));
    let progress = Memo::new(move |_| status.read().get("progress").and_then(RunProgress::read));
    let is_under_way = Memo::new(move |_| progress.get().is_some());
    let origin = Memo::new(move |_| row.read().as_ref().map(origin).unwrap_or_default());
    let status_flash = flash(move || (state.get(), freshness.get() == Freshness::NoSignal));
    let command = Memo::new(move |_| row.read().as_ref().and_then(|row| row.command.clone()));
    view! {
        <tr role="row" data-service=id.to_string()>
            <td role="cell" data-cell="status" data-label="Status" class=status_flash>
                {move || view! { <StatusPill state=state.get() freshness=freshness.get()/> }}
                <CommandNote command clock/>
            </td>
            <th role="rowheader" scope="row" data-cell="service" class=flash(move || origin.get())>
                <a class="service-name" href=format!("/services/{id}")>{id.to_string()}</a>
                {move || {
                    let origin = origin.get();
                    (!origin.is_empty()).then(|| view! { <span class="service-origin">{origin}</span> })
                }}
            </th>
            <td role="cell" data-cell="details" data-label="Details">
                {move || is_under_way.get().then(|| {
                    view! { <RunProgressBar progress=Signal::derive(move || progress.get().unwrap_or_default())/> }
                })}
                <Facts details/>
            </td>
            <td role="cell" data-cell="interval" data-label="Interval" class=flashing_number(interval)>
                {move || interval.get().map_or_else(
                    || view! { <span class="quiet">"–"</span> }.into_any(),
                    |interval| view! { <span class="interval">{format::duration(interval)}</span> }.into_any(),
                )}
            </td>
            <td role="cell" data-cell="last-run" data-label="Last run" class=flashing_number(last_run)>
                {move || last_run.get().map_or_else(
                    || view! { <span class="quiet">"–"</span> }.into_any(),
                    |moment| view! { <TimeAgo moment clock/> }.into_any(),
                )}
                {move || next_run.get().map(|moment| view! {
                    <span class="next-run">"Next " <TimeUntil moment clock/></span>
                })}
            </td>
            <td role="cell" data-cell="last-seen" data-label="Last seen" class="number">
                {move || if was_seen.get() {
                    let moment = Signal::derive(move || last_seen.get().unwrap_or_default());
                    view! { <TimeAgo moment clock/> }.into_any()
                } else {
                    view! { <span class="quiet">"never"</span> }.into_any()
                }}
            </td>
            <td role="cell" data-cell="actions" data-label="Actions" class="end">
                {controls.map(|controls| view! {
                    <ServiceActions live id row state freshness commander=controls.commander open_sync=controls.open_sync/>
                })}
            </td>
        </tr>
    }
}

/// The class of a cell of numbers, which flashes when its number changes.
fn flashing_number(number: Memo<Option<u64>>) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let flashed = flash(move || number.get());
    move || format!("number {}", flashed())
}

/// The facts in the Details cell. A fact that changes flashes by itself.
#[component]
fn Facts(
    /// What to show.
    details: Memo<Vec<Fact>>,
) -> impl IntoView {
    let keys = move || details.read().iter().map(|fact| fact.key.clone()).collect::<Vec<_>>();
    view! {
        <ul class="facts">
            <For each=keys key=String::clone let:key>
                {
                    let fact = Memo::new(move |_| details.read().iter().find(|fact| fact.key == key).cloned());
                    let value = move || fact.read().as_ref().map(|fact| fact.value.clone()).unwrap_or_default();
                    let flashed = flash(value);
                    // One string: a class of its own beside a computed list would be lost when the list changes.
                    let class = move || {
                        let is_quiet = fact.read().as_ref().is_some_and(|fact| fact.is_quiet);
                        format!("fact {} {}", if is_quiet { "quiet" } else { "" }, flashed())
                    };
                    view! {
                        <li class=class>
                            <span class="fact-label">{move || fact.read().as_ref().map(|fact| fact.label.clone())}</span>
                            " "
                            <span class="fact-value">{value}</span>
                        </li>
                    }
                }
            </For>
        </ul>
    }
}

/// The version and the copies that speak for the service.
fn origin(row: &ServiceView) -> String {
    let version = row.version.iter().map(|version| format!("v{}", version.strip_prefix('v').unwrap_or(version)));
    version.chain(row.instances.iter().cloned()).collect::<Vec<_>>().join(" · ")
}
