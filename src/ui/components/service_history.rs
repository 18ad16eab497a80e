//! How a service has been doing: its numbers, charts, runs and what was asked of it.

use leptos::prelude::*;

use crate::api::service_events::service_events;
use crate::api::service_timeline::service_timeline;
use crate::live::Live;
use crate::model::service::{BuiltIn, ServiceId};
use crate::model::service_events::ServiceEvents;
use crate::model::timeline::drawn::Drawn;
use crate::model::timeline::{Seen, TimeRange, Timeline};
use crate::ui::address::address;
use crate::ui::components::history_table::HistoryTable;
use crate::ui::components::operator_actions::OperatorActions;
use crate::ui::components::queue_chart::QueueChart;
use crate::ui::components::runs_table::{RunsTable, throughput};
use crate::ui::components::sparkline::Sparkline;
use crate::ui::components::state_chart::StateChart;
use crate::ui::facts::label;
use crate::ui::plot;
use crate::ui::refetch::{Questions, when_there_is_news};

/// What the server gave, carried on by the stream.
#[component]
pub fn ServiceHistory(
    /// What the page knows.
    live: Live,
    /// Which service.
    id: ServiceId,
    /// Its history so far.
    timeline: Timeline,
    /// What happened to it so far.
    events: ServiceEvents,
) -> impl IntoView {
    let range = timeline.range();
    let labels = StoredValue::new(timeline.queues().iter().map(|queue| label(queue)).collect::<Vec<_>>());
    let (timeline, events) = (RwSignal::new(timeline), RwSignal::new(events));
    follow(live, id, timeline);
    ask_again(live, id, timeline, events);
    // A chart moves on by a whole stretch at a time.
    let stretch = Memo::new(move |_| live.clock.now() / range.width());
    let drawn = Memo::new(move |_| {
        stretch.track();
        timeline.read().drawn(live.known_until(live.clock.now_untracked()))
    });
    let actions = Signal::derive(move || events.read().actions.clone());
    let runs = Signal::derive(move || events.read().runs.clone());
    let has_runs = BuiltIn::of(id).is_some();
    view! {
        <section aria-labelledby="history">
            <div class="filters">
                <h2 id="history">"History"</h2>
                <Ranges id range/>
            </div>
            <Numbers drawn labels runs/>
            <StateChart drawn actions/>
            {(!labels.read_value().is_empty()).then(|| view! { <QueueChart drawn labels actions/> })}
            <p class="quiet chart-note">"Times are UTC. Lines across the charts are what operators asked, listed below."</p>
            <HistoryTable drawn labels/>
            <h2>"Operator actions"</h2>
            <OperatorActions actions clock=live.clock/>
            {has_runs.then(|| view! { <h2>"Recent runs"</h2> <RunsTable runs clock=live.clock/> })}
        </section>
    }
}

/// Takes in what the stream brings.
fn follow(live: Live, id: ServiceId, timeline: RwSignal<Timeline>) {
    let row = live.table.row(id);
    Effect::new(move |_| {
        let row = row.read();
        let Some((row, at)) = row.as_ref().and_then(|row| Some((row, row.last_seen?))) else { return };
        let status = row.status.fields();
        timeline.maybe_update(|timeline| {
            let seen = Seen::of(&status, timeline.queues(), at, row.report_every);
            timeline.take(seen)
        });
    });
}

/// Asks for what the stream does not tell: what happened meanwhile when it was away; runs and actions when there are new ones.
fn ask_again(live: Live, id: ServiceId, timeline: RwSignal<Timeline>, events: RwSignal<ServiceEvents>) {
    let is_live = Memo::new(move |_| live.connection().is_live());
    let openings = Memo::new(move |before: Option<&u32>| before.copied().unwrap_or(0) + u32::from(is_live.get()));
    let range = timeline.with_untracked(Timeline::range);
    // The first stream goes on where the server's answer ended.
    let reopenings = move || openings.get().max(1);
    let of_timeline = Questions::new();
    when_there_is_news(reopenings, move || {
        of_timeline.ask(service_timeline(id.to_string(), range), move |fresh| timeline.set(fresh));
    });
    let (row, of_events) = (live.table.row(id), Questions::new());
    let mark = Memo::new(move |_| {
        let row = row.read();
        let row = row.as_ref()?;
        let status = row.status.fields();
        let told = ["lastRun", "lastError"].map(|field| status.get(field).cloned());
        let command = row.command.as_ref().map(|command| (command.id.clone(), command.outcome));
        Some((told, status.contains_key("progress"), command))
    });
    when_there_is_news(
        move || (mark.get(), reopenings()),
        move || {
            let since = timeline.with_untracked(Timeline::start);
            of_events.ask(service_events(id, since), move |fresh| events.set(fresh));
        },
    );
}

#[component]
fn Ranges(
    /// Which service.
    id: ServiceId,
    /// What is shown.
    range: TimeRange,
) -> impl IntoView {
    let choice = move |one: TimeRange| {
        let href = address(&format!("/services/{id}"), &[("range", one.name())]);
        view! { <a class="choice" href=href aria-current=(one == range).then_some("true")>{one.label()}</a> }
    };
    view! { <nav class="choices" aria-label="How far back">{TimeRange::ALL.map(choice).collect_view()}</nav> }
}

/// Each queue's length and how it came about; how much the latest runs did in a minute.
#[component]
fn Numbers(
    /// What the charts show.
    drawn: Memo<Drawn>,
    /// The queues' names in words.
    labels: StoredValue<Vec<String>>,
    /// The latest runs.
    runs: Signal<Vec<crate::model::run::RunRecord>>,
) -> impl IntoView {
    let tile = |label: String, unit: &str, spans: Vec<Option<crate::model::timeline::Span>>| {
        let last = spans.last().copied().flatten();
        let number = last.map_or_else(|| "–".to_owned(), |span| plot::number(span.last) + unit);
        view! {
            <div class="tile number-tile">
                <Sparkline spans/>
                <span class="tile-count">{number}</span>
                <span class="tile-label">{label}</span>
            </div>
        }
    };
    let queues = move || {
        let labels = labels.get_value();
        let queue = |(queue, label)| tile(label, "", drawn.read().queue(queue));
        labels.into_iter().enumerate().map(queue).collect_view()
    };
    let rate = move || {
        let rates = throughput(&runs.read());
        (!rates.is_empty()).then(|| tile("Checked by the latest run".to_owned(), " / min", rates))
    };
    view! { <div class="tiles">{queues} {rate}</div> }
}
