use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use service_manager::server::config::RedisConfig;
use service_manager::server::redis::Redis;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A way to Redis that can be frozen: nothing is lost, everything comes late, as with a process that was stopped. It can
/// also be cut after Redis did what it was asked and before its answer comes through.
pub struct Proxy {
    pub port: u16,
    frozen: watch::Sender<bool>,
    faults: Arc<Faults>,
}

#[derive(Default)]
struct Faults {
    held_back: AtomicU64,
    /// The answer of that number, counted from now on, is lost; none is at 0.
    until_loss: AtomicU64,
    answers_lost: AtomicU64,
}

impl Faults {
    fn answer_is_to_be_lost(&self) -> bool {
        let count_down = |left: u64| left.checked_sub(1);
        self.until_loss.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count_down) == Ok(1)
    }
}

impl Proxy {
    pub async fn start(redis_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let frozen = watch::Sender::new(false);
        let faults = Arc::new(Faults::default());
        tokio::spawn(accept(listener, redis_port, frozen.subscribe(), faults.clone()));
        Self { port, frozen, faults }
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
        self.faults.held_back.load(Ordering::Relaxed)
    }

    /// Lets so many pieces of answers pass, and cuts the connection on which the next one comes.
    pub fn lose_answer_after(&self, pieces: u64) {
        self.faults.until_loss.store(pieces + 1, Ordering::Relaxed);
    }

    /// How often a connection was cut in the place of an answer: proof that one was lost.
    pub fn answers_lost(&self) -> u64 {
        self.faults.answers_lost.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, redis_port: u16, frozen: watch::Receiver<bool>, faults: Arc<Faults>) {
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = TcpStream::connect(("127.0.0.1", redis_port)).await else { continue };
        let (near_read, near_write) = near.into_split();
        let (far_read, far_write) = far.into_split();
        let (questions, answers) = (frozen.clone(), frozen.clone());
        let (early, late) = (faults.clone(), faults.clone());
        tokio::spawn(async move { carry(near_read, far_write, questions, &early, |_| false).await });
        tokio::spawn(async move {
            carry(far_read, near_write, answers, &late, Faults::answer_is_to_be_lost).await;
        });
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut frozen: watch::Receiver<bool>,
    faults: &Faults,
    is_to_be_lost: impl Fn(&Faults) -> bool,
) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if is_to_be_lost(faults) {
            faults.answers_lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if *frozen.borrow() {
            faults.held_back.fetch_add(1, Ordering::Relaxed);
        }
        if frozen.wait_for(|frozen| !frozen).await.is_err() || to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
