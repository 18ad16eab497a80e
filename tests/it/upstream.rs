//! The client of core banking against a sandbox that is slow, fails and lies, and against servers that do worse.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Json, Router};
use futures::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use service_manager::server::config::CoreBankingConfig;
use service_manager::server::core_banking::breaker::BreakerLimits;
use service_manager::server::core_banking::client::{ClientLimits, CoreBanking, CoreBankingError};
use service_manager::server::core_banking::reading::Reading;
use service_manager::server::metrics::{Malformation, Metrics};

use crate::support::core_banking::unbroken;
use crate::support::{BUSY_MACHINE, Sandbox, Scrape, metrics, serve};

const ACCOUNT: &str = "10000001001";

fn value(metrics: &Metrics, series: &str) -> f64 {
    Scrape::of(metrics.text().expect("text")).value(&format!("core_banking_{series}"))
}

fn replies(metrics: &Metrics, outcome: &str) -> f64 {
    value(metrics, &format!("replies_total{{outcome=\"{outcome}\"}}"))
}

fn malformed(metrics: &Metrics, malformation: Malformation) -> f64 {
    value(metrics, &format!("malformed_total{{reason=\"{}\"}}", malformation.label()))
}

/// A client of a server whose answers are made from how many questions came before.
async fn client_of<T: IntoResponse + 'static>(
    limits: ClientLimits,
    answer: impl Fn(usize) -> T + Clone + Send + Sync + 'static,
) -> (CoreBanking, Metrics, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let routes = Router::new().fallback(move || {
        let answer = answer(count.fetch_add(1, Ordering::SeqCst)).into_response();
        async move { answer }
    });
    let url = format!("http://{}", serve(routes).await);
    let config = CoreBankingConfig { url, is_sandbox: true, token: None, concurrency: 8 };
    let metrics = metrics();
    (CoreBanking::with_limits(&config, metrics.clone(), limits).expect("a client"), metrics, asked)
}

#[tokio::test]
async fn a_slow_answer_is_given_up_and_asked_for_again() {
    let sandbox = Sandbox::start(1).await;
    let limits = ClientLimits { answer: Duration::from_millis(200), ..unbroken() };
    let (client, metrics) = sandbox.client_with(limits);
    assert!(client.balances(ACCOUNT).await.is_ok(), "it is quick enough by itself");
    sandbox.behave(r#"{"latencyMs":60000}"#).await;
    let began = Instant::now();
    let said = client.balances(ACCOUNT).await.expect_err("too slow").to_string();
    assert!(said.ends_with("cannot be reached: no answer in time"), "{said}");
    assert!(began.elapsed() < BUSY_MACHINE, "{:?}", began.elapsed());
    assert_eq!((replies(&metrics, "unreachable"), value(&metrics, "repeats_total")), (3.0, 2.0));
    sandbox.behave(r#"{"latencyMs":100}"#).await;
    assert!(client.balances(ACCOUNT).await.is_ok(), "slow within the limit is good");
}

#[tokio::test]
async fn errors_are_asked_again_and_counted() {
    let sandbox = Sandbox::start(1).await;
    let (client, metrics) = sandbox.client_with(unbroken());
    sandbox.behave(r#"{"errorRate":1}"#).await;
    let answer = client.balances(ACCOUNT).await;
    let is_503 = matches!(answer, Err(CoreBankingError::Status { status: StatusCode::SERVICE_UNAVAILABLE, .. }));
    assert!(is_503, "{answer:?}");
    assert_eq!((replies(&metrics, "failed"), value(&metrics, "repeats_total")), (3.0, 2.0));

    sandbox.behave(r#"{"errorRate":0.2}"#).await;
    let (client, metrics) = sandbox.client_with(unbroken());
    let answers = join_all((0..100).map(|_| client.balances(ACCOUNT))).await;
    let lost = answers.iter().filter(|answer| answer.is_err()).count();
    let (failed, repeats) = (replies(&metrics, "failed"), value(&metrics, "repeats_total"));
    assert!(failed >= 10.0, "of 100 questions some 20 fail at first: {failed}");
    assert_eq!((replies(&metrics, "answered"), repeats), (100.0 - lost as f64, failed - lost as f64));
    assert!(lost <= 5, "three errors in a row are rare: {lost}");
    // Without repeats, every error is a loss.
    let (client, metrics) = sandbox.client_with(ClientLimits { repeats: 0, ..unbroken() });
    let answers = join_all((0..100).map(|_| client.balances(ACCOUNT))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count() as f64, replies(&metrics, "failed"));
    assert!(replies(&metrics, "failed") >= 10.0);
}

#[tokio::test]
async fn what_breaks_the_contract_is_counted_by_what_is_wrong_with_it() {
    let sandbox = Sandbox::start(250).await;
    let (client, metrics) = sandbox.client_with(unbroken());
    sandbox.behave(r#"{"malformedRate":1}"#).await;
    for malformation in [Malformation::NotJson, Malformation::NotJson, Malformation::WrongShape, Malformation::TooLarge]
    {
        let before = malformed(&metrics, malformation);
        let began = Instant::now();
        match client.customers(None).await {
            Err(CoreBankingError::Malformed { malformation: found, .. }) => assert_eq!(found, malformation),
            other => panic!("{other:?}"),
        }
        assert_eq!(malformed(&metrics, malformation), before + 1.0);
        assert!(began.elapsed() < BUSY_MACHINE, "an answer without end ends by its size, not by its time");
    }
    let page = client.customers(None).await.expect("a page that leads to itself");
    let mut reading = Reading::default();
    assert!(client.turn("customers", &mut reading, &page.header).expect("a next page"));
    sandbox.behave(r#"{"malformedRate":0}"#).await;
    let first = client.customers(reading.page_token()).await.expect("the first page again");
    assert_eq!(first.body, page.body);
    assert_eq!((replies(&metrics, "malformed"), value(&metrics, "repeats_total")), (4.0, 0.0));
}

#[tokio::test]
async fn a_list_that_leads_back_or_never_ends_is_given_up() {
    for (malformation, is_fresh, pages) in
        [(Malformation::RepeatedPage, false, 2), (Malformation::EndlessList, true, 14)]
    {
        let (client, metrics, asked) = client_of(unbroken(), move |number| {
            let token = if is_fresh { number.to_string() } else { "same".to_owned() };
            let header = json!({"total_size": 200, "page_start": 1, "page_token": token});
            Json(json!({"header": header, "body": [{"accountId": "1"}]}))
        })
        .await;
        let mut reading = Reading::default();
        let error = loop {
            let page = client.accounts("1", reading.page_token()).await.expect("a page");
            match client.turn("accounts", &mut reading, &page.header) {
                Ok(is_more) => assert!(is_more),
                Err(error) => break error,
            }
        };
        assert!(
            error.to_string().starts_with("the core banking system's answer to /accounts cannot be read"),
            "{error}"
        );
        assert_eq!(malformed(&metrics, malformation), 1.0);
        assert_eq!(asked.load(Ordering::SeqCst), pages);
    }
}

#[tokio::test]
async fn what_an_answer_quotes_stays_short() {
    let (client, ..) = client_of(unbroken(), |_| Json(json!({"header": "x".repeat(100_000), "body": []}))).await;
    let said = client.customers(None).await.expect_err("no page").to_string();
    assert!(said.len() < 400, "{said}");
}

/// A refusal that asks to wait that long, then good answers.
async fn asked_to_wait(retry_after: impl Fn() -> String + Clone + Send + Sync + 'static) -> (Duration, usize) {
    let (client, _, asked) = client_of(unbroken(), move |number| match number {
        0 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", retry_after())]).into_response(),
        _ => Json(json!({"header": {"total_size": 0, "page_start": 1}, "body": []})).into_response(),
    })
    .await;
    let began = Instant::now();
    client.customers(None).await.expect("an answer in the end");
    (began.elapsed(), asked.load(Ordering::SeqCst))
}

#[tokio::test]
async fn retry_after_is_waited_for_in_seconds_and_as_a_date() {
    let in_2_s = || {
        let then = Timestamp::try_from(SystemTime::now() + Duration::from_secs(2)).expect("a moment");
        then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    let (seconds, date, nonsense) =
        tokio::join!(asked_to_wait(|| "1".to_owned()), asked_to_wait(in_2_s), asked_to_wait(|| "soon".to_owned()));
    assert!(seconds.0 >= Duration::from_secs(1) && seconds.1 == 2, "{seconds:?}");
    // A date has whole seconds: of two, more than one is left.
    assert!(date.0 >= Duration::from_millis(900) && date.1 == 2, "{date:?}");
    assert!(
        nonsense.0 < Duration::from_millis(900) && nonsense.1 == 2,
        "without a wish the pause is short: {nonsense:?}"
    );
}

#[tokio::test]
async fn whoever_asks_for_a_long_wait_is_left_alone_by_everybody() {
    for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
        let (client, metrics, asked) =
            client_of(ClientLimits::default(), move |_| (status, [("retry-after", "60")])).await;
        let began = Instant::now();
        let answer = client.customers(None).await;
        assert!(matches!(answer, Err(CoreBankingError::Status { .. })), "{answer:?}");
        for _ in 0..20 {
            let answer = client.balances(ACCOUNT).await;
            assert!(matches!(answer, Err(CoreBankingError::Away(_))), "{answer:?}");
        }
        assert!(began.elapsed() < BUSY_MACHINE);
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert_eq!(value(&metrics, "breaker{state=\"open\"}"), 1.0);
    }
}

#[tokio::test]
async fn half_open_asks_one_question_however_many_wait() {
    let sandbox = Sandbox::start(1).await;
    let breaker = BreakerLimits { first_pause: Duration::ZERO, ..BreakerLimits::default() };
    let (client, metrics) = sandbox.client_with(ClientLimits { repeats: 0, breaker, ..ClientLimits::default() });
    sandbox.behave(r#"{"down":true}"#).await;
    for _ in 0..3 {
        assert!(matches!(client.balances(ACCOUNT).await, Err(CoreBankingError::Unreachable { .. })));
    }
    assert_eq!((replies(&metrics, "unreachable"), value(&metrics, "breaker{state=\"open\"}")), (3.0, 1.0));
    sandbox.behave(r#"{"down":false,"latencyMs":300}"#).await;
    let answers = join_all((0..50).map(|_| client.balances(ACCOUNT))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let said = answers.iter().filter_map(|answer| answer.as_ref().err()).map(ToString::to_string);
    assert!(said.clone().all(|said| said.starts_with("core banking unreachable since ") && said.ends_with(" UTC")));
    assert_eq!((said.count(), replies(&metrics, "answered")), (49, 1.0));
    assert_eq!(value(&metrics, "breaker{state=\"closed\"}"), 1.0);
    let answers = join_all((0..50).map(|_| client.balances(ACCOUNT))).await;
    assert!(answers.iter().all(Result::is_ok), "closed, all are asked");
}
