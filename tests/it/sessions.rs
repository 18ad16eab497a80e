//! What becomes of sessions: how long they last, what ends them, and who learns of it.

use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use reqwest::StatusCode;
use service_manager::model::user::Role;
use service_manager::server::auth::cookie::SessionId;
use service_manager::server::auth::credentials::{Credential, Credentials};
use service_manager::server::auth::sessions::SessionKey;
use service_manager::server::auth::tokens::key;

use crate::support::browser::{get, is_signed_in, only_session, sign_in, sign_out};
use crate::support::{App, PASSWORD, RedisServer, client, intent};

const MINUTE: i64 = 60_000;

async fn age(redis: &mut MultiplexedConnection, session: &str, field: &str, by_ms: i64) -> i64 {
    redis.hincr(session, field, -by_ms).await.expect("aged")
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
    let fourth = app.sign_in("ana").await;
    users.set_disabled("ana", false).await.expect("enabled");
    users.set_role("ana", Role::Viewer).await.expect("the same");
    assert!(is_signed_in(&fourth, &app).await, "nothing is changed");
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
async fn an_administrator_ends_sessions_and_opens_pages_while_redis_has_no_room() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let admin = app.signed_in("ana", Role::Admin).await;
    let bob = app.signed_in("bob", Role::Viewer).await;
    let listed = app.state.sessions.list(None).await.expect("sessions");
    let id = &listed.iter().find(|session| session.user == "bob").expect("his session").id;
    server.set_memory_full(true).await;
    assert_eq!(get(&admin, &app, "/services").await.status(), StatusCode::OK, "a page opens");
    let request = admin.post(app.url("/fn/end_session")).header("sec-fetch-site", "same-origin");
    let answer = request.form(&[("user", "bob"), ("id", id.as_str())]).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!is_signed_in(&bob, &app).await);
}
