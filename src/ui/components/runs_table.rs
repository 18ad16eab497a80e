//! What came of a service's latest runs.

use leptos::prelude::*;

use crate::live::clock::Clock;
use crate::model::run::RunRecord;
use crate::model::timeline::Span;
use crate::ui::components::time_ago::TimeAgo;
use crate::ui::format;

/// One row each, newest first.
#[component]
pub fn RunsTable(
    /// The runs.
    runs: Signal<Vec<RunRecord>>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let row = move |run: RunRecord| {
        let took = run.ended_at.map(|ended| format::duration(ended.saturating_sub(run.started_at)));
        let count = |number: u64| format::count(&number.to_string());
        let ended = match run.ended_at {
            Some(ended) => view! { <TimeAgo moment=ended clock/> }.into_any(),
            None => format!("under way, {} of {}", count(run.done), count(run.total)).into_any(),
        };
        view! {
            <tr data-run=run.id.0>
                <td data-label="Began" class="number"><TimeAgo moment=run.started_at clock/></td>
                <td data-label="Ended" class="number">{ended}</td>
                <td data-label="Took" class="number">{took}</td>
                <td data-label="Checked" class="number">{count(run.checked)}</td>
                <td data-label="Changed" class="number">{count(run.changed)}</td>
                <td data-label="Errors" class="number" class:bad=run.errors != 0 class:quiet=run.errors == 0>
                    {count(run.errors)}
                </td>
                <td data-cell="words">{run.message}</td>
            </tr>
        }
    };
    view! {
        <div class="table-frame">
            <table class="list" data-runs="">
                <caption class="only-heard">"The latest runs, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="number">"Began"</th>
                        <th scope="col" class="number">"Ended"</th>
                        <th scope="col" class="number">"Took"</th>
                        <th scope="col" class="number">"Checked"</th>
                        <th scope="col" class="number">"Changed"</th>
                        <th scope="col" class="number">"Errors"</th>
                        <th scope="col">"Error"</th>
                    </tr>
                </thead>
                <tbody>{move || runs.get().into_iter().map(row).collect_view()}</tbody>
            </table>
            <Show when=move || runs.read().is_empty()>
                <div class="empty"><p class="empty-title">"It has not run yet."</p></div>
            </Show>
        </div>
    }
}

/// How much each run that has ended checked in a minute, oldest first.
pub fn throughput(runs: &[RunRecord]) -> Vec<Option<Span>> {
    let rate = |run: &RunRecord| {
        let took = run.ended_at?.saturating_sub(run.started_at).max(1);
        let rate = (run.checked as f64 * 60_000.0 / took as f64).round();
        Some(Some(Span { min: rate, max: rate, last: rate }))
    };
    runs.iter().rev().filter_map(rate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::run::RunId;
    use crate::model::service::BuiltIn;

    #[test]
    fn throughput_is_what_was_checked_in_a_minute() {
        let run = |checked: u64, took: Option<u64>| RunRecord {
            id: RunId(checked.to_string()),
            service: BuiltIn::BalanceSync.id(),
            started_at: 1_000,
            ended_at: took.map(|took| 1_000 + took),
            checked,
            changed: 0,
            errors: 0,
            done: 0,
            total: 0,
            worker: String::new(),
            message: None,
        };
        let rates = throughput(&[run(5, None), run(50, Some(30_000)), run(0, Some(0)), run(1, Some(120_000))]);
        assert_eq!(rates.into_iter().flatten().map(|rate| rate.last).collect::<Vec<_>>(), [1.0, 0.0, 100.0]);
    }
}
