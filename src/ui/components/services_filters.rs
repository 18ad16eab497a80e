//! Which services are looked for: a plain form, which a script sends while it is filled in.

use std::time::Duration;

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::ui::components::icon::{Icon, IconName};
use crate::ui::services_filter::{STATES, ServicesFilter, SortKey};
use crate::ui::services_view::ServicesView;

/// How long the filter waits for the next key.
const PAUSE: Duration = Duration::from_millis(120);

/// The form. What it asks for stands in the page's address.
#[component]
pub fn ServicesFilters(
    /// What the table shows.
    view: ServicesView,
) -> impl IntoView {
    let navigate = use_navigate();
    let go = Callback::new(move |filter: ServicesFilter| {
        navigate(&filter.address(), NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    let change = move |change: &dyn Fn(&mut ServicesFilter)| {
        let mut filter = view.filter_untracked();
        change(&mut filter);
        go.run(filter);
    };
    let typed = move |q: String| change(&|filter: &mut ServicesFilter| filter.q.clone_from(&q));
    let mut type_later = debounce(PAUSE, typed);
    let field = NodeRef::<html::Input>::new();
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            typed(field.value());
        }
    };
    let first = view.filter_untracked();
    // A filter that was cleared elsewhere empties the field; one that is being typed into is left alone.
    Effect::new(move |_| {
        let q = view.filter().q;
        let Some(field) = field.get() else { return };
        let has_focus = document().active_element().is_some_and(|element| element.is_same_node(Some(&field)));
        if !has_focus && field.value().trim() != q {
            field.set_value(&q);
        }
    });
    let choose_state = move |state: String| change(&|filter: &mut ServicesFilter| filter.state.clone_from(&state));
    let choose_sort = move |name: String| {
        let sort = SortKey::ALL.into_iter().find(|key| key.name() == name).unwrap_or_default();
        change(&|filter: &mut ServicesFilter| (filter.sort, filter.descending) = (sort, sort.begins_descending()));
    };
    let states: Vec<_> = std::iter::once(("", "All")).chain(STATES).collect();
    let sorts = SortKey::ALL.map(|key| (key.name(), key.label())).to_vec();
    view! {
        <form method="get" action="/services" class="filters services-filters" role="search" aria-label="Services" on:submit=on_submit>
            <label class="search">
                <span class="only-heard">"Filter services by name"</span>
                <Icon name=IconName::Search/>
                <input
                    type="search"
                    name="q"
                    node_ref=field
                    value=first.q.clone()
                    placeholder="Filter by name"
                    autocomplete="off"
                    spellcheck="false"
                    data-filter
                    on:input=move |event| type_later(event_target_value(&event))
                />
                <kbd class="key needs-script" aria-hidden="true">"/"</kbd>
            </label>
            <Choice
                class="field-inline"
                label="State"
                name="state"
                options=states
                chosen=Signal::derive(move || view.filter().state)
                choose=Callback::new(choose_state)
            />
            // Where the rows are cards there is no header to sort by.
            <Choice
                class="field-inline sort-choice"
                label="Sort by"
                name="sort"
                options=sorts
                chosen=Signal::derive(move || view.filter().sort.name().to_owned())
                choose=Callback::new(choose_sort)
            />
            {first.descending.then(|| view! { <input type="hidden" name="dir" value="desc"/> })}
            <button type="submit" class="button without-script">"Filter"</button>
            <Only view/>
            <Show when=move || view.filter().is_narrow()>
                <a class="clear-filters" href=move || view.filter().of_all().address() data-noscroll>"Clear filters"</a>
            </Show>
        </form>
    }
}

/// A list to choose one value from.
#[component]
fn Choice(
    /// How it is laid out.
    class: &'static str,
    /// What is chosen.
    label: &'static str,
    /// Its name in the address.
    name: &'static str,
    /// The values, each with its words.
    options: Vec<(&'static str, &'static str)>,
    /// The value that the address says.
    #[prop(into)]
    chosen: Signal<String>,
    /// Takes another one.
    choose: Callback<String>,
) -> impl IntoView {
    let first = chosen.get_untracked();
    view! {
        <label class=class>
            <span>{label}</span>
            <select name=name prop:value=move || chosen.get() on:change=move |event| choose.run(event_target_value(&event))>
                {options.into_iter().map(|(value, words)| view! {
                    <option value=value selected=first == value>{words}</option>
                }).collect_view()}
            </select>
        </label>
    }
}

/// That only some services are shown, named one by one in the address.
#[component]
fn Only(
    /// What the table shows.
    view: ServicesView,
) -> impl IntoView {
    move || {
        let named = view.filter().only.len();
        let words = if named == 1 { "Only 1 service".to_owned() } else { format!("Only {named} services") };
        (named > 0).then(|| view! { <span class="only-named">{words}</span> })
    }
}
