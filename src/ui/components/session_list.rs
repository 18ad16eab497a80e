//! Who is signed in.

use leptos::prelude::*;

use crate::model::administration::SessionEntry;
use crate::ui::administrator::Administrator;
use crate::ui::components::deed_button::DeedButton;
use crate::ui::components::held_frame::HeldFrame;
use crate::ui::components::time_ago::TimeAgo;
use crate::ui::deed::Deed;
use crate::ui::held_list::HeldList;

/// The list.
#[component]
pub fn SessionList(
    /// What the page's lists and buttons share.
    administrator: Administrator,
) -> impl IntoView {
    let list = administrator.sessions;
    let HeldList { shown, hold, .. } = list;
    view! {
        <section class="section" id="sessions" aria-labelledby="sessions-title">
            <h2 id="sessions-title">"Sessions"</h2>
            <HeldFrame live=administrator.frame.live hold words="Sessions changed" has_moved=Signal::derive(move || list.has_moved()) apply=Callback::new(move |()| list.apply())>
                <table class="list sessions">
                    <caption class="only-heard">"Sessions"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"User"</th>
                            <th scope="col">"Browser"</th>
                            <th scope="col">"Address"</th>
                            <th scope="col" class="number">"Signed in"</th>
                            <th scope="col" class="number">"Last seen"</th>
                            <th scope="col" class="end">"Actions"</th>
                        </tr>
                    </thead>
                    <tbody node_ref=hold.rows on:focusin=move |_| hold.focus() on:focusout=move |event| hold.blur(&event)>
                        <For each=move || shown.get() key=|session| session.id.clone() let:session>
                            <SessionRow administrator session/>
                        </For>
                    </tbody>
                </table>
            </HeldFrame>
        </section>
    }
}

#[component]
fn SessionRow(
    /// What the page's lists and buttons share.
    administrator: Administrator,
    /// The session as it stood when the row appeared.
    session: SessionEntry,
) -> impl IntoView {
    let SessionEntry { id, user, since, seen, address, browser, is_own } = session;
    let clock = administrator.frame.live.clock;
    let (known, name) = (id.clone(), id.clone());
    let place = if browser.is_empty() { address.clone() } else { format!("{browser}, from {address}") };
    let ended = id.clone();
    let is_gone = Memo::new(move |_| administrator.sessions.is_gone(&ended));
    let seen = Memo::new(move |_| {
        let shown = administrator.shown.read();
        shown.sessions.iter().find(|session| session.id == known).map_or(seen, |session| session.seen)
    });
    view! {
        <tr data-session=name class:gone=move || is_gone.get()>
            <th scope="row" data-cell="who">
                {user.clone()} {is_own.then_some(view! { <span class="under">"this session"</span> })}
            </th>
            <td data-cell="browser" data-label="Browser">{browser}</td>
            <td data-cell="address" data-label="Address">{address}</td>
            <td data-cell="since" data-label="Signed in" class="number"><TimeAgo moment=since clock/></td>
            <td data-cell="seen" data-label="Last seen" class="number"><TimeAgo moment=seen clock/></td>
            <td data-cell="actions" class="end"><DeedButton administrator deed=Deed::EndSession { user, id, place }/></td>
        </tr>
    }
}
