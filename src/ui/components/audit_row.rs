//! One record of the audit. All of it may come from anybody, and is shown as text.

use leptos::prelude::*;

use crate::live::clock::Clock;
use crate::model::audit::AuditRecord;
use crate::model::audit_list::Standing;
use crate::ui::components::flash::flash;
use crate::ui::components::outcome_pill::OutcomePill;
use crate::ui::components::time_ago::TimeAgo;
use crate::ui::format;

/// The parameters that name jobs, one or several with a space between them.
const NAMES_JOBS: [&str; 2] = ["jobId", "jobIds"];

/// With more jobs than that, they are folded away.
const SHOWN_OPEN: usize = 3;

/// A row. What was intended never changes; what came of it does, once.
#[component]
pub fn AuditRow(
    /// The page's clock.
    clock: Clock,
    /// The record as it stood when the row appeared.
    first: AuditRecord,
    /// The record as it stands.
    record: Memo<Option<AuditRecord>>,
) -> impl IntoView {
    let AuditRecord { id, intent, outcome } = first;
    let outcome = Memo::new(move |_| record.get().map_or_else(|| outcome.clone(), |record| record.outcome));
    let standing =
        Memo::new(move |_| outcome.get().map_or(Standing::UnderWay, |outcome| Standing::Ended(outcome.verdict)));
    let duration = Memo::new(move |_| outcome.get().map(|outcome| format::duration(outcome.duration_ms)));
    let message = Memo::new(move |_| outcome.get().map(|outcome| outcome.message).unwrap_or_default());
    let standing_flash = flash(move || standing.get());
    let origin: Vec<String> = [("Request ", intent.request_id), ("from ", intent.address)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(word, text)| format!("{word}{text}"))
        .collect();
    let who = intent.actor.unwrap_or_else(|| "Nobody known".to_owned());
    view! {
        <tr data-record=id.to_string()>
            <td data-cell="when" class="number"><TimeAgo moment=id.milliseconds clock/></td>
            <th scope="row" data-cell="who">
                {who}
                {intent.role.map(|role| view! { <span class="under">{role.name()}</span> })}
            </th>
            <td data-cell="action" data-label="Action">{intent.action.label()}</td>
            <td data-cell="target" data-label="Target">{intent.target}</td>
            <td data-cell="asked">
                {intent.parameters.into_iter().map(|(name, value)| parameter(name, value)).collect_view()}
                {intent.reason.map(|reason| view! { <span class="reason">"“" {reason} "”"</span> })}
            </td>
            <td data-cell="outcome" class=standing_flash>{move || view! { <OutcomePill standing=standing.get()/> }}</td>
            <td data-cell="duration" data-label="Duration" class="number">{duration}</td>
            <td data-cell="words">
                {message}
                {(!origin.is_empty()).then(|| view! { <span class="under">{origin.join(" ")}</span> })}
            </td>
        </tr>
    }
}

fn parameter(name: String, value: String) -> impl IntoView {
    let shown = if NAMES_JOBS.contains(&name.as_str()) {
        let jobs: Vec<String> = value.split(' ').map(str::to_owned).collect();
        if jobs.len() > SHOWN_OPEN {
            view! { <details><summary>{format!("{} ids", jobs.len())}</summary>{links(jobs)}</details> }.into_any()
        } else {
            links(jobs).into_any()
        }
    } else {
        value.into_any()
    };
    view! { <span class="parameter"><span class="parameter-name">{name}</span> " " {shown}</span> }
}

/// Whoever asked may have written anything for an id; what can be none is no link.
fn links(jobs: Vec<String>) -> impl IntoView {
    let link = |id: String| {
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_id {
            let place = format!("/jobs/{id}");
            view! { <a class="job-link" href=place>{id}</a> " " }.into_any()
        } else {
            view! { {id} " " }.into_any()
        }
    };
    jobs.into_iter().map(link).collect_view()
}
