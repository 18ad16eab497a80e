//! The browser's frames.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Window, window};

/// How long, in ms, a frame is waited for: a page that is covered or hidden gets none.
const LONGEST_WAIT_MS: i32 = 250;

/// Calls one function in the next frame whenever that is asked for. Dropping it takes an open call back.
pub struct Frames {
    window: Option<Window>,
    asked: Rc<Cell<Option<Asked>>>,
    /// One closure for all frames: each of its own would have to be freed when its frame never comes.
    closure: Closure<dyn FnMut()>,
}

/// The browser's numbers for the frame and for the end of the wait.
#[derive(Clone, Copy)]
struct Asked {
    frame: Option<i32>,
    timer: Option<i32>,
}

impl Frames {
    /// Asks for nothing yet.
    pub fn new(mut on_frame: impl FnMut() + 'static) -> Self {
        let window = window();
        let asked = Rc::new(Cell::new(None));
        let (own_window, own_asked) = (window.clone(), asked.clone());
        let closure = Closure::new(move || {
            take_back(own_window.as_ref(), &own_asked);
            on_frame();
        });
        Self { window, asked, closure }
    }

    /// Asks for the next frame, unless it is awaited already.
    pub fn ask(&self) {
        let Some(window) = &self.window else { return };
        if self.asked.get().is_none() {
            let call = self.closure.as_ref().unchecked_ref();
            self.asked.set(Some(Asked {
                frame: window.request_animation_frame(call).ok(),
                timer: window.set_timeout_with_callback_and_timeout_and_arguments_0(call, LONGEST_WAIT_MS).ok(),
            }));
        }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        take_back(self.window.as_ref(), &self.asked);
    }
}

/// Whichever of the two came, the other is no longer wanted.
fn take_back(window: Option<&Window>, asked: &Cell<Option<Asked>>) {
    let (Some(window), Some(Asked { frame, timer })) = (window, asked.take()) else { return };
    if let Some(frame) = frame {
        // It fails only for a number that is none.
        let _ = window.cancel_animation_frame(frame);
    }
    if let Some(timer) = timer {
        window.clear_timeout_with_handle(timer);
    }
}
