//! What a service said last, line by line, on its own page.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::api::log_page::log_page;
use crate::live::Live;
use crate::model::event::ServiceView;
use crate::model::log::{LogQuestion, Logged};
use crate::model::service::ServiceId;
use crate::ui::address::address;
use crate::ui::components::log_view::row;
use crate::ui::components::notice::{Notice, NoticeTone};
use crate::ui::log_row::{Instances, Row};
use crate::ui::refetch::{Questions, when_there_is_news};

/// How many lines are shown; the page of log lines has the rest.
const SHOWN: u16 = 20;

/// The lines, or why they could not be read.
pub type Lines = Result<Vec<Logged>, ApiError>;

/// Reads them.
pub async fn latest_lines(service: String) -> Lines {
    let question = LogQuestion { service, ..LogQuestion::default() };
    Ok(log_page(question, Some(SHOWN)).await?.lines)
}

/// Newest last, as everywhere. They have no stream of their own: it would count against the user's limit. So they are asked for
/// again when something came of the service, and with every sign of life from the server.
#[component]
pub fn LatestLines(
    /// What the page knows.
    live: Live,
    /// Which service.
    id: ServiceId,
    /// The lines as they stood when the page was made.
    lines: Lines,
) -> impl IntoView {
    let shown = RwSignal::new(lines);
    let service = live.table.row(id);
    let state = Memo::new(move |_| service.read().as_ref().map(ServiceView::state));
    let questions = Questions::new();
    when_there_is_news(
        move || (state.get(), live.news.occasions()),
        move || {
            questions.ask(latest_lines(id.to_string()), move |fresh| {
                let fresh = Ok(fresh);
                if shown.with_untracked(|known| *known != fresh) {
                    shown.set(fresh);
                }
            });
        },
    );
    let content = move || match &*shown.read() {
        Ok(lines) if lines.is_empty() => view! { <Empty/> }.into_any(),
        Ok(lines) => view! { <div class="log-latest log-wraps" data-lines="">{rows(lines)}</div> }.into_any(),
        Err(error) => {
            let error = error.to_string();
            view! { <Notice tone=NoticeTone::Bad>{error}</Notice> }.into_any()
        }
    };
    view! {
        <section aria-labelledby="lines">
            <div class="filters">
                <h2 id="lines">"Latest lines"</h2>
                <a href=address("/logs", &[("service", id.as_str())])>"All lines"</a>
            </div>
            {content}
        </section>
    }
}

fn rows(lines: &[Logged]) -> impl IntoView + use<> {
    let mut instances = Instances::default();
    let rows: Vec<Row> = lines.iter().flat_map(|logged| instances.rows(logged)).collect();
    rows.into_iter().map(row).collect_view()
}

/// Why there is nothing, and what next.
#[component]
fn Empty() -> impl IntoView {
    view! {
        <div class="table-frame">
            <div class="empty">
                <p class="empty-title">"No lines are kept of it."</p>
                <p>
                    "It publishes them to " <code>"service:logs"</code>
                    "; the latest then stand here, until it has said nothing for a week."
                </p>
            </div>
        </div>
    }
}
