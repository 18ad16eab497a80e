//! The sync form as a page, for browsers without a script.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::console::console;
use crate::api::error::ApiError;
use crate::api::search_users::search_users;
use crate::api::sync_balance::SyncBalance;
use crate::model::account::BankUser;
use crate::model::console::Console;
use crate::ui::components::header::{Header, Tab};
use crate::ui::components::notice::{Notice, NoticeTone};
use crate::ui::components::user_picker::UserPicker;

/// `/services/sync?q=`: search, choose, send; plain forms all the way.
pub struct SyncPage;

#[lazy_route]
impl LazyRoute for SyncPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        let query = use_query_map();
        let asked = Memo::new(move |_| query.read().get("q").unwrap_or_default());
        let found = Resource::new_blocking(
            move || asked.get(),
            |asked| async move { Ok((console().await?, search_users(asked).await?)) },
        );
        view! {
            <Title text="Sync balances"/>
            <Suspense>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok((console, users)) => view! { <SyncForm console users asked=asked.get_untracked()/> }.into_any(),
                        Err(error) => view! { <main class="page page-narrow"><h1>"Sync balances"</h1><Refusal error/></main> }.into_any(),
                    }
                })}
            </Suspense>
        }.into_any()
    }
}

#[component]
fn SyncForm(
    /// Who looks, and at what.
    console: Console,
    /// The users to choose from.
    users: Vec<BankUser>,
    /// What was searched for.
    asked: String,
) -> impl IntoView {
    // A refused form comes back to this page with its reason in the address.
    let refusal =
        ServerAction::<SyncBalance>::new().value().get_untracked().and_then(Result::err).map(|failure| failure.error);
    let nobody = users.is_empty();
    view! {
        <Header console tab=Tab::Services/>
        <main class="page page-narrow">
            <p class="back"><a href="/services">"← Services"</a></p>
            <h1>"Sync balances"</h1>
            <p class="dialog-lead">"Reads all balances of one user now, ahead of the background queue."</p>
            {refusal.map(|error| view! { <Refusal error/> })}
            <form method="get" action="/services/sync" class="search-form">
                <label class="field field-grows">
                    <span class="field-label">"User"</span>
                    <input type="search" name="q" value=asked placeholder="Name or number" autocomplete="off"/>
                </label>
                <button type="submit" class="button">"Search"</button>
            </form>
            {if nobody {
                view! { <p class="picker-note">"No user matches."</p> }.into_any()
            } else {
                view! {
                    <form method="post" action="/fn/sync_balance" class="sync-form">
                        <div class="picker-frame picker-frame-tall"><UserPicker users/></div>
                        <button type="submit" class="button button-primary">"Sync"</button>
                    </form>
                }.into_any()
            }}
        </main>
    }
}

/// Why it was refused. The reason may come from the address, which anyone can write, so only fixed words are shown.
#[component]
fn Refusal(
    /// The reason.
    error: ApiError,
) -> impl IntoView {
    let words = match error {
        ApiError::NotFound { .. } => "That user does not exist.".to_owned(),
        ApiError::Invalid { .. } => "Choose a user from the list.".to_owned(),
        ApiError::Conflict { .. } => "That is not possible now.".to_owned(),
        other => other.to_string(),
    };
    view! { <Notice tone=NoticeTone::Bad>{words}</Notice> }
}
