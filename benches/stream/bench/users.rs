//! Who reads our streams: users with a session each, and three pages open, as many as one may have.
//!
//! A password's hash takes its time on purpose, so one is made, by the program's own way, and every user gets it; the rest
//! goes through the very scripts that `user add` and a sign-in run.

use redis::Script;
use service_manager::model::user::Role;
use service_manager::server::auth::cookie::{SessionCookie, SessionId};
use service_manager::server::auth::users::Users;
use service_manager::server::config::RedisConfig;
use service_manager::server::redis::{Redis, keys, scripts};

/// Streams of one user.
const STREAMS: usize = 3;

/// How long sessions last, in ms: as the program's own settings say where nothing is set.
const IDLE_MS: u64 = 15 * 60_000;
const LONGEST_MS: u64 = 12 * 3_600_000;

/// For each reader its path and the header that shows who it is.
pub fn signed_in(redis_port: u16, readers: usize) -> Vec<(String, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let config = RedisConfig {
            url: None,
            host: "127.0.0.1".to_owned(),
            port: redis_port,
            password: None,
            password_file: None,
        };
        let redis = Redis::new(config).expect("a way to Redis");
        Users::new(redis.clone()).add("reader", Role::Viewer, "correct horse battery".into()).await.expect("a user");
        let hash: String = redis::cmd("HGET")
            .arg(keys::console_user("reader"))
            .arg("hash")
            .query_async(&mut redis.commands())
            .await
            .expect("the hash");
        let users = (0..readers.div_ceil(STREAMS)).map(|number| sign_in(&redis, &hash, format!("reader-{number}")));
        let cookies: Vec<String> = futures::future::join_all(users).await;
        let page = |number: usize| format!("/api/services/status/stream?tab=page-{number}");
        (0..readers).map(|number| (page(number), cookies[number / STREAMS].clone())).collect()
    })
}

/// Adds a user and signs them in; the header that their browser sends.
async fn sign_in(redis: &Redis, hash: &str, name: String) -> String {
    let (add, start) = (Script::new(scripts::USER_ADD), Script::new(scripts::SESSION_START));
    let added: bool = add
        .key(keys::console_user(&name))
        .key(keys::CONSOLE_USERS)
        .key(keys::AUDIT)
        .key(keys::AUDIT_OUTCOMES)
        .arg(&name)
        .arg(Role::Viewer.name())
        .arg(hash)
        .arg(0)
        .arg("")
        .invoke_async(&mut redis.commands())
        .await
        .expect("a user");
    let id = SessionId::random().expect("random bytes");
    let key = id.key();
    let started: bool = start
        .key(keys::session(&key.0))
        .key(keys::console_user(&name))
        .key(keys::sessions_of(&name))
        .key(keys::AUDIT)
        .key(keys::AUDIT_OUTCOMES)
        .arg(&key.0)
        .arg(&name)
        .arg(hash)
        .arg(IDLE_MS)
        .arg(LONGEST_MS)
        .arg("")
        .arg("127.0.0.1")
        .arg("a reader of the benchmark")
        .invoke_async(&mut redis.commands())
        .await
        .expect("a session");
    assert!(added && started, "a user who is signed in");
    let cookie = SessionCookie::for_origin("http://127.0.0.1").set(&id).expect("a cookie");
    let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default().to_owned();
    format!("Cookie: {pair}\r\n")
}
