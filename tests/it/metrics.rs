//! The metrics: who may read them, and that Prometheus can.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::StatusCode;
use serde_json::Value;
use service_manager::model::user::Role;

use crate::support::browser::{open, scraped_app};
use crate::support::{App, METRICS_TOKEN, RedisServer, Scrape, ask, client};

fn promtool(arguments: &[&str], input: &str) -> Output {
    let mut promtool = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed");
    promtool.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    promtool.wait_with_output().expect("it ends")
}

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("text")
}

#[tokio::test]
async fn without_a_token_in_the_settings_there_is_no_such_address() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let refused = async |method: reqwest::Method, path: &str| {
        let request = client().request(method, app.url(path)).header("sec-fetch-site", "same-origin");
        let answer = request.bearer_auth("anything").send().await.expect("an answer");
        let status = answer.status();
        let mut problem: Value = answer.json().await.expect("a problem");
        problem["requestId"].take();
        (status, problem)
    };
    for method in [reqwest::Method::GET, reqwest::Method::POST] {
        let unknown = refused(method.clone(), "/no-such-address").await;
        assert_eq!(unknown.0, StatusCode::NOT_FOUND);
        assert_eq!(refused(method, "/metrics").await, unknown);
    }
}

#[tokio::test]
async fn only_the_token_opens_the_metrics_and_no_session_does() {
    let server = RedisServer::start().await;
    let app = scraped_app(&server).await;
    for wrong in [None, Some("wrong"), Some("9f3c2a1b"), Some("")] {
        let refused = ask(&app, wrong).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{wrong:?}");
        assert_eq!(refused.headers()["www-authenticate"], "Bearer");
        assert_eq!(refused.headers()["content-type"], "application/problem+json");
    }
    let admin = app.signed_in("ana", Role::Admin).await;
    let refused = admin.get(app.url("/metrics")).send().await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);

    let admitted = ask(&app, Some(METRICS_TOKEN)).await;
    assert_eq!(admitted.status(), StatusCode::OK);
    assert_eq!(admitted.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(admitted.headers()["cache-control"], "no-store");
    assert!(!admitted.text().await.expect("text").contains(METRICS_TOKEN));
}

#[tokio::test]
async fn every_series_is_there_before_anything_happened() {
    let server = RedisServer::start().await;
    let app = scraped_app(&server).await;
    let scrape = Scrape::read(&app).await;
    for series in [
        "streams_open",
        "log_streams_open",
        "log_lines_kept_total",
        "log_lines_dropped_total",
        "log_lines_skipped_total",
        "streams_opened_total",
        "reconnects_total",
        "deliveries_total",
        "writes_total",
        "inbox_rejected_total",
        "inbox_adopted_total",
        "streams_ended_total{reason=\"client\"}",
        "streams_ended_total{reason=\"signed_out\"}",
        "streams_ended_total{reason=\"replaced\"}",
        "streams_ended_total{reason=\"shutdown\"}",
        "stream_requests_refused_total{reason=\"too_many\"}",
        "stream_requests_refused_total{reason=\"unavailable\"}",
        "stream_resumes_total{kind=\"incremental\"}",
        "stream_resumes_total{kind=\"full\"}",
        "publishes_total{kind=\"status\"}",
        "publishes_total{kind=\"removed\"}",
        "publishes_total{kind=\"job\"}",
        "publishes_total{kind=\"command\"}",
        "inbox_overtaken_total",
        "errors_total{kind=\"internal\"}",
        "errors_total{kind=\"panic\"}",
        "redis_connection_losses_total{connection=\"publisher\"}",
        "redis_connection_losses_total{connection=\"subscriber\"}",
        "jobs_ended_total{lane=\"priority\",outcome=\"done\",service=\"balance-sync\"}",
        "jobs_ended_total{lane=\"background\",outcome=\"dead\",service=\"account-enrichment\"}",
    ] {
        assert_eq!(scrape.value(series), 0.0, "{series}");
    }
    assert_eq!(scrape.value(&format!("build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))), 1.0);
    assert_eq!(scrape.value("redis_connected{connection=\"publisher\"}"), 1.0);
}

/// The labels of a sample, with their values.
fn labels(sample: &str) -> Vec<(&str, &str)> {
    let inner = sample.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(inner, _)| inner);
    inner
        .split(',')
        .filter_map(|label| label.split_once('='))
        .map(|(label, value)| (label, value.trim_matches('"')))
        .collect()
}

#[tokio::test]
async fn every_name_has_the_prefix_a_help_and_a_line_in_the_reference() {
    let server = RedisServer::start().await;
    let scrape = Scrape::read(&scraped_app(&server).await).await;
    let (reference, api) = (file("docs/reference.md"), file("docs/api.md"));
    let (_, refusals) = api.split_once("## Refusals").expect("the codes of refusals");
    let names: Vec<_> = scrape.text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert!(names.len() > 15, "names are found at all");
    for name in names.iter().filter_map(|line| line.split(' ').next()) {
        assert!(name.starts_with("service_manager_"), "{name}");
        assert!(scrape.text.contains(&format!("# HELP {name} ")), "{name}");
        let row = reference.lines().find(|line| line.starts_with(&format!("| `{name}")));
        let row = row.unwrap_or_else(|| panic!("{name} stands in docs/reference.md"));
        let samples = scrape.text.lines().filter(|line| line.starts_with(&format!("{name}{{")));
        for (label, value) in samples.flat_map(labels).filter(|(label, _)| !["version", "service"].contains(label)) {
            let value = format!("`{value}`");
            let is_refusal = name.ends_with("errors_total") && refusals.contains(&value);
            assert!(is_refusal || row.contains(&value), "{label} {value} of {name} stands in docs/reference.md");
        }
    }
}

#[tokio::test]
async fn prometheus_own_checker_finds_nothing_to_object_to() {
    let server = RedisServer::start().await;
    let app = scraped_app(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let mut events = open(&browser, &app, "").await;
    events.next_change().await;
    let checked = promtool(&["check", "metrics"], &Scrape::read(&app).await.text);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned() + &String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success() && said.is_empty(), "{said}");
    let broken = promtool(&["check", "metrics"], "# TYPE service_manager_x counter\nservice_manager_x 1\n");
    assert!(!broken.status.success(), "it does check");
}

#[tokio::test]
async fn the_example_settings_for_prometheus_are_good_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("prometheus.yml");
    std::fs::write(&settings, file("deploy/prometheus.yml")).expect("a file");
    let path = settings.to_str().expect("text");
    let incomplete = promtool(&["check", "config", path], "");
    assert!(!incomplete.status.success(), "it looks for the token's file beside the settings");
    std::fs::write(folder.path().join("metrics-token"), METRICS_TOKEN).expect("a file");
    let checked = promtool(&["check", "config", path], "");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
