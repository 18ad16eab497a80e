//! Reads the part of YAML in which docker-compose.yml is written: blocks, flow lists, texts, anchors and merges. What
//! goes beyond it fails, so that nothing is read wrongly.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// A text as mappings, lists and texts; numbers and truth values stay texts.
pub fn read(text: &str) -> Value {
    let lines = text.lines().map(|line| (line.len() - line.trim_start().len(), line.trim().to_owned())).collect();
    let mut reader = Reader { lines, at: 0, anchors: HashMap::new() };
    let value = reader.block(0);
    assert!(reader.next().is_none(), "docker-compose.yml is read to its end");
    value
}

struct Reader {
    /// Indentation and text.
    lines: Vec<(usize, String)>,
    at: usize,
    anchors: HashMap<String, Value>,
}

impl Reader {
    /// The next line that says something.
    fn next(&mut self) -> Option<(usize, String)> {
        while self.lines.get(self.at).is_some_and(|(_, text)| text.is_empty() || text.starts_with('#')) {
            self.at += 1;
        }
        self.lines.get(self.at).cloned()
    }

    fn block(&mut self, indent: usize) -> Value {
        match self.next() {
            Some((depth, text)) if depth == indent && text.starts_with("- ") => self.list(indent),
            Some((depth, _)) if depth == indent => self.mapping(indent),
            _ => Value::Null,
        }
    }

    fn list(&mut self, indent: usize) -> Value {
        let mut items = Vec::new();
        while let Some((depth, text)) = self.next().filter(|(depth, text)| *depth == indent && text.starts_with("- ")) {
            let item = text[2..].to_owned();
            if item.split_once(": ").is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase())) {
                self.lines[self.at] = (depth + 2, item);
                items.push(self.mapping(depth + 2));
            } else {
                self.at += 1;
                items.push(self.value(&item, indent));
            }
        }
        Value::Array(items)
    }

    fn mapping(&mut self, indent: usize) -> Value {
        let (mut own, mut merged) = (Map::new(), Map::new());
        while let Some((_, text)) = self.next().filter(|(depth, _)| *depth == indent) {
            let (key, rest) = text.split_once(':').unwrap_or_else(|| panic!("no key: {text}"));
            self.at += 1;
            let value = self.value(rest.trim(), indent);
            if key == "<<" {
                merged.extend(value.as_object().expect("a mapping").clone());
            } else {
                assert!(own.insert(key.to_owned(), value).is_none(), "{key} stands twice");
            }
        }
        merged.extend(own);
        Value::Object(merged)
    }

    /// What stands after a key or a dash.
    fn value(&mut self, text: &str, indent: usize) -> Value {
        match text {
            "" => self.nested(indent),
            "|" => self.literal(indent),
            "{}" => Value::Object(Map::new()),
            _ if text.starts_with('*') => self.anchors[&text[1..]].clone(),
            _ if text.starts_with('&') => {
                let value = self.nested(indent);
                self.anchors.insert(text[1..].to_owned(), value.clone());
                value
            }
            _ if text.starts_with('[') => flow_list(text),
            _ => scalar(text),
        }
    }

    fn nested(&mut self, indent: usize) -> Value {
        match self.next() {
            Some((depth, _)) if depth > indent => self.block(depth),
            _ => Value::Null,
        }
    }

    fn literal(&mut self, indent: usize) -> Value {
        let mut text = String::new();
        while let Some((depth, line)) = self.lines.get(self.at)
            && (*depth > indent || line.is_empty())
        {
            text.push_str(line);
            text.push('\n');
            self.at += 1;
        }
        Value::String(text)
    }
}

fn flow_list(text: &str) -> Value {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or_else(|| panic!("{text}"));
    let mut items = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for letter in inner.chars() {
        is_quoted ^= letter == '"' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        match items.last_mut() {
            Some(_) if letter == ',' && !is_quoted => items.push(String::new()),
            Some(item) => item.push(letter),
            None => {}
        }
    }
    Value::Array(items.iter().map(|item| scalar(item.trim())).collect())
}

fn scalar(text: &str) -> Value {
    assert!(!text.contains(" #") && !text.starts_with(['\'', '>', '!', '{', '%', '@']), "not read here: {text}");
    if text.starts_with('"') {
        return serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    assert!(!text.contains(": "), "not read here: {text}");
    Value::String(text.to_owned())
}

#[test]
fn anchors_merges_lists_and_texts_are_read() {
    let text = "x: &x\n  a: [1, \"b, c\"]\n  b: old\ny:\n  <<: *x\n  # a comment\n  b: new\n  l:\n    - |\n      one\n      two\n    \
                - k: v\n      w: x\n    - \"127.0.0.1:80\"\n  n:\nz: {}\n";
    let x = serde_json::json!({ "a": ["1", "b, c"], "b": "old" });
    let list = serde_json::json!(["one\ntwo\n", { "k": "v", "w": "x" }, "127.0.0.1:80"]);
    let y = serde_json::json!({ "a": ["1", "b, c"], "b": "new", "l": list, "n": null });
    assert_eq!(read(text), serde_json::json!({ "x": x, "y": y, "z": {} }));
}
