//! `GET /api/services/{id}/runs`, as scripts use it.

use std::time::Duration;

use serde_json::{Value, json};
use service_manager::model::run::{RunProgress, Tally};
use service_manager::model::service::BuiltIn;
use service_manager::model::user::Role;
use service_manager::server::worker::schedule::{RunCount, Schedule};

use crate::support::{App, RedisServer, eventually, status_message};

#[tokio::test]
async fn the_latest_runs_are_answered_newest_first_and_what_is_wrong_is_named() {
    let redis = RedisServer::start().await;
    let app = App::start(&redis).await;
    let viewer = app.signed_in("vera", Role::Viewer).await;
    let get = async |path: &str| {
        let answer = viewer.get(app.url(&format!("/api/services/{path}"))).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    assert_eq!(get("account-discovery/runs").await, (200, json!({ "runs": [] })));

    let hour = Duration::from_secs(3_600);
    let schedule = Schedule::new(redis.redis(), BuiltIn::AccountDiscovery, Duration::ZERO, hour);
    let count =
        RunCount { progress: RunProgress { done: 2, total: 3 }, tally: Tally { checked: 7, changed: 5, errors: 1 } };
    let mut ids = Vec::new();
    for _ in 0..25 {
        let run = schedule.begin("worker-1").await.expect("Redis answers").expect("a run");
        schedule.end(&run, &count, Some("One user could not be read.")).await.expect("Redis answers");
        ids.insert(0, json!(run));
        // Runs of one millisecond have no order.
        redis.next_millisecond().await;
    }
    let numbers = |answer: &Value| -> Vec<Value> {
        answer["runs"].as_array().expect("runs").iter().map(|run| run["id"].clone()).collect()
    };
    assert_eq!(numbers(&get("account-discovery/runs").await.1), ids[..20]);
    assert_eq!(numbers(&get("account-discovery/runs?limit=100").await.1), ids);
    let mut one = get("account-discovery/runs?limit=1").await.1;
    let times = ["startedAt", "endedAt"].map(|field| one["runs"][0][field].take().as_u64().expect("a time"));
    assert!(times[0] <= times[1]);
    let expected = json!({
        "id": ids[0], "service": "account-discovery", "startedAt": null, "endedAt": null, "checked": 7, "changed": 5,
        "errors": 1, "done": 2, "total": 3, "worker": "worker-1", "message": "One user could not be read."
    });
    assert_eq!(one, json!({ "runs": [expected] }));

    for limit in ["0", "101", "-1", "1.5", "many", ""] {
        let (status, problem) = get(&format!("account-discovery/runs?limit={limit}")).await;
        let rule = "it must be a whole number from 1 to 100";
        assert_eq!((status, &problem["field"], &problem["rule"]), (422, &json!("limit"), &json!(rule)), "{limit}");
    }
    for unknown in ["email-sender", "logs", "No-Id"] {
        let (status, problem) = get(&format!("{unknown}/runs")).await;
        assert_eq!((status, &problem["what"]), (404, &json!(format!("Service {unknown}"))));
    }
    app.state.event_log.append(&status_message("email-sender", "{}")).await.expect("appended");
    eventually("a service without runs is known", || async {
        (get("email-sender/runs").await == (200, json!({ "runs": [] }))).then_some(())
    })
    .await;
}
