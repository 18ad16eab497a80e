//! The one EventSource, owned together with what listens to it.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{EventSource, MessageEvent};

use crate::live::listener::Listener;

/// What an EventSource tells.
pub enum Signal {
    /// It opened.
    Opened,
    /// It broke; it is not said why.
    Failed,
    /// An event came.
    Event {
        /// Its name.
        name: String,
        /// Its payload.
        data: String,
        /// The position it carries; empty where it carries none.
        id: String,
    },
}

/// An open EventSource, closed when this is dropped.
pub struct Source {
    source: EventSource,
    _listeners: Vec<Listener>,
}

impl Source {
    /// Whether this browser has EventSource at all.
    pub fn exists() -> bool {
        web_sys::window().is_some_and(|window| js_sys::Reflect::has(&window, &"EventSource".into()).unwrap_or(false))
    }

    /// Opens a stream and listens to the events of these names; `None` if the browser refuses the address.
    pub fn open(url: &str, names: &[&'static str], on_signal: Rc<dyn Fn(Signal)>) -> Option<Self> {
        let source = EventSource::new(url).ok()?;
        let opened = on_signal.clone();
        let failed = on_signal.clone();
        let mut listeners = vec![
            Listener::new(&source, "open", move |_| opened(Signal::Opened)),
            Listener::new(&source, "error", move |_| failed(Signal::Failed)),
        ];
        for &name in names {
            let on_signal = on_signal.clone();
            listeners.push(Listener::new(&source, name, move |event| {
                if let Some(message) = event.dyn_ref::<MessageEvent>() {
                    on_signal(Signal::Event {
                        name: name.to_owned(),
                        data: message.data().as_string().unwrap_or_default(),
                        id: message.last_event_id(),
                    });
                }
            }));
        }
        Some(Self { source, _listeners: listeners })
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.source.close();
    }
}
