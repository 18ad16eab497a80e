//! Streams that are being opened while something else happens.

use service_manager::model::user::Role;
use service_manager::server::streams::End;

use crate::support::{App, EventReader, RedisServer};

#[tokio::test]
async fn a_stream_that_is_opened_while_the_server_stops_is_told_as_well() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    app.state.streams.end_all(End::Shutdown);
    let answer = browser.get(app.url("/api/services/status/stream?tab=a")).send().await.expect("an answer");
    let mut events = EventReader::new(answer);
    assert_eq!(events.next().await.expect("an event").name, "shutdown");
    assert_eq!(events.next().await, None);
}
