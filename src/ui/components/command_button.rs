//! A button that asks something of a service.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::model::service::{Control, ServiceId};
use crate::model::status::{Freshness, ServiceState};
use crate::ui::commander::Commander;
use crate::ui::components::icon::{Icon, IconName};

/// A form, so that it works without a script as well. What is impossible now is disabled and says why.
#[component]
pub fn CommandButton(
    /// Which service.
    id: ServiceId,
    /// What it shall do.
    control: Control,
    /// What the buttons of all rows share.
    commander: Commander,
    /// What the service is doing, by its last word.
    state: Memo<ServiceState>,
    /// How recent that is.
    freshness: Memo<Freshness>,
    /// Why nothing can be asked of it now, if so.
    obstacle: Memo<Option<String>>,
    /// What is being asked of it.
    under_way: Memo<Option<Control>>,
    /// Whether it is the row's first button, and not one of a menu.
    #[prop(optional)]
    is_primary: bool,
) -> impl IntoView {
    let impossible = move || control.obstacle(&state.read(), freshness.get()).map(str::to_owned);
    let reason = Memo::new(move |_| obstacle.get().or_else(impossible));
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if reason.get_untracked().is_none() {
            commander.ask(id, control);
        }
    };
    let icon = move || {
        let is_spinning = under_way.get() == Some(control);
        view! { <Icon name=if is_spinning { IconName::Spinner } else { icon(control) }/> }
    };
    let class = match (is_primary, control) {
        (true, _) => "button button-primary",
        (false, Control::Stop) => "menu-item menu-item-danger",
        (false, _) => "menu-item",
    };
    view! {
        <form method="post" action="/fn/command_service" data-control=control.name() on:submit=on_submit>
            <input type="hidden" name="service" value=id.to_string()/>
            <input type="hidden" name="command" value=control.name()/>
            <button type="submit" class=class disabled=move || reason.get().is_some() title=move || reason.get()>
                {icon}
                <span>{control.label()}</span>
                {move || (!is_primary).then(|| reason.get()).flatten().map(|reason| view! {
                    <span class="menu-reason">{reason}</span>
                })}
            </button>
        </form>
    }
}

const fn icon(control: Control) -> IconName {
    match control {
        Control::Trigger | Control::Start | Control::Resume => IconName::Play,
        Control::Pause => IconName::Pause,
        Control::Restart => IconName::Refresh,
        Control::Stop => IconName::Stop,
    }
}
