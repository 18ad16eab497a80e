//! What administrators do from the page: each thing takes effect, is in the audit, and is refused to everybody else.

use redis::AsyncCommands;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use service_manager::model::administration::Administration;
use service_manager::model::audit::{Action, AuditRecord, Verdict};
use service_manager::model::user::Role;
use service_manager::server::audit::Filter;
use service_manager::server::auth::sessions::listing::Which;

use crate::support::{App, EventReader, PASSWORD, RedisServer, client, eventually, intent};

/// Every server function of the page that changes something, with what it takes.
const DEEDS: &[(&str, &[(&str, &str)])] = &[
    ("add_user", &[("name", "eve"), ("role", "admin")]),
    ("set_user_role", &[("name", "bob"), ("role", "admin")]),
    ("set_user_disabled", &[("name", "bob"), ("disabled", "true")]),
    ("reset_password", &[("name", "bob")]),
    ("end_session", &[("user", "bob"), ("id", "000000000000")]),
    ("end_all_sessions", &[("user", "bob")]),
    ("create_token", &[("user", "bob"), ("name", "nightly"), ("role", "viewer")]),
    ("revoke_token", &[("id", "000000000000")]),
    ("forget_service", &[("service", "mail")]),
];

async fn post(app: &App, browser: &Client, name: &str, form: &[(&str, &str)]) -> Response {
    let request = browser.post(app.url(&format!("/fn/{name}"))).header("sec-fetch-site", "same-origin");
    request.form(form).send().await.expect("an answer")
}

/// What came of it, which must be good.
async fn done(app: &App, browser: &Client, name: &str, form: &[(&str, &str)]) -> Value {
    let answer = post(app, browser, name, form).await;
    assert_eq!(answer.status(), StatusCode::OK, "{name}");
    answer.json().await.expect("JSON")
}

async fn shown(app: &App, browser: &Client) -> Administration {
    post(app, browser, "administration", &[]).await.json().await.expect("what the page shows")
}

async fn is_signed_in(app: &App, browser: &Client) -> bool {
    browser.get(app.url("/api/session")).send().await.expect("an answer").status() == StatusCode::OK
}

async fn of(app: &App, action: Action) -> Vec<AuditRecord> {
    let filter = Filter { action: Some(action), ..Filter::default() };
    app.state.audit.read(&filter, None, 100).await.expect("the audit").records
}

async fn verdicts(app: &App, action: Action) -> Vec<(String, Verdict)> {
    let records = of(app, action).await;
    let told = records.into_iter().map(|record| (record.intent.target, record.outcome.expect("an end").verdict));
    told.collect()
}

async fn publish(server: &RedisServer, channel: &str, payload: &[u8]) {
    server.connection().await.publish::<_, _, ()>(channel, payload).await.expect("published");
}

async fn mail_reports(server: &RedisServer, app: &App, state: &str) {
    let message = json!({ "service": "mail", "timestamp": 1, "status": { "state": state } }).to_string();
    publish(server, "service:mail", message.as_bytes()).await;
    let service = "mail".parse().expect("an id");
    eventually("mail is known", || async { app.state.hub.view(service) }).await;
}

#[tokio::test]
async fn nobody_but_an_administrator_changes_anything() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    mail_reports(&server, &app, "running").await;
    app.state.users.add("bob", Role::Viewer, PASSWORD.into()).await.expect("a user");
    let admin = app.signed_in("ana", Role::Admin).await;
    let before = shown(&app, &admin).await;
    let callers = [
        (client(), StatusCode::UNAUTHORIZED),
        (app.signed_in("vera", Role::Viewer).await, StatusCode::FORBIDDEN),
        (app.signed_in("otto", Role::Operator).await, StatusCode::FORBIDDEN),
    ];
    for (caller, status) in &callers {
        for (name, form) in DEEDS {
            assert_eq!(post(&app, caller, name, form).await.status(), *status, "{name}");
        }
        assert_eq!(post(&app, caller, "administration", &[]).await.status(), *status);
        let page = caller.get(app.url("/admin")).header("accept", "text/html").send().await.expect("an answer");
        let expected = if *status == StatusCode::UNAUTHORIZED { StatusCode::SEE_OTHER } else { *status };
        assert_eq!(page.status(), expected);
    }
    let after = shown(&app, &admin).await;
    assert!(after.users.iter().filter(|user| !["vera", "otto"].contains(&user.name.as_str())).eq(&before.users));
    assert_eq!((after.tokens, after.sessions.len()), (before.tokens, 3));
    assert!(app.state.hub.view("mail".parse().expect("an id")).is_some());
    assert_eq!(of(&app, Action::Forbidden).await.len(), 2 * (DEEDS.len() + 2), "each attempt is written down");
}

#[tokio::test]
async fn a_user_is_added_with_a_password_that_lets_them_in_and_is_told_once() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let admin = app.signed_in("ana", Role::Admin).await;
    let added = done(&app, &admin, "add_user", &[("name", "bob"), ("role", "operator")]).await;
    let password = added["secret"].as_str().expect("a password").to_owned();
    assert_eq!(added["message"], "bob (operator) is added.");
    let users = &app.state.users;
    assert!(users.verify("bob", password.clone().into()).await.expect("an answer").is_some());

    let reset = done(&app, &admin, "reset_password", &[("name", "bob")]).await;
    assert!(users.verify("bob", password.clone().into()).await.expect("an answer").is_none(), "the old one is void");
    let newer = reset["secret"].as_str().expect("a password");
    assert!(users.verify("bob", newer.into()).await.expect("an answer").is_some());

    let again = post(&app, &admin, "add_user", &[("name", "bob"), ("role", "viewer")]).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    let bad = post(&app, &admin, "add_user", &[("name", "No Name"), ("role", "viewer")]).await;
    assert_eq!(bad.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(bad.json::<Value>().await.expect("JSON")["field"], "name");
    let told: Vec<_> = verdicts(&app, Action::UserAdd).await.into_iter().map(|(_, verdict)| verdict).collect();
    assert_eq!(told, [Verdict::Refused, Verdict::Refused, Verdict::Succeeded]);
    let written = format!("{:?}", app.state.audit.read(&Filter::default(), None, 100).await.expect("the audit"));
    assert!(!written.contains(&password) && !written.contains(newer));
}

#[tokio::test]
async fn the_last_administrator_who_may_come_in_stays_one_whoever_asks_at_the_same_time() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let ana = app.signed_in("ana", Role::Admin).await;
    app.state.users.add("bob", Role::Admin, PASSWORD.into()).await.expect("a user");
    app.state.users.add("cleo", Role::Admin, PASSWORD.into()).await.expect("a user");
    app.state.users.set_disabled("cleo", true).await.expect("one who may not come in does not count");
    let (role, disabled) = ([("name", "bob"), ("role", "viewer")], [("name", "ana"), ("disabled", "true")]);
    let (one, other) =
        tokio::join!(post(&app, &ana, "set_user_role", &role), post(&app, &ana, "set_user_disabled", &disabled));
    let mut statuses = [one.status(), other.status()];
    statuses.sort();
    // Whichever was second either found that it was the last one, or that ana was out already.
    assert_eq!(statuses[0], StatusCode::OK);
    assert!([StatusCode::CONFLICT, StatusCode::UNAUTHORIZED].contains(&statuses[1]), "{statuses:?}");
    let users = app.state.users.list().await.expect("users");
    let left: Vec<_> = users.into_iter().filter(|user| user.role == Role::Admin && !user.disabled).collect();
    let [last] = left.as_slice() else { panic!("{left:?}") };
    for change in [
        app.state.users.set_disabled(&last.name, true).await,
        app.state.users.set_role(&last.name, Role::Operator).await,
    ] {
        assert!(change.expect_err("refused").to_string().contains("is the last administrator"));
    }
    app.state.users.set_password(&last.name, "another fine password".into()).await.expect("that takes nothing away");
    app.state.users.set_disabled(&last.name, false).await.expect("nor does this");
}

#[tokio::test]
async fn sessions_are_listed_with_their_browser_and_end_one_by_one_or_all_at_once() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let admin = app.signed_in("ana", Role::Admin).await;
    app.state.users.add("bob", Role::Viewer, PASSWORD.into()).await.expect("a user");
    let firefox = client();
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let request = firefox.post(app.url("/login")).header("sec-fetch-site", "same-origin").header("user-agent", agent);
    request.form(&[("name", "bob"), ("password", PASSWORD)]).send().await.expect("signed in");
    let page = shown(&app, &admin).await;
    let [own, bobs] = page.sessions.as_slice() else { panic!("{page:?}") };
    assert_eq!((own.user.as_str(), own.is_own, own.browser.as_str()), ("ana", true, ""));
    assert_eq!((bobs.user.as_str(), bobs.is_own), ("bob", false));
    assert_eq!((bobs.browser.as_str(), bobs.address.as_str()), ("Firefox on Linux", "127.0.0.1"));
    assert!(bobs.since > 0 && bobs.seen >= bobs.since);

    let stream = firefox.get(app.url("/api/services/status/stream?tab=a")).send().await.expect("a stream");
    let mut events = EventReader::new(stream);
    let other = app.sign_in("bob").await;
    let form = [("user", "bob"), ("id", bobs.id.as_str())];
    assert_eq!(done(&app, &admin, "end_session", &form).await["message"], "A session of bob is ended.");
    events.next_named("signed-out").await;
    assert!(!is_signed_in(&app, &firefox).await && is_signed_in(&app, &other).await);
    assert_eq!(post(&app, &admin, "end_session", &form).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(done(&app, &admin, "end_all_sessions", &[("user", "bob")]).await["message"], "1 session of bob ended.");
    assert!(!is_signed_in(&app, &other).await && is_signed_in(&app, &admin).await);
    let told: Vec<_> = verdicts(&app, Action::SessionEnd).await.into_iter().map(|(_, verdict)| verdict).collect();
    assert_eq!(told, [Verdict::Succeeded, Verdict::Refused, Verdict::Succeeded]);
}

#[tokio::test]
async fn sessions_end_also_where_redis_has_no_room_to_write_it_down() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let bob = app.signed_in("bob", Role::Viewer).await;
    let full = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("1").to_owned();
    full.exec_async(&mut server.connection().await).await.expect("full");
    let ended = app.state.sessions.end_listed("bob", Which::All, &intent()).await.expect("ended");
    assert_eq!(ended.len(), 1);
    assert!(!is_signed_in(&app, &bob).await);
    let refused = app.state.event_log.forget("mail".parse().expect("an id"), &intent()).await;
    assert!(refused.is_err(), "what takes something away is refused");
}

#[tokio::test]
async fn a_token_works_until_it_is_revoked() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let admin = app.signed_in("ana", Role::Admin).await;
    app.state.users.add("bob", Role::Operator, PASSWORD.into()).await.expect("a user");
    let form = [("user", "bob"), ("name", "nightly"), ("role", "viewer")];
    let made = done(&app, &admin, "create_token", &form).await;
    let token = made["secret"].as_str().expect("a token");
    let ask = async || client().get(app.url("/api/session")).bearer_auth(token).send().await.expect("an answer");
    assert_eq!(ask().await.json::<Value>().await.expect("JSON")["role"], "viewer");
    let tokens = shown(&app, &admin).await.tokens;
    assert_eq!((tokens[0].user.as_str(), tokens[0].name.as_str()), ("bob", "nightly"));
    let id = [("id", tokens[0].id.as_str())];
    done(&app, &admin, "revoke_token", &id).await;
    assert_eq!(ask().await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(post(&app, &admin, "revoke_token", &id).await.status(), StatusCode::NOT_FOUND);
    for (form, status) in [
        ([("user", "nobody"), ("name", "x"), ("role", "viewer")], StatusCode::NOT_FOUND),
        ([("user", "bob"), ("name", "  "), ("role", "viewer")], StatusCode::UNPROCESSABLE_ENTITY),
        ([("user", "bob"), ("name", "x"), ("role", "admin")], StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(post(&app, &admin, "create_token", &form).await.status(), status, "{form:?}");
    }
    assert_eq!(of(&app, Action::TokenCreate).await.len(), 4, "each attempt is written down");
    assert_eq!(of(&app, Action::TokenRevoke).await.len(), 2);
}

#[tokio::test]
async fn a_forgotten_service_is_gone_from_every_page_until_it_reports_again() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let admin = app.signed_in("ana", Role::Admin).await;
    mail_reports(&server, &app, "running").await;
    let stream = admin.get(app.url("/api/services/status/stream?tab=a")).send().await.expect("a stream");
    let mut events = EventReader::new(stream);
    let form = [("service", "mail")];
    assert_eq!(done(&app, &admin, "forget_service", &form).await["message"], "mail is forgotten.");
    let event = events.next_named("removed").await;
    assert_eq!(event.data, r#"{"service":"mail"}"#);
    assert!(!event.id.is_empty(), "it survives a reconnect");
    let mut redis = server.connection().await;
    let kept: (bool, bool) = (
        redis.hexists("sm:status", "mail").await.expect("an answer"),
        redis.exists("service:history:mail").await.expect("an answer"),
    );
    assert_eq!(kept, (false, false));
    assert!(app.state.hub.view("mail".parse().expect("an id")).is_none());
    assert_eq!(post(&app, &admin, "forget_service", &form).await.status(), StatusCode::NOT_FOUND);
    let ours = post(&app, &admin, "forget_service", &[("service", "balance-sync")]).await;
    assert_eq!(ours.status(), StatusCode::CONFLICT);

    mail_reports(&server, &app, "idle").await;
    let back: Value = serde_json::from_str(&events.next_named("message").await.data).expect("JSON");
    assert_eq!((&back["service"], &back["status"]["state"]), (&"mail".into(), &"idle".into()));
    let told = verdicts(&app, Action::ServiceForget).await;
    let expected = [("balance-sync", Verdict::Refused), ("mail", Verdict::Refused), ("mail", Verdict::Succeeded)];
    assert_eq!(told, expected.map(|(target, verdict)| (target.to_owned(), verdict)));
}

#[tokio::test]
async fn refused_messages_are_kept_with_when_where_and_why_and_their_first_bytes_alone() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let admin = app.signed_in("ana", Role::Admin).await;
    publish(&server, "service:mail", b"<img src=x onerror=alert(1)>\0\r\n").await;
    let long = format!("<{}", "é".repeat(400));
    publish(&server, "service:mail", long.as_bytes()).await;
    let page = eventually("both are refused", || async {
        Some(shown(&app, &admin).await).filter(|page| page.samples.len() == 2)
    })
    .await;
    assert_eq!(page.rejected, 2);
    let [newest, oldest] = page.samples.as_slice() else { panic!("{page:?}") };
    assert_eq!(oldest.sample, r"<img src=x onerror=alert(1)>\u{0}\r\n");
    assert_eq!((oldest.channel.as_str(), oldest.error.contains("expected value")), ("service:mail", true));
    assert!(oldest.at > 1_700_000_000_000 && newest.at >= oldest.at);
    assert!(newest.sample.starts_with("<éé") && newest.sample.len() <= 512 + 3, "{}", newest.sample.len());

    let html = admin.get(app.url("/admin")).header("accept", "text/html").send().await.expect("an answer");
    let html = html.text().await.expect("text");
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;") && !html.contains("<img"), "it is text");
}

#[tokio::test]
async fn a_form_without_a_script_does_it_and_comes_back_to_the_page() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let admin = app.signed_in("ana", Role::Admin).await;
    app.state.users.add("bob", Role::Viewer, PASSWORD.into()).await.expect("a user");
    let plain = async |form: &[(&str, &str)]| {
        let request = admin.post(app.url("/fn/set_user_disabled")).header("sec-fetch-site", "same-origin");
        let request = request.header("accept", "text/html").header("referer", app.url("/admin")).form(form);
        let answer = request.send().await.expect("an answer");
        (answer.status(), answer.headers()["location"].to_str().expect("text").to_owned())
    };
    let (status, place) = plain(&[("name", "bob"), ("disabled", "true")]).await;
    assert_eq!((status, place.as_str()), (StatusCode::SEE_OTHER, "/admin"));
    assert!(app.state.users.list().await.expect("users").iter().any(|user| user.name == "bob" && user.disabled));
    let (_, place) = plain(&[("name", "ana"), ("disabled", "true")]).await;
    assert!(place.starts_with("/admin?") && place.contains("__err="), "{place}");
    let page = admin.get(app.url(&place)).header("accept", "text/html").send().await.expect("an answer");
    assert!(page.text().await.expect("text").contains("That was refused, and nothing was changed."));
}
