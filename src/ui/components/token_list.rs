//! The API tokens of scripts.

use leptos::prelude::*;

use crate::model::administration::TokenEntry;
use crate::ui::administrator::Administrator;
use crate::ui::components::create_token_form::CreateTokenForm;
use crate::ui::components::deed_button::DeedButton;
use crate::ui::components::time_ago::TimeAgo;
use crate::ui::deed::Deed;

/// The list, and the form that adds to it.
#[component]
pub fn TokenList(
    /// What the page's lists and buttons share.
    administrator: Administrator,
) -> impl IntoView {
    let tokens = move || administrator.shown.read().tokens.clone();
    let is_empty = Memo::new(move |_| administrator.shown.read().tokens.is_empty());
    view! {
        <section class="section" id="tokens" aria-labelledby="tokens-title">
            <h2 id="tokens-title">"API tokens"</h2>
            <CreateTokenForm administrator/>
            <div class="table-frame">
                <table class="list tokens">
                    <caption class="only-heard">"API tokens"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"What for"</th>
                            <th scope="col">"User"</th>
                            <th scope="col">"Role"</th>
                            <th scope="col" class="number">"Made"</th>
                            <th scope="col" class="number">"Last used"</th>
                            <th scope="col" class="end">"Actions"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=tokens key=|token| token.id.clone() let:token><TokenRow administrator token/></For>
                    </tbody>
                </table>
                <Show when=move || is_empty.get()>
                    <div class="empty">
                        <p class="empty-title">"There are no tokens."</p>
                        <p>"Scripts send one as " <code>"Authorization: Bearer …"</code> "."</p>
                    </div>
                </Show>
            </div>
        </section>
    }
}

#[component]
fn TokenRow(
    /// What the page's lists and buttons share.
    administrator: Administrator,
    /// The token as it stood when the row appeared.
    token: TokenEntry,
) -> impl IntoView {
    let TokenEntry { id, user, name, role, created, used } = token;
    let clock = administrator.frame.live.clock;
    let (known, place) = (id.clone(), id.clone());
    let used = Memo::new(move |_| {
        let shown = administrator.shown.read();
        shown.tokens.iter().find(|token| token.id == known).map_or(used, |token| token.used)
    });
    let last_used = move || match used.get() {
        Some(moment) => view! { <TimeAgo moment clock/> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    view! {
        <tr data-token=place>
            <th scope="row" data-cell="who">{name.clone()} <span class="under">{id.clone()}</span></th>
            <td data-cell="user" data-label="User">{user}</td>
            <td data-cell="role" data-label="Role">{role.name()}</td>
            <td data-cell="made" data-label="Made" class="number"><TimeAgo moment=created clock/></td>
            <td data-cell="used" data-label="Last used" class="number">{last_used}</td>
            <td data-cell="actions" class="end"><DeedButton administrator deed=Deed::RevokeToken { id, name }/></td>
        </tr>
    }
}
