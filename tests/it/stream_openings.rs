//! Streams that are being opened while something else happens.

use std::time::Duration;

use service_manager::model::user::Role;
use service_manager::server::auth::credentials::Credential;
use service_manager::server::auth::tokens;
use service_manager::server::streams::{End, StreamKind};

use crate::support::{App, EventReader, RedisServer, Scrape, eventually, leases, stream_token};

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

#[tokio::test]
async fn whoever_goes_away_while_a_stream_is_opened_leaves_no_lease_behind() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let token = stream_token(&server, "ana").await;
    let credential = Credential::Token(tokens::key(&token).expect("a token"));
    let streams = &app.state.streams;
    // The first one teaches Redis the script.
    drop(streams.open(credential.clone(), StreamKind::Status, None).await.expect("a stream"));
    eventually("it is given back", || async { (leases(&server).await == 0).then_some(()) }).await;

    server.signal("STOP");
    let opening = streams.open(credential, StreamKind::Status, None);
    let opened = tokio::time::timeout(Duration::from_millis(300), opening).await;
    server.signal("CONT");
    assert!(opened.is_err(), "Redis did not answer before the caller went away");
    eventually("the lease was taken, and is given back", || async {
        let opened = Scrape::of(app.state.metrics.text().expect("text")).value("streams_opened_total");
        (opened == 2.0 && leases(&server).await == 0).then_some(())
    })
    .await;
}
