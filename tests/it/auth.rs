//! Signing in and out, and the first administrator.

use redis::AsyncCommands;
use reqwest::StatusCode;
use secrecy::SecretString;
use service_manager::model::user::Role;
use service_manager::server::auth::users::{Account, UserError};
use service_manager::server::config::AuthConfig;

use crate::support::browser::{get, is_signed_in, only_session, sign_in, sign_out};
use crate::support::{App, PASSWORD, RedisServer, client, eventually};

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
