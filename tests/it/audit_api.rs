//! The audit over HTTP: filters, pages, who may read what, and the table for spreadsheets.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use service_manager::model::audit::{Action, Intent, Verdict};
use service_manager::model::user::Role;

use crate::support::{App, RedisServer, client, intent};

async fn get(app: &App, browser: &Client, path: &str) -> Response {
    browser.get(app.url(path)).send().await.expect("an answer")
}

async fn read(app: &App, browser: &Client, path: &str) -> Value {
    let answer = get(app, browser, path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.expect("JSON")
}

async fn refusal(app: &App, browser: &Client, path: &str) -> (u16, Value) {
    let answer = get(app, browser, path).await;
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn note(app: &App, intent: &Intent, verdict: Verdict, message: &str) {
    app.state.audit.note(intent, verdict, message).await.expect("written");
}

/// So many triggers, the newest with the highest number, every second one by bob.
async fn note_triggers(app: &App, count: u64) {
    for number in 0..count {
        let mut intent = Intent { action: Action::Trigger, target: "balance-sync".to_owned(), ..intent() };
        intent.actor = Some(if number % 2 == 0 { "cleo" } else { "bob" }.to_owned());
        note(app, &intent.with("userId", number), Verdict::Succeeded, "").await;
    }
}

fn users(page: &Value) -> Vec<&str> {
    let records = page["records"].as_array().expect("records").iter();
    records.filter_map(|record| record["parameters"]["userId"].as_str()).collect()
}

#[tokio::test]
async fn a_script_reads_the_audit_page_by_page_and_by_every_filter() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let vera = app.signed_in("vera", Role::Viewer).await;
    note_triggers(&app, 7).await;
    let first = read(&app, &vera, "/api/audit?action=trigger&limit=3").await;
    assert_eq!(users(&first), ["6", "5", "4"]);
    let next = first["next"].as_str().expect("older ones");
    let second = read(&app, &vera, &format!("/api/audit?action=trigger&limit=4&before={next}")).await;
    assert_eq!((users(&second), &second["next"]), (vec!["3", "2", "1", "0"], &Value::Null));

    let at = first["records"][0]["id"].as_str().and_then(|id| id.split_once('-')).expect("an id").0.to_owned();
    let later = at.parse::<u64>().expect("a time") + 1;
    for (query, expected) in [
        ("actor=bob", 3),
        ("actor=bo", 0),
        ("actor=vera", 1),
        ("action=sign-in", 1),
        ("outcome=succeeded", 8),
        ("outcome=under-way", 0),
        ("target=balance", 7),
        ("target=console", 1),
        ("actor=cleo&target=6", 1),
        ("actor=&action=&outcome=&target=&from=&to=&before=", 8),
        (&format!("from={later}"), 0),
        (&format!("to={later}"), 8),
        ("to=2020-01-01T00:00", 0),
        ("from=2020-01-01T00:00", 8),
    ] {
        let page = read(&app, &vera, &format!("/api/audit?{query}")).await;
        assert_eq!(page["records"].as_array().map(Vec::len), Some(expected), "{query}");
    }
    let beyond = read(&app, &vera, &format!("/api/audit?to=2020-01-01T00:00&before={later}-0")).await;
    assert_eq!(users(&beyond), [""; 0], "the earlier of both bounds counts");
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("action=dance", "action"),
        ("outcome=good", "outcome"),
        ("from=noon", "from"),
        ("to=noon", "to"),
        ("before=5", "before"),
        ("whose=mine", "whose"),
    ] {
        let (status, problem) = refusal(&app, &vera, &format!("/api/audit?{query}")).await;
        assert_eq!((status, problem["field"].as_str()), (422, Some(field)), "{query}");
    }
}

#[tokio::test]
async fn people_nobody_knows_and_the_table_are_for_administrators_alone() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let nobody = client().post(app.url("/login")).header("sec-fetch-site", "cross-site");
    assert_eq!(nobody.send().await.expect("an answer").status(), StatusCode::FORBIDDEN);
    for role in [Role::Viewer, Role::Operator] {
        let browser = app.signed_in(role.name(), role).await;
        for path in ["/api/audit?whose=anonymous", "/api/audit.csv", "/api/audit.csv?whose=anonymous"] {
            let (status, problem) = refusal(&app, &browser, path).await;
            assert_eq!((status, problem["code"].as_str()), (403, Some("forbidden")), "{path} for {role}");
        }
    }
    let admin = app.signed_in("ada", Role::Admin).await;
    let anonymous = read(&app, &admin, "/api/audit?whose=anonymous").await;
    let records = anonymous["records"].as_array().expect("records");
    assert_eq!((records.len(), &records[0]["target"]), (1, &Value::from("POST /login")));
    assert_eq!(records[0]["outcome"]["verdict"], "refused", "or it would not be there");
    assert_ne!(records[0]["outcome"]["message"], "");
    let refused = read(&app, &admin, "/api/audit?action=forbidden&outcome=refused").await;
    let targets: Vec<_> = refused["records"].as_array().expect("records").iter().map(|one| &one["target"]).collect();
    let each = ["GET /api/audit.csv", "GET /api/audit.csv", "audit"];
    assert_eq!(targets, [each, each].concat(), "each refusal is in the audit itself");
    assert_eq!(get(&app, &admin, "/api/audit.csv?whose=anonymous").await.status(), 200);
}

#[tokio::test]
async fn the_table_is_quoted_and_holds_no_formula() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let admin = app.signed_in("ada", Role::Admin).await;
    let mut evil = intent().with("userId", 7).because(Some("=HYPERLINK(\"http://x\")".to_owned()));
    evil.target = "@SUM(A1), \"b\"\r\nc".to_owned();
    note(&app, &evil, Verdict::Failed, "-1+1").await;
    let answer = get(&app, &admin, "/api/audit.csv?actor=ana").await;
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    let name = answer.headers()["content-disposition"].to_str().expect("text").to_owned();
    assert!(name.starts_with("attachment; filename=\"audit-") && name.ends_with(".csv\""), "{name}");
    assert!(answer.headers().get("link").is_none(), "there is no more");
    let text = answer.text().await.expect("text");
    let (names, line) = text.split_once("\r\n").expect("two lines");
    assert_eq!(
        names,
        "id,time,actor,role,action,target,parameters,reason,outcome,durationMs,message,requestId,address"
    );
    let (_, told) = line.split_once(",ana,").expect("by ana");
    let (what, end) = told.split_once(",failed,").expect("an outcome");
    let expected = concat!(
        ",sign-in,\"'@SUM(A1), \"\"b\"\"\r\nc\",\"{\"\"userId\"\":\"\"7\"\"}\",",
        "\"'=HYPERLINK(\"\"http://x\"\")\""
    );
    assert_eq!(what, expected);
    let (duration, end) = end.split_once(',').expect("a duration");
    assert!(duration.parse::<u64>().is_ok(), "{duration}");
    assert_eq!(end, "\"'-1+1\",,\r\n");
}

#[tokio::test]
async fn a_table_has_ten_thousand_records_and_leads_to_older_ones() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let admin = app.signed_in("ada", Role::Admin).await;
    let bobs = Intent { actor: Some("bob".to_owned()), action: Action::Trigger, ..intent() };
    let json = serde_json::to_string(&bobs).expect("JSON");
    let mut pipe = redis::pipe();
    for _ in 0..10_050 {
        pipe.cmd("XADD").arg("sm:audit").arg("*").arg("intent").arg(&json).ignore();
    }
    let () = pipe.query_async(&mut server.connection().await).await.expect("written");
    let answer = get(&app, &admin, "/api/audit.csv?before=&actor=bob&outcome=under-way").await;
    let link = answer.headers()["link"].to_str().expect("text").to_owned();
    assert_eq!(answer.text().await.expect("text").lines().count(), 10_001);
    let older = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).expect("a link");
    assert!(older.starts_with("/api/audit.csv?actor=bob&outcome=under-way&before="), "{older}");
    let rest = get(&app, &admin, older).await;
    assert!(rest.headers().get("link").is_none());
    assert_eq!(rest.text().await.expect("text").lines().count(), 51);

    let rare = read(&app, &admin, "/api/audit?action=sign-in").await;
    assert_eq!((rare["records"].as_array().map(Vec::len), rare["next"].is_string()), (Some(0), true), "it was far");
    let next = rare["next"].as_str().expect("where it stopped");
    let found = read(&app, &admin, &format!("/api/audit?action=sign-in&before={next}")).await;
    assert_eq!((found["records"].as_array().map(Vec::len), &found["next"]), (Some(1), &Value::Null));
}

#[tokio::test]
async fn two_downloads_at_a_time_are_made() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let admin = app.signed_in("ada", Role::Admin).await;
    let turns = (app.state.downloads.turn().await.expect("a turn"), app.state.downloads.turn().await.expect("a turn"));
    for path in ["/api/audit.csv", "/api/services/logs.txt"] {
        let waiting = tokio::time::timeout(Duration::from_millis(300), get(&app, &admin, path)).await;
        assert!(waiting.is_err(), "{path} waits for its turn");
    }
    drop(turns);
    for path in ["/api/audit.csv", "/api/services/logs.txt", "/api/audit.csv"] {
        let answer = get(&app, &admin, path).await;
        let length: usize = answer.headers()["content-length"].to_str().expect("text").parse().expect("a number");
        assert_eq!(answer.bytes().await.expect("a body").len(), length, "{path}");
    }
}

#[tokio::test]
async fn the_page_of_the_audit_holds_its_table_in_its_first_answer() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let vera = app.signed_in("vera", Role::Viewer).await;
    let attack = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    let mut evil = intent().with("jobId", attack).with("jobIds", "abc-1 ../../logout abc-2").with(attack, attack);
    evil.target = attack.to_owned();
    note(&app, &evil.because(Some(attack.to_owned())), Verdict::Failed, attack).await;
    note_triggers(&app, 60).await;
    let page = async |browser: &Client, path: &str| -> String {
        let answer = browser.get(app.url(path)).header("accept", "text/html").send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("text")
    };
    let rows = |text: &str| text.matches("data-record=").count();

    let first = page(&vera, "/audit").await;
    assert_eq!((rows(&first), first.contains("/audit?before=")), (50, true));
    assert!(!first.contains("Download CSV") && !first.contains("whose=anonymous"), "a viewer is not offered them");
    let older = first.split("/audit?before=").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let last = page(&vera, &format!("/audit?before={older}")).await;
    assert_eq!((rows(&last), last.contains(">Older<"), last.contains(">Newest<")), (12, false, true));
    assert!(!last.contains("<img src=x") && last.contains("&lt;img src=x"), "whatever it is, it is text");
    assert!(last.contains("href=\"/jobs/abc-1\"") && last.contains("href=\"/jobs/abc-2\""));
    assert!(!last.contains("href=\"/jobs/.") && !last.contains("href=\"/jobs/&lt;"), "what is no id is no link");

    let filtered = page(&vera, "/audit?actor=ana&outcome=failed").await;
    assert_eq!(rows(&filtered), 1);
    assert!(filtered.contains("value=\"ana\"") && filtered.contains("<option value=\"failed\" selected"));
    assert!(page(&vera, "/audit?actor=nobody").await.contains("No records match these filters."));
    assert!(page(&vera, "/audit?from=noon").await.contains("from: it must be a date and time"));
    assert!(page(&vera, "/audit?whose=anonymous").await.contains("Your role does not permit this."));
    let form = [("question[whose]", "anonymous")];
    let request = vera.post(app.url("/fn/audit_page")).header("sec-fetch-site", "same-origin").form(&form);
    assert_eq!(request.send().await.expect("an answer").status(), StatusCode::FORBIDDEN);

    let admin = app.signed_in("ada", Role::Admin).await;
    let all = page(&admin, "/audit?target=balance&before=9999999999999-0").await;
    assert!(all.contains("href=\"/api/audit.csv?target=balance\"") && all.contains("whose=anonymous"));
    assert!(page(&admin, "/audit?whose=anonymous").await.contains("Nobody unknown tried anything."));
}
