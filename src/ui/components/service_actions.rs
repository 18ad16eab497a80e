//! What may be asked of one service: the likeliest thing as a button, the others in a menu.

use leptos::prelude::*;

use crate::live::Live;
use crate::model::event::ServiceView;
use crate::model::service::{BuiltIn, Control, ServiceId};
use crate::model::status::{Freshness, ServiceState};
use crate::ui::commander::Commander;
use crate::ui::components::command_button::CommandButton;
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::sync_button::SyncButton;
use crate::ui::components::sync_dialog::OpenSync;
use crate::ui::disclosure::Disclosure;

/// The order of a menu; what takes something away stands last, after a line.
const MENU: [Control; 6] =
    [Control::Trigger, Control::Start, Control::Resume, Control::Pause, Control::Restart, Control::Stop];

/// The height that the page's header may take, in px.
const HEADER: f64 = 120.0;

/// What the first button of a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Primary {
    /// Asks whose balances to sync.
    Sync,
    /// Gives a command.
    Control(Control),
}

/// Buttons for those who may use them.
#[component]
pub fn ServiceActions(
    /// What the page knows.
    live: Live,
    /// Which service.
    id: ServiceId,
    /// What is known of it.
    row: Memo<Option<ServiceView>>,
    /// What it is doing, by its last word.
    state: Memo<ServiceState>,
    /// How recent that is.
    freshness: Memo<Freshness>,
    /// What the buttons of all rows share.
    commander: Commander,
    /// Opens the sync dialog.
    open_sync: OpenSync,
) -> impl IntoView {
    let controls = Memo::new(move |_| row.read().as_ref().map(|row| row.controls.clone()).unwrap_or_default());
    let command = Memo::new(move |_| row.read().as_ref().and_then(|row| row.command.clone()));
    let under_way = Memo::new(move |_| commander.under_way(id, command.read().as_ref()));
    let offline = Memo::new(move |_| live.connection().obstacle());
    // While one command is under way the service takes no other.
    let obstacle = Memo::new(move |_| {
        let busy = || under_way.get().map(|control| format!("{} has not ended.", control.label()));
        offline.get().map(str::to_owned).or_else(busy)
    });
    let primary = Memo::new(move |_| primary(id, &state.read(), &controls.read()));
    let rest = Memo::new(move |_| {
        let first = primary.get();
        let listed = |control: &Control| controls.read().contains(control) && first != Some(Primary::Control(*control));
        MENU.into_iter().filter(listed).collect::<Vec<_>>()
    });
    let first_button = move || match primary.get() {
        Some(Primary::Sync) => view! { <SyncButton open=open_sync obstacle=sync_obstacle(state, offline)/> }.into_any(),
        Some(Primary::Control(control)) => {
            view! { <CommandButton id control commander state freshness obstacle under_way is_primary=true/> }
                .into_any()
        }
        None => ().into_any(),
    };
    let is_busy = Memo::new(move |_| under_way.get().is_some_and(|control| rest.read().contains(&control)));
    view! {
        <div class="actions">
            {first_button}
            <Show when=move || !rest.read().is_empty()>
                <Menu id is_busy>
                    <For each=move || rest.get() key=|control| *control let:control>
                        <CommandButton id control commander state freshness obstacle under_way/>
                    </For>
                </Menu>
            </Show>
        </div>
    }
}

fn primary(id: ServiceId, state: &ServiceState, controls: &[Control]) -> Option<Primary> {
    let likely = match state {
        ServiceState::Stopped | ServiceState::Failed => Control::Start,
        ServiceState::Paused => Control::Resume,
        _ if BuiltIn::of(id) == Some(BuiltIn::BalanceSync) => return Some(Primary::Sync),
        _ => Control::Trigger,
    };
    controls.contains(&likely).then_some(Primary::Control(likely))
}

/// A sync waits in its lane beside any other command; only a stopped service takes none, whether it is heard or not.
pub fn sync_obstacle(state: Memo<ServiceState>, offline: Memo<Option<&'static str>>) -> Signal<Option<&'static str>> {
    Signal::derive(move || Control::Trigger.obstacle(&state.read(), Freshness::Fresh).or_else(|| offline.get()))
}

/// A native disclosure, which opens without a script. With one it closes when the focus leaves it, on Escape, and when
/// something was chosen.
#[component]
fn Menu(
    /// Whose menu.
    id: ServiceId,
    /// Whether something of it is under way, which nobody sees while it is closed.
    is_busy: Memo<bool>,
    /// What can be chosen.
    children: Children,
) -> impl IntoView {
    let disclosure = Disclosure::new();
    let opens_upwards = RwSignal::new(false);
    // Under the last rows of a page there may be no room.
    let on_toggle = move |_| {
        let panel =
            disclosure.element.get_untracked().filter(|menu| menu.open()).and_then(|menu| menu.last_element_child());
        let height = window().inner_height().ok().and_then(|height| height.as_f64());
        let is_cut_off = panel.zip(height).is_some_and(|(panel, height)| {
            let place = panel.get_bounding_client_rect();
            place.bottom() > height && place.height() + HEADER < place.top()
        });
        opens_upwards.set(is_cut_off);
    };
    view! {
        <details
            class="menu"
            class:menu-up=opens_upwards
            name="row-menu"
            node_ref=disclosure.element
            on:toggle=on_toggle
            on:focusout=move |event| disclosure.blur(&event)
            on:keydown=move |event| disclosure.press(&event)
        >
            <summary class="button button-icon" node_ref=disclosure.summary aria-label=format!("More actions for {id}")>
                {move || view! { <Icon name=if is_busy.get() { IconName::Spinner } else { IconName::More }/> }}
            </summary>
            // What the pointer hits in it takes the focus, so that this stays in the menu until the click.
            <div class="menu-panel" tabindex="-1" on:submit=move |_| disclosure.close()>{children()}</div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_offers_first_what_its_state_calls_for() {
        let all = &Control::ALL;
        let sync = BuiltIn::BalanceSync.id();
        assert_eq!(primary(sync, &ServiceState::Idle, all), Some(Primary::Sync));
        assert_eq!(primary(sync, &ServiceState::Stopped, all), Some(Primary::Control(Control::Start)));
        assert_eq!(primary(sync, &ServiceState::Paused, all), Some(Primary::Control(Control::Resume)));
        let other = BuiltIn::AccountDiscovery.id();
        assert_eq!(primary(other, &ServiceState::Idle, all), Some(Primary::Control(Control::Trigger)));
        assert_eq!(primary(other, &ServiceState::Idle, &[Control::Stop]), None, "what it does not take is not offered");
    }
}
