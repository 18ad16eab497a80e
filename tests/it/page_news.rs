//! News for the pages of jobs and of accounts, and when they are held back.

use std::time::Duration;

use redis::AsyncCommands;
use service_manager::model::user::Role;

use crate::support::{App, EventReader, RedisServer};

#[tokio::test]
async fn while_redis_writes_nothing_streams_are_told_only_that_and_the_news_come_after_it() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let vera = app.signed_in("vera", Role::Viewer).await;
    let answer = vera.get(app.url("/api/services/status/stream")).send().await.expect("a stream");
    let mut stream = EventReader::new(answer);
    stream.next_named("jobs").await;
    server.set_memory_full(true).await;
    assert_eq!(stream.next_named("redis").await.data, r#"{"connected":false}"#);
    let _: () = server.connection().await.publish("sm:account", 2).await.expect("published");
    let news = async {
        loop {
            let event = stream.next_whenever().await.expect("the stream is open");
            if event.name != "ping" {
                return event;
            }
        }
    };
    // Longer than it takes to gather news of accounts, and to count jobs.
    let meanwhile = tokio::time::timeout(Duration::from_millis(2_500), news).await;
    assert!(meanwhile.is_err(), "{meanwhile:?}");
    server.set_memory_full(false).await;
    assert_eq!(stream.next_named("redis").await.data, r#"{"connected":true}"#);
    assert_eq!(stream.next_named("account").await.data, r#"{"userId":2}"#);
}
