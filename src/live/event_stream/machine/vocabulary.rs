//! What the machine is told, and what it answers.

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The page runs.
    Started {
        /// Whether the browser has EventSource.
        event_source: bool,
        /// Whether nobody sees the page yet: it was opened behind another one.
        hidden: bool,
    },
    /// The stream opened.
    Opened,
    /// Any event came in.
    Heard,
    /// The server said whether it reaches Redis.
    Redis {
        /// True if it does.
        connected: bool,
    },
    /// The stream broke or a poll failed.
    Failed,
    /// Another stream took this one's place.
    Replaced,
    /// The server said it goes away.
    ShuttingDown {
        /// Milliseconds after which to come back.
        retry_in: u64,
    },
    /// The session ended.
    SignedOut,
    /// The answer to [`Order::AskWhy`].
    Because(Reason),
    /// A poll succeeded.
    Polled,
    /// The operator wants to retry at once.
    RetryNow,
    /// The page can no longer be seen.
    Hidden,
    /// The page can be seen again.
    Shown,
    /// The page is left, perhaps to come back from the browser's cache.
    Left,
    /// The page came back from the browser's cache.
    Returned,
    /// Another page of this browser told something.
    Told(Word),
    /// A second went by.
    Tick,
}

/// What the pages of one browser tell each other, so that together they keep within the limit of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// "I can no longer be seen": whoever was hidden earlier lets go at once, so that one hidden page at most has a stream.
    Hidden,
    /// "I let my stream go": there is room for another.
    LetGo,
}

/// Why a stream broke, as far as the server can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The session is good and there is room for a stream.
    NothingKnown,
    /// Nobody is signed in.
    SignedOut,
    /// This user has as many streams open as one may.
    TooManyStreams,
    /// The server answers, but cannot serve.
    Unavailable,
    /// The server does not answer.
    Unreachable,
}

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Open the stream where the table stands.
    Open,
    /// Close the stream.
    Close,
    /// Ask the server why the stream broke: EventSource does not say.
    AskWhy,
    /// Ask for the full message.
    Poll,
    /// Go to sign in, and come back.
    SignIn,
    /// Tell the console that the stream is open.
    SayConnected,
    /// Tell the console that the stream broke.
    SayLost,
    /// Tell the other pages of this browser.
    Tell(Word),
}

/// When something happened, and a number by which simultaneous pages spread their attempts.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Milliseconds of a clock that never goes back.
    pub ms: u64,
    /// Random, from 0 to 1.
    pub chance: f64,
}
