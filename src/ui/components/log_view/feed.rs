//! The rows of the log in the browser: added and taken away by hand, since a signal for each of 10,000 would be a stutter.
//!
//! Rows stand in chunks of a hundred, which the browser lays out only where they are seen. Texts are set as texts, so that
//! nothing a line contains can become markup.

use std::collections::VecDeque;

use web_sys::{Document, Element};

use crate::model::log::Logged;
use crate::ui::log_row::{Instances, Row};

/// How many rows a page holds.
const MOST: u32 = 10_000;

/// Rows of a chunk.
const CHUNK: u32 = 100;

/// Where rows are added. It is the browser's alone.
pub struct Feed {
    document: Document,
    list: Element,
    /// The chunks and how many rows each has, oldest first.
    chunks: VecDeque<(Element, u32)>,
    rows: u32,
    instances: Instances,
}

impl Feed {
    /// Goes on where the first HTML ended; `instances` are those that were heard in it.
    pub fn of(list: Element, instances: Instances) -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let first = list.first_element_child().map(|chunk| (chunk.clone(), chunk.child_element_count()));
        let rows = first.as_ref().map_or(0, |(_, rows)| *rows);
        Some(Self { document, list, chunks: first.into_iter().collect(), rows, instances })
    }

    /// How many rows there are.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Adds rows at the end, and takes away at the beginning what is too much.
    pub fn append(&mut self, news: &[Logged]) {
        for logged in news {
            for row in self.instances.rows(logged) {
                // What the browser refuses to make is not shown.
                let _ = self.add(&row);
            }
        }
        while self.rows > MOST && self.chunks.len() > 1 {
            if let Some((chunk, rows)) = self.chunks.pop_front() {
                chunk.remove();
                self.rows -= rows;
            }
        }
    }

    /// All rows as text, one line each.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (chunk, _) in &self.chunks {
            let mut row = chunk.first_element_child();
            while let Some(element) = row {
                text.push_str(&element.text_content().unwrap_or_default());
                text.push('\n');
                row = element.next_element_sibling();
            }
        }
        text
    }

    fn add(&mut self, row: &Row) -> Option<()> {
        let element = self.element("p", row.class)?;
        for (class, text) in &row.cells {
            let cell = self.element("span", class)?;
            cell.set_text_content(Some(text));
            element.append_child(&cell).ok()?;
        }
        if self.chunks.back().is_none_or(|(_, rows)| *rows >= CHUNK) {
            let chunk = self.element("div", "log-chunk")?;
            self.list.append_child(&chunk).ok()?;
            self.chunks.push_back((chunk, 0));
        }
        let (chunk, rows) = self.chunks.back_mut()?;
        chunk.append_child(&element).ok()?;
        (*rows, self.rows) = (*rows + 1, self.rows + 1);
        Some(())
    }

    fn element(&self, name: &str, class: &str) -> Option<Element> {
        let element = self.document.create_element(name).ok()?;
        element.set_class_name(class);
        Some(element)
    }
}
