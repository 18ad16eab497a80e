use std::net::SocketAddr;

use redis::AsyncCommands;
use secrecy::{ExposeSecret, SecretString};
use service_manager::model::user::Role;
use service_manager::server::auth::tokens::Tokens;
use service_manager::server::auth::users::Users;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{PASSWORD, PATIENCE, RedisServer};

/// A status stream as bytes on a socket, as cheap as many of them must be, and as careless as some of them are to be.
pub struct RawStream {
    connection: TcpStream,
    read: Vec<u8>,
}

/// A token by which streams may be opened.
pub async fn stream_token(server: &RedisServer, user: &str) -> SecretString {
    Users::new(server.redis()).add(user, Role::Viewer, PASSWORD.into()).await.expect("a new user");
    Tokens::new(server.redis()).create(user, "streams", None).await.expect("a token")
}

/// How many leases there are in Redis, over all users and instances.
pub async fn leases(server: &RedisServer) -> usize {
    let mut connection = server.connection().await;
    let keys: Vec<String> = connection.keys("sm:streams:*").await.expect("keys");
    let mut leases = 0;
    for key in keys {
        leases += connection.hlen::<_, usize>(key).await.expect("a hash");
    }
    leases
}

impl RawStream {
    /// Asks for a stream; reads nothing yet.
    pub async fn ask(address: SocketAddr, token: &SecretString, query: &str) -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        // Whoever does not read this much makes the server wait.
        socket.set_recv_buffer_size(16 * 1024)?;
        let mut connection = socket.connect(address).await?;
        let head = format!(
            "GET /api/services/status/stream{query} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\r\n",
            token.expose_secret()
        );
        connection.write_all(head.as_bytes()).await?;
        Ok(Self { connection, read: Vec::new() })
    }

    /// Reads on until this text came, and forgets what came up to its end; false if the stream ends before.
    pub async fn reaches(&mut self, text: &str) -> bool {
        loop {
            // The search of the standard library is optimized, also in a debug build.
            if let Some((_, rest)) = String::from_utf8_lossy(&self.read).split_once(text) {
                self.read = rest.as_bytes().to_vec();
                return true;
            }
            // Only the end can hold the beginning of what is looked for.
            let kept = self.read.len().saturating_sub(text.len());
            self.read.drain(..kept);
            let mut piece = [0; 16 * 1024];
            let reading = tokio::time::timeout(PATIENCE, self.connection.read(&mut piece)).await;
            match reading.unwrap_or_else(|_| panic!("nothing came for {PATIENCE:?}, nor did {text}")) {
                Ok(length @ 1..) => self.read.extend_from_slice(&piece[..length]),
                _ => return false,
            }
        }
    }

    /// Everything from here to the end of the connection.
    pub async fn rest(mut self) -> String {
        self.connection.read_to_end(&mut self.read).await.expect("a clean end");
        String::from_utf8(self.read).expect("UTF-8")
    }
}
