//! What was published and refused at the door. All of it may come from anybody, and is shown as text.

use leptos::prelude::*;

use crate::model::administration::Sample;
use crate::ui::administrator::Administrator;
use crate::ui::components::time_ago::TimeAgo;
use crate::ui::format;

/// The last messages that were refused, the newest first.
#[component]
pub fn RejectedList(
    /// What the page's lists share.
    administrator: Administrator,
) -> impl IntoView {
    let clock = administrator.frame.live.clock;
    let samples = Memo::new(move |_| administrator.shown.read().samples.clone());
    let summary = move || {
        let shown = administrator.shown.read();
        let all = format::count(&shown.rejected.to_string());
        format!("{all} refused so far; the last {} are kept.", shown.samples.len())
    };
    let row = move |Sample { at, channel, error, sample }: Sample| {
        view! {
            <tr>
                <td data-cell="when" class="number">
                    {(at > 0).then(|| view! { <TimeAgo moment=at clock/> })}
                </td>
                <th scope="row" data-cell="who">{channel}</th>
                <td data-cell="why" data-label="Error">{error}</td>
                <td data-cell="sample" data-label="First 512 bytes"><code class="sample">{sample}</code></td>
            </tr>
        }
    };
    view! {
        <section class="section" id="refused" aria-labelledby="refused-title">
            <h2 id="refused-title">"Refused messages"</h2>
            <p class="section-lead">{summary}</p>
            <div class="table-frame">
                <table class="list rejected">
                    <caption class="only-heard">"Refused messages, newest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col" class="number">"When"</th>
                            <th scope="col">"Channel"</th>
                            <th scope="col">"Error"</th>
                            <th scope="col">"First 512 bytes"</th>
                        </tr>
                    </thead>
                    <tbody>{move || samples.get().into_iter().map(row).collect_view()}</tbody>
                </table>
                <Show when=move || samples.read().is_empty()>
                    <div class="empty">
                        <p class="empty-title">"Nothing was refused."</p>
                        <p>"Messages on " <code>"service:*"</code> " that break a rule of the format are kept here."</p>
                    </div>
                </Show>
            </div>
        </section>
    }
}
