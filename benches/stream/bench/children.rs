//! Processes that are started, each on a core of its own, and ended with whoever started them.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The server's core.
pub const SERVERS_CORE: &str = "0";

/// The core of Redis and of the load generator.
pub const LOADS_CORE: &str = "1";

/// How long a process may take to listen.
const LONGEST_START: Duration = Duration::from_secs(20);

/// A process, which is killed when this is dropped, and by the kernel when the benchmark itself is.
pub struct Process(Child);

impl Process {
    /// Starts a program on a core, in a folder, which also gets its output.
    pub fn start(core: &str, program: &str, words: &[&str], settings: &[(&str, &str)], folder: &Path) -> Self {
        let name = Path::new(program).file_name().expect("a name").to_string_lossy().into_owned();
        let log = File::create(folder.join(format!("{name}.log"))).expect("a log");
        let process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "taskset", "-c", core, program])
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(settings.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        Self(process)
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits until it listens there.
    pub fn wait_until_it_listens(&mut self, port: u16) {
        let until = Instant::now() + LONGEST_START;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Ok(Some(status)) = self.0.try_wait() {
                panic!("what should listen on port {port} ended: {status}");
            }
            assert!(Instant::now() < until, "nothing listens on port {port}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port nobody listens on at this moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// The first line that a program says of its version, on whichever output.
pub fn version(program: &str, word: &str) -> String {
    let Ok(said) = Command::new(program).arg(word).output() else { return "unknown".to_owned() };
    let text = [said.stdout, said.stderr].concat();
    String::from_utf8_lossy(&text).lines().next().unwrap_or_default().trim().to_owned()
}
