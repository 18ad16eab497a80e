//! The other pages of this browser. They share the limit of streams, so they tell each other when they give one up.

use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::live::event_stream::machine::Word;
use crate::live::listener::Listener;

/// The channel's name. Only pages of the same origin can be on it.
const CHANNEL: &str = "service-manager-streams";

const HIDDEN: &str = "hidden";
const LET_GO: &str = "let-go";

/// The way to the other pages, closed when this is dropped.
pub struct Siblings {
    channel: BroadcastChannel,
    _listener: Listener,
}

impl Siblings {
    /// Listens to the others; `None` in a browser without such channels, where each page is on its own.
    pub fn meet(on_word: impl Fn(Word) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(CHANNEL).ok()?;
        let listener = Listener::new(&channel, "message", move |event| {
            let text = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string());
            match text.as_deref() {
                Some(HIDDEN) => on_word(Word::Hidden),
                Some(LET_GO) => on_word(Word::LetGo),
                _ => {}
            }
        });
        Some(Self { channel, _listener: listener })
    }

    /// Tells all others.
    pub fn tell(&self, word: Word) {
        let text = match word {
            Word::Hidden => HIDDEN,
            Word::LetGo => LET_GO,
        };
        // It fails only for a channel that was closed.
        let _ = self.channel.post_message(&text.into());
    }
}

impl Drop for Siblings {
    fn drop(&mut self) {
        self.channel.close();
    }
}
