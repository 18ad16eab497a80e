use futures::StreamExt;
use futures::stream::BoxStream;

use crate::support::PATIENCE;

/// One event as a browser's `EventSource` would give it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: String,
}

/// Reads a stream event by event.
pub struct EventReader {
    body: BoxStream<'static, Vec<u8>>,
    text: String,
}

impl EventReader {
    pub fn new(answer: reqwest::Response) -> Self {
        assert_eq!(answer.status(), 200);
        let body = answer.bytes_stream().filter_map(async |piece| piece.ok().map(|piece| piece.to_vec())).boxed();
        Self { body, text: String::new() }
    }

    /// The next event, pings included; `None` at the end. Fails after [`PATIENCE`].
    pub async fn next(&mut self) -> Option<Event> {
        tokio::time::timeout(PATIENCE, self.next_without_limit()).await.expect("an event in time")
    }

    /// The next event that is no ping, and no count of jobs, which comes whenever it is due.
    pub async fn next_change(&mut self) -> Event {
        loop {
            let event = self.next().await.expect("the stream is open");
            if event.name != "ping" && event.name != "jobs" {
                return event;
            }
        }
    }

    /// The next event of that name, whatever comes before it.
    pub async fn next_named(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await.unwrap_or_else(|| panic!("the stream ended before an event {name}"));
            if event.name == name {
                return event;
            }
        }
    }

    /// The next event, however long that takes; `None` at the end.
    pub async fn next_whenever(&mut self) -> Option<Event> {
        self.next_without_limit().await
    }

    async fn next_without_limit(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if block.lines().any(|line| line.starts_with("data:")) {
                    return Some(parse(&block));
                }
                continue;
            }
            self.text.push_str(&String::from_utf8(self.body.next().await?).expect("UTF-8"));
        }
    }
}

fn parse(block: &str) -> Event {
    let mut event = Event { name: "message".to_owned(), ..Event::default() };
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("event", name)) => event.name = name.to_owned(),
            Some(("id", id)) => event.id = id.to_owned(),
            Some(("data", data)) => event.data = data.to_owned(),
            _ => {}
        }
    }
    event
}
