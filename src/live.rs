//! What keeps the page alive in the browser.
