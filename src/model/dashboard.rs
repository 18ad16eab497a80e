//! What the dashboard shows, and what services publish for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::lenient;
use crate::model::service::ServiceId;

/// What a service publishes on `service:metrics`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct MetricsMessage {
    /// Which service speaks.
    pub service: ServiceId,
    /// When, in ms since the Unix epoch, by the publisher's own clock; never used to judge age.
    #[serde(deserialize_with = "lenient::whole_number")]
    pub timestamp: u64,
    /// What it measured, by name.
    pub metrics: BTreeMap<String, f64>,
}

/// Everything at one moment, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dashboard {
    /// What each instance of the manager measures of itself, by name.
    pub instances: Vec<InstanceTiles>,
    /// What services say they measured, by id.
    pub services: Vec<ServiceTiles>,
}

/// What one instance measures of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceTiles {
    /// Which instance.
    pub instance: String,
    /// What it measures.
    pub tiles: Vec<Tile>,
}

/// What one service says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceTiles {
    /// Which service.
    pub service: ServiceId,
    /// When it last said so, in ms by Redis's clock.
    pub heard: u64,
    /// What it said, by name.
    pub tiles: Vec<Tile>,
}

/// One number with its past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    /// What it is.
    pub label: String,
    /// The newest value, with its unit; a dash where there is none.
    pub value: String,
    /// The least and the greatest value of the line.
    pub range: String,
    /// Its past as an SVG path on a plane of [`LINE_WIDTH`] × [`LINE_HEIGHT`]; what is missing is a gap.
    pub line: String,
}

/// How wide the plane of a line is: one more than the steps of a whole line.
pub const LINE_WIDTH: usize = 120;

/// How high it is.
pub const LINE_HEIGHT: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_message_is_read() {
        let message: MetricsMessage =
            serde_json::from_str(r#"{"service":"mail","timestamp":5,"metrics":{"sent":1,"rate":-0.5}}"#)
                .expect("a message");
        assert_eq!((message.service.as_str(), message.timestamp), ("mail", 5));
        assert_eq!(message.metrics, BTreeMap::from([("sent".to_owned(), 1.0), ("rate".to_owned(), -0.5)]));
        assert!(
            serde_json::from_str::<MetricsMessage>(r#"{"service":"mail","timestamp":5,"metrics":{"a":"1"}}"#).is_err()
        );
    }
}
