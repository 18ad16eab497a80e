//! The dialog that asks whose balances to sync.

use std::time::Duration;

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::error::ApiError;
use crate::api::failure::Failure;
use crate::api::search_users::search_users;
use crate::live::Live;
use crate::model::account::BankUser;
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::request_name::RequestName;
use crate::ui::components::user_picker::UserPicker;
use crate::ui::errands::Errands;
use crate::ui::user_sync::UserSync;

/// Opens the dialog.
pub type OpenSync = Callback<()>;

/// How long the search waits for the next key.
const PAUSE: Duration = Duration::from_millis(200);

/// What the dialog knows. Copying it shares it.
#[derive(Clone, Copy)]
pub struct SyncDialogState {
    element: NodeRef<html::Dialog>,
    query: RwSignal<String>,
    chosen: RwSignal<Option<BankUser>>,
    refusal: RwSignal<Option<Failure>>,
    sending: RwSignal<bool>,
    /// Counts how often it was opened: an answer is for the dialog it was asked from.
    turn: StoredValue<u32>,
    search: Action<String, Result<Vec<BankUser>, ApiError>>,
}

impl SyncDialogState {
    /// A closed dialog.
    pub fn new() -> Self {
        Self {
            element: NodeRef::new(),
            query: RwSignal::new(String::new()),
            chosen: RwSignal::new(None),
            refusal: RwSignal::new(None),
            sending: RwSignal::new(false),
            turn: StoredValue::new(0),
            search: Action::new(|query: &String| search_users(query.clone())),
        }
    }

    /// Opens it, empty, with the first users.
    pub fn open(&self) {
        self.query.set(String::new());
        self.chosen.set(None);
        self.refusal.set(None);
        self.sending.set(false);
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.search.dispatch(String::new());
        if let Some(dialog) = self.element.get_untracked() {
            // It fails only for a dialog that is open already.
            let _ = dialog.show_modal();
        }
    }

    fn close(&self) {
        if let Some(dialog) = self.element.try_get_untracked().flatten() {
            dialog.close();
        }
    }

    fn send(&self, errands: Errands) {
        let state = *self;
        let Some(user) = state.chosen.get_untracked() else { return };
        state.sending.set(true);
        state.refusal.set(None);
        let turn = state.turn.get_value();
        spawn_local(async move {
            let sync = UserSync { errands, user_id: user.user_id, name: user.display_name };
            let again = sync.clone();
            let answer = sync.queue().await;
            // Whoever asked may have left the page meanwhile, or have opened the dialog anew.
            let is_same = state.turn.try_get_value() == Some(turn);
            if is_same {
                state.sending.set(false);
            }
            let is_open = is_same && state.element.get_untracked().is_some_and(|dialog| dialog.open());
            match answer {
                Ok(()) if is_open => state.close(),
                Ok(()) => {}
                Err(refusal) if is_open => state.refusal.set(Some(refusal)),
                Err(refusal) => again.tell(refusal),
            }
        });
    }
}

impl Default for SyncDialogState {
    fn default() -> Self {
        Self::new()
    }
}

/// A native dialog: the browser keeps the focus inside, closes it on Escape and gives the focus back.
#[component]
pub fn SyncDialog(
    /// What the page knows.
    live: Live,
    /// What the dialog knows.
    state: SyncDialogState,
    /// Where results are told.
    errands: Errands,
) -> impl IntoView {
    let mut search_later = debounce(PAUSE, move |query| {
        // The page may be gone by the time the pause is over.
        if state.query.try_get_untracked().is_some() {
            state.search.dispatch(query);
        }
    });
    let on_input = move |event| {
        let query = event_target_value(&event);
        state.query.set(query.clone());
        state.chosen.set(None);
        search_later(query);
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        state.send(errands);
    };
    let cannot_send =
        move || state.chosen.read().is_none() || state.sending.get() || live.connection().obstacle().is_some();
    view! {
        <dialog class="dialog" node_ref=state.element aria-labelledby="sync-title">
            <form class="dialog-form" on:submit=on_submit>
                <h2 id="sync-title">"Sync balances"</h2>
                <p class="dialog-lead">"Reads all balances of one user now, ahead of the background queue."</p>
                <label class="search">
                    <span class="only-heard">"Search users by name or number"</span>
                    <Icon name=IconName::Search/>
                    <input
                        type="search"
                        placeholder="Name or number"
                        autocomplete="off"
                        autofocus
                        prop:value=state.query
                        on:input=on_input
                    />
                </label>
                <div class="picker-frame">
                    <FoundUsers state/>
                </div>
                {move || state.refusal.get().map(|refusal| view! {
                    <div class="refusal" role="alert">
                        <p>{refusal.to_string()}</p>
                        {refusal.request_id.map(|id| view! { <RequestName id/> })}
                    </div>
                })}
                <div class="dialog-actions">
                    <button type="button" class="button" on:click=move |_| state.close()>"Cancel"</button>
                    <button
                        type="submit"
                        class="button button-primary"
                        disabled=cannot_send
                        title=move || live.connection().obstacle()
                    >
                        {move || if state.sending.get() { "Sending…" } else { "Sync" }}
                    </button>
                </div>
            </form>
        </dialog>
    }
}

/// What the search found.
#[component]
fn FoundUsers(
    /// What the dialog knows.
    state: SyncDialogState,
) -> impl IntoView {
    let on_choose = Callback::new(move |user| state.chosen.set(Some(user)));
    let answer = state.search.value();
    let users = Memo::new(move |_| answer.get().and_then(Result::ok).unwrap_or_default());
    let is_any = Memo::new(move |_| !users.read().is_empty());
    // Who is not seen any more is not chosen any more.
    Effect::new(move |_| {
        let users = users.read();
        let is_gone = |chosen: &Option<BankUser>| chosen.as_ref().is_some_and(|chosen| !users.contains(chosen));
        if state.chosen.with_untracked(is_gone) {
            state.chosen.set(None);
        }
    });
    view! {
        {move || match answer.get() {
            None => Some(view! { <p class="picker-note">"Searching…"</p> }.into_any()),
            Some(Ok(users)) if users.is_empty() => Some(view! { <p class="picker-note">"No user matches."</p> }.into_any()),
            Some(Ok(_)) => None,
            Some(Err(error)) => Some(view! { <p class="picker-note refusal">{error.to_string()}</p> }.into_any()),
        }}
        <Show when=move || is_any.get()>
            <UserPicker users on_choose/>
        </Show>
    }
}
