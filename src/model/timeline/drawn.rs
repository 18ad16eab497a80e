//! What a chart of a service's history shows.

use crate::model::status::ServiceState;
use crate::model::timeline::{Span, TimeRange};

/// One stretch of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stretch {
    /// The place of its state among [`Drawn::states`]; `None` where nothing was heard.
    pub state: Option<u8>,
    /// How each queue moved; empty where nothing was heard.
    pub spans: Vec<Option<Span>>,
}

/// Stretches of time in one state, or without a word.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The number of its first stretch.
    pub first: usize,
    /// How many stretches it has.
    pub count: usize,
    /// The word for the state; `None` where nothing was heard.
    pub state: Option<String>,
}

/// A timeline at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// How far back it goes.
    pub range: TimeRange,
    /// Where it begins, in ms since the Unix epoch.
    pub start: u64,
    /// The stretches, oldest first.
    pub stretches: Vec<Stretch>,
    /// The words for the states, with how long the service was in each, in ms.
    pub states: Vec<(String, u64)>,
    /// How long it was silent, in ms.
    pub silent: u64,
}

/// How much silence asks to be seen among states.
pub(crate) const SILENCE: u8 = 4;

/// How much a state asks to be seen within a stretch that has several: trouble is never hidden, and of everyday states the
/// one that lasted longest is shown.
pub(crate) fn rank(state: &str) -> u8 {
    match ServiceState::from_word(state) {
        ServiceState::Failed => 5,
        ServiceState::Degraded => 3,
        ServiceState::Stopped => 2,
        ServiceState::Paused => 1,
        _ => 0,
    }
}

impl Drawn {
    /// The stretches in one state each, oldest first.
    pub fn bands(&self) -> Vec<Band> {
        let mut bands: Vec<Band> = Vec::new();
        for (first, stretch) in self.stretches.iter().enumerate() {
            let state = self.word(stretch);
            match bands.last_mut() {
                Some(band) if band.state.as_deref() == state => band.count += 1,
                _ => bands.push(Band { first, count: 1, state: state.map(str::to_owned) }),
            }
        }
        bands
    }

    /// The word for a stretch's state.
    pub fn word(&self, stretch: &Stretch) -> Option<&str> {
        stretch.state.and_then(|state| self.states.get(usize::from(state))).map(|(word, _)| word.as_str())
    }

    /// How a queue moved, stretch by stretch.
    pub fn queue(&self, number: usize) -> Vec<Option<Span>> {
        self.stretches.iter().map(|stretch| stretch.spans.get(number).copied().flatten()).collect()
    }

    /// When a stretch begins, in ms since the Unix epoch.
    pub fn moment(&self, number: usize) -> u64 {
        self.start + number as u64 * self.range.width()
    }

    /// Where a moment lies among the stretches; `None` outside of them.
    pub fn place(&self, moment: u64) -> Option<f64> {
        let place = moment.checked_sub(self.start)? as f64 / self.range.width() as f64;
        (place <= self.stretches.len() as f64).then_some(place)
    }
}

/// How a number moved over several stretches.
pub fn together<'a>(spans: impl IntoIterator<Item = &'a Option<Span>>) -> Option<Span> {
    spans.into_iter().flatten().copied().reduce(|before, next| Span {
        min: before.min.min(next.min),
        max: before.max.max(next.max),
        last: next.last,
    })
}
