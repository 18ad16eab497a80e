//! One of the bank's users with their accounts.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::live::clock::Clock;
use crate::model::account::Money;
use crate::model::account_list::{AccountView, UserAccounts};
use crate::model::event::ServiceView;
use crate::model::service::BuiltIn;
use crate::model::status::ServiceState;
use crate::model::user::Role;
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::live_page::Frame;
use crate::ui::components::service_actions::sync_obstacle;
use crate::ui::components::time_ago::TimeAgo;
use crate::ui::user_sync::UserSync;

/// With more accounts than that, they are folded away.
const SHOWN_OPEN: usize = 10;

/// The user's name and numbers, when their balances were read, and the accounts.
#[component]
pub fn UserCard(
    /// What the page is given.
    frame: Frame,
    /// The user as they stood when the card appeared.
    first: UserAccounts,
    /// The user as they stand.
    user: Memo<Option<UserAccounts>>,
) -> impl IntoView {
    let clock = frame.live.clock;
    let UserAccounts { user: who, accounts } = first.clone();
    let is_folded = accounts.len() > SHOWN_OPEN;
    let user = Memo::new(move |_| user.get().unwrap_or_else(|| first.clone()));
    let synced_at = Memo::new(move |_| user.read().synced_at());
    let accounts = Memo::new(move |_| user.read().accounts.clone());
    let count = Memo::new(move |_| match user.read().accounts.len() {
        1 => "1 account".to_owned(),
        count => format!("{count} accounts"),
    });
    let all_closed = Memo::new(move |_| user.read().are_all_closed());
    let table = move || view! { <AccountsTable accounts clock/> };
    let name = format!("{}, user {}", who.display_name, who.user_id);
    view! {
        <section class="user-card" data-user=who.user_id.to_string() aria-label=name>
            <header class="user-head">
                <h2>{who.display_name.clone()}</h2>
                <p class="user-numbers">{format!("User {} · customer {}", who.user_id, who.customer_id)}</p>
                <p class="user-synced" data-cell="synced">
                    {move || match synced_at.get() {
                        Some(moment) => view! { "Synced " <TimeAgo moment clock/> }.into_any(),
                        None => view! { "Not synced yet" }.into_any(),
                    }}
                </p>
                <Show when=move || all_closed.get()>
                    <p class="user-closed" data-cell="closed">"All accounts are closed"</p>
                </Show>
                {(frame.role >= Role::Operator).then(|| view! { <SyncThis frame user_id=who.user_id name=who.display_name/> })}
            </header>
            {if is_folded {
                view! { <details class="user-fold"><summary>{count}</summary>{table()}</details> }.into_any()
            } else {
                table().into_any()
            }}
        </section>
    }
}

/// Queues a sync of one user; without a script the form leads to the services, which say what became of it.
#[component]
fn SyncThis(
    /// What the page is given.
    frame: Frame,
    /// The user's number.
    user_id: u64,
    /// The user's name.
    name: String,
) -> impl IntoView {
    let service = frame.live.table.row(BuiltIn::BalanceSync.id());
    let state = Memo::new(move |_| service.read().as_ref().map_or(ServiceState::Idle, ServiceView::state));
    let offline = Memo::new(move |_| frame.live.connection().obstacle());
    let obstacle = sync_obstacle(state, offline);
    let sync = UserSync { errands: frame.errands, user_id, name };
    let asked = sync.clone();
    let is_under_way = Memo::new(move |_| asked.is_under_way());
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !is_under_way.get_untracked() {
            sync.clone().queue_or_tell();
        }
    };
    view! {
        <form method="post" action="/fn/sync_balance" on:submit=on_submit>
            <input type="hidden" name="user_id" value=user_id.to_string()/>
            <button
                type="submit"
                class="button button-small"
                disabled=move || is_under_way.get() || obstacle.get().is_some()
                title=move || obstacle.get()
            >
                {move || view! { <Icon name=if is_under_way.get() { IconName::Spinner } else { IconName::Refresh }/> }}
                "Sync this user"
            </button>
        </form>
    }
}

#[component]
fn AccountsTable(
    /// The accounts.
    accounts: Memo<Vec<AccountView>>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let is_empty = Memo::new(move |_| accounts.read().is_empty());
    view! {
        <Show
            when=move || !is_empty.get()
            fallback=|| view! { <p class="picker-note">"No accounts are known yet; account-discovery finds them."</p> }
        >
            <table class="list accounts">
                <thead>
                    <tr>
                        <th scope="col">"Account"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col" class="number">"Working"</th>
                        <th scope="col" class="number">"Available"</th>
                        <th scope="col" class="number">"Cleared"</th>
                        <th scope="col" class="number">"Online"</th>
                        <th scope="col">"Currency"</th>
                    </tr>
                </thead>
                <tbody>{move || accounts.get().into_iter().map(|account| account_row(account, clock)).collect_view()}</tbody>
            </table>
        </Show>
    }
}

fn account_row(account: AccountView, clock: Clock) -> impl IntoView {
    let amount = |of: fn(&crate::model::account::Balances) -> &Money| {
        account.balances.as_ref().map_or_else(|| "–".to_owned(), |stored| of(&stored.balances).to_string())
    };
    let (working, available) = (amount(|all| &all.working_balance), amount(|all| &all.available_balance));
    let (cleared, online) = (amount(|all| &all.cleared_balance), amount(|all| &all.online_actual_balance));
    let currency = account.balances.as_ref().map(|stored| stored.balances.currency.clone());
    let status = account.facts.as_ref().map(|facts| facts.account_status.clone());
    let known_as = account.facts.map(|facts| {
        let names = [facts.holder_name, facts.nick_name, facts.category_name];
        names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" · ")
    });
    let number = account.number.clone();
    // The bank's own word is from before: whoever closed the account told nobody.
    let status = match account.closed_at {
        Some(moment) => view! { "Closed" <span class="under"><TimeAgo moment clock/></span> }.into_any(),
        None => status.into_any(),
    };
    view! {
        <tr data-account=number class:closed=account.closed_at.is_some()>
            <th scope="row" data-cell="job">
                {account.number}
                {known_as.map(|names| view! { <span class="under">{names}</span> })}
            </th>
            <td data-label="Status">{status}</td>
            <td data-label="Working" class="number">{working}</td>
            <td data-label="Available" class="number">{available}</td>
            <td data-label="Cleared" class="number">{cleared}</td>
            <td data-label="Online" class="number">{online}</td>
            <td data-label="Currency">{currency}</td>
        </tr>
    }
}
