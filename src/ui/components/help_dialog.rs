//! What the keys do.

use leptos::html;
use leptos::prelude::*;

use crate::ui::components::header::Tab;

/// The keys, besides those that lead to tabs, and what they do.
const KEYS: [(&[&str], &str); 7] = [
    (&["/"], "Filter or search this page"),
    (&["Ctrl", "K"], "Find anything by name"),
    (&["j"], "Next row"),
    (&["k"], "Row before"),
    (&["Enter"], "Open the row"),
    (&["t"], "Next theme"),
    (&["?"], "This help"),
];

/// Opens the sheet. Copying it shares it.
#[derive(Clone, Copy)]
pub struct HelpSheet(NodeRef<html::Dialog>);

impl HelpSheet {
    /// A closed one.
    pub fn new() -> Self {
        Self(NodeRef::new())
    }

    /// Opens it.
    pub fn open(&self) {
        if let Some(dialog) = self.0.get_untracked() {
            // It fails only for a dialog that is open already.
            let _ = dialog.show_modal();
        }
    }
}

impl Default for HelpSheet {
    fn default() -> Self {
        Self::new()
    }
}

/// A native dialog: the browser closes it on Escape and gives the focus back.
#[component]
pub fn HelpDialog(
    /// Opens it.
    sheet: HelpSheet,
) -> impl IntoView {
    let line = |(keys, what): (&'static [&'static str], &'static str)| {
        let keys = keys.iter().map(|key| view! { <kbd class="key">{*key}</kbd> }).collect_view();
        view! { <div><dt>{keys}</dt><dd>{what}</dd></div> }
    };
    let tab = |tab: Tab| {
        view! {
            <div>
                <dt><kbd class="key">"g"</kbd><kbd class="key">{tab.key()}</kbd></dt>
                <dd>{format!("Go to {}", tab.label())}</dd>
            </div>
        }
    };
    view! {
        <dialog class="dialog" node_ref=sheet.0 aria-labelledby="help-title">
            <form method="dialog" class="dialog-form">
                <h2 id="help-title">"Keys"</h2>
                <dl class="keys">{KEYS.map(line).collect_view()} {Tab::ALL.map(tab).collect_view()}</dl>
                <p class="dialog-lead">"Keys rest while you type. None of them stops or discards anything without asking."</p>
                <div class="dialog-actions"><button class="button" autofocus>"Close"</button></div>
            </form>
        </dialog>
    }
}
