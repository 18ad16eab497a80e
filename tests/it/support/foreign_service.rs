//! A service of another team, and commands that are given to it.

use futures::StreamExt;
use redis::AsyncCommands;
use redis::aio::PubSub;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use service_manager::model::user::Role;

use crate::support::{App, PATIENCE, RedisServer, eventually};

/// A service of another team, as far as the contract asks: it reports, listens and answers.
pub struct Foreign {
    server: redis::aio::MultiplexedConnection,
    heard: PubSub,
}

impl Foreign {
    /// Starts it and waits until the instance knows it.
    pub async fn start(server: &RedisServer, app: &App) -> Self {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", server.port)).expect("an address");
        let mut heard = client.get_async_pubsub().await.expect("a connection");
        heard.subscribe("service:commands").await.expect("subscribed");
        let mut foreign = Self { server: server.connection().await, heard };
        foreign.report(r#"{"running":true}"#, r#"["start","stop","trigger"]"#).await;
        is_known(app, "mail").await;
        foreign
    }

    /// Publishes a status and the commands that it takes.
    pub async fn report(&mut self, status: &str, controls: &str) {
        let message = format!(
            r#"{{"service":"mail","timestamp":1,"status":{status},"controls":{controls},"reportEvery":60000}}"#
        );
        let _: () = self.server.publish("service:mail", message).await.expect("published");
    }

    /// The next command that it hears.
    pub async fn next_command(&mut self) -> Value {
        serde_json::from_str(&self.next_text().await).expect("JSON")
    }

    /// The same as text.
    pub async fn next_text(&mut self) -> String {
        let mut messages = self.heard.on_message();
        let message = tokio::time::timeout(PATIENCE, messages.next()).await.expect("in time").expect("a message");
        message.get_payload().expect("text")
    }

    /// Publishes the outcome of a command.
    pub async fn answer(&mut self, command: &Value, outcome: &str, message: &str) {
        let answer = json!({
            "id": command["id"], "service": "mail", "outcome": outcome, "message": message, "timestamp": 1,
        });
        let _: () = self.server.publish("service:commands:outcomes", answer.to_string()).await.expect("published");
    }
}

/// An instance, an operator's browser, and a service of another team.
pub async fn stage(server: &RedisServer) -> (App, Client, Foreign) {
    let app = App::start(server).await;
    let ana = app.signed_in("ana", Role::Operator).await;
    let mail = Foreign::start(server, &app).await;
    (app, ana, mail)
}

/// Waits until the instance knows a service.
pub async fn is_known(app: &App, service: &str) {
    eventually("the service is known", || async {
        app.state.hub.full_message().contains(&format!("\"id\":\"{service}\"")).then_some(())
    })
    .await;
}

/// The answer to a command that is given to a service.
pub async fn give(app: &App, browser: &Client, service: &str, body: Value) -> Response {
    give_once(app, browser, service, body, None).await
}

/// Has the service stopped: what the operator is answered, and the command as the service hears it.
pub async fn stop(app: &App, ana: &Client, mail: &mut Foreign) -> (Value, Value) {
    let given = give(app, ana, "mail", json!({"command": "stop"})).await.json().await.expect("JSON");
    (given, mail.next_command().await)
}

/// The same with an idempotency key.
pub async fn give_once(app: &App, browser: &Client, service: &str, body: Value, key: Option<&str>) -> Response {
    let request = browser.post(app.url(&format!("/api/services/{service}/commands")));
    let request = request.header("sec-fetch-site", "same-origin").json(&body);
    let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
    request.send().await.expect("an answer")
}

/// The status of a refusal, and its sentence.
pub async fn refused(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let problem: Value = answer.json().await.expect("JSON");
    (status, problem["detail"].as_str().expect("a sentence").to_owned())
}

/// Where the command stands that this answer gave.
pub async fn outcome(app: &App, browser: &Client, answer: &Value) -> Value {
    let path = format!("/api/commands/{}", answer["commandId"].as_str().expect("an id"));
    browser.get(app.url(&path)).send().await.expect("an answer").json().await.expect("JSON")
}

/// The command that this answer gave, once its outcome is that word.
pub async fn until_it_is(app: &App, browser: &Client, answer: &Value, word: &str) -> Value {
    let what = format!("the command is {word}");
    eventually(&what, || async {
        Some(outcome(app, browser, answer).await).filter(|command| command["outcome"] == word)
    })
    .await
}
