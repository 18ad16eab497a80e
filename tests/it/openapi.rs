//! The description of the API, held against the program that it describes.

use std::collections::BTreeSet;

use serde_json::Value;
use service_manager::server::openapi::document;
use service_manager::server::router::table::{Access, Kind, ROUTES};

use crate::support::{App, RedisServer, client};

/// Leads a browser on and tells a script nothing.
const NOT_DESCRIBED: &str = "GET /";

fn description() -> Value {
    serde_json::to_value(document()).expect("JSON")
}

/// Every described operation as `METHOD path`, with its description.
fn operations(description: &Value) -> Vec<(String, &Value)> {
    let paths = description["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("methods");
            methods.iter().map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
        })
        .collect()
}

#[test]
fn every_route_is_described_and_every_described_route_exists() {
    let description = description();
    let described: BTreeSet<_> = operations(&description).into_iter().map(|(name, _)| name).collect();
    let declared = ROUTES.iter().filter(|route| route.kind == Kind::Endpoint);
    let mut declared: BTreeSet<_> = declared.map(|route| format!("{} {}", route.method, route.path)).collect();
    assert!(declared.remove(NOT_DESCRIBED));
    assert_eq!(described, declared);
}

#[test]
fn what_needs_somebody_says_so_and_how_it_refuses() {
    let description = description();
    assert_eq!(
        description["security"].as_array().map(Vec::len),
        Some(2),
        "a token or a session, unless said otherwise"
    );
    for (name, operation) in operations(&description) {
        let route = ROUTES.iter().find(|route| name == format!("{} {}", route.method, route.path)).expect("declared");
        let refusals = &operation["responses"];
        if route.access == Access::Scraper {
            assert_eq!(operation["security"], serde_json::json!([{"metrics": []}]), "{name}");
        } else if matches!(route.access, Access::Role(_) | Access::SignedIn) {
            assert!(operation.get("security").is_none(), "{name}");
            for status in ["401", "403", "503"] {
                let body = &refusals[status]["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(body, "#/components/schemas/Problem", "{name} {status}");
            }
        } else {
            let alternatives = operation["security"].as_array().expect("an alternative");
            assert!(alternatives.contains(&serde_json::json!({})), "{name} needs nobody");
        }
        assert!(operation["summary"].is_string() || operation["description"].is_string(), "{name} says what it does");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| match value.as_str() {
                Some(place) if key == "$ref" => found.push(place.to_owned()),
                _ => references(value, found),
            }),
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let description = description();
    let mut found = Vec::new();
    references(&description, &mut found);
    assert!(found.len() > 10);
    for place in found {
        assert!(description.pointer(place.trim_start_matches('#')).is_some(), "{place}");
    }
}

#[tokio::test]
async fn anybody_may_read_the_description() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let answer = client().get(app.url("/api/openapi.json")).send().await.expect("an answer");
    let served: Value = answer.json().await.expect("JSON");
    assert_eq!(served["openapi"], "3.1.0");
    assert_eq!(served["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(served, description());
}
