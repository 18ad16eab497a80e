use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use crate::support::{PASSWORD, PATIENCE, RedisServer, client, eventually, free_port};

/// The built program as a process of its own, in a folder of its own, with its log.
pub struct Program {
    process: Child,
    port: u16,
    lines: Arc<Mutex<Vec<String>>>,
    _folder: TempDir,
}

impl Program {
    /// Serves on a free port, with an administrator `admin`, everything logged, and these settings.
    pub fn serve(server: &RedisServer, settings: &[(&str, &str)]) -> Self {
        Self::serve_on(free_port(), server, settings)
    }

    /// The same on a port that an earlier one had.
    pub fn serve_on(port: u16, server: &RedisServer, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(root.join("Leptos.toml"), folder.path().join("Leptos.toml")).expect("a copy");
        std::fs::create_dir_all(folder.path().join("site/pkg")).expect("a folder");
        let mut process = Command::new(env!("CARGO_BIN_EXE_service-manager"))
            .arg("serve")
            .current_dir(folder.path())
            .env_clear()
            .envs([
                ("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}").as_str()),
                ("LEPTOS_SITE_ROOT", "site"),
                // These tests are built without a page, so no file of hashes stands beside the program.
                ("LEPTOS_HASH_FILES", "false"),
                ("REDIS_HOST", "127.0.0.1"),
                ("REDIS_PORT", &server.port.to_string()),
                ("ADMIN_USERNAME", "admin"),
                ("ADMIN_PASSWORD", PASSWORD),
                ("RUST_LOG", "warn,service_manager=debug"),
            ])
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program is built");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (heard, log) = (lines.clone(), BufReader::new(process.stderr.take().expect("its log")));
        // Ends with the process.
        std::thread::spawn(move || {
            // Only `\n` ends a line here, as in a file that somebody reads.
            for line in log.split(b'\n').map_while(Result::ok) {
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(String::from_utf8(line).expect("UTF-8"));
            }
        });
        Self { process, port, lines, _folder: folder }
    }

    /// The port it serves on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it keeps in memory, in bytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    /// Waits until it ends by itself; gives its exit status.
    pub async fn exit_status(&mut self) -> Option<i32> {
        let ends = async {
            loop {
                if let Some(status) = self.process.try_wait().expect("it is ours") {
                    return status.code();
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ends).await.expect("it ends in time")
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Tells it to stop, as SIGTERM does.
    pub fn terminate(&self) {
        let told = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        assert!(told.expect("kill is there").success());
    }

    /// Ends it at once, as `kill -9` does, and makes sure that this is what ended it.
    pub fn kill(mut self) {
        self.process.kill().expect("it runs");
        let status = self.process.wait().expect("it ends");
        assert_eq!(status.signal(), Some(9), "{status}: {:#?}", self.log());
    }

    /// Everything logged so far.
    pub fn log(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a line that contains each of these texts.
    pub async fn line_with(&self, texts: &[&str]) -> String {
        let fits = |line: &String| texts.iter().all(|text| line.contains(text));
        eventually(&format!("a line with {texts:?} in {:#?}", self.log()), || async {
            self.log().into_iter().find(fits)
        })
        .await
    }

    /// A browser in which the administrator is signed in.
    pub async fn sign_in(&self) -> reqwest::Client {
        self.sign_in_with(PASSWORD).await
    }

    /// The same where the settings have another password.
    pub async fn sign_in_with(&self, password: &str) -> reqwest::Client {
        let browser = client();
        eventually("the administrator can sign in", || async {
            let form = browser.post(self.url("/login")).header("sec-fetch-site", "same-origin");
            let answer = form.form(&[("name", "admin"), ("password", password)]).send().await.ok()?;
            (answer.headers().get("location")? == "/services").then_some(())
        })
        .await;
        browser
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
