//! API tokens: what they let in, what they never may, and how they end.

use std::time::Instant;

use redis::AsyncCommands;
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use service_manager::model::user::Role;
use service_manager::server::auth::tokens::{TokenError, key};

use crate::support::{App, BUSY_MACHINE, EventReader, PASSWORD, RedisServer, client};

/// A user with that role and a token of theirs.
async fn token_of(app: &App, name: &str, role: Role) -> SecretString {
    app.state.users.add(name, role, PASSWORD.into()).await.expect("a new user");
    app.state.tokens.create(name, "nightly", None).await.expect("a token")
}

async fn ask(app: &App, path: &str, token: &str) -> Response {
    client().get(app.url(path)).bearer_auth(token).send().await.expect("an answer")
}

#[tokio::test]
async fn a_token_lets_a_script_in_as_its_user() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let token = token_of(&app, "ana", Role::Operator).await;
    let token = token.expose_secret();
    let answer = ask(&app, "/api/session", token).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let session: Value = answer.json().await.expect("JSON");
    assert_eq!((&session["user"], &session["role"]), (&"ana".into(), &"operator".into()));
    for bad in ["", "smt_", "nonsense", &"0".repeat(64), &format!("{token}0"), &token.replace("smt_", "sm_")] {
        let answer = ask(&app, "/api/session", bad).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{bad:?}");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer", "{bad:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_good_is_not_rescued_by_a_cookie() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Admin).await;
    let answer = browser.get(app.url("/api/session")).bearer_auth("nonsense").send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_tokens_role_is_never_above_its_users() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let (users, tokens) = (&app.state.users, &app.state.tokens);
    users.add("ana", Role::Operator, PASSWORD.into()).await.expect("a new user");
    let refused = tokens.create("ana", "too much", Some(Role::Admin)).await;
    let said = refused.map(|_| ()).expect_err("refused").to_string();
    assert_eq!(said, "a token of 'ana' cannot have the role admin: the user's own role is operator");

    let role_of = async |token: &SecretString| {
        let held = tokens.read(&key(token).expect("its form")).await;
        held.expect("an answer").map(|identity| identity.user.role)
    };
    let (own, less) = (
        tokens.create("ana", "own", None).await.expect("a token"),
        tokens.create("ana", "less", Some(Role::Viewer)).await.expect("a token"),
    );
    assert_eq!((role_of(&own).await, role_of(&less).await), (Some(Role::Operator), Some(Role::Viewer)));
    users.set_role("ana", Role::Viewer).await.expect("changed");
    assert_eq!(role_of(&own).await, Some(Role::Viewer), "it sinks with its user's");
    users.set_role("ana", Role::Admin).await.expect("changed");
    assert_eq!(
        (role_of(&own).await, role_of(&less).await),
        (Some(Role::Operator), Some(Role::Viewer)),
        "and rises no higher than it was"
    );
    users.add("bob", Role::Admin, PASSWORD.into()).await.expect("somebody else who may administer");
    users.set_disabled("ana", true).await.expect("disabled");
    assert_eq!(role_of(&own).await, None, "nor does it outlive their admission");
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_and_its_streams_end() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let token = token_of(&app, "ana", Role::Viewer).await;
    let token = token.expose_secret();
    let mut events = EventReader::new(ask(&app, "/api/services/status/stream", token).await);
    events.next_change().await;
    let asked = Instant::now();
    let entry = app.state.tokens.list().await.expect("tokens").remove(0);
    app.state.tokens.revoke(&entry.id).await.expect("revoked");
    assert_eq!(ask(&app, "/api/session", token).await.status(), StatusCode::UNAUTHORIZED);
    events.next_named("signed-out").await;
    assert!(asked.elapsed() < BUSY_MACHINE);
    assert!(matches!(app.state.tokens.revoke(&entry.id).await, Err(TokenError::Unknown(_))));
}

#[tokio::test]
async fn a_list_says_whose_what_for_and_when_used() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let token = token_of(&app, "bob", Role::Viewer).await;
    token_of(&app, "ana", Role::Operator).await;
    let listed = app.state.tokens.list().await.expect("tokens");
    let facts: Vec<_> =
        listed.iter().map(|entry| (entry.user.as_str(), entry.name.as_str(), entry.role, entry.used)).collect();
    assert_eq!(facts, [("ana", "nightly", Role::Operator, None), ("bob", "nightly", Role::Viewer, None)]);

    assert_eq!(ask(&app, "/api/session", token.expose_secret()).await.status(), StatusCode::OK);
    let entry = app.state.tokens.list().await.expect("tokens").remove(1);
    let used = entry.used.expect("it was used");
    assert!(used >= entry.created);
    let mut redis = server.connection().await;
    let keys: Vec<String> = redis.keys(format!("sm:token:{}*", entry.id)).await.expect("keys");
    redis.hset::<_, _, _, ()>(&keys[0], "used", used - 60_000).await.expect("aged by a minute");
    ask(&app, "/api/session", token.expose_secret()).await;
    assert!(app.state.tokens.list().await.expect("tokens")[1].used >= Some(used), "a later use is noted");
}

#[tokio::test]
async fn redis_never_holds_a_token_and_no_rule_is_broken() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let token = token_of(&app, "ana", Role::Viewer).await;
    let token = token.expose_secret();
    assert!(token.starts_with("smt_") && token.len() == 68, "{token}");
    let mut redis = server.connection().await;
    let keys: Vec<String> = redis.keys("sm:token*").await.expect("keys");
    assert_eq!(keys.len(), 2, "{keys:?}");
    for key in keys {
        let dump: Vec<u8> = redis::cmd("DUMP").arg(&key).query_async(&mut redis).await.expect("a dump");
        let text = String::from_utf8_lossy(&dump);
        assert!(!text.contains(&token[4..]) && !key.contains(&token[4..]), "{key}");
    }
    let tokens = &app.state.tokens;
    assert!(matches!(tokens.create("nobody", "x", None).await, Err(TokenError::UnknownUser(_))));
    tokens.create("ana", "Ünïcode & signs!", None).await.expect("letters of any script");
    app.state.users.set_disabled("ana", true).await.expect("disabled");
    assert!(matches!(tokens.create("ana", "x", None).await, Err(TokenError::Disabled(_))));
    app.state.users.set_disabled("ana", false).await.expect("enabled");
    for name in ["", "  ", &"x".repeat(65), "a\nb", "a\u{202e}b"] {
        assert!(matches!(tokens.create("ana", name, None).await, Err(TokenError::Name)), "{name:?}");
    }
}
