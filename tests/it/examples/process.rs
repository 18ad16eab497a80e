//! An example as a process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use service_manager::model::event::ServiceView;
use service_manager::model::service::ServiceId;
use service_manager::model::status::ServiceState;

use crate::support::{App, RedisServer, eventually};

/// The languages that there is an example in.
pub const LANGUAGES: [&str; 4] = ["node", "python", "rust", "shell"];

/// An example that runs; killed with the test.
pub struct Example {
    pub id: ServiceId,
    pub process: Child,
}

/// What starts the example in that language.
fn command(language: &str, folder: &Path) -> Command {
    match language {
        "node" => {
            let has_client = folder.join("node_modules/redis").exists();
            assert!(has_client, "npm ci was run in {}; `make test` does that", folder.display());
            with_file("node", "service.mjs")
        }
        "python" => {
            let python = std::env::var_os("EXAMPLE_PYTHON");
            let python =
                python.expect("EXAMPLE_PYTHON names a Python with what the example needs; `make test` sets it");
            with_file(python, "service.py")
        }
        "rust" => Command::new(built(&folder.join("service.rs"))),
        _ => with_file("bash", "service.sh"),
    }
}

fn with_file(program: impl AsRef<std::ffi::OsStr>, file: &str) -> Command {
    let mut command = Command::new(program);
    command.arg(file);
    command
}

/// The example in Rust as a program, which `cargo test` builds unless it is asked for single tests.
fn built(source: &Path) -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_service-manager")).with_file_name("examples").join("foreign-service");
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    assert!(
        changed(&program) >= changed(source),
        "`cargo build --features ssr --example foreign-service` was run; `make test` does that"
    );
    program
}

impl Example {
    /// Starts it and waits until it listens and its row is there.
    pub async fn start(language: &str, server: &RedisServer, app: &App) -> Self {
        Self::start_as(&format!("letters-{language}"), language, &[], server, app).await
    }

    /// The same under another name and with more settings.
    pub async fn start_as(
        name: &str,
        language: &str,
        settings: &[(&str, &str)],
        server: &RedisServer,
        app: &App,
    ) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/foreign-service");
        let process = command(language, &folder)
            .current_dir(&folder)
            .envs([("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", &server.port.to_string()), ("SERVICE_ID", name)])
            .env_remove("REDIS_USERNAME")
            .env_remove("REDIS_PASSWORD")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{language}: {error}"));
        let example = Self { id: ServiceId::parse(name).expect("an id"), process };
        example.until_it_is(app, ServiceState::Running).await;
        example
    }

    pub fn view(&self, app: &App) -> Option<ServiceView> {
        app.state.hub.view(self.id)
    }

    pub async fn until_it_is(&self, app: &App, state: ServiceState) {
        let what = format!("{} is {state}", self.id);
        eventually(&what, || async { (self.view(app)?.state() == state).then_some(()) }).await;
    }

    pub fn signal(&self, name: &str) {
        let told = Command::new("kill").args([&format!("-{name}"), &self.process.id().to_string()]).status();
        assert!(told.expect("kill is there").success(), "{} is there to hear {name}", self.id);
    }

    pub fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
