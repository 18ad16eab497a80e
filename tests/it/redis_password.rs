//! A password that is put right, or changed, while the program runs.

use std::fs;

use service_manager::model::user::Role;

use crate::support::{App, EventReader, RedisServer, eventually, status_message};

/// A client of that Redis with that password.
async fn connection(server: &RedisServer, password: &str) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(format!("redis://:{password}@127.0.0.1:{}", server.port)).expect("an address");
    client.get_multiplexed_async_connection().await.expect("Redis answers")
}

async fn run(connection: &mut redis::aio::MultiplexedConnection, words: &[&str]) {
    redis::cmd(words[0]).arg(&words[1..]).exec_async(connection).await.expect("done");
}

async fn until_ready(app: &App) {
    eventually("the server is ready", || async { app.is_ready().await.then_some(()) }).await;
}

#[tokio::test]
async fn a_password_that_was_wrong_at_first_lets_the_server_in_once_it_is_right() {
    let server = RedisServer::start().await;
    let app = App::start_unready(&server, &[("REDIS_PASSWORD", "the-right-one")]).await;
    eventually("the password is refused", || async {
        let refused = app.state.users.list().await.expect_err("no password is known");
        refused.to_string().contains("authentication").then_some(())
    })
    .await;
    assert!(!app.is_ready().await);
    run(&mut server.connection().await, &["CONFIG", "SET", "requirepass", "the-right-one"]).await;
    until_ready(&app).await;
}

#[tokio::test]
async fn a_rotated_password_is_read_from_its_file_and_every_page_goes_on() {
    let server = RedisServer::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    fs::write(&file, "first\n").expect("a file");
    run(&mut server.connection().await, &["CONFIG", "SET", "requirepass", "first"]).await;
    let app = App::start_with(&server, &[("REDIS_PASSWORD_FILE", &file.to_string_lossy())]).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let answer = browser.get(app.url("/api/services/status/stream")).send().await.expect("an answer");
    let mut events = EventReader::new(answer);
    events.next_change().await;

    let mut redis = connection(&server, "first").await;
    run(&mut redis, &["CONFIG", "SET", "requirepass", "second"]).await;
    for kind in ["pubsub", "normal"] {
        run(&mut redis, &["CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes"]).await;
    }
    assert_eq!(events.next_named("redis").await.data, r#"{"connected":false}"#, "the old password is refused");
    fs::write(&file, "second\n").expect("a file");
    assert_eq!(events.next_named("redis").await.data, r#"{"connected":true}"#);
    until_ready(&app).await;
    let payload = serde_json::to_string(&status_message("email-sender", r#"{"n":2}"#)).expect("JSON");
    eventually("what is published is heard again", || async {
        run(&mut connection(&server, "second").await, &["PUBLISH", "service:email-sender", &payload]).await;
        app.state.hub.full_message().contains("email-sender").then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_password_of_an_address_counts_whatever_the_file_says() {
    let server = RedisServer::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    fs::write(&file, "left over\n").expect("a file");
    run(&mut server.connection().await, &["CONFIG", "SET", "requirepass", "right"]).await;
    let address = format!("redis://:right@127.0.0.1:{}", server.port);
    let settings = [("REDIS_URL", address.as_str()), ("REDIS_PASSWORD_FILE", &file.to_string_lossy())];
    let app = App::start_with(&server, &settings).await;
    app.state.users.list().await.expect("the address has the right one");
}
