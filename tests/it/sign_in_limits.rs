//! How often somebody may try to sign in, over all instances.

use redis::AsyncCommands;
use reqwest::{Response, StatusCode};
use service_manager::model::user::Role;
use service_manager::server::auth::sign_in_limits::{PER_ACCOUNT, PER_ADDRESS};

use crate::support::{App, PASSWORD, RedisServer, client};

const BROWSER: &str = "text/html,application/xhtml+xml";

async fn attempt(app: &App, from: &str, name: &str, password: &str, accept: &str) -> Response {
    client()
        .post(app.url("/login"))
        .header("sec-fetch-site", "same-origin")
        .header("x-forwarded-for", from)
        .header("accept", accept)
        .form(&[("name", name), ("password", password), ("next", "/services?a=b")])
        .send()
        .await
        .expect("an answer")
}

fn place(answer: &Response) -> &str {
    answer.headers()["location"].to_str().expect("text")
}

/// An instance that believes a proxy on this machine, so that one test can come from many places.
async fn behind_a_proxy(server: &RedisServer) -> App {
    App::start_with(server, &[("TRUSTED_PROXIES", "127.0.0.1")]).await
}

#[tokio::test]
async fn an_account_takes_so_many_wrong_passwords_and_then_no_right_one_on_any_instance() {
    let server = RedisServer::start().await;
    let (here, there) = (behind_a_proxy(&server).await, behind_a_proxy(&server).await);
    here.state.users.add("ana", Role::Viewer, PASSWORD.into()).await.expect("added");
    here.state.users.add("bob", Role::Viewer, PASSWORD.into()).await.expect("added");
    for n in 0..PER_ACCOUNT {
        let (app, from) = (if n % 2 == 0 { &here } else { &there }, format!("192.0.2.{n}"));
        assert!(place(&attempt(app, &from, "ana", "wrong password", "*/*").await).contains("failed=1"), "{n}");
    }
    for app in [&here, &there] {
        let refused = attempt(app, "192.0.2.200", "ana", PASSWORD, "*/*").await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
        assert!((800..=901).contains(&wait), "{wait}");
    }
    let for_people = attempt(&here, "192.0.2.200", "ana", PASSWORD, BROWSER).await;
    assert_eq!(for_people.status(), StatusCode::SEE_OTHER);
    let back = place(&for_people);
    assert!(back.starts_with("/login?wait=") && back.ends_with("&next=/services%3Fa%3Db"), "{back}");
    assert!(!for_people.headers().contains_key("set-cookie"));
    assert_eq!(place(&attempt(&here, "192.0.2.1", "bob", PASSWORD, "*/*").await), "/services?a=b", "others come in");

    let mut redis = server.connection().await;
    let counts: Vec<String> = redis.keys("sm:sign-ins:at:*").await.expect("keys");
    assert_eq!(counts.len(), 1, "{counts:?}");
    redis.del::<_, ()>(&counts[0]).await.expect("the time is over");
    assert_eq!(place(&attempt(&here, "192.0.2.1", "ana", PASSWORD, "*/*").await), "/services?a=b");
}

#[tokio::test]
async fn names_that_do_not_exist_are_limited_alike() {
    let server = RedisServer::start().await;
    let app = behind_a_proxy(&server).await;
    for n in 0..PER_ACCOUNT {
        assert!(place(&attempt(&app, &format!("192.0.2.{n}"), "nobody", PASSWORD, "*/*").await).contains("failed=1"));
    }
    let refused = attempt(&app, "192.0.2.200", "nobody", PASSWORD, "*/*").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn an_address_takes_so_many_failures_over_all_accounts() {
    let server = RedisServer::start().await;
    let app = behind_a_proxy(&server).await;
    app.state.users.add("ana", Role::Viewer, PASSWORD.into()).await.expect("added");
    attempt(&app, "198.51.100.7", "nobody", "wrong", "*/*").await;
    let mut redis = server.connection().await;
    let count = "sm:sign-ins:from:198.51.100.7";
    assert_eq!(redis.get::<_, u64>(count).await.expect("a count"), 1);
    redis.incr::<_, _, ()>(count, PER_ADDRESS - 2).await.expect("as if there had been more");
    assert_eq!(place(&attempt(&app, "198.51.100.7", "ana", PASSWORD, "*/*").await), "/services?a=b", "the last one");
    assert_eq!(redis.get::<_, u64>(count).await.expect("a count"), PER_ADDRESS - 1, "a success is taken off again");
    attempt(&app, "198.51.100.7", "somebody", "wrong", "*/*").await;
    let refused = attempt(&app, "198.51.100.7", "ana", PASSWORD, "*/*").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(place(&attempt(&app, "198.51.100.8", "ana", PASSWORD, "*/*").await), "/services?a=b");
}

#[tokio::test]
async fn a_success_forgets_the_accounts_failures() {
    let server = RedisServer::start().await;
    let app = behind_a_proxy(&server).await;
    app.state.users.add("ana", Role::Viewer, PASSWORD.into()).await.expect("added");
    for _ in 0..2 {
        for _ in 1..PER_ACCOUNT {
            assert!(place(&attempt(&app, "192.0.2.1", "ana", "wrong", "*/*").await).contains("failed=1"));
        }
        assert_eq!(place(&attempt(&app, "192.0.2.1", "ana", PASSWORD, "*/*").await), "/services?a=b");
    }
}

#[tokio::test]
async fn attempts_at_the_same_time_count_each() {
    let server = RedisServer::start().await;
    let app = behind_a_proxy(&server).await;
    let limits = &app.state.sign_in_limits;
    let attempts = (0..50).map(|n| limits.take("ana", [192, 0, 2, n].into()));
    let taken = futures::future::join_all(attempts).await;
    assert_eq!(taken.iter().filter(|taken| matches!(taken, Ok(Ok(_)))).count() as u64, PER_ACCOUNT);
}

#[tokio::test]
async fn without_trusted_proxies_a_claimed_address_counts_for_nothing() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    attempt(&app, "198.51.100.7", "nobody", "wrong", "*/*").await;
    let counts: Vec<String> = server.connection().await.keys("sm:sign-ins:from:*").await.expect("keys");
    assert_eq!(counts, ["sm:sign-ins:from:127.0.0.1"]);
}
