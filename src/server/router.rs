//! Every route and the layers around them, as a function that tests call.
//!
//! A request passes what `passage.rs` says; then, where its route is declared, admission; then its handler.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::middleware::from_fn_with_state;
use leptos::nonce::Nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};

use crate::api::error::ApiError;
use crate::app::{App, shell};
use crate::server::application::AppState;
use crate::server::router::table::Access;

pub mod admission;
pub mod bearer;
pub mod client_address;
pub mod envelope;
pub mod files;
pub mod form_return;
pub mod json_body;
pub mod limits;
pub mod measure;
pub mod next_page;
pub mod passage;
pub mod problem;
pub mod same_origin;
pub mod scraper;
pub mod table;

/// The whole web server: declared routes, pages, server functions, files.
pub fn router(state: AppState) -> Router {
    let options = state.leptos.clone();
    let mut router = Router::<AppState>::new();
    for route in table::ROUTES {
        // Without a token nobody could be admitted to the metrics, so there is no such address.
        let exists = route.access != Access::Scraper || state.config.metrics.token.is_some();
        if let Some(handler) = route.handler.filter(|_| exists) {
            router = router.route(route.path, handler());
        }
    }
    let shell_options = options.clone();
    let router = router
        .leptos_routes_with_context(&state, pages().to_vec(), provide_request_nonce, move || {
            shell(shell_options.clone())
        })
        .route_layer(from_fn_with_state(state.clone(), admission::admit))
        .fallback(move |request: Request| files::serve(options.clone(), request));
    enclose(router, &state).with_state(state)
}

/// How soon to come back to a server that has no room, in seconds.
const ROOM_IN: HeaderValue = HeaderValue::from_static("5");

/// What a server answers that has no room: 503, whatever was asked.
pub fn full(state: &AppState) -> Router {
    let refuse = async || ([(header::RETRY_AFTER, ROOM_IN)], ApiError::Unavailable);
    enclose(Router::new().fallback(refuse), state).with_state(state.clone())
}

/// Puts what every request passes around routes; admission is not part of it, because it concerns declared routes alone.
pub fn enclose(routes: Router<AppState>, state: &AppState) -> Router<AppState> {
    routes.layer(from_fn_with_state(state.clone(), passage::pass))
}

/// The pages of the application. `/` is a declared route of its own.
///
/// They are found once in a process: while Leptos looks for them, nothing that a page waits for is ever loaded, so a page that
/// another instance begins to render just then would never be answered.
pub fn pages() -> &'static [AxumRouteListing] {
    static PAGES: LazyLock<Vec<AxumRouteListing>> =
        LazyLock::new(|| generate_route_list(App).into_iter().filter(|page| page.path() != "/").collect());
    &PAGES
}

/// Leptos makes up a nonce of its own; the page must carry the one that its headers name.
fn provide_request_nonce() {
    if let Some(nonce) = use_context::<Parts>().and_then(|request| request.extensions.get::<Nonce>().cloned()) {
        provide_context(nonce);
    }
}
