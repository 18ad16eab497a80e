//! Sign-in: a plain form, so that it works without a script.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};

use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::notice::{Notice, NoticeTone};
use crate::ui::components::theme_switch::ThemeSwitch;
use crate::ui::format;
use crate::ui::sign_in::next_page;

/// `/login?next=&failed=1`, or `&wait=<seconds>` after too many attempts.
#[component]
pub fn LoginPage() -> impl IntoView {
    let query = use_query_map();
    let location = use_location();
    let next = move || next_page(&location.search.read());
    let trouble = move || {
        let query = query.read();
        match query.get("wait").map(|wait| wait.parse::<u64>()) {
            Some(Ok(seconds)) => {
                Some(format!("Too many attempts. Try again in {}.", format::duration(seconds.saturating_mul(1_000))))
            }
            _ => query.get("failed").map(|_| "Name or password is wrong.".to_owned()),
        }
    };
    view! {
        <Title text="Sign in"/>
        <main class="login">
            <form method="post" action="/login" class="login-card">
                <p class="login-brand">
                    <span class="brand-mark"><Icon name=IconName::Mark/></span>
                    "Service Manager"
                </p>
                <h1>"Sign in"</h1>
                {move || trouble().map(|trouble| view! {
                    <div role="alert"><Notice tone=NoticeTone::Bad>{trouble}</Notice></div>
                })}
                <input type="hidden" name="next" value=next/>
                <label class="field">
                    <span class="field-label">"Name"</span>
                    <input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus/>
                </label>
                <label class="field">
                    <span class="field-label">"Password"</span>
                    <input type="password" name="password" autocomplete="current-password" required/>
                </label>
                <button type="submit" class="button button-primary button-wide">"Sign in"</button>
            </form>
            <ThemeSwitch/>
        </main>
    }
}
