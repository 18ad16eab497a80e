//! The pages of jobs and accounts and what stands behind them, over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::AsyncCommands;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use service_manager::model::account::{Balances, Money};
use service_manager::model::job::{JobId, Lane};
use service_manager::model::service::BuiltIn;
use service_manager::model::user::Role;
use service_manager::server::audit::Filter;
use service_manager::server::core_banking::wire::Customer;
use service_manager::server::redis::keys;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::Work;

use crate::support::core_banking::LATER;
use crate::support::jobs::{settle, take};
use crate::support::{App, EventReader, PATIENCE, Proxy, RedisServer, Swallows, eventually};

const SYNC: BuiltIn = BuiltIn::BalanceSync;
const STREAM: &str = "/api/services/status/stream";

/// An instance that knows so many users, each with one account.
async fn start(server: &RedisServer, users: u64) -> App {
    let app = App::start(server).await;
    let customer =
        |number: u64| Customer { customer_id: format!("{}", 10_000_000 + number), display_name: name(number) };
    let customers: Vec<Customer> = (1..=users).map(customer).collect();
    app.state.bank.meet_customers(&customers).await.expect("users");
    for user in 1..=users {
        app.state.bank.meet_accounts(user, &[account(user)]).await.expect("an account");
    }
    app
}

fn name(user: u64) -> String {
    format!("Customer <b>{user}</b>")
}

fn account(user: u64) -> String {
    format!("77{user:06}")
}

async fn queue(app: &App, user: u64) -> JobId {
    app.state.jobs.enqueue(&Work::SyncBalances(user), Lane::Priority, None).await.expect("a job")
}

async fn let_die(app: &App, user: u64, message: &str) -> JobId {
    let id = queue(app, user).await;
    settle(&app.state.jobs, &take(&app.state.jobs, SYNC).await, Ending::Hopeless(message.to_owned())).await;
    id
}

async fn post(app: &App, browser: &Client, path: &str) -> Response {
    browser.post(app.url(path)).header("sec-fetch-site", "same-origin").send().await.expect("an answer")
}

async fn call(app: &App, browser: &Client, function: &str, fields: &[(&str, &str)]) -> (StatusCode, Value) {
    let request = browser.post(app.url(function)).header("sec-fetch-site", "same-origin").form(fields);
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.json().await.expect("JSON"))
}

async fn page(app: &App, browser: &Client, path: &str) -> String {
    let (status, text) = page_with_status(app, browser, path).await;
    assert_eq!(status, 200, "{path}");
    text
}

async fn page_with_status(app: &App, browser: &Client, path: &str) -> (StatusCode, String) {
    let answer = browser.get(app.url(path)).header("accept", "text/html").send().await.expect("an answer");
    (answer.status(), answer.text().await.expect("text"))
}

#[tokio::test]
async fn a_job_tells_its_history_and_is_retried_and_discarded_over_the_api() {
    let server = RedisServer::start().await;
    let app = start(&server, 1).await;
    let ana = app.signed_in("ana", Role::Operator).await;
    let id = let_die(&app, 1, "It is nobody's.").await;
    let read = async || -> Value {
        let answer = ana.get(app.url(&format!("/api/jobs/{id}"))).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    };
    let dead = read().await;
    assert_eq!((&dead["state"], &dead["worker"]), (&json!("dead"), &json!("a worker")));
    let attempt = &dead["history"][0];
    assert_eq!(
        (&attempt["worker"], &attempt["outcome"], &attempt["error"]),
        (&json!("a worker"), &json!("failed"), &json!("It is nobody's."))
    );
    assert!(attempt["endedAt"].as_u64() >= attempt["startedAt"].as_u64());

    let retried = post(&app, &ana, &format!("/api/jobs/{id}/retry")).await;
    assert_eq!(retried.status(), StatusCode::ACCEPTED);
    assert_eq!(retried.headers()["location"], format!("/api/jobs/{id}"));
    let retried: Value = retried.json().await.expect("JSON");
    assert_eq!(retried, json!({"success": true, "jobId": id.0, "message": "The job is queued again."}));
    let again: Value = {
        let answer = post(&app, &ana, &format!("/api/jobs/{id}/retry")).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        answer.json().await.expect("JSON")
    };
    assert_eq!(again["reason"], format!("Job {id} waits for its turn already."));
    let discarded = post(&app, &ana, &format!("/api/jobs/{id}/discard")).await;
    assert_eq!(discarded.status(), StatusCode::OK);
    let ended = read().await;
    assert_eq!((&ended["state"], &ended["message"]), (&json!("dead"), &json!("Discarded by ana.")));

    let running = queue(&app, 1).await;
    let held = take(&app.state.jobs, SYNC).await;
    for what in ["retry", "discard"] {
        let answer = post(&app, &ana, &format!("/api/jobs/{running}/{what}")).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT, "{what}");
        let answer = post(&app, &ana, &format!("/api/jobs/nothing/{what}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{what}");
    }
    settle(&app.state.jobs, &held, Ending::Done("done".to_owned())).await;
    let records = app.state.audit.read(&Filter::default(), None, 20).await.expect("records").records;
    let told: Vec<String> = records
        .iter()
        .rev()
        .filter(|record| record.intent.actor.as_deref() == Some("ana"))
        .filter(|record| ["retry", "discard"].contains(&record.intent.action.name()))
        .map(|record| {
            let verdict = record.outcome.as_ref().map_or("none", |outcome| outcome.verdict.name());
            format!("{} {} {verdict}", record.intent.action, record.intent.target)
        })
        .collect();
    assert_eq!(
        told,
        [
            "retry balance-sync succeeded",
            "retry balance-sync refused",
            "discard balance-sync succeeded",
            "retry balance-sync refused",
            "retry jobs refused",
            "discard balance-sync refused",
            "discard jobs refused",
        ]
    );
}

#[tokio::test]
async fn several_jobs_are_changed_in_one_go_and_each_refusal_says_why() {
    let server = RedisServer::start().await;
    let app = start(&server, 3).await;
    let ana = app.signed_in("ana", Role::Operator).await;
    let (one, other) = (let_die(&app, 1, "no").await, let_die(&app, 2, "no").await);
    let waiting = queue(&app, 3).await;
    let fields = [("ids[0]", one.0.as_str()), ("ids[1]", &waiting.0), ("ids[2]", &other.0)];
    let (status, result) = call(&app, &ana, "/fn/retry_jobs", &fields).await;
    assert_eq!(status, 200, "{result}");
    let records = app.state.audit.read(&Filter::default(), None, 1).await.expect("records").records;
    assert_eq!(
        result,
        json!({
            "requestId": records[0].intent.request_id,
            "changed": [one.0, other.0],
            "refused": [{"id": waiting.0, "reason": format!("Job {waiting} waits for its turn already.")}],
        })
    );
    let many: Vec<(String, String)> = (0..101).map(|place| (format!("ids[{place}]"), one.0.clone())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
    let (status, problem) = call(&app, &ana, "/fn/discard_jobs", &many).await;
    assert_eq!((status.as_u16(), &problem["field"]), (422, &json!("ids")));

    let vera = app.signed_in("vera", Role::Viewer).await;
    for function in ["/fn/retry_jobs", "/fn/discard_jobs"] {
        assert_eq!(call(&app, &vera, function, &fields).await.0, StatusCode::FORBIDDEN);
    }
    for path in ["retry", "discard"] {
        assert_eq!(post(&app, &vera, &format!("/api/jobs/{one}/{path}")).await.status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn the_page_of_jobs_holds_its_table_in_its_first_answer_and_takes_filters_from_its_address() {
    let server = RedisServer::start().await;
    let app = start(&server, 2).await;
    let attack = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    let dead = let_die(&app, 1, attack).await;
    let waiting = queue(&app, 2).await;
    let row = |id: &JobId| format!("data-job=\"{id}\"");
    let ana = app.signed_in("ana", Role::Operator).await;
    let vera = app.signed_in("vera", Role::Viewer).await;
    let all = page(&app, &ana, "/jobs").await;
    assert!(all.contains(&row(&dead)) && all.contains(&row(&waiting)));
    assert!(!all.contains("<img src=x"), "what went wrong is text");
    assert!(all.contains("&lt;img src=x"), "and is shown");
    for (path, shows_dead, shows_waiting) in [
        ("/jobs?state=dead", true, false),
        ("/jobs?state=priority", false, true),
        ("/jobs?service=account-discovery", false, false),
        ("/jobs?q=1", true, false),
        (&format!("/jobs?q={waiting}"), false, true),
    ] {
        let text = page(&app, &vera, path).await;
        assert_eq!((text.contains(&row(&dead)), text.contains(&row(&waiting))), (shows_dead, shows_waiting), "{path}");
    }
    let text = page(&app, &vera, "/jobs?service=account-discovery").await;
    assert!(text.contains("No jobs match these filters."));
    let (text, its) = (page(&app, &vera, "/jobs").await, page(&app, &vera, &format!("/jobs/{dead}")).await);
    for button in [">Retry<", ">Discard<", "type=\"checkbox\""] {
        assert!(!text.contains(button) && !its.contains(button), "{button} is not for viewers");
    }
    assert!(its.contains("&lt;img src=x") && !its.contains("<img src=x"));
    assert!(page(&app, &ana, &format!("/jobs/{dead}")).await.contains(">Retry<"));
    let (status, text) = page_with_status(&app, &ana, "/jobs/nothing").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(text.contains("There is no such job") && text.contains("<title>Not found"), "{text}");
    for (path, what) in
        [("/jobs?state=asleep", "state: "), ("/jobs?cursor=x", "cursor: "), ("/jobs?service=x", "service: ")]
    {
        assert!(page(&app, &vera, path).await.contains(what), "{path}");
    }
}

#[tokio::test]
async fn the_page_of_accounts_holds_users_with_their_balances_fifty_at_a_time() {
    let server = RedisServer::start().await;
    let app = start(&server, 120).await;
    let amount = |text: &str| Money::try_from(text.to_owned()).expect("money");
    let balances = Balances {
        currency: "EUR".to_owned(),
        working_balance: amount("123456789012345678.90"),
        available_balance: amount("-2.50"),
        cleared_balance: amount("0.00"),
        online_actual_balance: amount("4.00"),
    };
    app.state.bank.store_balances(&account(7), 1_763_900_000_000, balances).await.expect("kept");
    let vera = app.signed_in("vera", Role::Viewer).await;
    let cards = |text: &str| text.matches("data-user=").count();
    let first = page(&app, &vera, "/accounts").await;
    assert_eq!(cards(&first), 50);
    assert!(first.contains("123456789012345678.90") && first.contains("-2.50"), "digit for digit");
    assert!(first.contains("cursor=50") && !first.contains("<b>7</b>"));
    assert!(!first.contains("Sync this user"), "a viewer cannot ask for it");
    assert_eq!(cards(&page(&app, &vera, "/accounts?cursor=50").await), 50);
    let last = page(&app, &vera, "/accounts?cursor=100").await;
    assert_eq!((cards(&last), last.contains("Next page")), (20, false));
    for (q, user) in [("77000033", 33), ("10000044", 44), ("Customer <b>55", 55)] {
        let answer = vera.get(app.url("/accounts")).query(&[("q", q)]).send().await.expect("an answer");
        let text = answer.text().await.expect("text");
        assert_eq!((cards(&text), text.contains(&format!("data-user=\"{user}\""))), (1, true), "{q}");
    }
    // 32 numbers begin with it, and eight more names contain it.
    let (_, found) = call(&app, &vera, "/fn/accounts_page", &[("q", "1"), ("after", "0")]).await;
    assert_eq!((found["total"].as_u64(), found["users"][0]["user"]["userId"].as_u64()), (Some(40), Some(1)));
    assert!(page(&app, &vera, "/accounts?q=nobody").await.contains("No user matches."));
    let (status, found) = call(&app, &vera, "/fn/accounts_page", &[("q", "Customer <b>7<"), ("after", "0")]).await;
    let asked_at = &found["users"][0]["accounts"][0]["balances"]["askedAt"];
    assert_eq!((status.as_u16(), asked_at.as_u64()), (200, Some(1_763_900_000_000)));
    assert!(page(&app, &app.signed_in("ana", Role::Operator).await, "/accounts").await.contains("Sync this user"));
}

#[tokio::test]
async fn accounts_that_were_found_closed_say_since_when() {
    let server = RedisServer::start().await;
    let app = start(&server, 2).await;
    let bank = &app.state.bank;
    let vera = app.signed_in("vera", Role::Viewer).await;
    bank.meet_accounts(1, &["another".to_owned()]).await.expect("a second account");
    assert_eq!(bank.close_others(1, &[account(1)], LATER).await.expect("closed"), 1);
    let (_, all) = call(&app, &vera, "/fn/accounts_page", &[("q", ""), ("after", "0")]).await;
    let one = &all["users"][0];
    let marks: Vec<bool> = one["accounts"].as_array().expect("two").iter().map(|a| a["closedAt"].is_u64()).collect();
    assert_eq!(marks, [false, true], "{one}");
    let text = page(&app, &vera, "/accounts").await;
    assert!(text.contains("Closed<span class=\"under\"><time"), "{text}");
    assert_eq!((text.matches("class=\"closed\"").count(), text.contains("All accounts are closed")), (1, false));
    bank.close_others(1, &[], LATER).await.expect("closed");
    let text = page(&app, &vera, "/accounts").await;
    assert_eq!((text.matches("class=\"closed\"").count(), text.matches("All accounts are closed").count()), (2, 1));
}

#[tokio::test]
async fn streams_are_told_when_jobs_move_and_whose_accounts_have_news() {
    let server = RedisServer::start().await;
    let app = start(&server, 2).await;
    let vera = app.signed_in("vera", Role::Viewer).await;
    let mut stream = EventReader::new(vera.get(app.url(STREAM)).send().await.expect("a stream"));
    let counts = |data: &str| -> Value {
        let lanes: Value = serde_json::from_str(data).expect("JSON");
        let lanes = lanes["lanes"].as_array().expect("lanes");
        lanes.iter().find(|lanes| lanes["service"] == "balance-sync").expect("balance-sync").clone()
    };
    let first = stream.next_named("jobs").await;
    assert_eq!(first.id, "", "it has no position");
    assert_eq!(counts(&first.data)["priority"], 0);
    queue(&app, 2).await;
    assert_eq!(counts(&stream.next_named("jobs").await.data)["priority"], 1);
    let job = take(&app.state.jobs, SYNC).await;
    assert_eq!(counts(&stream.next_named("jobs").await.data)["running"], 1);
    settle(&app.state.jobs, &job, Ending::Done("done".to_owned())).await;
    let news = stream.next_named("account").await;
    assert_eq!((news.id.as_str(), news.data.as_str()), ("", r#"{"userId":2}"#));
    assert_eq!(counts(&stream.next_named("jobs").await.data)["running"], 0);
}

#[tokio::test]
async fn news_of_accounts_come_again_after_the_connection_they_came_on_was_half_open() {
    let server = RedisServer::start().await;
    let proxy = Proxy::start(server.port).await;
    let app = App::start_with(&server, &[("REDIS_PORT", &proxy.port.to_string())]).await;
    let vera = app.signed_in("vera", Role::Viewer).await;
    let mut stream = EventReader::new(vera.get(app.url(STREAM)).send().await.expect("a stream"));
    let user = Arc::new(AtomicU64::new(2));
    let publishing = tokio::spawn({
        let (mut publisher, user) = (server.connection().await, user.clone());
        async move {
            let mut every = tokio::time::interval(Duration::from_millis(100));
            loop {
                every.tick().await;
                let user = user.load(Ordering::Relaxed);
                publisher.publish::<_, _, ()>(keys::ACCOUNT_CHANNEL, user).await.expect("published");
            }
        }
    });
    assert_eq!(stream.next_named("account").await.data, r#"{"userId":2}"#);

    proxy.swallow(Some(Swallows::Subscriptions));
    eventually("ten pieces vanish", || async { (proxy.swallowed() > 10).then_some(()) }).await;
    proxy.swallow(None);
    user.store(3, Ordering::Relaxed);
    let told = async { while stream.next_named("account").await.data != r#"{"userId":3}"# {} };
    tokio::time::timeout(PATIENCE, told).await.expect("it listens again");
    publishing.abort();
}

#[tokio::test]
async fn why_jobs_are_changed_is_in_the_audit_however_that_was_asked_for() {
    let server = RedisServer::start().await;
    let app = start(&server, 2).await;
    let ana = app.signed_in("ana", Role::Operator).await;
    let (one, other) = (let_die(&app, 1, "no").await, let_die(&app, 2, "no").await);
    let fields = [("ids[0]", one.0.as_str()), ("ids[1]", &other.0), ("reason", " the bank is back ")];
    assert_eq!(call(&app, &ana, "/fn/retry_jobs", &fields).await.0, StatusCode::OK);

    let address = app.url(&format!("/api/jobs/{one}/discard"));
    let ask = || ana.post(&address).header("sec-fetch-site", "same-origin");
    for (body, field) in [
        (json!({"reason": "\u{202e}gninrom"}), "reason"),
        (json!({"reason": "x".repeat(501)}), "reason"),
        (json!({"reason": 5}), "reason"),
        (json!({"why": "x"}), "why"),
    ] {
        let answer = ask().json(&body).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let problem: Value = answer.json().await.expect("JSON");
        assert_eq!(problem["field"], field, "{body}");
    }
    let plain = ask().body("because").send().await.expect("an answer");
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let discarded = ask().json(&json!({"reason": "nobody needs it"})).send().await.expect("an answer");
    assert_eq!(discarded.status(), StatusCode::OK);

    let records = app.state.audit.read(&Filter::default(), None, 20).await.expect("records").records;
    let told: Vec<_> = records
        .iter()
        .filter(|record| ["retry", "discard"].contains(&record.intent.action.name()))
        .map(|record| (record.intent.action.name(), record.intent.reason.as_deref()))
        .collect();
    let refused = ("discard", None);
    assert_eq!(told, [("discard", Some("nobody needs it")), refused, refused, ("retry", Some("the bank is back"))]);
}
