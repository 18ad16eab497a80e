//! The records of one page of the audit, kept alive.

use leptos::prelude::*;

use crate::api::audit_page::audit_page;
use crate::live::Live;
use crate::model::audit_list::{AuditPage, AuditQuestion};
use crate::model::event::EntryId;
use crate::ui::audit_address;
use crate::ui::components::audit_row::AuditRow;
use crate::ui::components::held_frame::HeldFrame;
use crate::ui::held_list::HeldList;
use crate::ui::refetch::{Questions, when_there_is_news};

/// Table and pager.
#[component]
pub fn AuditTable(
    /// What the page knows.
    live: Live,
    /// What is asked for.
    question: AuditQuestion,
    /// The records as they stood when it was rendered.
    page: AuditPage,
) -> impl IntoView {
    let list = HeldList::new(page);
    let HeldList { shown, hold, .. } = list;
    let (questions, asked) = (Questions::new(), question.clone());
    let again = move || questions.ask(audit_page(asked.clone()), move |fresh| list.take_in(fresh, false));
    let is_live = Memo::new(move |_| live.connection().is_live());
    when_there_is_news(move || (live.news.moves(), live.news.occasions(), is_live.get()), again);
    let ids = move || shown.read().records.iter().map(|record| record.id).collect::<Vec<EntryId>>();
    let is_empty = Memo::new(move |_| shown.read().records.is_empty());
    let next = Memo::new(move |_| shown.read().next);
    let row = move |id: EntryId| {
        let find = move |page: &AuditPage| page.records.iter().find(|record| record.id == id).cloned();
        let first = shown.with_untracked(find);
        let record = Memo::new(move |_| find(&shown.read()));
        first.map(|first| view! { <AuditRow clock=live.clock first record/> })
    };
    let newest = AuditQuestion { before: String::new(), ..question.clone() };
    let newest = (newest != question).then(|| audit_address::page(&newest));
    let (empty, pager) = (question.clone(), question);
    view! {
        <HeldFrame live hold words="New records" has_moved=Signal::derive(move || list.has_moved()) apply=Callback::new(move |()| list.apply())>
            <table class="list audit">
                <caption class="only-heard">"Audit, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="number">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"Action"</th>
                        <th scope="col">"Target"</th>
                        <th scope="col">"Asked for"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col" class="number">"Duration"</th>
                        <th scope="col">"Message"</th>
                    </tr>
                </thead>
                <tbody node_ref=hold.rows on:focusin=move |_| hold.focus() on:focusout=move |event| hold.blur(&event)>
                    <For each=ids key=|id| *id children=row/>
                </tbody>
            </table>
            <Show when=move || is_empty.get()>
                <Empty question=empty.clone() searched_to=next/>
            </Show>
        </HeldFrame>
        <p class="pager">
            {newest.map(|href| view! { <a href=href>"Newest"</a> })}
            {move || next.get().map(|next| view! { <a href=audit_address::older(&pager, next.to_string())>"Older"</a> })}
        </p>
    }
}

/// Why there is nothing, and what next.
#[component]
fn Empty(
    /// What was asked for.
    question: AuditQuestion,
    /// How far the search came, if it did not come to the end.
    searched_to: Memo<Option<EntryId>>,
) -> impl IntoView {
    let is_filtered = question != AuditQuestion { whose: question.whose.clone(), ..AuditQuestion::default() };
    let all = audit_address::page(&AuditQuestion { whose: question.whose, ..AuditQuestion::default() });
    let (title, next) = match (is_filtered, all.as_str()) {
        (true, _) => ("No records match these filters.", ""),
        (false, "/audit") => ("Nothing was done yet.", "Signing in, triggers and commands are written down here."),
        (false, _) => ("Nobody unknown tried anything.", "Failed attempts to sign in are written down here."),
    };
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            {move || searched_to.get().map(|_| view! { <p>"So many others were looked through; “Older” goes on."</p> })}
            {if is_filtered { view! { <p><a href=all>"Clear filters"</a></p> }.into_any() } else { view! { <p>{next}</p> }.into_any() }}
        </div>
    }
}
