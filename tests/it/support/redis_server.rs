use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::StreamExt;
use redis::AsyncConnectionConfig;
use service_manager::server::config::RedisConfig;
use service_manager::server::redis::Redis;
use tempfile::TempDir;

use crate::support::PATIENCE;

/// How long it is left alone between two questions whether it is there.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// A `redis-server` of one test's own, ended with the test.
pub struct RedisServer {
    pub port: u16,
    /// By which tests come in, once a test has given it one.
    pub password: Option<String>,
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
        loop {
            let port = free_port();
            let directory = tempfile::tempdir().expect("a temporary folder");
            let process = spawn(port, &directory, &[]);
            let mut server = Self { port, password: None, directory, process };
            // It ends at once if somebody has taken the port since it was free.
            while !server.is_gone() {
                if server.answers().await {
                    return server;
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        }
    }

    /// The settings by which the program reaches it.
    pub fn config(&self) -> RedisConfig {
        let password = self.password.clone().map(Into::into);
        RedisConfig { url: None, host: "127.0.0.1".to_owned(), port: self.port, password, password_file: None }
    }

    /// The program's own way to it.
    pub fn redis(&self) -> Redis {
        Redis::new(self.config()).expect("a way to Redis")
    }

    /// A plain connection, for looking in from outside.
    pub async fn connection(&self) -> redis::aio::MultiplexedConnection {
        self.try_connection().await.expect("Redis answers")
    }

    /// Ms since the Unix epoch by its clock.
    pub async fn now(&self) -> u64 {
        time(&mut self.connection().await).await
    }

    /// Goes on when its clock shows a later ms than any that it has given an entry.
    pub async fn next_millisecond(&self) {
        let mut connection = self.connection().await;
        let past = time(&mut connection).await;
        while time(&mut connection).await <= past {}
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
        self.start_again_unready(&[]);
        self.wait_until_it_answers().await;
    }

    /// The same without its files.
    pub async fn start_again_empty(&mut self) {
        self.directory = tempfile::tempdir().expect("a temporary folder");
        self.start_again().await;
    }

    /// Takes so many bytes off the end of its append-only file, as when the machine stopped before they were on the disk. Only
    /// for one that does not run.
    pub fn lose_the_end(&self, bytes: u64) {
        let folder = self.directory.path().join("appendonlydir");
        let mut files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let grows = |path: &PathBuf| path.to_string_lossy().ends_with(".incr.aof");
        let path = files.find(grows).expect("an append-only file that grows");
        let file = fs::OpenOptions::new().write(true).open(path).expect("a file");
        let length = file.metadata().expect("a length").len();
        file.set_len(length.checked_sub(bytes).expect("it is longer")).expect("cut");
    }

    /// Starts it again with these settings and does not wait until it answers.
    pub fn start_again_unready(&mut self, settings: &[&str]) {
        self.process = spawn(self.port, &self.directory, settings);
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Whether its process is gone.
    pub fn is_gone(&mut self) -> bool {
        self.process.try_wait().expect("a process").is_some()
    }

    /// Sends it a signal, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let told = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status();
        assert!(told.expect("kill is there").success(), "it is there to hear {name}");
    }

    /// Leaves it no room in its memory, or enough again.
    pub async fn set_memory_full(&self, is_full: bool) {
        let most = if is_full { "1" } else { "0" };
        let mut connection = self.connection().await;
        redis::cmd("CONFIG").arg(&["SET", "maxmemory", most]).exec_async(&mut connection).await.expect("set");
    }

    /// Lets none of its files grow any more, as on a disk that is full, or lets them grow again.
    #[cfg(target_os = "linux")]
    pub fn set_disk_full(&self, is_full: bool) {
        use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
        let process = i32::try_from(self.id()).ok().and_then(Pid::from_raw).expect("a process");
        let maximum = getrlimit(Resource::Fsize).maximum;
        let current = if is_full { Some(1) } else { maximum };
        prlimit(Some(process), Resource::Fsize, Rlimit { current, maximum }).expect("the process is ours");
    }

    /// A client of it that is not ours.
    pub fn client(&self) -> redis::Client {
        let password = self.password.as_ref().map(|password| format!(":{password}@")).unwrap_or_default();
        redis::Client::open(format!("redis://{password}127.0.0.1:{}", self.port)).expect("an address")
    }

    async fn try_connection(&self) -> redis::RedisResult<redis::aio::MultiplexedConnection> {
        // The library waits for half a second, in which a busy machine does not run a long script.
        let patient = AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE));
        let patient = patient.set_response_timeout(Some(PATIENCE));
        self.client().get_multiplexed_async_connection_with_config(&patient).await
    }

    /// Waits until it answers and has loaded its files.
    pub async fn wait_until_it_answers(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.answers().await {
            assert!(Instant::now() < deadline, "redis-server does not answer on port {}", self.port);
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Whether it answers, and no other one in its place, and has loaded its files.
    async fn answers(&self) -> bool {
        let Ok(mut connection) = self.try_connection().await else { return false };
        let said: redis::RedisResult<String> = redis::cmd("INFO").arg("server").query_async(&mut connection).await;
        let is_ours = said.is_ok_and(|said| said.lines().any(|line| line == format!("process_id:{}", self.id())));
        is_ours && redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn time(connection: &mut redis::aio::MultiplexedConnection) -> u64 {
    let (seconds, micros): (u64, u64) = redis::cmd("TIME").query_async(connection).await.expect("a time");
    seconds * 1_000 + micros / 1_000
}

/// A port nobody listens on at this moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// A write that may not make a file larger shall fail, as on a full disk, and not be the end of Redis, which the signal is unless
/// it is ignored.
///
/// Whatever was answered is written, and outlives a killed process; that it also outlives the machine is left to the disk's own
/// time, because one that a build has just filled holds each write up for seconds.
fn spawn(port: u16, directory: &TempDir, settings: &[&str]) -> Child {
    Command::new("sh")
        .args(["-c", r#"trap "" XFSZ; exec redis-server "$@""#, "sh"])
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"])
        .args(["--appendfsync", "no", "--dir"])
        .arg(directory.path())
        .args(settings)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell")
}
