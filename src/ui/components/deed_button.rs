//! A button that does something as an administrator.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::ui::administrator::Administrator;
use crate::ui::deed::Deed;

/// A form, so that it works without a script as well, unless what it leaves is told to the page alone.
#[component]
pub fn DeedButton(
    /// What the page's buttons share.
    administrator: Administrator,
    /// What it does.
    deed: Deed,
    /// Why that is never possible, if so.
    #[prop(optional_no_strip)]
    reason: Option<&'static str>,
) -> impl IntoView {
    let obstacle = Memo::new(move |_| reason.or_else(|| administrator.obstacle()));
    let is_disabled = move || obstacle.get().is_some() || administrator.is_sending.get();
    let (path, label, object) = (deed.path(), deed.label(), deed.object());
    let class = if deed.leaves_secret() { "deed needs-script" } else { "deed" };
    let fields = deed.fields();
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if obstacle.get_untracked().is_none() {
            administrator.ask(deed.clone(), None);
        }
    };
    view! {
        <form method="post" action=path class=class on:submit=on_submit>
            {fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
            <button type="submit" class="button button-small" disabled=is_disabled title=move || obstacle.get()>
                {label} <span class="only-heard">{format!(" {object}")}</span>
            </button>
        </form>
    }
}
