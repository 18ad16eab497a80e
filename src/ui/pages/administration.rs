//! Who may come in, who is in, and what was refused at the door.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::administration::administration;
use crate::ui::administrator::Administrator;
use crate::ui::components::forget_list::ForgetList;
use crate::ui::components::header::Tab;
use crate::ui::components::live_page::{Frame, LivePage, PageTitle, StaleNotice};
use crate::ui::components::refused_form::RefusedForm;
use crate::ui::components::rejected_list::RejectedList;
use crate::ui::components::session_list::SessionList;
use crate::ui::components::shown_once::ShownOnce;
use crate::ui::components::token_list::TokenList;
use crate::ui::components::unread::Unread;
use crate::ui::components::user_list::UserList;
use crate::ui::refetch::when_there_is_news;

/// The page's sections, by the place they have in its address.
const SECTIONS: [(&str, &str); 5] = [
    ("#users", "Users"),
    ("#sessions", "Sessions"),
    ("#tokens", "API tokens"),
    ("#refused", "Refused messages"),
    ("#services", "Services"),
];

/// `/admin`.
pub struct AdministrationPage;

#[lazy_route]
impl LazyRoute for AdministrationPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        let content = Callback::new(|frame| view! { <Content frame/> }.into_any());
        view! { <LivePage title="Administration" tab=Tab::Administration content/> }.into_any()
    }
}

#[component]
fn Content(
    /// What the page is given.
    frame: Frame,
) -> impl IntoView {
    let first = Resource::new_blocking(|| (), |()| administration());
    let again = Callback::new(move |()| first.refetch());
    view! {
        <PageTitle title="Administration" count=String::new()/>
        <StaleNotice live=frame.live what="Users and sessions"/>
        <RefusedForm words="That was refused, and nothing was changed. The audit says why."/>
        <nav class="choices sections" aria-label="On this page">
            {SECTIONS.map(|(place, name)| view! { <a class="choice" href=place>{name}</a> }).collect_view()}
        </nav>
        <Transition>
            {move || Suspend::new(async move {
                match first.await {
                    Ok(first) => {
                        let administrator = Administrator::new(frame, first);
                        view! { <Sections administrator/> }.into_any()
                    }
                    Err(error) => view! { <Unread live=frame.live error again/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Sections(
    /// What the lists and buttons share.
    administrator: Administrator,
) -> impl IntoView {
    let live = administrator.frame.live;
    let is_live = Memo::new(move |_| live.connection().is_live());
    when_there_is_news(move || (live.news.occasions(), is_live.get()), move || administrator.look_again());
    view! {
        <div class:not-current=move || !live.is_current()>
            <UserList administrator/>
            <SessionList administrator/>
            <TokenList administrator/>
            <RejectedList administrator/>
            <ForgetList administrator/>
        </div>
        <ShownOnce told=administrator.told/>
    }
}
