//! What the page of the audit is asked for: a plain form.

use leptos::prelude::*;

use crate::model::audit::Action;
use crate::model::audit_list::{AuditQuestion, Standing};
use crate::ui::audit_address;

/// The form. What it asks for stands in the page's address.
#[component]
pub fn AuditFilters(
    /// What is asked for.
    question: AuditQuestion,
) -> impl IntoView {
    let all = AuditQuestion { whose: question.whose.clone(), ..AuditQuestion::default() };
    let newest = AuditQuestion { before: String::new(), ..question.clone() };
    let clear = (newest != all).then(|| audit_address::page(&all));
    let actions = Action::ALL.map(|action| (action.name(), action.label()));
    let outcomes = Standing::ALL.map(|standing| (standing.name(), standing.label()));
    let AuditQuestion { actor, action, outcome, target, from, to, whose, .. } = question;
    let has_whose = !whose.is_empty();
    view! {
        <form method="get" action="/audit" class="audit-filters" role="search" aria-label="The audit">
            {has_whose.then(|| view! { <input type="hidden" name="whose" value=whose/> })}
            <label class="field">
                <span class="field-label">"Who"</span>
                <input type="search" name="actor" value=actor placeholder="Whole name" autocomplete="off" spellcheck="false"/>
            </label>
            {choice("Action", "action", actions.to_vec(), action)}
            {choice("Outcome", "outcome", outcomes.to_vec(), outcome)}
            <label class="field">
                <span class="field-label">"Target"</span>
                <input type="search" name="target" value=target placeholder="Service, user, account, job" autocomplete="off"/>
            </label>
            <label class="field">
                <span class="field-label">"From (UTC)"</span>
                <input type="datetime-local" name="from" value=from/>
            </label>
            <label class="field">
                <span class="field-label">"Before (UTC)"</span>
                <input type="datetime-local" name="to" value=to/>
            </label>
            <p class="audit-filters-end">
                <button type="submit" class="button">"Filter"</button>
                {clear.map(|href| view! { <a href=href>"Clear filters"</a> })}
            </p>
        </form>
    }
}

fn choice(
    label: &'static str,
    name: &'static str,
    options: Vec<(&'static str, &'static str)>,
    chosen: String,
) -> impl IntoView {
    let option = move |(value, words): (&'static str, &'static str)| {
        view! { <option value=value selected=value == chosen>{words}</option> }
    };
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <select name=name>{[("", "Any")].into_iter().chain(options).map(option).collect_view()}</select>
        </label>
    }
}
