//! How lines come: what the page says above them.

/// How lines come at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// They will.
    Connecting,
    /// As they are said.
    Live,
    /// The server does not reach Redis.
    RedisDown,
    /// Not until the page has reconnected.
    Lost,
    /// Not until another stream of this user ends.
    TooMany,
    /// Not any more: signed out, or another page took this one's place.
    Ended,
    /// Never: this browser has no EventSource.
    Unable,
}

impl Flow {
    /// What the operator reads.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Connecting => "Connecting…",
            Self::Live => "Following",
            Self::RedisDown => "Redis is unreachable",
            Self::Lost => "Not connected. Reconnecting…",
            Self::TooMany => "Too many streams open: close another page",
            Self::Ended => "Not followed any more. Reload the page",
            Self::Unable => "This browser cannot follow. Reload the page for new lines.",
        }
    }

    /// Whether lines are said that do not come.
    pub const fn is_bad(self) -> bool {
        !matches!(self, Self::Connecting | Self::Live)
    }
}
