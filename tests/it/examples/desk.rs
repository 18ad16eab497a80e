//! What is asked of an example, and what becomes of it.

use reqwest::Client;
use serde_json::{Value, json};
use service_manager::model::status::Freshness;
use service_manager::model::user::Role;

use crate::examples::process::Example;
use crate::support::{App, RedisServer, eventually};

/// Somebody who may control services.
pub struct Desk {
    pub app: App,
    ana: Client,
}

impl Desk {
    pub async fn at(server: &RedisServer) -> Self {
        Self::at_with(server, &[]).await
    }

    /// The same, of a server with some settings.
    pub async fn at_with(server: &RedisServer, settings: &[(&str, &str)]) -> Self {
        let app = App::start_with(server, settings).await;
        let ana = app.signed_in("ana", Role::Operator).await;
        Self { app, ana }
    }

    /// Gives a command; answers its id.
    pub async fn give(&self, service: &Example, command: &str) -> String {
        let request = self.ana.post(self.app.url(&format!("/api/services/{}/commands", service.id)));
        let answer = request.header("sec-fetch-site", "same-origin").json(&json!({"command": command})).send().await;
        let answer: Value = answer.expect("an answer").json().await.expect("JSON");
        answer["commandId"].as_str().unwrap_or_else(|| panic!("{command}: {answer}")).to_owned()
    }

    /// Waits until the command is that; answers it.
    pub async fn until(&self, id: &str, word: &str) -> Value {
        let what = format!("the command is {word}");
        eventually(&what, || async {
            let answer = self.ana.get(self.app.url(&format!("/api/commands/{id}"))).send().await.expect("an answer");
            let command: Value = answer.json().await.expect("JSON");
            (command["outcome"] == word).then_some(command)
        })
        .await
    }

    pub async fn done(&self, service: &Example, command: &str) -> Value {
        let id = self.give(service, command).await;
        self.until(&id, "succeeded").await
    }

    /// The lines of the log that the service published.
    pub async fn lines(&self, service: &Example) -> String {
        let answer = self.ana.get(self.app.url(&format!("/api/services/logs.txt?service={}", service.id)));
        answer.send().await.expect("an answer").text().await.expect("text")
    }

    /// The newest of a number that the service published.
    pub fn measured(&self, service: &Example, name: &str) -> Option<String> {
        let all = self.app.state.dashboard.measurements().shown(self.app.state.hub.now());
        let tiles = all.into_iter().find(|one| one.service == service.id)?.tiles;
        tiles.into_iter().find(|tile| tile.label == name).map(|tile| tile.value)
    }

    pub fn is_fresh(&self, service: &Example) -> bool {
        self.freshness(service) == Some(Freshness::Fresh)
    }

    /// Whether it was heard not too long ago for anybody to know what it does.
    pub fn has_signal(&self, service: &Example) -> bool {
        self.freshness(service).is_some_and(|freshness| freshness != Freshness::NoSignal)
    }

    fn freshness(&self, service: &Example) -> Option<Freshness> {
        service.view(&self.app).map(|view| view.freshness(self.app.state.hub.now()))
    }
}
