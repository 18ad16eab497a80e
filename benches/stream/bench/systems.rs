//! The servers that are measured, and how each is started.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::bench::children::{LOADS_CORE, Process, SERVERS_CORE, free_port};
use crate::bench::load::fleet::Fleet;
use crate::bench::load::publisher::{Door, Publisher};
use crate::bench::machine::Watch;
use crate::bench::users;

/// What a browser sends with its request for a stream, whoever serves it.
const BROWSERS_HEAD: &str = "Host: 127.0.0.1\r\n\
    Accept: text/event-stream\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-GB,en;q=0.9\r\n\
    Cache-Control: no-cache\r\n\
    Connection: keep-alive\r\n\
    Referer: http://127.0.0.1/services\r\n\
    Sec-Fetch-Dest: empty\r\n\
    Sec-Fetch-Mode: cors\r\n\
    Sec-Fetch-Site: same-origin\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n";

/// A server that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// This program: `serve --no-worker`, with a session and a lease for every stream.
    Ours,
    /// nginx with nchan; it gets messages by `POST`, without the way through Redis.
    Nchan,
    /// Node.js, one write of one buffer a reader.
    NodeWrite,
    /// Node.js, one ReadableStream a reader, as the program that this one replaces had it.
    NodeReadable,
    /// The least that must be done.
    Floor,
}

/// Where the programs are.
pub struct Programs {
    /// This program, built for release.
    pub ours: String,
    /// nchan, built for the nginx on PATH.
    pub nchan: String,
    /// The script of Node's two ways.
    pub node: String,
}

/// A server under way, with a Redis of its own.
pub struct Running {
    /// Its process.
    pub server: Process,
    redis: Process,
    system: System,
    port: u16,
    redis_port: u16,
    readers: usize,
    folder: TempDir,
}

impl System {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 5] = [Self::Floor, Self::Ours, Self::Nchan, Self::NodeWrite, Self::NodeReadable];

    /// Its name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "**Service Manager**",
            Self::Nchan => "nchan, without Redis",
            Self::NodeWrite => "Node, `res.write`",
            Self::NodeReadable => "Node, ReadableStream",
            Self::Floor => "floor",
        }
    }

    /// Starts it for so many readers, beside a new Redis.
    pub fn start(self, programs: &Programs, readers: usize) -> Running {
        let folder = tempfile::tempdir().expect("a folder");
        let (port, redis_port) = (free_port(), free_port());
        let redis = start_redis(redis_port, folder.path());
        let server = self.start_server(programs, port, redis_port, folder.path());
        Running { server, redis, system: self, port, redis_port, readers, folder }
    }

    fn start_server(self, programs: &Programs, port: u16, redis_port: u16, folder: &Path) -> Process {
        let (port_word, redis_word) = (port.to_string(), redis_port.to_string());
        let start = |program: &str, words: &[&str], settings: &[(&str, &str)]| {
            Process::start(SERVERS_CORE, program, words, settings, folder)
        };
        let mut server = match self {
            Self::Ours => {
                fs::write(folder.join("Leptos.toml"), include_str!("../../../Leptos.toml")).expect("a file");
                fs::create_dir_all(folder.join("site/pkg")).expect("a folder");
                let address = format!("127.0.0.1:{port}");
                let settings = [
                    ("LEPTOS_SITE_ADDR", address.as_str()),
                    ("LEPTOS_SITE_ROOT", "site"),
                    ("LEPTOS_HASH_FILES", "false"),
                    ("REDIS_HOST", "127.0.0.1"),
                    ("REDIS_PORT", &redis_word),
                ];
                start(&programs.ours, &["serve", "--no-worker"], &settings)
            }
            Self::Nchan => {
                let settings = include_str!("systems/nchan.conf");
                let settings = settings.replace("{module}", &programs.nchan).replace("{port}", &port_word);
                fs::write(folder.join("nginx.conf"), settings).expect("a file");
                let folder = folder.to_string_lossy();
                start("nginx", &["-p", &folder, "-c", "nginx.conf", "-e", "nginx-errors.log"], &[])
            }
            Self::NodeWrite => start("node", &[&programs.node, "write", &port_word, &redis_word], &[]),
            Self::NodeReadable => start("node", &[&programs.node, "readable", &port_word, &redis_word], &[]),
            Self::Floor => {
                let own: PathBuf = std::env::current_exe().expect("this program");
                start(&own.to_string_lossy(), &["floor", &port_word, &redis_word], &[])
            }
        };
        server.wait_until_it_listens(port);
        if self == Self::Ours {
            wait_until_ready(port);
        }
        server
    }
}

impl Running {
    /// Its readers, not connected yet.
    pub fn fleet(&self) -> Fleet {
        let asks: Vec<(String, String)> = match self.system {
            System::Ours => users::signed_in(self.redis_port, self.readers),
            _ => (0..self.readers).map(|_| ("/stream".to_owned(), String::new())).collect(),
        };
        let head = |(path, more): (String, String)| format!("GET {path} HTTP/1.1\r\n{BROWSERS_HEAD}{more}");
        Fleet::new(SocketAddrV4::new(Ipv4Addr::LOCALHOST, self.port), asks.into_iter().map(head).collect())
    }

    /// Who publishes to it.
    pub fn publisher(&self) -> Publisher {
        match self.system {
            System::Nchan => {
                let mut publisher = Publisher::new(Door::Post, self.port);
                // nchan has nothing to begin with, so whoever connects gets the last message there was.
                publisher.say("{\"hello\":true}");
                publisher
            }
            _ => Publisher::new(Door::Redis, self.redis_port),
        }
    }

    /// What is watched while it is measured.
    pub fn watch(&self) -> Watch {
        Watch { server: self.server.id(), redis: self.redis.id() }
    }

    /// Kills the server and starts it again.
    pub fn restart_server(&mut self, programs: &Programs) {
        self.server.kill();
        self.server = self.system.start_server(programs, self.port, self.redis_port, self.folder.path());
    }

    /// Kills Redis, leaves it away for so long, and starts it again with what it had.
    pub fn restart_redis(&mut self, fleet: &mut Fleet, away: Duration) {
        self.redis.kill();
        fleet.run(away).expect("open streams stay open");
        self.redis = start_redis(self.redis_port, self.folder.path());
    }
}

fn start_redis(port: u16, folder: &Path) -> Process {
    let words = ["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "yes"];
    let mut redis = Process::start(LOADS_CORE, "redis-server", &words, &[], folder);
    redis.wait_until_it_listens(port);
    redis
}

/// It listens before it has read the log.
fn wait_until_ready(port: u16) {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let mut answer = String::new();
        if let Ok(mut socket) = TcpStream::connect(("127.0.0.1", port)) {
            let asked = socket.write_all(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            if asked.is_ok() && socket.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200") {
                return;
            }
        }
        assert!(Instant::now() < until, "the program is not ready: {answer}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
