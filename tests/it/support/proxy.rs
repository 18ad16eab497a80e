use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use service_manager::server::config::RedisConfig;
use service_manager::server::redis::Redis;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// A way to Redis with the faults that a way can have. Each is counted, as proof that it was felt.
pub struct Proxy {
    pub port: u16,
    weather: watch::Sender<Weather>,
    counts: Arc<Counts>,
}

/// How the way is at the moment.
#[derive(Clone, Copy, Default)]
struct Weather {
    /// Nothing is lost, everything comes late, as with a process that was stopped.
    frozen: bool,
    swallows: Option<Swallows>,
    /// How late answers come.
    latency: Duration,
    /// Every byte comes alone.
    slices: bool,
    /// How often all connections were cut.
    cuts: u64,
}

/// What vanishes. A connection that lost something is half open from then on: it never carries anything again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Swallows {
    Everything,
    Questions,
    Answers,
    /// Everything on connections with subscriptions.
    Subscriptions,
}

#[derive(Default)]
struct Counts {
    held_back: AtomicU64,
    /// The answer of that number, counted from now on, is lost; none is at 0.
    until_loss: AtomicU64,
    answers_lost: AtomicU64,
    swallowed: AtomicU64,
    connections_cut: AtomicU64,
    delayed: AtomicU64,
    sliced: AtomicU64,
}

impl Counts {
    fn answer_is_to_be_lost(&self) -> bool {
        let count_down = |left: u64| left.checked_sub(1);
        self.until_loss.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count_down) == Ok(1)
    }
}

impl Proxy {
    pub async fn start(redis_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let weather = watch::Sender::new(Weather::default());
        let counts = Arc::new(Counts::default());
        tokio::spawn(accept(listener, redis_port, weather.subscribe(), counts.clone()));
        Self { port, weather, counts }
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
        self.weather.send_modify(|weather| weather.frozen = true);
    }

    pub fn thaw(&self) {
        self.weather.send_modify(|weather| weather.frozen = false);
    }

    /// Lets this vanish, or nothing any more.
    pub fn swallow(&self, what: Option<Swallows>) {
        self.weather.send_modify(|weather| weather.swallows = what);
    }

    /// Lets answers come so much later.
    pub fn delay(&self, latency: Duration) {
        self.weather.send_modify(|weather| weather.latency = latency);
    }

    /// Lets every byte come alone.
    pub fn slice(&self, slices: bool) {
        self.weather.send_modify(|weather| weather.slices = slices);
    }

    /// Resets every connection.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cuts += 1);
    }

    /// Lets so many pieces of answers pass, and cuts the connection on which the next one comes.
    pub fn lose_answer_after(&self, pieces: u64) {
        self.counts.until_loss.store(pieces + 1, Ordering::Relaxed);
    }

    /// How many pieces had to wait for a thaw.
    pub fn held_back(&self) -> u64 {
        self.counts.held_back.load(Ordering::Relaxed)
    }

    /// How often a connection was cut in the place of an answer.
    pub fn answers_lost(&self) -> u64 {
        self.counts.answers_lost.load(Ordering::Relaxed)
    }

    /// How many pieces vanished.
    pub fn swallowed(&self) -> u64 {
        self.counts.swallowed.load(Ordering::Relaxed)
    }

    /// How many connections were reset.
    pub fn connections_cut(&self) -> u64 {
        self.counts.connections_cut.load(Ordering::Relaxed)
    }

    /// How many pieces came late.
    pub fn delayed(&self) -> u64 {
        self.counts.delayed.load(Ordering::Relaxed)
    }

    /// How many bytes came alone.
    pub fn sliced(&self) -> u64 {
        self.counts.sliced.load(Ordering::Relaxed)
    }
}

/// What both directions of one connection know of it.
#[derive(Clone)]
struct Connection {
    weather: watch::Receiver<Weather>,
    counts: Arc<Counts>,
    is_subscription: Arc<AtomicBool>,
    is_half_open: Arc<AtomicBool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Questions,
    Answers,
}

async fn accept(listener: TcpListener, redis_port: u16, weather: watch::Receiver<Weather>, counts: Arc<Counts>) {
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = TcpStream::connect(("127.0.0.1", redis_port)).await else { continue };
        for stream in [&near, &far] {
            stream.set_nodelay(true).expect("a socket");
            stream.set_zero_linger().expect("a socket");
        }
        let connection = Connection {
            weather: weather.clone(),
            counts: counts.clone(),
            is_subscription: Arc::default(),
            is_half_open: Arc::default(),
        };
        let (near_read, near_write) = near.into_split();
        let (far_read, far_write) = far.into_split();
        tokio::spawn(connection.clone().carry(near_read, far_write, Direction::Questions));
        tokio::spawn(connection.carry(far_read, near_write, Direction::Answers));
    }
}

impl Connection {
    async fn carry(self, from: OwnedReadHalf, mut to: OwnedWriteHalf, direction: Direction) {
        let mut weather = self.weather.clone();
        let cuts = weather.borrow_and_update().cuts;
        let (queue, pieces) = mpsc::channel(1_024);
        let carried = async { tokio::join!(self.take(from, queue, direction), self.give(&mut to, pieces)) };
        let is_cut = tokio::select! {
            _ = carried => false,
            _ = weather.wait_for(|weather| weather.cuts > cuts) => true,
        };
        if is_cut {
            self.counts.connections_cut.fetch_add(1, Ordering::Relaxed);
            // Without a farewell, so that the reset is the first that the other side hears.
            to.forget();
        }
    }

    async fn take(&self, mut from: OwnedReadHalf, queue: mpsc::Sender<(Instant, Vec<u8>)>, direction: Direction) {
        let mut piece = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut piece).await {
            let piece = &piece[..length];
            if direction == Direction::Answers && self.counts.answer_is_to_be_lost() {
                self.counts.answers_lost.fetch_add(1, Ordering::Relaxed);
                return;
            }
            if direction == Direction::Questions && piece.windows(9).any(|part| part == b"SUBSCRIBE") {
                self.is_subscription.store(true, Ordering::Relaxed);
            }
            let weather = *self.weather.borrow();
            if self.swallows(weather.swallows, direction) {
                self.counts.swallowed.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let is_late = direction == Direction::Answers && !weather.latency.is_zero();
            self.counts.delayed.fetch_add(u64::from(is_late), Ordering::Relaxed);
            let due = Instant::now() + if is_late { weather.latency } else { Duration::ZERO };
            if queue.send((due, piece.to_vec())).await.is_err() {
                return;
            }
        }
    }

    fn swallows(&self, what: Option<Swallows>, direction: Direction) -> bool {
        let is_lost = match what {
            None => false,
            Some(Swallows::Everything) => true,
            Some(Swallows::Questions) => direction == Direction::Questions,
            Some(Swallows::Answers) => direction == Direction::Answers,
            Some(Swallows::Subscriptions) => self.is_subscription.load(Ordering::Relaxed),
        };
        // What went the other way was not lost, so that way stays open while the fault lasts.
        let one_way = matches!(what, Some(Swallows::Questions | Swallows::Answers));
        if is_lost {
            self.is_half_open.store(true, Ordering::Relaxed);
        }
        is_lost || (!one_way && self.is_half_open.load(Ordering::Relaxed))
    }

    async fn give(&self, to: &mut OwnedWriteHalf, mut pieces: mpsc::Receiver<(Instant, Vec<u8>)>) {
        let mut weather = self.weather.clone();
        while let Some((due, piece)) = pieces.recv().await {
            tokio::time::sleep_until(due).await;
            if weather.borrow().frozen {
                self.counts.held_back.fetch_add(1, Ordering::Relaxed);
            }
            let Ok(slices) = weather.wait_for(|weather| !weather.frozen).await.map(|weather| weather.slices) else {
                return;
            };
            let size = if slices { 1 } else { piece.len() };
            for part in piece.chunks(size) {
                self.counts.sliced.fetch_add(u64::from(slices), Ordering::Relaxed);
                if to.write_all(part).await.is_err() {
                    return;
                }
            }
        }
    }
}
