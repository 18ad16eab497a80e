use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::StreamExt;
use service_manager::server::config::RedisConfig;
use service_manager::server::redis::Redis;
use tempfile::TempDir;

/// A `redis-server` of one test's own, ended with the test.
pub struct RedisServer {
    pub port: u16,
    directory: TempDir,
    process: Child,
}

/// What is asked of a server.
pub struct Monitor(redis::aio::Monitor);

impl Monitor {
    /// The commands so far, without those that scripts run.
    pub async fn read_up_to_now(&mut self, server: &RedisServer) -> Vec<String> {
        let end = "the end of what is looked at";
        redis::cmd("ECHO").arg(end).exec_async(&mut server.connection().await).await.expect("echoed");
        let mut lines = self.0.on_message::<String>();
        let mut commands = Vec::new();
        while let Some(line) = lines.next().await.filter(|line| !line.contains(end)) {
            if !line.contains(" lua] ") {
                commands.push(line);
            }
        }
        commands
    }
}

impl RedisServer {
    /// Starts a server on a free port with an append-only file and waits until it answers.
    pub async fn start() -> Self {
        let port = free_port();
        let directory = tempfile::tempdir().expect("a temporary folder");
        let process = spawn(port, &directory);
        let server = Self { port, directory, process };
        server.wait_until_it_answers().await;
        server
    }

    /// The settings by which the program reaches it.
    pub fn config(&self) -> RedisConfig {
        RedisConfig { url: None, host: "127.0.0.1".to_owned(), port: self.port, password: None, password_file: None }
    }

    /// The program's own way to it.
    pub fn redis(&self) -> Redis {
        Redis::new(self.config()).expect("a way to Redis")
    }

    /// A plain connection, for looking in from outside.
    pub async fn connection(&self) -> redis::aio::MultiplexedConnection {
        self.try_connection().await.expect("Redis answers")
    }

    /// Hears every command from now on.
    pub async fn monitor(&self) -> Monitor {
        let monitor = redis::Client::open(("127.0.0.1", self.port)).expect("an address").get_async_monitor().await;
        Monitor(monitor.expect("it listens"))
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(&mut self) {
        self.process.kill().expect("the server runs");
        self.process.wait().expect("it ends");
    }

    /// Starts it again on the same port with the same files.
    pub async fn start_again(&mut self) {
        self.process = spawn(self.port, &self.directory);
        self.wait_until_it_answers().await;
    }

    async fn try_connection(&self) -> redis::RedisResult<redis::aio::MultiplexedConnection> {
        redis::Client::open(("127.0.0.1", self.port))?.get_multiplexed_async_connection().await
    }

    async fn wait_until_it_answers(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Ok(mut connection) = self.try_connection().await
                && redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
            {
                return;
            }
            assert!(Instant::now() < deadline, "redis-server does not answer on port {}", self.port);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port nobody listens on at this moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// Whatever was answered is written, and outlives a killed process; that it also outlives the machine is left to the disk's own
/// time, because one that a build has just filled holds each write up for seconds.
fn spawn(port: u16, directory: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"])
        .args(["--appendfsync", "no", "--dir"])
        .arg(directory.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server is installed")
}
