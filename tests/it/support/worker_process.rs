use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::{RedisServer, eventually};

/// `service-manager worker` as a process of its own, with its log in a file.
pub struct WorkerProcess {
    process: Child,
    folder: TempDir,
}

impl WorkerProcess {
    /// Starts it with that Redis, that core banking system and these settings.
    pub fn start(server: &RedisServer, core_banking: &str, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let log = std::fs::File::create(folder.path().join("log")).expect("a file");
        let process = Command::new(env!("CARGO_BIN_EXE_service-manager"))
            .arg("worker")
            .current_dir(folder.path())
            .env_clear()
            .envs([
                ("REDIS_HOST", "127.0.0.1"),
                ("REDIS_PORT", &server.port.to_string()),
                ("CORE_BANKING_URL", core_banking),
                ("CORE_BANKING_TOKEN", "a token"),
                ("RUST_LOG", "warn,service_manager=debug"),
            ])
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program is built");
        Self { process, folder }
    }

    /// Sends it a signal, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let told = Command::new("kill").args([&format!("-{name}"), &self.process.id().to_string()]).status();
        assert!(told.expect("kill is there").success(), "it is there to hear {name}");
    }

    /// Ends it at once, as `kill -9` does, and makes sure that this is what ended it.
    pub fn kill(mut self) {
        self.process.kill().expect("it runs");
        let status = self.process.wait().expect("it ends");
        assert_eq!(status.signal(), Some(9), "{status}: {}", self.log());
    }

    /// Waits until it has ended by itself; true if it did so well.
    pub async fn ends_well(mut self) -> bool {
        let mut process = std::mem::replace(&mut self.process, stand_in());
        tokio::task::spawn_blocking(move || process.wait().expect("it ends").success()).await.expect("no panic")
    }

    /// Everything logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("a log")
    }

    /// Waits until it has logged that.
    pub async fn logs(&self, text: &str) {
        eventually(&format!("{text:?} in the log"), || async { self.log().contains(text).then_some(()) }).await;
    }
}

/// A process that has nothing to do.
fn stand_in() -> Child {
    Command::new("true").spawn().expect("it is there")
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
