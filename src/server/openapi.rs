//! `GET /api/openapi.json`: the description of the API, made from the code that answers.

pub mod full_message;
pub mod refusals;

use std::sync::LazyLock;

use bytes::Bytes;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::model::audit_list::Standing;
use crate::model::log::LogLine;
use crate::server::openapi::full_message::FullMessage;
use crate::server::router::problem::Problem;
use crate::server::routes::{
    audit, command, health, history, job, job_change, login, logout, logs, metrics, openapi, runs, session, status,
    status_stream, trigger,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Service Manager", description = "Shows a back office's background services live, and controls them. Every answer carries `X-Request-Id`, which names the request in the server's log. What an address asks for beyond the parameters of its route is passed over."),
    paths(
        audit::audit,
        audit::audit_csv,
        command::command,
        command::outcome,
        health::healthz,
        health::readyz,
        history::history,
        job::job,
        job_change::retry,
        job_change::discard,
        login::login,
        logout::logout,
        logs::log_file,
        logs::log_stream,
        metrics::metrics,
        openapi::openapi,
        runs::runs,
        session::session,
        session::touch,
        status::status,
        status_stream::status_stream,
        trigger::balance_sync,
        trigger::account_discovery,
        trigger::account_enrichment,
    ),
    components(schemas(FullMessage, LogLine, Problem, Standing)),
    security(("token" = []), ("session" = [])),
    modifiers(&Schemes),
    tags(
        (name = "services", description = "What the services are doing"),
        (name = "logs", description = "What the services say line by line"),
        (name = "triggers", description = "Work for a service, now"),
        (name = "commands", description = "What a service shall do"),
        (name = "audit", description = "Who did what, and what came of it"),
        (name = "session", description = "Who asks"),
        (name = "operation", description = "For whoever runs the program"),
    ),
)]
struct Description;

/// The ways to show who asks.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token, made by `service-manager token create`. Cookies are then passed over."));
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
        let cookie = ApiKeyValue::with_description(
            "__Host-sm",
            "The session of a browser; `sm` over http on loopback. A request that changes something must come from \
             the page's own origin.",
        );
        let scraper =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("METRICS_TOKEN of the settings."));
        components.add_security_scheme("metrics", SecurityScheme::Http(scraper.build()));
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The whole description as it is sent: made once, since anybody may ask for it.
static JSON: LazyLock<Bytes> = LazyLock::new(|| {
    // It always has a JSON form.
    serde_json::to_vec(&document()).unwrap_or_default().into()
});

/// The whole description, OpenAPI 3.1.
pub fn document() -> Document {
    Description::openapi()
}

/// The same as JSON.
pub fn json() -> Bytes {
    JSON.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once() {
        assert!(json().len() > 10_000);
        assert_eq!(json().as_ptr(), json().as_ptr());
    }
}
