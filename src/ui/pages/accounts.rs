//! The bank's users with their accounts and balances.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::accounts_page::accounts_page;
use crate::model::account_list::AccountsPage as Page;
use crate::ui::address::address;
use crate::ui::components::header::Tab;
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::live_page::{Frame, LivePage, PageTitle, StaleNotice};
use crate::ui::components::unread::Unread;
use crate::ui::components::user_accounts::UserCard;
use crate::ui::content_owner::ContentOwner;
use crate::ui::format;
use crate::ui::refetch::{Questions, when_there_is_news};

/// `/accounts?q=&cursor=`; the cursor is the number of the last user of the page before.
pub struct AccountsPage;

#[lazy_route]
impl LazyRoute for AccountsPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        let content = Callback::new(|frame| view! { <Accounts frame/> }.into_any());
        view! { <LivePage title="Accounts" tab=Tab::Accounts content/> }.into_any()
    }
}

#[component]
fn Accounts(
    /// What the page is given.
    frame: Frame,
) -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let query = query.read();
        let after = query.get("cursor").and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        (query.get("q").unwrap_or_default(), after)
    });
    let page = Resource::new_blocking(
        move || asked.get(),
        |(q, after)| async move { accounts_page(q.clone(), after).await.map(|page| (q, after, page)) },
    );
    let again = Callback::new(move |()| page.refetch());
    let content = ContentOwner::new();
    view! {
        <PageTitle title="Accounts" count=String::new()/>
        <StaleNotice live=frame.live what="Accounts"/>
        <form method="get" action="/accounts" class="search-form filters" role="search">
            <label class="search">
                <span class="only-heard">"Search users by name, number, customer id or account number"</span>
                <Icon name=IconName::Search/>
                <input
                    type="search"
                    name="q"
                    value=move || asked.get().0
                    placeholder="Name, number, customer id or account"
                    autocomplete="off"
                />
            </label>
            <button type="submit" class="button">"Search"</button>
        </form>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok((q, after, page)) => content.render(|| view! { <Users frame q after page/> }.into_any()),
                    Err(error) => view! { <Unread live=frame.live error again/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Users(
    /// What the page is given.
    frame: Frame,
    /// What was searched for.
    q: String,
    /// The last user of the page before.
    after: u64,
    /// The users as they stood when it was rendered.
    page: Page,
) -> impl IntoView {
    let live = frame.live;
    let shown = RwSignal::new(page);
    let (questions, searched) = (Questions::new(), q.clone());
    let again = move || questions.ask(accounts_page(searched.clone(), after), move |fresh| shown.set(fresh));
    let (told, is_filtered) = (RwSignal::new(0_u32), !q.is_empty());
    live.news.on_account(Callback::new(move |user_id| {
        let is_of_page =
            shown.with_untracked(|page| page.has(user_id) || !is_filtered && page.has_place_for(user_id, after));
        if is_of_page {
            told.update(|told| *told = told.wrapping_add(1));
        }
    }));
    // What was told while the page was away was not heard.
    let is_live = Memo::new(move |_| live.connection().is_live());
    when_there_is_news(move || (told.get(), is_live.get()), again);
    let ids = move || shown.read().users.iter().map(|user| user.user.user_id).collect::<Vec<_>>();
    let card = move |id: u64| {
        let find = move |page: &Page| page.users.iter().find(|user| user.user.user_id == id).cloned();
        let first = shown.with_untracked(find);
        let user = Memo::new(move |_| find(&shown.read()));
        first.map(|first| view! { <UserCard frame first user/> })
    };
    let total = Memo::new(move |_| shown.read().total);
    let next = Memo::new(move |_| shown.read().next);
    let place = move |cursor: &str| address("/accounts", &[("q", &q), ("cursor", cursor)]);
    let first_page = (after > 0).then(|| place(""));
    view! {
        <p class="page-count found">
            {move || match total.get() {
                1 => "1 user".to_owned(),
                total => format!("{} users", format::count(&total.to_string())),
            }}
        </p>
        <div class="user-cards" class:not-current=move || !live.is_current()>
            <For each=ids key=|id| *id children=card/>
        </div>
        <Show when=move || total.get() == 0>
            <div class="empty">
                {if is_filtered {
                    view! {
                        <p class="empty-title">"No user matches."</p>
                        <p><a href="/accounts">"Clear the search"</a></p>
                    }.into_any()
                } else {
                    view! {
                        <p class="empty-title">"No users are known yet."</p>
                        <p>"account-discovery reads them from core banking; they then stand here."</p>
                    }.into_any()
                }}
            </div>
        </Show>
        <p class="pager">
            {first_page.map(|href| view! { <a href=href>"First page"</a> })}
            {move || next.get().map(|next| view! { <a href=place(&next.to_string())>"Next page"</a> })}
        </p>
    }
}
