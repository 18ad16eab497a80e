//! How the page is connected: what the header's indicator shows.

/// One state of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// A stream was asked for and has not answered yet.
    Connecting {
        /// True if the page was connected before, so that its data may be old.
        again: bool,
    },
    /// Somebody looks at the page again after its stream was let go, and a new one has not answered yet.
    CatchingUp,
    /// The stream is open.
    Connected,
    /// The stream is open and silent for too long.
    Stale,
    /// The stream broke.
    Disconnected {
        /// Seconds until the next attempt.
        retry_in: u64,
    },
    /// The stream is open, but the server does not reach Redis.
    RedisDown,
    /// The session ended.
    SignedOut,
    /// This user has as many streams open as one may.
    TooManyStreams {
        /// Seconds until the next attempt.
        retry_in: u64,
    },
    /// The server answers, but cannot serve a stream now.
    Unavailable {
        /// Seconds until the next attempt.
        retry_in: u64,
    },
    /// This browser has no EventSource: the page asks instead.
    Polling,
    /// Nobody looks at the page, so its stream is closed.
    Asleep,
}

impl Connection {
    /// Its name in the markup.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connecting { .. } => "connecting",
            Self::CatchingUp => "catching-up",
            Self::Connected => "connected",
            Self::Stale => "stale",
            Self::Disconnected { .. } => "disconnected",
            Self::RedisDown => "redis-down",
            Self::SignedOut => "signed-out",
            Self::TooManyStreams { .. } => "too-many-streams",
            Self::Unavailable { .. } => "unavailable",
            Self::Polling => "polling",
            Self::Asleep => "asleep",
        }
    }

    /// What the operator reads; it changes only with the state, so that it is announced once.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Connecting { .. } => "Connecting…",
            Self::CatchingUp => "Catching up…",
            Self::Connected => "Connected",
            Self::Stale => "No data for 32 s",
            Self::Disconnected { .. } => "Disconnected",
            Self::RedisDown => "Connected, but Redis is unreachable",
            Self::SignedOut => "Signed out",
            Self::TooManyStreams { .. } => "Too many streams open",
            Self::Unavailable { .. } => "Service unavailable, retrying",
            Self::Polling => "Polling every 10 s",
            Self::Asleep => "Paused",
        }
    }

    /// Seconds until the next attempt, where one is awaited.
    pub const fn retry_in(self) -> Option<u64> {
        match self {
            Self::Disconnected { retry_in } | Self::TooManyStreams { retry_in } | Self::Unavailable { retry_in } => {
                Some(retry_in)
            }
            _ => None,
        }
    }

    /// The same state with another countdown.
    pub const fn with_retry_in(self, seconds: u64) -> Self {
        match self {
            Self::Disconnected { .. } => Self::Disconnected { retry_in: seconds },
            Self::TooManyStreams { .. } => Self::TooManyStreams { retry_in: seconds },
            Self::Unavailable { .. } => Self::Unavailable { retry_in: seconds },
            other => other,
        }
    }

    /// Whether a stream is open.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Connected | Self::Stale | Self::RedisDown)
    }

    /// Whether the page hears, as it happens or a little later, what Redis holds. When it does again, whatever the stream does not
    /// bring is to be asked for.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Connected | Self::Polling)
    }

    /// Whether the data shown is, as far as is known, what Redis holds.
    pub const fn is_current(self) -> bool {
        matches!(self, Self::Connecting { again: false } | Self::Connected | Self::Polling)
    }

    /// Whether an operator has to be told since when the data may be old. Catching up takes a moment, and a warning that
    /// comes and goes within it says nothing.
    pub const fn needs_warning(self) -> bool {
        !self.is_current() && !matches!(self, Self::CatchingUp)
    }

    /// Why nothing can be asked of a service now; `None` when it can.
    pub const fn obstacle(self) -> Option<&'static str> {
        match self {
            Self::Connecting { again: false } | Self::Connected | Self::Polling => None,
            Self::Stale => Some("Not possible while the server is silent"),
            Self::RedisDown => Some("Not possible while Redis is unreachable"),
            Self::SignedOut => Some("Sign in first"),
            Self::CatchingUp => Some("Not possible until the page has caught up"),
            _ => Some("Not possible while disconnected"),
        }
    }
}
