//! Secrets of the settings stand in no answer, in no line of the log and in no record of the audit, whatever goes wrong.

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

/// Asks for what those see who are signed in, after somebody tried it with another password.
async fn pages(program: &Program, password: &str) -> String {
    let wrong = [("name", "admin"), ("password", "not-the-canary7f3a-one")];
    let tried = client().post(program.url("/login")).header("sec-fetch-site", "same-origin").form(&wrong).send();
    let mut all = tried.await.expect("an answer").text().await.expect("text");
    let browser = program.sign_in_with(password).await;
    for path in [
        "/services",
        "/services/balance-sync",
        "/jobs",
        "/accounts",
        "/logs",
        "/dashboard",
        "/audit",
        "/audit?whose=anonymous",
        "/admin",
        "/api/services/status",
        "/api/audit",
        "/api/audit.csv",
        "/api/services/logs.txt",
        "/api/session",
    ] {
        let answer = browser.get(program.url(path)).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        all += &format!("{path} {:?}\n", answer.headers());
        all += &answer.text().await.expect("text");
    }
    all
}

#[tokio::test]
async fn no_secret_of_the_settings_shows_when_all_goes_well_and_when_it_does_not() {
    let mut server = RedisServer::start().await;
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

    let pages = pages(&program, &secrets[3].1).await;
    assert!(pages.contains("sign-in"), "the audit is among them");

    server.password = Some(secrets[0].1.clone());
    let ask = redis::cmd("XRANGE").arg(&["sm:audit", "-", "+"]).to_owned();
    let audit: redis::Value = ask.query_async(&mut server.connection().await).await.expect("the audit");
    let (audit, log) = (format!("{audit:?}"), program.log().join("\n"));
    assert!(audit.contains("admin"), "it has records");
    for (what, text) in
        [("answers without Redis", refused), ("answers", connected), ("pages", pages), ("audit", audit), ("log", log)]
    {
        let place = text.find(CANARY).map(|at| text[at.saturating_sub(200)..].chars().take(400).collect::<String>());
        assert_eq!(place, None, "{what}");
    }
}
