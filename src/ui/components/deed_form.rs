//! A form by which an administrator makes something that has a name.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use crate::ui::administrator::Administrator;
use crate::ui::deed::Deed;

/// Its fields are the caller's; it sends them, and empties the name once that was done. It needs a script, since what it
/// leaves is told to the page alone.
#[component]
pub fn DeedForm(
    /// What the page's lists and buttons share.
    administrator: Administrator,
    /// What the form is for, for those who hear it.
    label: &'static str,
    /// What its button says.
    button: &'static str,
    /// The field of the name.
    name: NodeRef<html::Input>,
    /// What the form does under the name that stands there.
    deed: Callback<String, Deed>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(input) = name.get_untracked() else { return };
        let clear = Callback::new(move |()| {
            if let Some(input) = name.try_get_untracked().flatten() {
                input.set_value("");
            }
        });
        administrator.ask(deed.run(input.value()), Some(clear));
    };
    view! {
        <form class="deed-form needs-script" aria-label=label on:submit=on_submit>
            {children()}
            <button
                type="submit"
                class="button button-primary"
                disabled=move || administrator.obstacle().is_some() || administrator.is_sending.get()
                title=move || administrator.obstacle()
            >
                {button}
            </button>
        </form>
    }
}
