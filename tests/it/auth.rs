//! Signing in and out, users, and what becomes of sessions.

use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use reqwest::{Client, Response, StatusCode};
use secrecy::SecretString;
use service_manager::model::user::Role;
use service_manager::server::auth::cookie::SessionId;
use service_manager::server::auth::credentials::{Credential, Credentials};
use service_manager::server::auth::sessions::SessionKey;
use service_manager::server::auth::tokens::key;
use service_manager::server::auth::users::{Account, UserError};
use service_manager::server::config::AuthConfig;

use crate::support::{App, PASSWORD, RedisServer, client, eventually, intent};

const MINUTE: i64 = 60_000;

async fn get(browser: &Client, app: &App, path: &str) -> Response {
    browser.get(app.url(path)).send().await.expect("an answer")
}

async fn sign_in(browser: &Client, app: &App, form: &[(&str, &str)]) -> Response {
    let request = browser.post(app.url("/login")).header("sec-fetch-site", "same-origin").form(form);
    request.send().await.expect("an answer")
}

async fn sign_out(browser: &Client, app: &App) -> Response {
    browser.post(app.url("/logout")).header("sec-fetch-site", "same-origin").send().await.expect("an answer")
}

async fn is_signed_in(browser: &Client, app: &App) -> bool {
    let status = get(browser, app, "/api/session").await.status();
    assert!([StatusCode::OK, StatusCode::UNAUTHORIZED].contains(&status), "{status}");
    status == StatusCode::OK
}

/// The key of the only session there is.
async fn only_session(redis: &mut MultiplexedConnection) -> String {
    let keys: Vec<String> = redis.keys("sm:session:*").await.expect("keys");
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys.into_iter().next().expect("one")
}

async fn age(redis: &mut MultiplexedConnection, session: &str, field: &str, by_ms: i64) -> i64 {
    redis.hincr(session, field, -by_ms).await.expect("aged")
}

fn first_admin(name: &str) -> AuthConfig {
    AuthConfig {
        first_admin: Some((name.to_owned(), SecretString::from(PASSWORD))),
        public_origin: "http://127.0.0.1:3000".to_owned(),
        session_idle: std::time::Duration::from_secs(900),
        session_max: std::time::Duration::from_secs(43_200),
    }
}

#[tokio::test]
async fn signing_in_sets_a_session_cookie_and_leads_to_the_page_asked_for() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    app.signed_in("ana", Role::Viewer).await;
    let form = [("name", "ana"), ("password", PASSWORD), ("next", "/services?sort=name")];
    let answer = sign_in(&client(), &app, &form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "/services?sort=name");
    let cookie = answer.headers()["set-cookie"].to_str().expect("text");
    let (value, attributes) = cookie.split_once("; ").expect("attributes");
    assert_eq!(value.len(), "sm=".len() + 64);
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax", "it ends with the browser: no Max-Age, no Expires");
    let elsewhere = [("name", "ana"), ("password", PASSWORD), ("next", "//evil.example")];
    assert_eq!(sign_in(&client(), &app, &elsewhere).await.headers()["location"], "/services");
}

#[tokio::test]
async fn whoever_is_signed_in_already_is_led_on_to_a_page_of_ours() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    for (query, leads_to) in [
        ("?next=/jobs%3Fstate%3Ddead%26q%3D3", "/jobs?state=dead&q=3"),
        ("", "/services"),
        ("?next=//evil.example", "/services"),
        ("?next=%2F%5Cevil.example", "/services"),
        ("?next=https://evil.example", "/services"),
        ("?next=/a%0d%0aset-cookie:x=y", "/services"),
        ("?next=javascript:alert(1)", "/services"),
        ("?next=/jobs&next=/logs", "/services"),
    ] {
        let answer = get(&browser, &app, &format!("/login{query}")).await;
        assert_eq!(
            (answer.status(), &answer.headers()["location"]),
            (StatusCode::SEE_OTHER, &leads_to.parse().expect("text")),
            "{query}"
        );
    }
}

#[tokio::test]
async fn over_https_the_cookie_is_host_bound_and_secure() {
    let server = RedisServer::start().await;
    let app = App::start_with(&server, &[("PUBLIC_ORIGIN", "https://console.bank.example")]).await;
    app.state.users.add("ana", Role::Viewer, PASSWORD.into()).await.expect("added");
    let answer = sign_in(&client(), &app, &[("name", "ana"), ("password", PASSWORD)]).await;
    let cookie = answer.headers()["set-cookie"].to_str().expect("text");
    assert!(
        cookie.starts_with("__Host-sm=") && cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
}

#[tokio::test]
async fn each_sign_in_gives_a_new_id_and_ends_the_browsers_earlier_session() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let mut redis = server.connection().await;
    let first = only_session(&mut redis).await;
    sign_in(&browser, &app, &[("name", "ana"), ("password", PASSWORD)]).await;
    assert_ne!(only_session(&mut redis).await, first);
    assert!(is_signed_in(&browser, &app).await);
}

#[tokio::test]
async fn a_wrong_password_an_unknown_and_a_disabled_user_are_answered_alike() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    app.signed_in("ana", Role::Viewer).await;
    app.signed_in("bob", Role::Viewer).await;
    app.state.users.set_disabled("bob", true).await.expect("disabled");
    let mut answers = Vec::new();
    for (name, password) in
        [("ana", "wrong password"), ("nobody", PASSWORD), ("bob", PASSWORD), ("Not A Name", PASSWORD), ("", "")]
    {
        let answer =
            sign_in(&client(), &app, &[("name", name), ("password", password), ("next", "/services?a=b")]).await;
        let mut headers = answer.headers().clone();
        for differs in ["x-request-id", "content-security-policy", "date"] {
            assert!(headers.remove(differs).is_some(), "{differs}");
        }
        assert_eq!(headers["location"], "/login?failed=1&next=/services%3Fa%3Db");
        assert!(!headers.contains_key("set-cookie"));
        let mut headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        headers.sort();
        answers.push((answer.status(), headers, answer.text().await.expect("a body")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

#[tokio::test]
async fn an_unknown_id_is_never_adopted() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    app.state.users.add("ana", Role::Viewer, PASSWORD.into()).await.expect("added");
    let planted = format!("sm={}", "a".repeat(64));
    let answer = client().get(app.url("/services")).header("cookie", &planted).send().await.expect("an answer");
    assert_eq!(answer.headers()["location"], "/login?next=/services");
    let answer = client()
        .post(app.url("/login"))
        .header("sec-fetch-site", "same-origin")
        .header("cookie", &planted)
        .form(&[("name", "ana"), ("password", PASSWORD)])
        .send()
        .await
        .expect("an answer");
    assert!(!answer.headers()["set-cookie"].to_str().expect("text").starts_with(&planted));
    let answer = client().get(app.url("/api/session")).header("cookie", &planted).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn redis_never_holds_what_a_cookie_says_nor_a_password() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    app.state.users.add("ana", Role::Viewer, PASSWORD.into()).await.expect("added");
    let answer = sign_in(&client(), &app, &[("name", "ana"), ("password", PASSWORD)]).await;
    let cookie = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
    let id = &cookie["sm=".len()..][..64];
    let mut redis = server.connection().await;
    let mut seen = 0;
    for key in redis.keys::<_, Vec<String>>("*").await.expect("keys") {
        let kind: String = redis::cmd("TYPE").arg(&key).query_async(&mut redis).await.expect("a type");
        let values: Vec<String> = match kind.as_str() {
            "hash" => redis.hgetall(&key).await.expect("a hash"),
            "zset" => redis.zrange(&key, 0, -1).await.expect("a sorted set"),
            _ => continue,
        };
        for text in values.iter().chain([&key]) {
            seen += 1;
            assert!(!text.contains(id) && !text.contains(PASSWORD), "{key}: {text}");
        }
    }
    assert!(seen > 5);
    let hash: String = redis.hget("sm:console-user:ana", "hash").await.expect("a hash");
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
}

#[tokio::test]
async fn an_idle_session_ends_and_only_people_keep_it_alive() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Operator).await;
    let mut redis = server.connection().await;
    let session = only_session(&mut redis).await;

    let aged = age(&mut redis, &session, "seen", 10 * MINUTE).await;
    for neutral in ["/api/session", "/api/services/status", "/api/services/status/stream"] {
        assert_eq!(get(&browser, &app, neutral).await.status(), StatusCode::OK, "{neutral}");
        assert_eq!(redis.hget::<_, _, i64>(&session, "seen").await.expect("seen"), aged, "{neutral} extends nothing");
    }
    assert_eq!(get(&browser, &app, "/services").await.status(), StatusCode::OK);
    assert!(redis.hget::<_, _, i64>(&session, "seen").await.expect("seen") > aged, "a page extends");
    let aged = age(&mut redis, &session, "seen", 10 * MINUTE).await;
    let change =
        browser.post(app.url("/fn/sync_balance")).header("sec-fetch-site", "same-origin").form(&[("user_id", "1")]);
    change.send().await.expect("an answer");
    assert!(redis.hget::<_, _, i64>(&session, "seen").await.expect("seen") > aged, "a change extends");

    let aged = age(&mut redis, &session, "seen", 10 * MINUTE).await;
    let touch = browser.post(app.url("/api/session")).header("sec-fetch-site", "same-origin").send().await;
    assert_eq!(touch.expect("an answer").status(), StatusCode::NO_CONTENT);
    assert!(redis.hget::<_, _, i64>(&session, "seen").await.expect("seen") > aged, "a touch of the page extends");

    age(&mut redis, &session, "seen", 15 * MINUTE).await;
    assert!(!is_signed_in(&browser, &app).await);
    assert_eq!(get(&browser, &app, "/services").await.status(), StatusCode::SEE_OTHER, "nor does a page bring it back");
}

#[tokio::test]
async fn no_activity_keeps_a_session_beyond_its_longest_life() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let mut redis = server.connection().await;
    let session = only_session(&mut redis).await;
    age(&mut redis, &session, "created", 12 * 60 * MINUTE - MINUTE).await;
    assert_eq!(get(&browser, &app, "/services").await.status(), StatusCode::OK);
    let left: i64 = redis.pttl(&session).await.expect("a time to live");
    assert!((1..=MINUTE).contains(&left), "Redis itself drops it in time: {left} ms");
    age(&mut redis, &session, "created", MINUTE).await;
    assert_eq!(get(&browser, &app, "/services").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server_and_on_every_instance() {
    let server = RedisServer::start().await;
    let (app, other) = (App::start(&server).await, App::start(&server).await);
    let browser = app.signed_in("ana", Role::Viewer).await;
    let cookie =
        sign_in(&client(), &app, &[("name", "ana"), ("password", PASSWORD)]).await.headers()["set-cookie"].clone();
    let copied = cookie.to_str().expect("text").split(';').next().expect("a cookie").to_owned();
    let ask = |app: &App| client().get(app.url("/api/session")).header("cookie", &copied).send();
    assert_eq!(ask(&other).await.expect("an answer").status(), StatusCode::OK);

    let request = client().post(app.url("/logout")).header("sec-fetch-site", "same-origin").header("cookie", &copied);
    let answer = request.send().await.expect("an answer");
    assert_eq!(
        (answer.status(), &answer.headers()["location"]),
        (StatusCode::SEE_OTHER, &"/login".parse().expect("text"))
    );
    assert_eq!(answer.headers()["set-cookie"], "sm=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    for instance in [&app, &other] {
        assert_eq!(ask(instance).await.expect("an answer").status(), StatusCode::UNAUTHORIZED);
    }
    assert!(is_signed_in(&browser, &app).await, "the user's other session goes on");
    assert_eq!(sign_out(&client(), &app).await.headers()["location"], "/login", "signing out twice is no error");
}

#[tokio::test]
async fn a_change_of_a_user_ends_all_their_sessions_and_nobody_elses() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let users = &app.state.users;
    let bystander = app.signed_in("bob", Role::Admin).await;
    let first = app.signed_in("ana", Role::Admin).await;

    users.set_role("ana", Role::Viewer).await.expect("changed");
    assert!(!is_signed_in(&first, &app).await, "another role");
    let second = app.sign_in("ana").await;
    let answer: serde_json::Value = get(&second, &app, "/api/session").await.json().await.expect("JSON");
    assert_eq!(answer["role"], "viewer");
    users.set_password("ana", "another fine password".into()).await.expect("changed");
    assert!(!is_signed_in(&second, &app).await, "another password");
    let wrong = sign_in(&client(), &app, &[("name", "ana"), ("password", PASSWORD)]).await;
    assert!(wrong.headers()["location"].to_str().expect("text").contains("failed=1"), "the old password is gone");
    users.set_password("ana", PASSWORD.into()).await.expect("changed");
    let third = app.sign_in("ana").await;
    users.set_disabled("ana", true).await.expect("disabled");
    assert!(!is_signed_in(&third, &app).await, "disabled");
    users.set_disabled("ana", false).await.expect("enabled");
    assert!(!is_signed_in(&third, &app).await, "letting a user in again brings no session back");
    app.sign_in("ana").await;
    assert!(is_signed_in(&bystander, &app).await);
}

#[tokio::test]
async fn a_password_that_was_changed_after_it_was_verified_starts_no_session() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let (users, sessions) = (&app.state.users, &app.state.sessions);
    users.add("ana", Role::Viewer, PASSWORD.into()).await.expect("added");
    let verified = users.verify("ana", PASSWORD.into()).await.expect("an answer").expect("verified");
    users.set_password("ana", "another fine password".into()).await.expect("changed");
    assert!(!sessions.start(&SessionId::random().expect("an id"), &verified, &intent(), "").await.expect("an answer"));
    let verified = users.verify("ana", "another fine password".into()).await.expect("an answer").expect("verified");
    users.set_disabled("ana", true).await.expect("disabled");
    assert!(!sessions.start(&SessionId::random().expect("an id"), &verified, &intent(), "").await.expect("an answer"));
}

#[tokio::test]
async fn a_taken_id_is_not_given_twice_and_an_ended_session_stays_ended() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let (users, sessions) = (&app.state.users, &app.state.sessions);
    users.add("ana", Role::Viewer, PASSWORD.into()).await.expect("added");
    let verified = users.verify("ana", PASSWORD.into()).await.expect("an answer").expect("verified");
    let id = SessionId::random().expect("an id");
    assert!(sessions.start(&id, &verified, &intent(), "").await.expect("an answer"));
    assert!(!sessions.start(&id, &verified, &intent(), "").await.expect("an answer"), "taken");
    assert_eq!(sessions.end(&id.key()).await.expect("an answer").as_deref(), Some("ana"));
    let extends = service_manager::server::auth::sessions::Presence::Extends;
    assert_eq!(sessions.read(&id.key(), extends).await.expect("an answer"), None);
    let keys: Vec<String> = server.connection().await.keys("sm:session*").await.expect("keys");
    assert!(keys.is_empty(), "{keys:?}");
}

#[tokio::test]
async fn streams_learn_which_credentials_are_still_good_in_their_order() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let (users, sessions) = (&app.state.users, &app.state.sessions);
    let credentials = Credentials::new(server.redis(), &app.state.config.auth);
    let mut held = Vec::new();
    for name in ["ana", "bob", "cleo"] {
        users.add(name, Role::Viewer, PASSWORD.into()).await.expect("added");
        let verified = users.verify(name, PASSWORD.into()).await.expect("an answer").expect("verified");
        let id = SessionId::random().expect("an id");
        assert!(sessions.start(&id, &verified, &intent(), "").await.expect("an answer"));
        held.push(Credential::Session(id.key()));
    }
    held.insert(1, Credential::Session(SessionKey("unknown".to_owned())));
    let token = app.state.tokens.create("ana", "nightly", None).await.expect("a token");
    held.push(
        app.state.tokens.read(&key(&token).expect("its form")).await.expect("an answer").expect("a holder").credential,
    );
    assert_eq!(credentials.still_good(&held).await.expect("an answer").1, [true, false, true, true, true]);
    users.set_disabled("bob", true).await.expect("disabled");
    let mut redis = server.connection().await;
    let Credential::Session(SessionKey(cleos)) = &held[3] else { panic!("a session") };
    age(&mut redis, &format!("sm:session:{cleos}"), "seen", 15 * MINUTE).await;
    assert_eq!(credentials.still_good(&held).await.expect("an answer").1, [true, false, false, false, true]);
    app.state.tokens.revoke(&app.state.tokens.list().await.expect("tokens")[0].id).await.expect("revoked");
    assert_eq!(credentials.still_good(&held).await.expect("an answer").1, [true, false, false, false, false]);
    assert_eq!(credentials.still_good(&[]).await.expect("an answer").1, [false; 0]);
}

#[tokio::test]
async fn the_first_administrator_is_created_once_however_many_instances_start() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let config = first_admin("root");
    let attempts = (0..5).map(|_| app.state.users.ensure_first_admin(&config));
    let created = futures::future::join_all(attempts).await;
    assert_eq!(created.iter().filter(|created| matches!(created, Ok(true))).count(), 1, "{created:?}");
    assert!(!app.state.users.ensure_first_admin(&first_admin("second")).await.expect("an answer"));
    let root = Account { name: "root".to_owned(), role: Role::Admin, disabled: false };
    assert_eq!(app.state.users.list().await.expect("users"), [root]);
    assert!(is_signed_in(&app.sign_in("root").await, &app).await);
}

#[tokio::test]
async fn names_and_passwords_follow_their_rules() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let users = &app.state.users;
    let add = |name: &'static str, password: String| users.add(name, Role::Viewer, password.into());
    assert!(matches!(add("Ana", PASSWORD.to_owned()).await, Err(UserError::Name)));
    assert!(matches!(add("ana", "é".repeat(11)).await, Err(UserError::Password)));
    assert!(matches!(add("ana", "é".repeat(129)).await, Err(UserError::Password)));
    add("ana", "é".repeat(12)).await.expect("characters are counted, not bytes");
    add("bob", "é".repeat(128)).await.expect("the longest");
    assert!(matches!(add("ana", PASSWORD.to_owned()).await, Err(UserError::Exists(_))));
    assert!(matches!(users.set_disabled("nobody", true).await, Err(UserError::Unknown(_))));
    let keys: Vec<String> = server.connection().await.keys("sm:console-user:*").await.expect("keys");
    assert_eq!(keys.len(), 2, "a change of an unknown user makes none: {keys:?}");
}

#[tokio::test]
async fn without_redis_whatever_needs_a_session_says_so() {
    let mut server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    server.kill();
    for path in ["/services", "/api/session", "/api/services/status", "/api/services/status/stream"] {
        assert_eq!(get(&browser, &app, path).await.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    let form = [("name", "ana"), ("password", PASSWORD)];
    assert_eq!(sign_in(&client(), &app, &form).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(sign_out(&browser, &app).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get(&client(), &app, "/login").await.status(), StatusCode::OK, "the form itself needs none");
    assert_eq!(get(&client(), &app, "/healthz").await.status(), StatusCode::OK);
    server.start_again().await;
    eventually("the session outlives the outage", || async {
        (get(&browser, &app, "/api/session").await.status() == StatusCode::OK).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_first_administrator_is_there_again_after_redis_was_emptied() {
    let server = RedisServer::start().await;
    let app = App::start_with(&server, &[("ADMIN_USERNAME", "root"), ("ADMIN_PASSWORD", PASSWORD)]).await;
    let is_there = || async { app.state.users.list().await.expect("users").iter().any(|user| user.name == "root") };
    eventually("the administrator is created", || async { is_there().await.then_some(()) }).await;
    redis::cmd("FLUSHALL").exec_async(&mut server.connection().await).await.expect("flushed");
    eventually("the administrator is created again", || async { is_there().await.then_some(()) }).await;
    app.sign_in("root").await;
}
