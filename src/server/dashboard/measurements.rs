//! What services say they measured: the newest of each, and ten minutes of the past, bounded whatever comes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::model::dashboard::{MetricsMessage, ServiceTiles};
use crate::model::service::ServiceId;
use crate::server::dashboard::own::tile;
use crate::server::dashboard::series::Series;
use crate::server::dashboard::words::Unit;

/// Services kept; of more, the one that was not heard for longest gives way. With all their names they take some 14 MiB.
const MOST_SERVICES: usize = 200;

/// Names kept of each service, as many as one message may have.
pub const MOST_NAMES: usize = 64;

/// Steps kept of each name: ten minutes. What was not heard for so long is forgotten.
const KEPT: usize = 120;

/// What was measured. Cloning it shares it.
#[derive(Clone, Default)]
pub struct Measurements(Arc<Mutex<BTreeMap<ServiceId, Measured>>>);

struct Measured {
    heard: Instant,
    names: BTreeMap<String, Name>,
}

struct Name {
    latest: f64,
    /// Whether it was heard since the last step.
    is_fresh: bool,
    series: Series,
}

impl Measurements {
    /// Takes what a service published. Names beyond [`MOST_NAMES`] wait until others are forgotten.
    pub fn keep(&self, message: MetricsMessage) {
        let mut kept = self.lock();
        if !kept.contains_key(&message.service) && kept.len() >= MOST_SERVICES {
            let quietest = kept.iter().min_by_key(|(_, measured)| measured.heard).map(|(service, _)| *service);
            quietest.map(|service| kept.remove(&service));
        }
        let now = Instant::now();
        let measured = kept.entry(message.service).or_insert_with(|| Measured { heard: now, names: BTreeMap::new() });
        measured.heard = now;
        for (name, number) in message.metrics {
            if let Some(known) = measured.names.get_mut(&name) {
                (known.latest, known.is_fresh) = (number, true);
            } else if measured.names.len() < MOST_NAMES {
                measured.names.insert(name, Name { latest: number, is_fresh: true, series: Series::of(KEPT) });
            }
        }
    }

    /// Takes a step: what was not heard since the last one has a gap.
    pub fn step(&self) {
        let mut kept = self.lock();
        for measured in kept.values_mut() {
            for name in measured.names.values_mut() {
                name.series.push(name.is_fresh.then_some(name.latest));
                name.is_fresh = false;
            }
            measured.names.retain(|_, name| !name.series.is_empty());
        }
        kept.retain(|_, measured| !measured.names.is_empty());
    }

    /// Forgets a service.
    pub fn forget(&self, service: ServiceId) {
        self.lock().remove(&service);
    }

    /// Ready to be shown, when it is `now` by Redis's clock.
    pub fn shown(&self, now: u64) -> Vec<ServiceTiles> {
        let kept = self.lock();
        let tiles = |(service, measured): (&ServiceId, &Measured)| ServiceTiles {
            service: *service,
            heard: now.saturating_sub(measured.heard.elapsed().as_millis() as u64),
            tiles: measured
                .names
                .iter()
                .map(|(name, known)| {
                    let mut tile = tile(name, Unit::Plain, &known.series);
                    tile.value = Unit::Plain.tell(Some(known.latest));
                    tile
                })
                .collect(),
        };
        kept.iter().map(tiles).collect()
    }

    /// Nothing that holds the lock can panic half-way through a change, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ServiceId, Measured>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(service: &str, metrics: &[(&str, f64)]) -> MetricsMessage {
        MetricsMessage {
            service: ServiceId::parse(service).expect("an id"),
            timestamp: 0,
            metrics: metrics.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect(),
        }
    }

    #[test]
    fn the_newest_is_shown_and_silence_is_a_gap_and_then_forgotten() {
        let measurements = Measurements::default();
        measurements.keep(message("mail", &[("sent", 1.0)]));
        measurements.keep(message("mail", &[("sent", 5.0)]));
        measurements.step();
        measurements.step();
        let shown = measurements.shown(10_000);
        assert_eq!((shown[0].service.as_str(), shown[0].tiles[0].value.as_str()), ("mail", "5"));
        assert_eq!(shown[0].tiles[0].line, "M118 2.0h0");
        (0..KEPT).for_each(|_| measurements.step());
        assert_eq!(measurements.shown(10_000), Vec::new());
    }

    #[test]
    fn neither_services_nor_names_are_kept_without_end() {
        let measurements = Measurements::default();
        for number in 0..MOST_SERVICES + 5 {
            measurements.keep(message(&format!("s-{number}"), &[("a", 1.0)]));
        }
        let shown = measurements.shown(0);
        assert_eq!(shown.len(), MOST_SERVICES);
        assert!(shown.iter().all(|service| service.service.as_str() != "s-0"), "the quietest gave way");
        for number in 0..MOST_NAMES * 2 {
            measurements.keep(message("s-9", &[(&format!("n{number}"), 1.0)]));
        }
        let names = measurements.shown(0).into_iter().find(|service| service.service.as_str() == "s-9");
        assert_eq!(names.expect("kept").tiles.len(), MOST_NAMES);
    }
}
