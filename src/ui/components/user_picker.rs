//! Users of the bank to choose one from.

use leptos::prelude::*;

use crate::model::account::BankUser;

/// A list of users as radio buttons named `user_id`, so that a plain form can send the choice. Where the list changes, each user
/// keeps their button: a choice, or a click on its way, is never another user's.
#[component]
pub fn UserPicker(
    /// The users.
    #[prop(into)]
    users: Signal<Vec<BankUser>>,
    /// Told of the choice, where a script runs.
    #[prop(optional)]
    on_choose: Option<Callback<BankUser>>,
) -> impl IntoView {
    let row = move |user: BankUser| {
        let chosen = user.clone();
        let choose = move |_| {
            if let Some(on_choose) = on_choose {
                on_choose.run(chosen.clone());
            }
        };
        view! {
            <label class="picker-row">
                <input type="radio" name="user_id" value=user.user_id.to_string() required on:change=choose/>
                <span class="picker-name">{user.display_name}</span>
                <span class="picker-ids">
                    <span class="picker-id">{format!("#{}", user.user_id)}</span>
                    <span class="picker-customer">{user.customer_id}</span>
                </span>
            </label>
        }
    };
    view! {
        <div class="picker" role="radiogroup" aria-label="Users">
            <For each=move || users.get() key=|user| user.user_id children=row/>
        </div>
    }
}
