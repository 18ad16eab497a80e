use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use service_manager::server::config::RedisConfig;
use service_manager::server::redis::Redis;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A way to Redis that can be frozen: nothing is lost, everything comes late, as with a process that was stopped.
pub struct Proxy {
    pub port: u16,
    frozen: watch::Sender<bool>,
    held_back: Arc<AtomicU64>,
}

impl Proxy {
    pub async fn start(redis_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let frozen = watch::Sender::new(false);
        let held_back = Arc::new(AtomicU64::new(0));
        tokio::spawn(accept(listener, redis_port, frozen.subscribe(), held_back.clone()));
        Self { port, frozen, held_back }
    }

    pub fn redis(&self) -> Redis {
        let config = RedisConfig {
            url: None,
            host: "127.0.0.1".to_owned(),
            port: self.port,
            password: None,
            password_file: None,
        };
        Redis::new(config).expect("a way to Redis")
    }

    pub fn freeze(&self) {
        self.frozen.send_replace(true);
    }

    pub fn thaw(&self) {
        self.frozen.send_replace(false);
    }

    /// How many pieces had to wait for a thaw: proof that a freeze was felt.
    pub fn held_back(&self) -> u64 {
        self.held_back.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, redis_port: u16, frozen: watch::Receiver<bool>, held_back: Arc<AtomicU64>) {
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = TcpStream::connect(("127.0.0.1", redis_port)).await else { continue };
        let (near_read, near_write) = near.into_split();
        let (far_read, far_write) = far.into_split();
        tokio::spawn(carry(near_read, far_write, frozen.clone(), held_back.clone()));
        tokio::spawn(carry(far_read, near_write, frozen.clone(), held_back.clone()));
    }
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut frozen: watch::Receiver<bool>,
    held_back: Arc<AtomicU64>,
) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if *frozen.borrow() {
            held_back.fetch_add(1, Ordering::Relaxed);
        }
        if frozen.wait_for(|frozen| !frozen).await.is_err() || to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
