//! The command by which a container engine learns whether the server runs.

use std::process::{Command, Output};

use crate::support::{App, RedisServer, free_port, serve};

/// Runs the program itself with that one setting, in a folder without anyone's `.env`.
async fn healthcheck(address: String) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_service-manager"));
    command.arg("healthcheck").env_clear().env("LEPTOS_SITE_ADDR", address).current_dir(folder.path());
    command.env("PUBLIC_ORIGIN", "https://console.bank.example");
    // A proxy stands between the program and others, never between it and itself.
    command.env("http_proxy", "http://127.0.0.1:9");
    let running = tokio::task::spawn_blocking(move || command.output());
    running.await.expect("no panic").expect("the program runs")
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_is_healthy_without_a_word_also_when_it_listens_on_every_address() {
    let redis = RedisServer::start().await;
    let app = App::start(&redis).await;
    for address in [app.address.to_string(), format!("0.0.0.0:{}", app.address.port())] {
        let output = healthcheck(address).await;
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!((output.stdout.as_slice(), said(&output).as_str()), (b"".as_slice(), ""));
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_listens_it_fails_with_one_line_that_names_the_address() {
    let address = format!("127.0.0.1:{}", free_port());
    let output = healthcheck(address.clone()).await;
    assert_eq!(output.status.code(), Some(1));
    let line = format!("error: http://{address}/healthz: ");
    assert!(said(&output).starts_with(&line) && said(&output).contains("refused"), "{}", said(&output));
    assert_eq!(said(&output).lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_otherwise_is_not_healthy() {
    let address = serve(axum::Router::new()).await;
    let output = healthcheck(address.to_string()).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said(&output), format!("error: http://{address}/healthz: answered 404 Not Found\n"));
}
