//! The JSON API as scripts use it: triggers, jobs, and what every wrong request is told.

use std::collections::HashSet;

use futures::future::join_all;
use redis::AsyncCommands;
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use service_manager::model::service::BuiltIn;
use service_manager::model::user::Role;
use service_manager::server::core_banking::wire::Customer;

use crate::support::jobs::take;
use crate::support::{App, PASSWORD, RedisServer, client};

const SYNC: &str = "/api/services/balance-sync";
const ACCOUNT: &str = "10000001-01";

/// A running instance that knows one bank user with one account, and an operator's token.
async fn start(server: &RedisServer) -> (App, String) {
    let app = App::start(server).await;
    let customer = Customer { customer_id: "10000001".to_owned(), display_name: "Ana Kovač".to_owned() };
    app.state.bank.meet_customers(&[customer]).await.expect("a user");
    app.state.bank.meet_accounts(1, &[ACCOUNT.to_owned()]).await.expect("an account");
    let token = operator(&app, "ops").await;
    (app, token)
}

async fn operator(app: &App, name: &str) -> String {
    app.state.users.add(name, Role::Operator, PASSWORD.into()).await.expect("a new user");
    let token = app.state.tokens.create(name, "script", None).await.expect("a token");
    token.expose_secret().to_owned()
}

fn post(app: &App, token: &str, path: &str) -> RequestBuilder {
    client().post(app.url(path)).bearer_auth(token)
}

async fn send_json(app: &App, token: &str, path: &str, body: &str) -> Response {
    send(post(app, token, path).header("content-type", "application/json").body(body.to_owned())).await
}

async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

async fn problem(answer: Response) -> (u16, Value) {
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let id = answer.headers()["x-request-id"].to_str().expect("text").to_owned();
    let status = answer.status().as_u16();
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!((&problem["requestId"], &problem["status"]), (&json!(id), &json!(status)));
    (status, problem)
}

#[tokio::test]
async fn each_trigger_queues_its_work_and_says_where_the_job_is() {
    let server = RedisServer::start().await;
    let (app, token) = start(&server).await;
    for (path, service, body, message) in [
        (SYNC, "balance-sync", json!({"userId": 1}), "Sync of user 1 queued."),
        (
            "/api/services/account-discovery",
            "account-discovery",
            json!({"userId": 1}),
            "Discovery of the accounts of user 1 queued.",
        ),
        (
            "/api/services/account-enrichment",
            "account-enrichment",
            json!({"accountNumber": ACCOUNT}),
            "Enrichment of account 10000001-01 queued.",
        ),
    ] {
        let answer = send_json(&app, &token, path, &body.to_string()).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{path}");
        let place = answer.headers()["location"].to_str().expect("text").to_owned();
        let queued: Value = answer.json().await.expect("JSON");
        let id = queued["jobId"].as_str().expect("an id").to_owned();
        let expected = json!({"success": true, "jobId": id, "lane": "priority", "message": message});
        assert_eq!(queued, expected, "{path}");
        assert_eq!(place, format!("/api/jobs/{id}"));

        let job: Value = send(client().get(app.url(&place)).bearer_auth(&token)).await.json().await.expect("JSON");
        assert_eq!((&job["id"], &job["service"]), (&json!(id), &json!(service)));
        assert_eq!((&job["lane"], &job["state"], &job["attempts"]), (&json!("priority"), &json!("waiting"), &json!(0)));
        assert!(job["createdAt"].is_u64() && job.get("startedAt").is_none(), "{job}");
        for (field, value) in body.as_object().expect("fields") {
            assert_eq!(&job[field], value, "{path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_request_is_told_what_is_wrong_and_queues_nothing() {
    let server = RedisServer::start().await;
    let (app, token) = start(&server).await;
    let whole = "it must be a whole number from 1 to 9007199254740991";
    for (body, status, code, detail) in [
        ("{nope", 400, "not_json", "The body cannot be read as JSON: key must be a string at line 1 column 2."),
        ("", 400, "not_json", "The body cannot be read as JSON: EOF while parsing a value at line 1 column 0."),
        (
            "{\"userId\": 1} {}",
            400,
            "not_json",
            "The body cannot be read as JSON: trailing characters at line 1 column 15.",
        ),
        ("[1]", 422, "invalid", "body: it must be a JSON object"),
        ("{}", 422, "invalid", "userId: it is missing"),
        (r#"{"userId": -1}"#, 422, "invalid", &format!("userId: {whole}")),
        (r#"{"userId": 0}"#, 422, "invalid", &format!("userId: {whole}")),
        (r#"{"userId": "x"}"#, 422, "invalid", &format!("userId: {whole}")),
        (r#"{"userId": 1.5}"#, 422, "invalid", &format!("userId: {whole}")),
        (r#"{"userId": null}"#, 422, "invalid", &format!("userId: {whole}")),
        (r#"{"userId": 999999999}"#, 404, "not_found", "User 999999999 does not exist."),
    ] {
        let (got, problem) = problem(send_json(&app, &token, SYNC, body).await).await;
        assert_eq!((got, &problem["code"], &problem["detail"]), (status, &json!(code), &json!(detail)), "{body}");
    }
    let enrich = "/api/services/account-enrichment";
    let (status, refused) = problem(send_json(&app, &token, enrich, r#"{"accountNumber": 5}"#).await).await;
    assert_eq!((status, &refused["field"]), (422, &json!("accountNumber")));
    let (status, refused) = problem(send_json(&app, &token, enrich, r#"{"accountNumber": "nobodys"}"#).await).await;
    assert_eq!((status, &refused["detail"]), (404, &json!("Account nobodys does not exist.")));

    let text = post(&app, &token, SYNC).header("content-type", "text/plain").body(r#"{"userId": 1}"#);
    let (status, refused) = problem(send(text).await).await;
    assert_eq!(
        (status, &refused["detail"]),
        (415, &json!("The body must be application/json, without a content encoding."))
    );
    let encoded =
        post(&app, &token, SYNC).header("content-type", "application/json").header("content-encoding", "gzip");
    assert_eq!(problem(send(encoded.body("{}")).await).await.0, 415);
    let untold = post(&app, &token, SYNC).body(r#"{"userId": 1}"#);
    assert_eq!(problem(send(untold).await).await.0, 415);
    let large = format!(r#"{{"userId": 1, "more": "{}"}}"#, "x".repeat(200_000));
    assert_eq!(problem(send_json(&app, &token, SYNC, &large).await).await.0, 413);

    let waiting: u64 = redis::cmd("XLEN")
        .arg("sm:jobs:balance-sync:priority")
        .query_async(&mut server.connection().await)
        .await
        .expect("a length");
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn whoever_has_no_right_is_refused() {
    let server = RedisServer::start().await;
    let (app, _) = start(&server).await;
    let body = r#"{"userId": 1}"#;
    let json = |request: RequestBuilder| request.header("content-type", "application/json").body(body);
    assert_eq!(problem(send(json(client().post(app.url(SYNC)))).await).await.0, 401, "a bare call");
    let cookie = client().post(app.url(SYNC)).header("cookie", "sm=anything");
    assert_eq!(problem(send(json(cookie)).await).await.0, 403, "with a cookie, where it comes from counts");
    assert_eq!(problem(send_json(&app, "smt_wrong", SYNC, body).await).await.0, 401);
    let viewer = app.signed_in("vera", Role::Viewer).await;
    let answer = send(json(viewer.post(app.url(SYNC)).header("sec-fetch-site", "same-origin"))).await;
    assert_eq!(problem(answer).await.0, 403);
    let browser = app.signed_in("otto", Role::Operator).await;
    let foreign = send(json(browser.post(app.url(SYNC)).header("origin", "https://evil.example"))).await;
    let (status, refused) = problem(foreign).await;
    assert_eq!((status, &refused["code"]), (403, &json!("foreign_origin")));
    let own = send(json(browser.post(app.url(SYNC)).header("origin", app.url("")))).await;
    assert_eq!(own.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn the_same_key_makes_the_same_work_once() {
    let server = RedisServer::start().await;
    let (app, token) = start(&server).await;
    let other = operator(&app, "others").await;
    let queue = async |token: &str, key: &str, body: &'static str| {
        let request = post(&app, token, SYNC).header("idempotency-key", key);
        send(request.header("content-type", "application/json").body(body)).await
    };
    let id = async |answer: Response| {
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        answer.json::<Value>().await.expect("JSON")["jobId"].clone()
    };
    let first = id(queue(&token, "k-1", r#"{"userId":1}"#).await).await;
    assert_eq!(id(queue(&token, "k-1", r#"{ "userId": 1.0 }"#).await).await, first, "the same work, however written");
    // A job that runs is not joined, so that whatever is no repetition makes a job of its own.
    take(&app.state.jobs, BuiltIn::BalanceSync).await;
    assert_eq!(id(queue(&token, "k-1", r#"{"userId":1}"#).await).await, first);
    assert_ne!(id(queue(&token, "k-2", r#"{"userId":1}"#).await).await, first);
    assert_ne!(id(queue(&other, "k-1", r#"{"userId":1}"#).await).await, first, "keys of users are apart");

    let elsewhere = post(&app, &token, "/api/services/account-discovery").header("idempotency-key", "k-1");
    let elsewhere = send(elsewhere.header("content-type", "application/json").body(r#"{"userId":1}"#)).await;
    let (status, refused) = problem(elsewhere).await;
    assert_eq!((status, &refused["field"]), (422, &json!("Idempotency-Key")));
    for bad in ["", "a b", &"x".repeat(256)] {
        let (status, refused) = problem(queue(&token, bad, r#"{"userId":1}"#).await).await;
        assert_eq!((status, &refused["field"]), (422, &json!("Idempotency-Key")), "{bad:?}");
    }
}

#[tokio::test]
async fn a_key_sent_fifty_times_at_once_to_each_of_two_instances_makes_one_job() {
    let server = RedisServer::start().await;
    let (app, token) = start(&server).await;
    let other = App::start(&server).await;
    let ask = |place: usize| {
        let request =
            post(if place.is_multiple_of(2) { &app } else { &other }, &token, "/api/services/account-enrichment");
        let body = json!({ "accountNumber": ACCOUNT }).to_string();
        send(request.header("idempotency-key", "k").header("content-type", "application/json").body(body))
    };
    let mut ids = HashSet::new();
    for answer in join_all((0..100).map(ask)).await {
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        ids.insert(answer.json::<Value>().await.expect("JSON")["jobId"].to_string());
    }
    assert_eq!(ids.len(), 1, "{ids:?}");
    // What joins a job that waits would look the same; what comes while it runs does not.
    take(&app.state.jobs, BuiltIn::AccountEnrichment).await;
    for answer in join_all((0..100).map(ask)).await {
        ids.insert(answer.json::<Value>().await.expect("JSON")["jobId"].to_string());
    }
    let counts = app.state.jobs.counts(BuiltIn::AccountEnrichment).await.expect("counts");
    assert_eq!((ids.len(), counts.priority), (1, 0));
}

#[tokio::test]
async fn a_service_that_is_stopped_takes_no_work() {
    let server = RedisServer::start().await;
    let (app, token) = start(&server).await;
    stop_balance_sync(&server).await;
    let (status, refused) = problem(send_json(&app, &token, SYNC, r#"{"userId": 1}"#).await).await;
    assert_eq!((status, &refused["detail"]), (409, &json!("balance-sync is stopped.")));
    let other = send_json(&app, &token, "/api/services/account-discovery", r#"{"userId": 1}"#).await;
    assert_eq!(other.status(), StatusCode::ACCEPTED, "the others are not");
}

#[tokio::test]
async fn a_repeated_request_is_answered_with_its_job_even_after_the_service_was_stopped() {
    let server = RedisServer::start().await;
    let (app, token) = start(&server).await;
    let queue = async |key: &str| {
        let request = post(&app, &token, SYNC).header("idempotency-key", key);
        send(request.header("content-type", "application/json").body(r#"{"userId": 1}"#)).await
    };
    let first: Value = queue("k").await.json().await.expect("JSON");
    stop_balance_sync(&server).await;
    assert_eq!(queue("other").await.status(), StatusCode::CONFLICT);
    assert_eq!(queue("k").await.json::<Value>().await.expect("JSON"), first);
}

/// As an operator's stop leaves it.
async fn stop_balance_sync(server: &RedisServer) {
    let _: () = server.connection().await.hset("sm:wanted", "balance-sync", "stopped").await.expect("stopped");
}

#[tokio::test]
async fn the_api_answers_programs_whatever_they_accept() {
    let server = RedisServer::start().await;
    let (app, token) = start(&server).await;
    for accept in ["text/html", "application/problem+json, text/html;q=0.1"] {
        let request = client().get(app.url("/api/jobs/x")).bearer_auth(&token).header("accept", accept);
        assert_eq!(problem(send(request).await).await.0, 404, "{accept}");
    }
}

#[tokio::test]
async fn a_job_that_nobody_queued_is_not_found() {
    let server = RedisServer::start().await;
    let (app, token) = start(&server).await;
    for id in ["nonsense", "01900000-0000-7000-8000-000000000000", "%0a"] {
        let answer = send(client().get(app.url(&format!("/api/jobs/{id}"))).bearer_auth(&token)).await;
        assert_eq!(problem(answer).await.0, 404, "{id}");
    }
}

#[tokio::test]
async fn what_an_address_asks_for_beyond_the_parameters_of_its_route_is_passed_over() {
    let server = RedisServer::start().await;
    let (app, token) = start(&server).await;
    for path in [
        "/api/audit",
        "/api/services/balance-sync/history",
        "/api/services/balance-sync/runs",
        "/api/services/logs.txt",
        "/api/services/logs/stream",
        "/api/services/status",
        "/api/services/status/stream",
        "/api/session",
    ] {
        let answer = send(client().get(app.url(&format!("{path}?colour=green"))).bearer_auth(&token)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
}
