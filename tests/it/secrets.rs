//! Secrets of the settings stand in no answer and in no line of the log, whatever goes wrong.

use crate::support::{Program, RedisServer, client};

/// Part of every secret: where it shows, a secret shows.
const CANARY: &str = "canary7f3a";

/// Asks everything that answers without a session, and some that refuses.
async fn answers(program: &Program) -> String {
    let mut all = String::new();
    for path in ["/healthz", "/readyz", "/login", "/metrics", "/api/openapi.json", "/api/session", "/nothing"] {
        for token in ["smt_wrong", "Metrics-canary7f3a"] {
            let answer = client().get(program.url(path)).bearer_auth(token).send().await.expect("an answer");
            all += &format!("{path} {:?}\n", answer.headers());
            all += &answer.text().await.expect("text");
        }
    }
    all
}

#[tokio::test]
async fn no_secret_of_the_settings_shows_when_all_goes_well_and_when_it_does_not() {
    let server = RedisServer::start().await;
    let secrets = [
        ("REDIS_PASSWORD", format!("redis-{CANARY}")),
        ("METRICS_TOKEN", format!("Metrics-{CANARY}")),
        ("CORE_BANKING_TOKEN", format!("bank-{CANARY}")),
        ("ADMIN_PASSWORD", format!("admin-{CANARY}-long")),
        // Nobody listens there, so core banking fails as well.
        ("CORE_BANKING_URL", "http://127.0.0.1:1".to_owned()),
        ("RUST_LOG", "trace".to_owned()),
    ];
    let settings: Vec<_> = secrets.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let program = Program::serve(&server, &settings);
    // This Redis knows no password, so it refuses the one that it is given.
    program.line_with(&["Redis publisher not connected"]).await;
    let refused = answers(&program).await;

    let set_password = redis::cmd("CONFIG").arg(&["SET", "requirepass", secrets[0].1.as_str()]).to_owned();
    set_password.exec_async(&mut server.connection().await).await.expect("Redis takes a password");
    program.line_with(&["Redis publisher connected"]).await;
    program.line_with(&["core banking", "127.0.0.1:1"]).await;
    let connected = answers(&program).await;
    assert!(connected.contains("service_manager_streams_open 0"), "the right token was among them");

    let log = program.log().join("\n");
    for (what, text) in [("answers without Redis", refused), ("answers", connected), ("log", log)] {
        let place = text.find(CANARY).map(|at| text[at.saturating_sub(200)..].chars().take(400).collect::<String>());
        assert_eq!(place, None, "{what}");
    }
}
