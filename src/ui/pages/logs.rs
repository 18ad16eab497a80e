//! What services say, line by line.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::log_page::log_page;
use crate::model::log::{Level, LogQuestion};
use crate::model::service::ServiceId;
use crate::ui::components::header::Tab;
use crate::ui::components::live_page::{Frame, LivePage, PageTitle, StaleNotice};
use crate::ui::components::log_view::{LogView, of};
use crate::ui::components::unread::Unread;

/// Where it is.
const PATH: &str = "/logs";

/// `/logs?service=&level=&q=`.
pub struct LogsPage;

#[lazy_route]
impl LazyRoute for LogsPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        let content = Callback::new(|frame| view! { <Logs frame/> }.into_any());
        view! { <LivePage title="Logs" tab=Tab::Logs content/> }.into_any()
    }
}

#[component]
fn Logs(
    /// What the page is given.
    frame: Frame,
) -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let query = query.read();
        let value = |name: &str| query.get(name).unwrap_or_default();
        LogQuestion { service: value("service"), level: value("level"), q: value("q") }
    });
    // The rows are the browser's, not this page's: another question is another load of the page.
    Effect::new(move |before: Option<LogQuestion>| {
        let now = asked.get();
        if before.is_some_and(|before| before != now)
            && let Some(window) = web_sys::window()
            && window.location().pathname().is_ok_and(|path| path == PATH)
        {
            let _ = window.location().reload();
        }
        now
    });
    let question = asked.get_untracked();
    let page = Resource::new_blocking(|| (), {
        let question = question.clone();
        move |()| log_page(question.clone(), None)
    });
    let again = Callback::new(move |()| page.refetch());
    let live = frame.live;
    view! {
        <PageTitle title="Logs" count=question.service.clone()/>
        <StaleNotice live what="The lines"/>
        <Suspense>
            {move || {
                let question = question.clone();
                Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! {
                            <LogFilters question=question.clone() services=page.services.clone()/>
                            <LogView question page/>
                        }.into_any(),
                        Err(error) => view! { <Unread live error again/> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

/// Levels, service and text: a plain form, so that what is asked for stands in the page's address.
#[component]
fn LogFilters(
    /// What is asked for.
    question: LogQuestion,
    /// The services of which lines are kept.
    services: Vec<ServiceId>,
) -> impl IntoView {
    let clear = (question != LogQuestion::default()).then_some(PATH);
    let chip = |level: &'static str, label: &'static str| {
        let place = of(PATH, &LogQuestion { level: level.to_owned(), ..question.clone() });
        let chosen = question.level == level;
        view! { <a class="choice" href=place rel="external" aria-current=chosen.then_some("true")>{label}</a> }
    };
    let chips = [
        chip("", "All levels"),
        chip(Level::Debug.name(), "Debug and above"),
        chip(Level::Info.name(), "Info and above"),
        chip(Level::Warn.name(), "Warnings and errors"),
        chip(Level::Error.name(), "Errors"),
    ];
    let LogQuestion { service, level, q } = question;
    let mut names: Vec<String> = services.iter().map(ToString::to_string).collect();
    if !service.is_empty() && !names.contains(&service) {
        names.push(service.clone());
    }
    let option = move |name: String| {
        let selected = name == service;
        view! { <option value=name.clone() selected=selected>{name.clone()}</option> }
    };
    view! {
        <nav class="choices log-levels" aria-label="Least level">{chips.into_iter().collect_view()}</nav>
        <form method="get" action=PATH class="log-filters" role="search" aria-label="Lines">
            {(!level.is_empty()).then(|| view! { <input type="hidden" name="level" value=level/> })}
            <label class="field">
                <span class="field-label">"Service"</span>
                <select name="service">
                    <option value="">"All services"</option>
                    {names.into_iter().map(option).collect_view()}
                </select>
            </label>
            <label class="field field-grows">
                <span class="field-label">"Text"</span>
                <input type="search" name="q" value=q placeholder="In message, fields or instance" autocomplete="off" spellcheck="false"/>
            </label>
            <p class="log-filters-end">
                <button type="submit" class="button">"Filter"</button>
                {clear.map(|href| view! { <a href=href rel="external">"Clear filters"</a> })}
            </p>
        </form>
    }
}
