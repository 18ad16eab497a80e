//! Sign-in: a plain form, so that it works without a script.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::notice::{Notice, NoticeTone};
use crate::ui::components::theme_switch::ThemeSwitch;

/// `/login?next=&failed=1`.
#[component]
pub fn LoginPage() -> impl IntoView {
    let query = use_query_map();
    let next = move || query.read().get("next").unwrap_or_else(|| "/services".to_owned());
    let failed = move || query.read().get("failed").is_some();
    view! {
        <Title text="Sign in"/>
        <main class="login">
            <form method="post" action="/login" class="login-card">
                <p class="login-brand">
                    <span class="brand-mark"><Icon name=IconName::Mark/></span>
                    "Service Manager"
                </p>
                <h1>"Sign in"</h1>
                {move || failed().then(|| view! {
                    <div role="alert"><Notice tone=NoticeTone::Bad>"Name or password is wrong."</Notice></div>
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
