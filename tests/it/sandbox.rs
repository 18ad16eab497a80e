//! The sandbox as a process, and the commands that switch it while it runs.

use std::process::{Child, Command, Output, Stdio};

use service_manager::server::config::CoreBankingConfig;
use service_manager::server::core_banking::client::{ClientLimits, CoreBanking, CoreBankingError};

use crate::support::{Sandbox, eventually, free_port, metrics};

const TIP: &str = "\n  tip: `service-manager sandbox` serves one; SANDBOX_ADDR says where it is, and it asks for CORE_BANKING_TOKEN \
                   if that is set\n";

fn command(address: &str, token: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_service-manager"));
    command
        .args(words)
        .current_dir(std::env::temp_dir())
        .env_clear()
        .envs([("SANDBOX_ADDR", address), ("CORE_BANKING_TOKEN", token), ("RUST_LOG", "warn")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The exit status of that command, and what it said on standard output and on standard error.
async fn run(address: &str, token: &str, words: &[&str]) -> (Option<i32>, String, String) {
    let mut command = command(address, token, words);
    let ended = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic");
    let Output { status, stdout, stderr } = ended.expect("the program");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_sandbox_is_switched_while_it_runs_and_what_is_left_out_stays() {
    let address = format!("127.0.0.1:{}", free_port());
    let _process = Process(command(&address, "a secret", &["sandbox"]).spawn().expect("the program"));
    let well = "STATE  LATENCY  ERRORS  MALFORMED\nup     0 ms     0       0\n";
    eventually("it serves", || async {
        let (status, said, _) = run(&address, "a secret", &["sandbox", "show"]).await;
        (status == Some(0)).then(|| assert_eq!(said, well))
    })
    .await;
    for (words, row) in [
        (vec!["--latency-ms", "5", "--error-rate", "0.25"], "up     5 ms     0.25    0"),
        (vec!["--down"], "down   5 ms     0.25    0"),
        (vec!["--malformed-rate", "1", "--error-rate", "0"], "down   5 ms     0       1"),
        (vec!["--up", "--malformed-rate", "0", "--latency-ms", "0"], "up     0 ms     0       0"),
    ] {
        let words: Vec<&str> = ["sandbox", "set"].into_iter().chain(words).collect();
        let (status, said, errors) = run(&address, "a secret", &words).await;
        assert_eq!((status, errors.as_str()), (Some(0), ""), "{words:?}");
        assert_eq!(said, format!("STATE  LATENCY  ERRORS  MALFORMED\n{row}\n"), "{words:?}");
        assert_eq!(run(&address, "a secret", &["sandbox", "show"]).await.1, said);
    }

    let url = format!("http://{address}");
    let config = CoreBankingConfig { url, is_sandbox: true, token: Some("a secret".into()), concurrency: 1 };
    let limits = ClientLimits { repeats: 0, ..ClientLimits::default() };
    let client = CoreBanking::with_limits(&config, metrics(), limits).expect("a client");
    assert!(client.customers(None).await.is_ok());
    run(&address, "a secret", &["sandbox", "set", "--down"]).await;
    let answer = client.customers(None).await;
    assert!(matches!(answer, Err(CoreBankingError::Unreachable { .. })), "no answer at all: {answer:?}");
    run(&address, "a secret", &["sandbox", "set", "--up"]).await;
    assert!(client.customers(None).await.is_ok());

    let (status, said, errors) = run(&address, "another", &["sandbox", "set", "--down"]).await;
    assert_eq!((status, said.as_str()), (Some(1), ""));
    assert_eq!(errors, format!("error: no sandbox answers at {address}: answered 401 Unauthorized\n{TIP}"));
    assert!(client.customers(None).await.is_ok(), "nothing changed");
}

#[tokio::test]
async fn without_a_sandbox_the_command_fails_and_says_where_it_looked() {
    let port = free_port();
    for address in [format!("127.0.0.1:{port}"), format!("0.0.0.0:{port}")] {
        for words in [vec!["sandbox", "show"], vec!["sandbox", "set", "--down"]] {
            let (status, said, errors) = run(&address, "", &words).await;
            assert_eq!((status, said.as_str()), (Some(1), ""), "{words:?}");
            assert!(errors.starts_with(&format!("error: no sandbox answers at 127.0.0.1:{port}: ")), "{errors}");
            assert!(errors.contains("refused") && errors.ends_with(TIP), "{errors}");
        }
    }
}

#[tokio::test]
async fn a_wrong_call_changes_nothing_and_names_the_rule() {
    let sandbox = Sandbox::start(1).await;
    let address = sandbox.url().replace("http://", "");
    for (words, part) in [
        (vec![], "--latency-ms <N>"),
        (vec!["--down", "--up"], "cannot be used with"),
        (vec!["--down", "--error-rate", "1.5"], "a share is a number from 0 to 1, such as 0.2"),
        (vec!["--down", "--malformed-rate", "NaN"], "a share is a number from 0 to 1, such as 0.2"),
        (vec!["--down", "--latency-ms", "60001"], "60001 is not in 0..=60000"),
    ] {
        let words: Vec<&str> = ["sandbox", "set"].into_iter().chain(words).collect();
        let (status, said, errors) = run(&address, "", &words).await;
        assert_eq!((status, said.as_str()), (Some(2), ""), "{words:?}");
        assert!(errors.contains(part), "{words:?}: {errors}");
    }
    assert!(sandbox.client().customers(None).await.is_ok(), "it is up");

    let http = crate::support::client();
    let path = format!("{}/sandbox/behaviour", sandbox.url());
    for (body, part) in [
        (r#"{"errorRate":2}"#, "errorRate must be a number from 0 to 1"),
        (r#"{"latencyMs":60001}"#, "latencyMs must be a whole number from 0 to 60000"),
        (r#"{"latency":1}"#, "unknown field `latency`"),
    ] {
        let answer = http.patch(&path).header("content-type", "application/json").body(body).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 422, "{body}");
        let said = answer.text().await.expect("text");
        assert!(said.contains(part), "{body}: {said}");
    }
    let behaviour = http.get(&path).send().await.expect("an answer").text().await.expect("text");
    assert_eq!(behaviour, r#"{"latencyMs":0,"errorRate":0.0,"malformedRate":0.0,"down":false}"#);
}
