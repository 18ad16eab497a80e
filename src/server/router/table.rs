//! Every route, in one place: what is not declared here is refused.

use axum::http::Method;
use axum::response::Redirect;
use axum::routing::{MethodRouter, get, post};

use crate::model::user::Role;
use crate::server::application::AppState;
use crate::server::auth::sessions::Presence;
use crate::server::routes::{health, login, logout, session, status, status_stream};

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone; no session is looked up.
    Public,
    /// Everyone; who is signed in already is led on to the services.
    Guest,
    /// Whoever has at least this role.
    Role(Role),
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

/// Every route of the program but static files, which everyone may read.
pub const ROUTES: &[Route] = &[
    endpoint(Method::GET, "/healthz", Access::Public, || get(health::healthz)),
    endpoint(Method::GET, "/readyz", Access::Public, || get(health::readyz)),
    endpoint(Method::GET, "/", Access::Public, || get(async || Redirect::to("/services"))),
    endpoint(Method::POST, "/login", Access::Public, || post(login::login)),
    endpoint(Method::POST, "/logout", Access::Public, || post(logout::logout)),
    endpoint(Method::GET, "/api/session", Access::Role(Role::Viewer), || get(session::session)),
    endpoint(Method::GET, "/api/services/status", Access::Role(Role::Viewer), || get(status::status)),
    endpoint(Method::GET, "/api/services/status/stream", Access::Role(Role::Viewer), || {
        get(status_stream::status_stream)
    }),
    page("/login", Access::Guest),
    page("/services", Access::Role(Role::Viewer)),
    server_function("/fn/console", Role::Viewer, Presence::Neutral),
    server_function("/fn/services_snapshot", Role::Viewer, Presence::Neutral),
    server_function("/fn/job_outcome", Role::Viewer, Presence::Neutral),
    server_function("/fn/search_users", Role::Operator, Presence::Extends),
    server_function("/fn/sync_balance", Role::Operator, Presence::Extends),
];

/// The declaration that applies to a request, by the path that the router matched.
pub fn find(method: &Method, path: &str) -> Option<&'static Route> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    ROUTES.iter().find(|route| route.method == *method && route.path == path)
}

const fn page(path: &'static str, access: Access) -> Route {
    Route { method: Method::GET, path, access, kind: Kind::Page, presence: Presence::Extends, handler: None }
}

const fn server_function(path: &'static str, role: Role, presence: Presence) -> Route {
    let kind = Kind::ServerFunction;
    Route { method: Method::POST, path, access: Access::Role(role), kind, presence, handler: None }
}

/// Those that read are polled or stay open, and say nothing about anybody being there.
const fn endpoint(
    method: Method,
    path: &'static str,
    access: Access,
    handler: fn() -> MethodRouter<AppState>,
) -> Route {
    Route { method, path, access, kind: Kind::Endpoint, presence: Presence::Neutral, handler: Some(handler) }
}
