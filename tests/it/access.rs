//! Who may use what: every page, server function and endpoint × nobody, someone signed out, and viewer, operator and
//! administrator with a session and with a token.

use std::collections::BTreeSet;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret;
use service_manager::model::command::CommandId;
use service_manager::model::job::{JobId, Lane};
use service_manager::model::service::{BuiltIn, Control};
use service_manager::model::user::Role;
use service_manager::server::commands::Order;
use service_manager::server::core_banking::wire::Customer;
use service_manager::server::router::same_origin::API;
use service_manager::server::router::table::{Access, Kind, ROUTES, Route};
use service_manager::server::router::{admission, pages, router};
use service_manager::server::worker::queue::Work;
use tokio_util::sync::CancellationToken;

use crate::support::browser::{is_signed_in, sign_out};
use crate::support::{App, RedisServer, client, intent, serve};

/// What everyone has agreed on. A new route, or another role for an old one, is a deliberate change of this list.
const AGREED: &[&str] = &[
    "GET / everyone",
    "GET /accounts viewer",
    "GET /admin admin",
    "GET /api/audit viewer",
    "GET /api/audit.csv admin",
    "GET /api/commands/{id} viewer",
    "GET /api/jobs/{id} viewer",
    "GET /api/openapi.json everyone",
    "GET /api/services/logs.txt viewer",
    "GET /api/services/logs/stream signed in",
    "GET /api/services/status viewer",
    "GET /api/services/status/stream signed in",
    "GET /api/services/{id}/history viewer",
    "GET /api/services/{id}/runs viewer",
    "GET /api/session viewer",
    "GET /audit viewer",
    "GET /dashboard viewer",
    "GET /healthz everyone",
    "GET /jobs viewer",
    "GET /jobs/{id} viewer",
    "GET /login guest",
    "GET /logs viewer",
    "GET /metrics scraper",
    "GET /readyz everyone",
    "GET /services viewer",
    "GET /services/sync operator",
    "GET /services/{id} viewer",
    "POST /api/jobs/{id}/discard operator",
    "POST /api/jobs/{id}/retry operator",
    "POST /api/services/account-discovery operator",
    "POST /api/services/account-enrichment operator",
    "POST /api/services/balance-sync operator",
    "POST /api/services/{id}/commands operator",
    "POST /api/session viewer",
    "POST /fn/accounts_page viewer",
    "POST /fn/add_user admin",
    "POST /fn/administration admin",
    "POST /fn/audit_page viewer",
    "POST /fn/command_service operator",
    "POST /fn/console viewer",
    "POST /fn/create_token admin",
    "POST /fn/dashboard viewer",
    "POST /fn/discard_jobs operator",
    "POST /fn/end_all_sessions admin",
    "POST /fn/end_session admin",
    "POST /fn/forget_service admin",
    "POST /fn/job_detail viewer",
    "POST /fn/job_outcome viewer",
    "POST /fn/jobs_page viewer",
    "POST /fn/log_page viewer",
    "POST /fn/reset_password admin",
    "POST /fn/retry_jobs operator",
    "POST /fn/revoke_token admin",
    "POST /fn/search_users operator",
    "POST /fn/service_events viewer",
    "POST /fn/service_timeline viewer",
    "POST /fn/services_snapshot viewer",
    "POST /fn/set_user_disabled admin",
    "POST /fn/set_user_role admin",
    "POST /fn/sync_balance operator",
    "POST /login everyone",
    "POST /logout everyone",
];

/// What a caller has to show.
enum Credential {
    Browser(Client),
    Token(String),
}

impl Credential {
    fn request(&self, app: &App, route: &Route, known: &Known) -> RequestBuilder {
        let method = Method::from_bytes(route.method.as_str().as_bytes()).expect("a method");
        let url = app.url(&known.path(route));
        match self {
            Self::Browser(browser) => browser.request(method, url).header("sec-fetch-site", "same-origin"),
            Self::Token(token) => client().request(method, url).bearer_auth(token),
        }
    }
}

impl Credential {
    /// Signs a browser in again whose session has ended, such as by a route that was called before.
    async fn renew(&mut self, app: &App, role: Role) {
        if let Self::Browser(browser) = self
            && !is_signed_in(browser, app).await
        {
            *browser = app.sign_in(role.name()).await;
        }
    }
}

/// What routes with an `{id}` find.
struct Known {
    job: JobId,
    command: CommandId,
}

impl Known {
    async fn made(app: &App) -> Self {
        let customer = Customer { customer_id: "10000001".to_owned(), display_name: "Ana".to_owned() };
        app.state.bank.meet_customers(&[customer]).await.expect("a user");
        let work = Work::SyncBalances(1);
        let job = app.state.jobs.enqueue(&work, Lane::Priority, None).await.expect("queued");
        let (service, control, actor) = (work.service().id(), Control::Stop, "ana".to_owned());
        let order = Order { service, control, actor, reason: None, params: None, is_silent: true };
        let command = app.state.commands.issue(&order, &intent(), None).await.expect("given").id;
        Self { job, command }
    }

    fn path(&self, route: &Route) -> String {
        let id = match route.path {
            path if path.starts_with("/api/services/") || path.starts_with("/services/") => BuiltIn::BalanceSync.name(),
            path if path.starts_with("/api/commands/") => &self.command.0,
            _ => &self.job.0,
        };
        route.path.replace("{id}", id)
    }
}

/// Whether an answer shows that the request reached what it asked for, whatever came of it there.
fn is_admitted(answer: &Response) -> bool {
    let to_sign_in =
        answer.headers().get("location").is_some_and(|place| place.as_bytes().starts_with(b"/login?next="));
    let refused = [
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    !to_sign_in && !refused.contains(&answer.status())
}

fn assert_refused_without_session(route: &Route, known: &Known, answer: &Response) {
    if route.kind == Kind::Page {
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", route.path);
        let place = answer.headers()["location"].to_str().expect("text");
        assert_eq!(place, format!("/login?next={}", known.path(route)));
    } else {
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{}", route.path);
    }
}

#[tokio::test]
async fn every_route_admits_exactly_the_roles_it_declares() {
    let server = RedisServer::start().await;
    let app = App::start_with(&server, &[("METRICS_TOKEN", "scrape-me")]).await;
    let known = Known::made(&app).await;
    let mut people = Vec::new();
    for role in Role::ALL {
        let browser = Credential::Browser(app.signed_in(role.name(), role).await);
        let token = app.state.tokens.create(role.name(), "matrix", None).await.expect("a token");
        people.push((role, [browser, Credential::Token(token.expose_secret().to_owned())]));
    }
    let signed_out = app.sign_in("admin").await;
    assert_eq!(sign_out(&signed_out, &app).await.status(), StatusCode::SEE_OTHER);
    let nobody = [client(), signed_out].map(Credential::Browser);
    for route in ROUTES {
        for nobody in &nobody {
            let answer = nobody.request(&app, route, &known).send().await.expect("an answer");
            match route.access {
                Access::Role(_) | Access::SignedIn | Access::Scraper => {
                    assert_refused_without_session(route, &known, &answer)
                }
                Access::Public | Access::Guest => assert!(is_admitted(&answer), "{}: {}", route.path, answer.status()),
            }
        }
        for (role, credentials) in &mut people {
            let role = *role;
            for credential in credentials {
                credential.renew(&app, role).await;
                let answer = credential.request(&app, route, &known).send().await.expect("an answer");
                let who = format!("{} {} by a {role}: {}", route.method, route.path, answer.status());
                match route.access {
                    Access::Role(least) if role < least => assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{who}"),
                    Access::Scraper => assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{who}"),
                    Access::Guest => assert_eq!(answer.headers()["location"], "/services", "{who}"),
                    _ => assert!(is_admitted(&answer), "{who}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_mounted_is_declared_and_what_is_declared_is_mounted() {
    let is_leptos = |kind: Kind| move |route: &&Route| route.kind == kind;
    let declared = |kind: Kind| -> BTreeSet<String> {
        ROUTES.iter().filter(is_leptos(kind)).map(|route| format!("{} {}", route.method, route.path)).collect()
    };
    let functions = leptos::server_fn::axum::server_fn_paths();
    let functions: BTreeSet<_> = functions.map(|(path, method)| format!("{method} {path}")).collect();
    assert_eq!(functions, declared(Kind::ServerFunction));
    let pages: BTreeSet<_> = pages().iter().map(|page| format!("GET {}", page.path())).collect();
    assert_eq!(pages, declared(Kind::Page));
}

#[test]
fn the_declared_routes_are_the_agreed_ones() {
    let word = |access| match access {
        Access::Public => "everyone",
        Access::Guest => "guest",
        Access::Role(role) => role.name(),
        Access::SignedIn => "signed in",
        Access::Scraper => "scraper",
    };
    let mut declared: Vec<_> =
        ROUTES.iter().map(|route| format!("{} {} {}", route.method, route.path, word(route.access))).collect();
    declared.sort();
    assert_eq!(declared, AGREED);
}

#[test]
fn whoever_changes_something_over_the_api_needs_a_role() {
    let changing = ROUTES.iter().filter(|route| route.path.starts_with(API) && route.method != "GET");
    assert!(changing.clone().count() > 3);
    for route in changing {
        assert!(matches!(route.access, Access::Role(_)), "{} would let other sites in", route.path);
    }
}

#[tokio::test]
async fn a_route_that_nobody_declared_admits_nobody() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let admin = app.signed_in("ana", Role::Admin).await;
    let undeclared = Router::new()
        .route("/hidden", get(async || "secret"))
        .route_layer(from_fn_with_state(app.state.clone(), admission::admit));
    let address = serve(undeclared).await;
    let answer = admin.get(format!("http://{address}/hidden")).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn another_method_than_the_declared_one_is_refused() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Admin).await;
    let request = browser.delete(app.url("/services")).header("sec-fetch-site", "same-origin");
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers()["allow"], "GET, HEAD");
    let request = browser.delete(app.url("/api/session")).header("sec-fetch-site", "same-origin");
    assert_eq!(request.send().await.expect("an answer").headers()["allow"], "GET, HEAD, POST");
    let unknown = browser.get(app.url("/nothing/here")).send().await.expect("an answer");
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

/// Leptos looks for the pages with a switch that holds for the whole process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_answered_while_other_instances_are_made() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let viewer = app.signed_in("vera", Role::Viewer).await;
    let enough = CancellationToken::new();
    let making = tokio::task::spawn_blocking({
        let (state, enough) = (App::idle_state(), enough.clone());
        move || {
            while !enough.is_cancelled() {
                drop(router(state.clone()));
            }
        }
    });
    for _ in 0..10 {
        let page = viewer.get(app.url("/services")).header("accept", "text/html").send().await.expect("an answer");
        assert_eq!(page.status(), StatusCode::OK);
    }
    enough.cancel();
    making.await.expect("no panic");
}
