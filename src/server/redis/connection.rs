//! How Redis is reached: one shared connection for commands, and connections of their own for whoever blocks or listens.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt};
use redis::aio::{ConnectionManagerConfig, MultiplexedConnection, PubSub, SendError};
use redis::{
    AsyncConnectionConfig, BasicAuth, Client, ErrorKind, IntoConnectionInfo, ProtocolVersion, PushInfo, RedisError,
    RedisResult, StreamingCredentialsProvider,
};
use secrecy::{ExposeSecret, SecretString};

use crate::server::config::RedisConfig;
use crate::server::redis::commands::Commands;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an answer may take on the shared connection. An answer that is late is not known to be a refusal:
/// Redis may have done what it was asked.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// The way to Redis. Cloning it shares the connection.
#[derive(Clone)]
pub struct Redis {
    config: Arc<RedisConfig>,
    commands: Commands,
}

impl Redis {
    /// Prepares the way without walking it: Redis need not answer yet. Must be called inside a Tokio runtime.
    pub fn new(config: RedisConfig) -> RedisResult<Self> {
        let config = Arc::new(config);
        let mut settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT))
            .set_number_of_retries(1);
        if config.url.is_none() && config.password_file.is_some() {
            settings = settings.set_credentials_provider(PasswordFile(config.clone()));
        }
        let commands = Commands::new(client(&config, config.password.clone())?, settings)?;
        Ok(Self { config, commands })
    }

    /// The shared connection: reconnects by itself, answers or fails within seconds. Never block on it.
    pub fn commands(&self) -> Commands {
        self.commands.clone()
    }

    /// A connection of one's own for blocking reads that last up to `block`.
    pub async fn blocking(&self, block: Duration) -> RedisResult<MultiplexedConnection> {
        let settings = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(block + ANSWER_TIMEOUT));
        client(&self.config, password(&self.config).await?)?
            .get_multiplexed_async_connection_with_config(&settings)
            .await
    }

    /// A connection of one's own for Pub/Sub. Its stream ends when the connection does; it never reconnects.
    pub async fn listener(&self) -> RedisResult<PubSub> {
        let client = client(&self.config, password(&self.config).await?)?;
        tokio::time::timeout(CONNECT_TIMEOUT, client.get_async_pubsub())
            .await
            .unwrap_or_else(|_| Err((ErrorKind::Io, "no answer in time").into()))
    }

    /// A connection of one's own for subscriptions, which gives each message to `hear` as it is read, and last that it was
    /// lost. Nothing else is read meanwhile, so `hear` must not wait; and nothing is kept here, so what it does not take in
    /// time waits in Redis. Ends when it is dropped.
    pub async fn hearing(&self, hear: impl Fn(PushInfo) + Send + Sync + 'static) -> RedisResult<MultiplexedConnection> {
        let settings = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT))
            .set_push_sender(move |push| {
                hear(push);
                Ok::<_, SendError>(())
            });
        let info = client(&self.config, password(&self.config).await?)?.get_connection_info().clone();
        // Only this version of the protocol lets messages of subscriptions be read apart from answers.
        let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        Client::open(info.set_redis_settings(redis))?.get_multiplexed_async_connection_with_config(&settings).await
    }

    /// Where Redis is, for people to read; never a password.
    pub fn address(&self) -> String {
        client(&self.config, None)
            .map(|client| client.get_connection_info().addr().to_string())
            .unwrap_or_else(|_| "an unreadable REDIS_URL".to_owned())
    }
}

/// `REDIS_URL` brings its own password; the other settings take `password`.
fn client(config: &RedisConfig, password: Option<SecretString>) -> RedisResult<Client> {
    let info = match &config.url {
        Some(url) => url.expose_secret().into_connection_info()?,
        None => (config.host.as_str(), config.port).into_connection_info()?,
    };
    let Some(password) = password.filter(|_| config.url.is_none()) else { return Client::open(info) };
    let settings = info.redis_settings().clone().set_password(password.expose_secret());
    Client::open(info.set_redis_settings(settings))
}

/// The password of this moment. A file is read each time, so that a rotated password is picked up.
async fn password(config: &RedisConfig) -> RedisResult<Option<SecretString>> {
    let Some(path) = &config.password_file else { return Ok(config.password.clone()) };
    let text = tokio::fs::read_to_string(path).await.map_err(|error| {
        RedisError::from((ErrorKind::InvalidClientConfig, "REDIS_PASSWORD_FILE cannot be read", error.to_string()))
    })?;
    Ok(Some(SecretString::from(text.trim_end_matches(['\r', '\n']))))
}

/// Hands the shared connection what the password file holds at the moment it connects.
struct PasswordFile(Arc<RedisConfig>);

impl StreamingCredentialsProvider for PasswordFile {
    fn subscribe(&self) -> Pin<Box<dyn Stream<Item = RedisResult<BasicAuth>> + Send + 'static>> {
        let config = self.0.clone();
        stream::once(async move {
            let password = password(&config).await?;
            let text = password.as_ref().map(|password| password.expose_secret().to_owned()).unwrap_or_default();
            Ok(BasicAuth::new("default".to_owned(), text))
        })
        .chain(stream::pending())
        .boxed()
    }
}
