//! What changed while the page was cut off.

use leptos::prelude::*;

use crate::live::Live;
use crate::live::away::Summary;
use crate::model::service::ServiceId;
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::format;
use crate::ui::services_filter::ServicesFilter;

/// The most services that are told one by one.
const MOST: usize = 3;

/// One line above the content, until it is closed.
#[component]
pub fn AwayBanner(
    /// What the page knows.
    live: Live,
) -> impl IntoView {
    view! {
        <div role="status">
            {move || live.away.summary().map(|summary| {
                let rows = rows(&summary.services);
                view! {
                    <div class="notice notice-warning away" data-testid="away">
                        <Icon name=IconName::Warning/>
                        <p>
                            {words(&summary)}
                            {(!summary.services.is_empty()).then(|| view! { " " <a href=rows data-noscroll>"Show"</a> })}
                        </p>
                        <button type="button" class="toast-close" aria-label="Dismiss" on:click=move |_| live.away.dismiss()>
                            <Icon name=IconName::Cross/>
                        </button>
                    </div>
                }
            })}
        </div>
    }
}

fn words(summary: &Summary) -> String {
    let what = if summary.was_hidden { "While this page was hidden" } else { "Disconnected" };
    let mut told: Vec<String> =
        summary.changes.iter().take(MOST).map(|(id, states)| format!("{id} {}", states.join(" → "))).collect();
    match summary.changes.len().saturating_sub(MOST) {
        0 => {}
        1 => told.push("1 more service changed".to_owned()),
        more => told.push(format!("{more} more services changed")),
    }
    match summary.actions {
        0 => {}
        1 => told.push("1 operator action".to_owned()),
        more => told.push(format!("{more} operator actions")),
    }
    let told = if told.is_empty() { "nothing changed".to_owned() } else { told.join("; ") };
    format!("{what} {}: {told}.", format::duration(summary.lasted / 1_000 * 1_000))
}

fn rows(services: &[ServiceId]) -> String {
    ServicesFilter { only: services.to_vec(), ..ServicesFilter::default() }.address()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(changes: &[(&str, &[&str])], actions: usize) -> Summary {
        let id = |text: &str| ServiceId::parse(text).expect("an id");
        let states = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Summary {
            lasted: 72_345,
            was_hidden: false,
            changes: changes.iter().map(|(name, words)| (id(name), states(words))).collect(),
            actions,
            services: Vec::new(),
        }
    }

    #[test]
    fn the_line_says_how_long_and_what() {
        assert_eq!(words(&summary(&[], 0)), "Disconnected 1 m 12 s: nothing changed.");
        let one: (&str, &[&str]) = ("balance-sync", &["Running", "Failed", "Running"]);
        let line = "Disconnected 1 m 12 s: balance-sync Running → Failed → Running; 2 operator actions.";
        assert_eq!(words(&summary(&[one], 2)), line);
        let many = words(&summary(&[one, one, one, one, one], 1));
        assert!(many.ends_with("Running; 2 more services changed; 1 operator action."), "{many}");
    }
}
