//! What a page wants of its stream of lines.

use crate::live::log_stream::Flow;

/// What the stream tells the page.
pub struct Listening {
    /// Where the lines come from, without the place to go on from; it has a query.
    pub address: String,
    /// The place of the newest line that the page has; empty if it has none.
    pub last: String,
    /// Only lines that hold this, in lower case.
    pub needle: String,
    /// Called once per frame while there is something to draw.
    pub on_news: Box<dyn Fn()>,
    /// Called when it changes how lines come.
    pub on_flow: Box<dyn Fn(Flow)>,
}
