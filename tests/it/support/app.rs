use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use leptos::config::LeptosOptions;
use secrecy::SecretString;
use service_manager::model::user::Role;
use service_manager::server::application::{AppState, Application};
use service_manager::server::config::Config;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{RedisServer, eventually};

/// The password of every user that tests make.
pub const PASSWORD: &str = "correct horse battery";

/// One instance of the program's web server, on a free port.
pub struct App {
    pub address: SocketAddr,
    pub state: AppState,
    shutdown: CancellationToken,
    running: JoinHandle<()>,
}

impl App {
    /// Starts an instance with that Redis and waits until it is ready.
    pub async fn start(server: &RedisServer) -> Self {
        Self::start_with(server, &[]).await
    }

    /// The same with some settings.
    pub async fn start_with(server: &RedisServer, settings: &[(&str, &str)]) -> Self {
        let app = Self::start_unready(server, settings).await;
        eventually("the server is ready", || async { app.is_ready().await.then_some(()) }).await;
        app
    }

    /// The same without waiting for Redis.
    pub async fn start_unready(server: &RedisServer, settings: &[(&str, &str)]) -> Self {
        install();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut values = HashMap::from([
            ("REDIS_HOST".to_owned(), "127.0.0.1".to_owned()),
            ("REDIS_PORT".to_owned(), server.port.to_string()),
            ("LEPTOS_SITE_ADDR".to_owned(), address.to_string()),
        ]);
        values.extend(settings.iter().map(|(name, value)| (name.to_string(), value.to_string())));
        let config = Config::from_values(values).expect("good settings");
        let site = LeptosOptions::builder().output_name("service_manager").site_root("target/no-site").build();
        let application = Application::build(config, site).expect("an application");
        let state = application.state().clone();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(application.run_until_stopped(listener, shutdown.clone()));
        Self { address, state, shutdown, running }
    }

    /// What requests may use, of an instance that does not run and whose Redis does not exist.
    pub fn idle_state() -> AppState {
        install();
        let config = Config::from_values(HashMap::from([("REDIS_PORT".to_owned(), "1".to_owned())]));
        let site = LeptosOptions::builder().output_name("service_manager").site_root("target/no-site").build();
        Application::build(config.expect("good settings"), site).expect("an application").state().clone()
    }

    /// Stops it as SIGTERM does; gives how long that took.
    pub async fn stop(self) -> Duration {
        let asked = std::time::Instant::now();
        self.shutdown.cancel();
        self.running.await.expect("no panic");
        asked.elapsed()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn is_ready(&self) -> bool {
        let answer = client().get(self.url("/readyz")).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Makes a user and signs them in.
    pub async fn signed_in(&self, name: &str, role: Role) -> reqwest::Client {
        self.state.users.add(name, role, SecretString::from(PASSWORD)).await.expect("a new user");
        self.sign_in(name).await
    }

    /// A browser of its own in which that user is signed in.
    pub async fn sign_in(&self, name: &str) -> reqwest::Client {
        let browser = client();
        let answer = browser
            .post(self.url("/login"))
            .header("sec-fetch-site", "same-origin")
            .form(&[("name", name), ("password", PASSWORD)])
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.headers()["location"], "/services", "{name} is signed in");
        browser
    }
}

/// Serves routes on a free port until the test ends.
pub async fn serve(routes: axum::Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// A browser without a session, which follows no redirect.
pub fn client() -> reqwest::Client {
    install();
    // Without certificates: the tests speak plain HTTP, and reading those of the system takes longer than most requests.
    let builder = reqwest::Client::builder().tls_certs_only([]).cookie_store(true);
    builder.redirect(reqwest::redirect::Policy::none()).build().expect("a client")
}

/// What a process sets up once. The first test to come along does it for all.
fn install() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A test that fails shows what the server complained of.
    let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_test_writer().try_init();
}
