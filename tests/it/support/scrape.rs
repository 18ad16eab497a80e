use std::collections::BTreeMap;

use reqwest::Response;

use crate::support::{App, client, eventually};

/// The token of every instance whose metrics tests read.
pub const METRICS_TOKEN: &str = "9f3c2a1b-scrape";

/// What one scrape brought: each series as it was written, and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Scrape {
    pub text: String,
    values: BTreeMap<String, f64>,
}

impl Scrape {
    pub fn of(text: String) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let values = lines.map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a series and its value");
            (series.to_owned(), value.parse().expect("a number"))
        });
        Self { values: values.collect(), text: text.clone() }
    }

    /// Reads an instance's metrics as Prometheus does.
    pub async fn read(app: &App) -> Self {
        let answer = ask(app, Some(METRICS_TOKEN)).await;
        assert_eq!(answer.status(), 200);
        Self::of(answer.text().await.expect("text"))
    }

    /// The value of a series, without the prefix that all of them have.
    pub fn value(&self, series: &str) -> f64 {
        *self.values.get(&format!("service_manager_{series}")).unwrap_or_else(|| panic!("{series} is there"))
    }

    /// Every series with its value, whole.
    pub fn series(&self) -> impl Iterator<Item = (&str, f64)> {
        self.values.iter().map(|(series, value)| (series.as_str(), *value))
    }
}

/// Asks for the metrics with that token, or without one.
pub async fn ask(app: &App, token: Option<&str>) -> Response {
    let request = client().get(app.url("/metrics"));
    let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
    request.send().await.expect("an answer")
}

/// Waits until a series has this value.
pub async fn until_it_is(app: &App, series: &str, value: f64) {
    let reads = || async { (Scrape::read(app).await.value(series) == value).then_some(()) };
    eventually(&format!("{series} is {value}"), reads).await;
}
