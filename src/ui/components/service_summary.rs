//! What one service is doing now, at the head of its page.

use leptos::prelude::*;
use serde_json::{Map, Value};

use crate::live::Live;
use crate::model::run::RunProgress;
use crate::model::service::ServiceId;
use crate::model::status::{Freshness, ServiceState};
use crate::ui::components::command_note::CommandNote;
use crate::ui::components::notice::{Notice, NoticeTone};
use crate::ui::components::run_progress::RunProgressBar;
use crate::ui::components::service_actions::ServiceActions;
use crate::ui::components::service_row::Controls;
use crate::ui::components::status_pill::StatusPill;
use crate::ui::components::time_ago::TimeAgo;
use crate::ui::components::time_until::TimeUntil;
use crate::ui::facts::all_facts;
use crate::ui::format;

/// Where a status says what last went wrong.
const ERRORS: [&str; 2] = ["lastError", "error"];

/// Name, state, actions, what last went wrong, and the facts.
#[component]
pub fn ServiceSummary(
    /// What the page knows.
    live: Live,
    /// Which service.
    id: ServiceId,
    /// What may be asked of it; `None` for those who may not ask.
    controls: Option<Controls>,
) -> impl IntoView {
    let row = live.table.row(id);
    let clock = live.clock;
    let status = Memo::new(move |_| row.read().as_ref().map(|row| row.status.fields()).unwrap_or_default());
    let state = Memo::new(move |_| ServiceState::of(&status.read()));
    let freshness = Memo::new(move |_| {
        let now = live.known_until(clock.now());
        row.read().as_ref().map_or(Freshness::NoSignal, |row| row.freshness(now))
    });
    let command = Memo::new(move |_| row.read().as_ref().and_then(|row| row.command.clone()));
    let error = Memo::new(move |_| last_error(&status.read()));
    let progress = Memo::new(move |_| status.read().get("progress").and_then(RunProgress::read));
    let is_under_way = Memo::new(move |_| progress.get().is_some());
    view! {
        <div class="page-title service-title" data-service=id.to_string()>
            <h1>{id.to_string()}</h1>
            <div data-cell="status">
                {move || view! { <StatusPill state=state.get() freshness=freshness.get()/> }}
                <CommandNote command clock/>
            </div>
            {controls.map(|controls| view! {
                <div class="bulk" data-cell="actions">
                    <ServiceActions live id row state freshness commander=controls.commander open_sync=controls.open_sync/>
                </div>
            })}
        </div>
        {move || error.get().map(|error| view! {
            <div data-last-error="">
                <Notice tone=NoticeTone::Bad><strong>"Last error: "</strong> {error}</Notice>
            </div>
        })}
        {move || is_under_way.get().then(|| {
            view! { <RunProgressBar progress=Signal::derive(move || progress.get().unwrap_or_default())/> }
        })}
        <ServiceFacts live id status/>
    }
}

#[component]
fn ServiceFacts(
    /// What the page knows.
    live: Live,
    /// Which service.
    id: ServiceId,
    /// What it last said.
    status: Memo<Map<String, Value>>,
) -> impl IntoView {
    let row = live.table.row(id);
    let clock = live.clock;
    let number = move |field: &'static str| {
        Memo::new(move |_| status.read().get(field).and_then(Value::as_u64).filter(|number| *number > 0))
    };
    let (interval, last_run, next_run) = (number("interval"), number("lastRun"), number("nextRun"));
    let last_seen = Memo::new(move |_| row.read().as_ref().and_then(|row| row.last_seen));
    let origin = Memo::new(move |_| {
        let row = row.read();
        let known = |row: &crate::model::event::ServiceView| (row.version.clone(), row.instances.join(", "));
        row.as_ref().map(known).unwrap_or_default()
    });
    let shown = Memo::new(move |_| {
        let mut shown = all_facts(&status.read());
        shown.retain(|fact| !ERRORS.contains(&fact.key.as_str()));
        shown
    });
    let fact = |label: String, value: String| view! { <dt>{label}</dt> <dd>{value}</dd> };
    view! {
        <dl class="job-facts" data-facts="">
            {move || shown.get().into_iter().map(|shown| fact(shown.label, shown.value)).collect_view()}
            {move || interval.get().map(|ms| fact("Interval".to_owned(), format::duration(ms)))}
            {move || last_run.get().map(|moment| view! { <dt>"Last run"</dt> <dd><TimeAgo moment clock/></dd> })}
            {move || next_run.get().map(|moment| view! { <dt>"Next run"</dt> <dd><TimeUntil moment clock/></dd> })}
            <dt>"Last seen"</dt>
            <dd>{move || match last_seen.get() {
                Some(moment) => view! { <TimeAgo moment clock/> }.into_any(),
                None => view! { <span class="quiet">"never"</span> }.into_any(),
            }}</dd>
            {move || {
                let (version, instances) = origin.get();
                let instances = (!instances.is_empty()).then(|| fact("Instance".to_owned(), instances));
                (version.map(|version| fact("Version".to_owned(), version)), instances)
            }}
        </dl>
    }
}

fn last_error(status: &Map<String, Value>) -> Option<String> {
    let text = |field: &str| status.get(field).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    ERRORS.into_iter().find_map(text).map(str::to_owned)
}
