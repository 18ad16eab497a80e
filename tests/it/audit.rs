//! The audit: written before an action takes effect, complete when it has ended.

use redis::AsyncCommands;
use reqwest::{Client, Response, StatusCode};
use serde_json::json;
use service_manager::model::audit::{Action, AuditRecord, Verdict};
use service_manager::model::audit_list::{AuditPage, Standing};
use service_manager::model::service::BuiltIn;
use service_manager::model::user::Role;
use service_manager::server::audit::{Filter, Whose};
use service_manager::server::core_banking::wire::Customer;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::Taken;

use crate::support::{App, PASSWORD, RedisServer, client};

async fn read(app: &App, filter: Filter) -> AuditPage {
    app.state.audit.read(&filter, None, 100).await.expect("the audit")
}

async fn all(app: &App) -> Vec<AuditRecord> {
    read(app, Filter::default()).await.records
}

async fn of(app: &App, action: Action) -> Vec<AuditRecord> {
    read(app, Filter { action: Some(action), ..Filter::default() }).await.records
}

fn verdict(record: &AuditRecord) -> Option<Verdict> {
    record.outcome.as_ref().map(|outcome| outcome.verdict)
}

async fn trigger(app: &App, browser: &Client, user: u64) -> Response {
    let request = browser.post(app.url("/api/services/balance-sync")).header("sec-fetch-site", "same-origin");
    request.json(&json!({ "userId": user })).send().await.expect("an answer")
}

async fn meet_somebody(app: &App) {
    let customer = Customer { customer_id: "10000001".to_owned(), display_name: "Bo".to_owned() };
    app.state.bank.meet_customers(&[customer]).await.expect("a user");
}

/// Redis takes nothing any more that needs room.
async fn fill_up(server: &RedisServer) {
    let full = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("1").to_owned();
    full.exec_async(&mut server.connection().await).await.expect("full");
}

#[tokio::test]
async fn a_trigger_is_written_down_at_once_and_completed_when_its_job_has_ended() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    meet_somebody(&app).await;
    let ana = app.signed_in("ana", Role::Operator).await;
    let answer = trigger(&app, &ana, 1).await;
    let request = answer.headers()["x-request-id"].to_str().expect("text").to_owned();
    let second = app.signed_in("cleo", Role::Admin).await;
    assert_eq!(trigger(&app, &second, 1).await.status(), StatusCode::ACCEPTED, "it joins");

    let records = of(&app, Action::Trigger).await;
    let [later, first] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((first.intent.actor.as_deref(), first.intent.role), (Some("ana"), Some(Role::Operator)));
    assert_eq!((first.intent.target.as_str(), first.intent.request_id.as_str()), ("balance-sync", request.as_str()));
    assert_eq!((first.intent.address.as_str(), &first.intent.parameters["userId"]), ("127.0.0.1", &"1".to_owned()));
    assert_eq!((verdict(first), verdict(later)), (None, None), "nothing has come of it yet");

    let jobs = &app.state.jobs;
    let Some(Taken::Job(job)) = jobs.take(BuiltIn::BalanceSync, "w").await.expect("taken") else { panic!("a job") };
    jobs.settle(&job, &Ending::Done("3 accounts synced.".to_owned())).await.expect("settled");
    for record in of(&app, Action::Trigger).await {
        let outcome = record.outcome.expect("an outcome for everybody who asked");
        assert_eq!((outcome.verdict, outcome.message.as_str()), (Verdict::Succeeded, "3 accounts synced."));
        assert!(outcome.duration_ms < 60_000, "{}", outcome.duration_ms);
    }
}

#[tokio::test]
async fn a_job_that_dies_and_a_user_nobody_knows_leave_their_verdicts() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    meet_somebody(&app).await;
    let ana = app.signed_in("ana", Role::Operator).await;
    assert_eq!(trigger(&app, &ana, 9).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(trigger(&app, &ana, 1).await.status(), StatusCode::ACCEPTED);
    let jobs = &app.state.jobs;
    let Some(Taken::Job(job)) = jobs.take(BuiltIn::BalanceSync, "w").await.expect("taken") else { panic!("a job") };
    jobs.settle(&job, &Ending::Hopeless("No.".to_owned())).await.expect("settled");
    let verdicts: Vec<_> = of(&app, Action::Trigger).await.iter().map(verdict).collect();
    assert_eq!(verdicts, [Some(Verdict::Failed), Some(Verdict::Refused)]);
}

#[tokio::test]
async fn a_request_repeated_under_its_key_is_one_attempt() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    meet_somebody(&app).await;
    let ana = app.signed_in("ana", Role::Operator).await;
    for _ in 0..3 {
        let request = ana.post(app.url("/api/services/balance-sync")).header("sec-fetch-site", "same-origin");
        let answer = request.header("idempotency-key", "k").json(&json!({ "userId": 1 })).send().await.expect("sent");
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }
    assert_eq!(of(&app, Action::Trigger).await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_done_but_signing_out() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    meet_somebody(&app).await;
    let ana = app.signed_in("ana", Role::Operator).await;
    fill_up(&server).await;

    assert_eq!(trigger(&app, &ana, 1).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(app.state.jobs.counts(BuiltIn::BalanceSync).await.map(|counts| counts.priority).unwrap_or(0), 0);
    let form = client().post(app.url("/login")).header("sec-fetch-site", "same-origin");
    let answer = form.form(&[("name", "ana"), ("password", PASSWORD)]).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "signing in is refused");
    assert!(answer.headers().get("set-cookie").is_none());

    let out = ana.post(app.url("/logout")).header("sec-fetch-site", "same-origin").send().await.expect("an answer");
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    assert_eq!(ana.get(app.url("/api/session")).send().await.expect("an answer").status(), StatusCode::UNAUTHORIZED);
    assert_eq!(all(&app).await.len(), 1, "only the first sign-in is there");
}

#[tokio::test]
async fn coming_and_going_is_written_down() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let ana = app.signed_in("ana", Role::Viewer).await;
    ana.post(app.url("/logout")).header("sec-fetch-site", "same-origin").send().await.expect("an answer");
    let seen: Vec<_> = all(&app).await.into_iter().map(|record| (record.intent.action, record.intent.actor)).collect();
    let ana = || Some("ana".to_owned());
    assert_eq!(seen, [(Action::SignOut, ana()), (Action::SignIn, ana())]);
}

#[tokio::test]
async fn a_record_of_an_action_that_is_not_known_hides_no_other() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    app.signed_in("vera", Role::Viewer).await;
    let later = r#"{"actor":"ana","action":"explode","target":"x","requestId":"","address":""}"#;
    let mut redis = server.connection().await;
    for log in ["sm:audit", "sm:audit:anonymous"] {
        let _: String = redis.xadd(log, "*", &[("intent", later)]).await.expect("written");
    }
    app.signed_in("otto", Role::Viewer).await;
    let actors = |page: AuditPage| page.records.into_iter().map(|record| record.intent.actor).collect::<Vec<_>>();
    let (vera, otto) = (Some("vera".to_owned()), Some("otto".to_owned()));
    assert_eq!(actors(read(&app, Filter::default()).await), [otto.clone(), vera.clone()]);
    assert_eq!(actors(read(&app, Filter { whose: Whose::Anonymous, ..Filter::default() }).await), []);
    let first = app.state.audit.read(&Filter::default(), None, 1).await.expect("the audit");
    let next = first.next;
    assert_eq!(actors(first), [otto]);
    let second = app.state.audit.read(&Filter::default(), next, 1).await.expect("the audit");
    assert_eq!(actors(second), [vera], "nor does it end the pages");
}

#[tokio::test]
async fn nobody_pushes_out_what_others_did_by_being_refused_again_and_again() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let viewer = app.signed_in("vera", Role::Viewer).await;
    let other = app.signed_in("otto", Role::Viewer).await;
    for _ in 0..103 {
        assert_eq!(trigger(&app, &viewer, 1).await.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(trigger(&app, &other, 1).await.status(), StatusCode::FORBIDDEN);
    let of = async |name: &str| {
        let actor = Some(name.to_owned());
        let filter = Filter { actor, action: Some(Action::Forbidden), ..Filter::default() };
        app.state.audit.read(&filter, None, 200).await.expect("the audit").records
    };
    let hers = of("vera").await;
    let message = |record: &AuditRecord| record.outcome.as_ref().expect("an outcome").message.clone();
    assert_eq!((hers.len(), of("otto").await.len()), (100, 1));
    let counted = "The role does not suffice. Refused attempts within an hour that are only counted: 3.";
    assert_eq!((message(&hers[0]).as_str(), verdict(&hers[0])), (counted, Some(Verdict::Refused)));
    assert_eq!(message(&hers[1]), "The role does not suffice.");
    let left: i64 = server.connection().await.ttl("sm:audit:refusals:vera").await.expect("a time");
    assert!((3_500..=3_600).contains(&left), "{left}: then they are counted anew");
}

#[tokio::test]
async fn whoever_is_refused_is_written_down_and_people_nobody_knows_stand_apart() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let viewer = app.signed_in("vera", Role::Viewer).await;
    assert_eq!(trigger(&app, &viewer, 1).await.status(), StatusCode::FORBIDDEN);
    let forbidden = of(&app, Action::Forbidden).await;
    assert_eq!(forbidden.len(), 1);
    assert_eq!(forbidden[0].intent.actor.as_deref(), Some("vera"));
    assert_eq!(forbidden[0].intent.target, "POST /api/services/balance-sync");
    assert_eq!(verdict(&forbidden[0]), Some(Verdict::Refused));

    assert_eq!(trigger(&app, &client(), 1).await.status(), StatusCode::UNAUTHORIZED);
    let foreign = client().post(app.url("/login")).header("sec-fetch-site", "cross-site");
    assert_eq!(foreign.send().await.expect("an answer").status(), StatusCode::FORBIDDEN);
    for (name, password) in [("vera", "not her password"), ("hunter2 typed here", "x")] {
        let form = client().post(app.url("/login")).header("sec-fetch-site", "same-origin");
        form.form(&[("name", name), ("password", password)]).send().await.expect("an answer");
    }
    let anonymous = read(&app, Filter { whose: Whose::Anonymous, ..Filter::default() }).await.records;
    let tried: Vec<_> = anonymous
        .iter()
        .map(|record| (record.intent.action, record.intent.target.as_str(), record.intent.parameters.get("name")))
        .collect();
    let vera = "vera".to_owned();
    assert_eq!(
        tried,
        [
            (Action::SignIn, "console", None),
            (Action::SignIn, "console", Some(&vera)),
            (Action::Forbidden, "POST /login", None),
            (Action::Forbidden, "POST /api/services/balance-sync", None),
        ]
    );
    assert!(anonymous.iter().all(|record| record.intent.actor.is_none()));
}

#[tokio::test]
async fn people_nobody_knows_fill_neither_redis_nor_the_audit_of_others() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let intent = {
        let mut intent = crate::support::intent();
        intent.actor = None;
        intent
    };
    for _ in 0..1_500 {
        app.state.audit.refused(intent.clone(), "").await;
    }
    let mut redis = server.connection().await;
    let kept: u64 = redis.xlen("sm:audit:anonymous").await.expect("a length");
    assert!((1_000..1_200).contains(&kept), "{kept}");
    assert_eq!(all(&app).await, Vec::new());
}

#[tokio::test]
async fn records_are_found_by_who_what_which_and_when() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let mut ids = Vec::new();
    for number in 0..1_200 {
        let mut intent = crate::support::intent().with("userId", number);
        intent.actor = Some(if number % 2 == 0 { "ana" } else { "bob" }.to_owned());
        let verdict = if number % 3 == 0 { Verdict::Failed } else { Verdict::Succeeded };
        app.state.audit.note(&intent, verdict, "").await.expect("written");
    }
    let bob = || Some("bob".to_owned());
    let mut before = None;
    loop {
        let filter = Filter { actor: bob(), standing: Some(Standing::Ended(Verdict::Failed)), ..Filter::default() };
        let excerpt = app.state.audit.read(&filter, before, 70).await.expect("the audit");
        ids.extend(excerpt.records.iter().map(|record| record.intent.parameters["userId"].clone()));
        before = excerpt.next;
        if before.is_none() {
            break;
        }
    }
    let expected: Vec<String> =
        (0..1_200).rev().filter(|number| number % 2 == 1 && number % 3 == 0).map(|number| number.to_string()).collect();
    assert_eq!(ids, expected);
    let about = read(&app, Filter { target: Some("1199".to_owned()), ..Filter::default() }).await.records;
    assert_eq!(about.len(), 1);
    let at = about[0].id.milliseconds;
    let after = read(&app, Filter { from: Some(at + 60_000), ..Filter::default() }).await;
    assert_eq!(after, AuditPage::default());
    let until = read(&app, Filter { to: Some(at + 60_000), actor: bob(), ..Filter::default() }).await;
    assert_eq!((until.records.len(), until.next.is_some()), (100, true));
}
