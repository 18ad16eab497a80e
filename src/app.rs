//! The document, its contexts and its routes; nothing else.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::{Redirect, Route, Router, Routes};
use leptos_router::{Lazy, SsrMode, path};

use crate::ui::components::toasts::ToastRegion;
use crate::ui::errands::Errands;
use crate::ui::pages::accounts::AccountsPage;
use crate::ui::pages::administration::AdministrationPage;
use crate::ui::pages::audit::AuditPage;
use crate::ui::pages::dashboard::DashboardPage;
use crate::ui::pages::job::JobPage;
use crate::ui::pages::jobs::JobsPage;
use crate::ui::pages::login::LoginPage;
use crate::ui::pages::logs::LogsPage;
use crate::ui::pages::not_found::NotFoundPage;
use crate::ui::pages::service::ServicePage;
use crate::ui::pages::services::ServicesPage;
use crate::ui::pages::sync::SyncPage;

/// Runs before anything is painted: a theme that came with the WASM would flash.
const BEFORE_PAINT: &str = include_str!("app/before_paint.js");

/// The HTML document around the application.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#161a21" media="(prefers-color-scheme: dark)"/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <script nonce=use_nonce()>{BEFORE_PAINT}</script>
                <AutoReload options=options.clone()/>
                <HydrationScripts options=options.clone()/>
                <HashedStylesheet options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The application, rendered on the server and taken over in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let errands = Errands::new();
    provide_context(errands);
    view! {
        <Title formatter=|page: String| if page.is_empty() { "Service Manager".to_owned() } else { format!("{page} · Service Manager") }/>
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=|| view! { <Redirect path="/services"/> }/>
                <Route path=path!("/services") view=ServicesPage ssr=SsrMode::Async/>
                <Route path=path!("/services/sync") view={Lazy::<SyncPage>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/services/:id") view={Lazy::<ServicePage>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/jobs") view={Lazy::<JobsPage>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/jobs/:id") view={Lazy::<JobPage>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/accounts") view={Lazy::<AccountsPage>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/logs") view={Lazy::<LogsPage>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/audit") view={Lazy::<AuditPage>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/dashboard") view={Lazy::<DashboardPage>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/admin") view={Lazy::<AdministrationPage>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/login") view=LoginPage/>
            </Routes>
            <ToastRegion toasts=errands.toasts/>
        </Router>
    }
}
