//! Every route, in one place: what is not declared here is refused.

use axum::http::Method;
use axum::response::Redirect;
use axum::routing::{MethodRouter, get, post};

use crate::model::user::Role;
use crate::server::application::AppState;
use crate::server::auth::sessions::Presence;
use crate::server::routes::{
    audit, command, health, history, job, job_change, login, logout, logs, metrics, openapi, runs, session, status,
    status_stream, trigger,
};

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone; no session is looked up.
    Public,
    /// Everyone; who is signed in already is led on to the services.
    Guest,
    /// Whoever has at least this role.
    Role(Role),
    /// Whoever is signed in, with whatever role. The handler finds out who that is, since it has more to ask of Redis in
    /// the same round trip.
    SignedIn,
    /// Whoever brings `METRICS_TOKEN`; while that is not set, there is no such route.
    Scraper,
}

/// What kind of answer a caller expects, also when it is a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HTML of the application: without a session the browser is led to the sign-in page.
    Page,
    /// A server function, mounted by Leptos: without a session 401.
    ServerFunction,
    /// Anything else: without a session 401.
    Endpoint,
}

/// One declared route.
pub struct Route {
    /// The method. `HEAD` goes with `GET`.
    pub method: Method,
    /// The path, in Axum's notation.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
    /// What they expect.
    pub kind: Kind,
    /// Whether asking shows that somebody is there.
    pub presence: Presence,
    /// What answers; `None` where Leptos mounts pages and server functions by itself.
    pub handler: Option<fn() -> MethodRouter<AppState>>,
}

/// Where the status stream is.
pub const STATUS_STREAM: &str = "/api/services/status/stream";

/// Every route of the program but static files, which everyone may read.
pub const ROUTES: &[Route] = &[
    read("/healthz", Access::Public, || get(health::healthz)),
    read("/readyz", Access::Public, || get(health::readyz)),
    read("/metrics", Access::Scraper, || get(metrics::metrics)),
    read("/", Access::Public, || get(async || Redirect::to("/services"))),
    change("/login", Access::Public, || post(login::login)),
    change("/logout", Access::Public, || post(logout::logout)),
    read("/api/session", Access::Role(Role::Viewer), || get(session::session)),
    change("/api/session", Access::Role(Role::Viewer), || post(session::touch)),
    read("/api/services/status", Access::Role(Role::Viewer), || get(status::status)),
    read(STATUS_STREAM, Access::SignedIn, || get(status_stream::status_stream)),
    read("/api/services/{id}/history", Access::Role(Role::Viewer), || get(history::history)),
    read("/api/services/logs/stream", Access::SignedIn, || get(logs::log_stream)),
    read("/api/services/logs.txt", Access::Role(Role::Viewer), || get(logs::log_file)),
    read("/api/services/{id}/runs", Access::Role(Role::Viewer), || get(runs::runs)),
    change("/api/services/balance-sync", Access::Role(Role::Operator), || post(trigger::balance_sync)),
    change("/api/services/account-discovery", Access::Role(Role::Operator), || post(trigger::account_discovery)),
    change("/api/services/account-enrichment", Access::Role(Role::Operator), || post(trigger::account_enrichment)),
    change("/api/services/{id}/commands", Access::Role(Role::Operator), || post(command::command)),
    read("/api/commands/{id}", Access::Role(Role::Viewer), || get(command::outcome)),
    read("/api/jobs/{id}", Access::Role(Role::Viewer), || get(job::job)),
    change("/api/jobs/{id}/retry", Access::Role(Role::Operator), || post(job_change::retry)),
    change("/api/jobs/{id}/discard", Access::Role(Role::Operator), || post(job_change::discard)),
    read("/api/audit", Access::Role(Role::Viewer), || get(audit::audit)),
    read("/api/audit.csv", Access::Role(Role::Admin), || get(audit::audit_csv)),
    read("/api/openapi.json", Access::Public, || get(openapi::openapi)),
    page("/login", Access::Guest),
    page("/services", Access::Role(Role::Viewer)),
    page("/jobs", Access::Role(Role::Viewer)),
    page("/jobs/{id}", Access::Role(Role::Viewer)),
    page("/accounts", Access::Role(Role::Viewer)),
    page("/audit", Access::Role(Role::Viewer)),
    page("/services/{id}", Access::Role(Role::Viewer)),
    page("/logs", Access::Role(Role::Viewer)),
    page("/services/sync", Access::Role(Role::Operator)),
    page("/dashboard", Access::Role(Role::Viewer)),
    page("/admin", Access::Role(Role::Admin)),
    server_function("/fn/console", Role::Viewer, Presence::Neutral),
    server_function("/fn/services_snapshot", Role::Viewer, Presence::Neutral),
    server_function("/fn/service_timeline", Role::Viewer, Presence::Neutral),
    server_function("/fn/service_events", Role::Viewer, Presence::Neutral),
    server_function("/fn/job_outcome", Role::Viewer, Presence::Neutral),
    server_function("/fn/job_detail", Role::Viewer, Presence::Neutral),
    server_function("/fn/jobs_page", Role::Viewer, Presence::Neutral),
    server_function("/fn/retry_jobs", Role::Operator, Presence::Extends),
    server_function("/fn/discard_jobs", Role::Operator, Presence::Extends),
    server_function("/fn/accounts_page", Role::Viewer, Presence::Neutral),
    server_function("/fn/audit_page", Role::Viewer, Presence::Neutral),
    server_function("/fn/log_page", Role::Viewer, Presence::Neutral),
    server_function("/fn/search_users", Role::Operator, Presence::Extends),
    server_function("/fn/sync_balance", Role::Operator, Presence::Extends),
    server_function("/fn/command_service", Role::Operator, Presence::Extends),
    server_function("/fn/dashboard", Role::Viewer, Presence::Neutral),
    server_function("/fn/administration", Role::Admin, Presence::Neutral),
    server_function("/fn/add_user", Role::Admin, Presence::Extends),
    server_function("/fn/set_user_role", Role::Admin, Presence::Extends),
    server_function("/fn/set_user_disabled", Role::Admin, Presence::Extends),
    server_function("/fn/reset_password", Role::Admin, Presence::Extends),
    server_function("/fn/end_session", Role::Admin, Presence::Extends),
    server_function("/fn/end_all_sessions", Role::Admin, Presence::Extends),
    server_function("/fn/create_token", Role::Admin, Presence::Extends),
    server_function("/fn/revoke_token", Role::Admin, Presence::Extends),
    server_function("/fn/forget_service", Role::Admin, Presence::Extends),
];

/// The declaration that applies to a request, by the path that the router matched.
pub fn find(method: &Method, path: &str) -> Option<&'static Route> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    ROUTES.iter().find(|route| route.method == *method && route.path == path)
}

/// The methods that a declared path takes, as `Allow` lists them; none for an undeclared path.
pub fn methods(path: &str) -> Vec<&'static str> {
    let declared = ROUTES.iter().filter(|route| route.path == path);
    declared
        .flat_map(|route| match route.method {
            Method::GET => &["GET", "HEAD"][..],
            _ => &["POST"],
        })
        .copied()
        .collect()
}

const fn page(path: &'static str, access: Access) -> Route {
    Route { method: Method::GET, path, access, kind: Kind::Page, presence: Presence::Extends, handler: None }
}

const fn server_function(path: &'static str, role: Role, presence: Presence) -> Route {
    let kind = Kind::ServerFunction;
    Route { method: Method::POST, path, access: Access::Role(role), kind, presence, handler: None }
}

/// One that reads is polled or stays open, and says nothing about anybody being there.
const fn read(path: &'static str, access: Access, handler: fn() -> MethodRouter<AppState>) -> Route {
    let (method, kind) = (Method::GET, Kind::Endpoint);
    Route { method, path, access, kind, presence: Presence::Neutral, handler: Some(handler) }
}

/// One that changes something is asked for by somebody who is there.
const fn change(path: &'static str, access: Access, handler: fn() -> MethodRouter<AppState>) -> Route {
    let (method, kind) = (Method::POST, Kind::Endpoint);
    Route { method, path, access, kind, presence: Presence::Extends, handler: Some(handler) }
}
