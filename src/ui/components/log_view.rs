//! The lines of a log: filled by the server, followed in the browser.

mod feed;
mod follower;
mod standing;

use leptos::html;
use leptos::prelude::*;

use crate::live::log_stream::Flow;
use crate::model::log::{LogPage, LogQuestion};
use crate::ui::address::address;
use crate::ui::components::copy_button::CopyButton;
use crate::ui::components::log_view::follower::{Follower, Pace, Shown};
use crate::ui::log_row::{Instances, Row};

type Handle = StoredValue<Option<StoredValue<Follower, LocalStorage>>>;

/// Bar and lines.
#[component]
pub fn LogView(
    /// What is asked for.
    question: LogQuestion,
    /// The lines as they stood when the page was made.
    page: LogPage,
) -> impl IntoView {
    let mut instances = Instances::default();
    let rows: Vec<Row> = page.lines.iter().flat_map(|logged| instances.rows(logged)).collect();
    let shown = Shown {
        pace: RwSignal::new(Pace::Following),
        waiting: RwSignal::new(0),
        flow: RwSignal::new(Flow::Connecting),
        rows: RwSignal::new(rows.len() as u32),
    };
    let list = NodeRef::<html::Div>::new();
    let follower: Handle = StoredValue::new(None);
    let wraps = RwSignal::new(true);
    let last = page.position.map(|position| position.to_string()).unwrap_or_default();
    let (asked, is_empty) = (question.clone(), rows.is_empty());
    // Effects run in the browser alone, and what one creates is dropped with it: the stream closes with the page.
    Effect::new(move |_| {
        let Some(element) = list.get() else { return };
        let (instances, last) = (instances.clone(), last.clone());
        let needle = asked.q.trim().to_lowercase();
        let started = Follower::start(shown, element.into(), instances, stream(&asked), last, needle);
        follower.set_value(started.map(StoredValue::new_local));
    });
    let scrolled = move |_| {
        with(follower, Follower::scrolled);
    };
    view! {
        <LogBar shown follower wraps question/>
        <div
            class="log-lines"
            class:log-wraps=move || wraps.get()
            role="log"
            aria-live="off"
            aria-label="Lines, newest last"
            tabindex="0"
            node_ref=list
            on:scroll=scrolled
        >
            <div class="log-chunk">{rows.into_iter().map(row).collect_view()}</div>
        </div>
        <Show when=move || is_empty && shown.rows.get() == 0>
            <Empty/>
        </Show>
    }
}

/// Follow, pause, wrap, copy, download.
#[component]
fn LogBar(
    /// What is shown.
    shown: Shown,
    /// What follows.
    follower: Handle,
    /// Whether long lines go on in the next row.
    wraps: RwSignal<bool>,
    /// What is asked for.
    question: LogQuestion,
) -> impl IntoView {
    let is_paused = Memo::new(move |_| shown.pace.get() != Pace::Following);
    let said = Memo::new(move |_| standing::words(is_paused.get(), shown.waiting.get(), shown.flow.get()));
    let tone = move || standing::tone(is_paused.get(), shown.flow.get());
    let text = move || with(follower, Follower::text);
    let set = move |pace| {
        with(follower, |follower| follower.set_pace(pace));
    };
    let toggle = move |_| set(if is_paused.get_untracked() { Pace::Following } else { Pace::Paused });
    let download = of("/api/services/logs.txt", &question);
    view! {
        <div class="log-bar">
            <p class=tone>
                <span class="needs-script">{move || said.get()}</span>
            </p>
            <div class="log-tools">
                <span class="quiet">"Times are UTC."</span>
                <Show when=move || is_paused.get()>
                    <button type="button" class="button button-primary button-small needs-script" on:click=move |_| set(Pace::Following)>
                        "Jump to latest"
                    </button>
                </Show>
                <button type="button" class="button button-small needs-script" on:click=toggle>
                    {move || if is_paused.get() { "Follow" } else { "Pause" }}
                </button>
                <button
                    type="button"
                    class="button button-small needs-script"
                    aria-pressed=move || if wraps.get() { "true" } else { "false" }
                    on:click=move |_| wraps.update(|wraps| *wraps = !*wraps)
                >
                    "Wrap"
                </button>
                <CopyButton class="button button-small needs-script" text/>
                <a class="button button-small" href=download rel="external" download="">"Download"</a>
            </div>
        </div>
    }
}

/// Why there is nothing, and what next.
#[component]
fn Empty() -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-title">"No lines."</p>
            <p>"Services publish theirs to " <code>"service:logs"</code> "; what fits this filter appears here as it comes."</p>
        </div>
    }
}

/// A row, in the first HTML.
pub fn row(row: Row) -> impl IntoView {
    let cells = row.cells.into_iter().map(|(class, text)| view! { <span class=class>{text}</span> });
    view! { <p class=row.class>{cells.collect_view()}</p> }
}

fn with<T>(follower: Handle, act: impl FnOnce(&Follower) -> T) -> Option<T> {
    follower.get_value()?.try_with_value(act)
}

/// Where the stream of these lines is; it has a query, so that the place to go on from can follow.
fn stream(question: &LogQuestion) -> String {
    let LogQuestion { service, level, .. } = question;
    let level = if level.is_empty() { "trace" } else { level };
    address("/api/services/logs/stream", &[("service", service), ("level", level)])
}

/// An address with that question.
pub fn of(path: &str, question: &LogQuestion) -> String {
    let LogQuestion { service, level, q } = question;
    address(path, &[("service", service), ("level", level), ("q", q)])
}
