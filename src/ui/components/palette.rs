//! Finds a page, a service or an action by its name.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::live::Live;
use crate::model::service::{Control, ServiceId};
use crate::ui::commander::Commander;
use crate::ui::components::header::Tab;
use crate::ui::components::help_dialog::HelpSheet;
use crate::ui::components::theme_switch::ThemeChoice;

/// The most that is offered at a time.
const MOST: usize = 10;

/// What an entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    Go(String),
    Ask(ServiceId, Control),
    NextTheme,
    Help,
}

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    words: String,
    kind: &'static str,
    act: Act,
}

impl Entry {
    fn page(words: &str, path: &str) -> Self {
        Self { words: words.to_owned(), kind: "Page", act: Act::Go(path.to_owned()) }
    }
}

/// What the dialog knows. Copying it shares it.
#[derive(Clone, Copy)]
pub struct PaletteState {
    element: NodeRef<html::Dialog>,
    query: RwSignal<String>,
    chosen: RwSignal<usize>,
    /// Nothing is looked for while it is closed.
    is_open: RwSignal<bool>,
}

impl PaletteState {
    /// A closed dialog.
    pub fn new() -> Self {
        let (query, chosen, is_open) = (RwSignal::new(String::new()), RwSignal::new(0), RwSignal::new(false));
        Self { element: NodeRef::new(), query, chosen, is_open }
    }

    /// Opens it, empty.
    pub fn open(&self) {
        self.query.set(String::new());
        self.chosen.set(0);
        self.is_open.set(true);
        if let Some(dialog) = self.element.get_untracked() {
            // It fails only for a dialog that is open already.
            let _ = dialog.show_modal();
        }
    }

    fn close(&self) {
        if let Some(dialog) = self.element.get_untracked() {
            dialog.close();
        }
    }
}

impl Default for PaletteState {
    fn default() -> Self {
        Self::new()
    }
}

/// A native dialog with one field; the arrows choose from what it finds.
#[component]
pub fn Palette(
    /// What the dialog knows.
    state: PaletteState,
    /// The theme that was chosen.
    theme: ThemeChoice,
    /// The sheet that names the keys.
    help: HelpSheet,
    /// What the page knows, on pages that are kept alive.
    live: Option<Live>,
    /// Gives commands, for those who may.
    commander: Option<Commander>,
    /// Whether whoever looks manages users.
    is_admin: bool,
) -> impl IntoView {
    let navigate = use_navigate();
    let entries = Memo::new(move |_| {
        if !state.is_open.get() {
            return Vec::new();
        }
        let query = state.query.read().to_ascii_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        let mut found = pages(is_admin);
        if !words.is_empty() {
            found.extend(live.into_iter().flat_map(|live| services(live, commander.is_some(), &words)));
        }
        let is_meant = |entry: &Entry| {
            let text = entry.words.to_ascii_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        found.retain(is_meant);
        found.truncate(MOST);
        found
    });
    let act = Callback::new(move |act: Act| {
        // The dialog gives the focus back first, so that what opens next can give it back as well.
        state.close();
        match act {
            Act::Go(path) => navigate(&path, Default::default()),
            Act::Ask(service, control) => {
                if let Some(commander) = commander {
                    commander.ask(service, control);
                }
            }
            Act::NextTheme => theme.next(),
            Act::Help => help.open(),
        }
    });
    let on_keydown = move |event: KeyboardEvent| {
        let (chosen, count) = (state.chosen.get_untracked(), entries.with_untracked(Vec::len).max(1));
        match event.key().as_str() {
            "ArrowDown" => state.chosen.set((chosen + 1) % count),
            "ArrowUp" => state.chosen.set((chosen + count - 1) % count),
            "Enter" => {
                if let Some(entry) = entries.with_untracked(|entries| entries.get(chosen).cloned()) {
                    act.run(entry.act);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let on_input = move |event| {
        state.query.set(event_target_value(&event));
        state.chosen.set(0);
    };
    let option = move |(place, entry): (usize, Entry)| {
        let Entry { words, kind, act: its } = entry;
        view! {
            <li
                id=format!("palette-{place}")
                role="option"
                class="palette-entry"
                aria-selected=move || if state.chosen.get() == place { "true" } else { "false" }
                on:click=move |_| act.run(its.clone())
            >
                <span class="palette-words">{words}</span>
                <span class="palette-kind">{kind}</span>
            </li>
        }
    };
    let is_empty = Memo::new(move |_| entries.read().is_empty());
    let active = move || (!is_empty.get()).then(|| format!("palette-{}", state.chosen.get()));
    view! {
        <dialog
            class="dialog palette"
            node_ref=state.element
            aria-label="Find a page, a service or an action"
            on:close=move |_| state.is_open.set(false)
        >
            <input
                role="combobox"
                class="palette-field"
                placeholder="Page, service or action"
                aria-label="Page, service or action"
                aria-autocomplete="list"
                aria-controls="palette-list"
                aria-expanded=move || if is_empty.get() { "false" } else { "true" }
                aria-activedescendant=active
                autocomplete="off"
                spellcheck="false"
                autofocus
                prop:value=state.query
                on:input=on_input
                on:keydown=on_keydown
            />
            <ul id="palette-list" role="listbox" aria-label="Found" class="palette-list">
                {move || entries.get().into_iter().enumerate().map(option).collect_view()}
            </ul>
            <Show when=move || is_empty.get()>
                <p class="picker-note" role="status">"Nothing has that name."</p>
            </Show>
        </dialog>
    }
}

fn pages(is_admin: bool) -> Vec<Entry> {
    let mut pages: Vec<Entry> = Tab::ALL.iter().map(|tab| Entry::page(tab.label(), tab.path())).collect();
    pages.extend(is_admin.then(|| Entry::page("Administration", "/admin")));
    pages.push(Entry { words: "Next theme".to_owned(), kind: "Action", act: Act::NextTheme });
    pages.push(Entry { words: "Help: keys".to_owned(), kind: "Action", act: Act::Help });
    pages
}

/// The services that one of the words names, and what can be asked of them now.
fn services(live: Live, may_ask: bool, words: &[&str]) -> Vec<Entry> {
    let can_ask = may_ask && live.connection().obstacle().is_none();
    let now = live.known_until(live.clock.now_untracked());
    live.table.with_rows(|rows| {
        let is_named = |id: &ServiceId| words.iter().any(|word| id.as_str().contains(word));
        let mut named = Vec::new();
        let mut asked = Vec::new();
        for row in rows.iter().filter(|row| is_named(&row.id)) {
            let id = row.id;
            named.push(Entry { words: id.to_string(), kind: "Service", act: Act::Go(format!("/services/{id}")) });
            if !can_ask || named.len() > MOST {
                continue;
            }
            let (state, freshness) = (row.state(), row.freshness(now));
            let is_busy = row.command.as_ref().is_some_and(|command| command.outcome.is_open());
            let is_possible = |control: &&Control| !is_busy && control.obstacle(&state, freshness).is_none();
            asked.extend(row.controls.iter().filter(is_possible).map(|control| Entry {
                words: format!("{} {id}", control.label()),
                kind: "Action",
                act: Act::Ask(id, *control),
            }));
        }
        named.append(&mut asked);
        named
    })
}
