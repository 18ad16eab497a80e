//! The core banking contract: what the sandbox serves and what the client makes of it.

use reqwest::StatusCode;
use serde_json::{Value, json};
use service_manager::server::core_banking::client::{CoreBanking, CoreBankingError};

use crate::support::{Sandbox, metrics};

async fn json_of(sandbox: &Sandbox, path: &str) -> Value {
    sandbox.client();
    let response = reqwest::Client::builder().no_proxy().build().expect("a client");
    response.get(format!("{}{path}", sandbox.url())).send().await.expect("an answer").json().await.expect("JSON")
}

#[tokio::test]
async fn every_answer_has_the_contracts_shape() {
    let sandbox = Sandbox::start(120).await;
    let customers = json_of(&sandbox, "/customers").await;
    assert_eq!(customers["body"].as_array().map(Vec::len), Some(100));
    assert_eq!(customers["body"][0], json!({"customerId": "10000001", "displayName": "Elif Jensen"}));
    assert_eq!(customers["header"]["total_size"], 120);
    assert_eq!(customers["header"]["page_start"], 1);
    let token = customers["header"]["page_token"].as_str().expect("a second page");
    let second = json_of(&sandbox, &format!("/customers?page_token={token}")).await;
    assert_eq!(second["header"], json!({"total_size": 120, "page_start": 101}));
    assert_eq!(second["body"].as_array().map(Vec::len), Some(20));

    let accounts = json_of(&sandbox, "/customers/10000001/accounts").await;
    assert_eq!(accounts["body"][0], json!({"accountId": "10000001001"}));
    assert_eq!(
        json_of(&sandbox, "/accounts/10000001001/balances").await,
        json!({
            "currency": "EUR", "workingBalance": "16238.67", "availableBalance": "16238.67",
            "clearedBalance": "16238.67", "onlineActualBalance": "16238.67"
        })
    );
    assert_eq!(
        json_of(&sandbox, "/accounts/10000001001").await,
        json!({
            "holderName": "Elif Jensen", "categoryId": "1001", "categoryName": "Current Account",
            "accountStatus": "ACTIVE", "currency": "EUR",
            "openingDate": "2017-08-16", "onlineLimit": "7000.00",
            "nickName": "Everyday", "customer": {"customerId": "10000001", "displayName": "Elif Jensen"}
        })
    );
}

#[tokio::test]
async fn the_client_reads_all_pages() {
    let sandbox = Sandbox::start(250).await;
    let client = sandbox.client();
    let (mut ids, mut token) = (Vec::new(), None::<String>);
    loop {
        let page = client.customers(token.as_deref()).await.expect("a page");
        ids.extend(page.body.into_iter().map(|customer| customer.customer_id));
        token = page.header.page_token;
        if token.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (1..=250).map(|n| (10_000_000 + n).to_string()).collect();
    assert_eq!(ids, expected);
    let page = client.accounts("10000050", None).await.expect("a page");
    assert!(page.header.total_size > 100 && page.header.page_token.is_some());
}

#[tokio::test]
async fn the_sandbox_says_the_same_on_every_run() {
    let (one, other) = (Sandbox::start(60).await, Sandbox::start(60).await);
    for path in
        ["/customers", "/customers/10000050/accounts", "/accounts/10000050101", "/accounts/10000050101/balances"]
    {
        assert_eq!(json_of(&one, path).await, json_of(&other, path).await);
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let sandbox = Sandbox::start(10).await;
    let client = sandbox.client();
    for id in ["10000011", "10000000", "x", "010000001", "../customers"] {
        let answer = client.accounts(id, None).await;
        assert!(matches!(answer, Err(CoreBankingError::NotFound { .. })), "{id}: {answer:?}");
    }
    for number in ["10000001000", "10000001999", "1", "", "é00", "10000001+01"] {
        let answer = client.balances(number).await;
        assert!(matches!(answer, Err(CoreBankingError::NotFound { .. })), "{number}: {answer:?}");
    }
    let answer = client.customers(Some("nonsense")).await;
    assert!(matches!(answer, Err(CoreBankingError::Status { status: StatusCode::BAD_REQUEST, .. })), "{answer:?}");
}

#[tokio::test]
async fn a_sandbox_with_a_token_lets_nobody_in_without_it() {
    let sandbox = Sandbox::start_with_token(10, "a secret").await;
    assert!(sandbox.client().customers(None).await.is_ok());
    let mut config = sandbox.client_config();
    for wrong in [None, Some("another".into())] {
        config.token = wrong;
        let answer = CoreBanking::new(&config, metrics()).expect("a client").customers(None).await;
        assert!(matches!(answer, Err(CoreBankingError::Status { status: StatusCode::UNAUTHORIZED, .. })), "{answer:?}");
    }
}

#[tokio::test]
async fn an_unreachable_system_is_named() {
    let mut sandbox = Sandbox::start(10).await;
    let client = sandbox.client();
    sandbox.stop().await;
    let said = client.customers(None).await.expect_err("nobody listens").to_string();
    assert!(said.starts_with("the core banking system at http://127.0.0.1:"), "{said}");
    assert!(said.contains("refused"), "{said}");
}
