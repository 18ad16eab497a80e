//! How much a server can carry: the rate is raised until something gives way.

use std::time::Duration;

use crate::bench::load::publisher::Timetable;
use crate::bench::load::reader::NoStream;
use crate::bench::readings::{Measure, Readings};
use crate::bench::systems::{Programs, System};
use crate::bench::workloads::{Extent, Window, connected};

/// Messages a second, at first and at most.
const FIRST_RATE: f64 = 40.0;
const LAST_RATE: f64 = 6_000.0;

/// By how much the rate is raised.
const STEP: f64 = 1.5;

/// How long each rate lasts.
const LASTS: Duration = Duration::from_millis(1_500);

/// How often a rate is tried: what came in between once must not end it.
const TRIES: usize = 2;

/// How long after its last message a rate may take to bring everything.
const TAIL: Duration = Duration::from_secs(3);

/// A delay above which a page is not live, in ms.
const LONGEST_DELAY: f64 = 1_000.0;

/// The most deliveries a second that all came, in time, with the server's core to spare.
pub fn saturation(
    system: System,
    programs: &Programs,
    extent: &Extent,
    readings: &mut Readings,
) -> Result<(), NoStream> {
    let (running, mut fleet, mut publisher) = connected(system, programs, extent.readers)?;
    let (mut rate, mut most, mut tries) = (FIRST_RATE, 0.0, 0);
    let mut end = format!("the last rate, {LAST_RATE} messages a second");
    while rate <= LAST_RATE {
        let times = (LASTS.as_secs_f64() * rate) as usize;
        let timetable = Timetable { every: Duration::from_secs_f64(1.0 / rate), burst: 1, times };
        let measured = Window::measure_within(&running, &mut fleet, publisher, timetable, extent.readers, TAIL);
        let Ok((window, same)) = measured else {
            end = "the server let readers go".to_owned();
            break;
        };
        publisher = same;
        let reason = window.void().or_else(|| {
            let full = (window.span.server > 0.97).then(|| "the server's core was full".to_owned());
            let late = window.delay(0.99) > LONGEST_DELAY;
            let late = late.then(|| format!("the 99th percentile was {:.0} ms", window.delay(0.99)));
            let missing = (window.missing > 0).then(|| format!("{} deliveries were missing", window.missing));
            full.or(late).or(missing)
        });
        if let Some(reason) = reason {
            tries += 1;
            if tries < TRIES {
                continue;
            }
            end = reason;
            break;
        }
        tries = 0;
        most = rate * extent.readers as f64 / 1_000.0;
        rate *= STEP;
    }
    eprintln!("      most {most:.0} thousand deliveries a second; then {end}");
    readings.add(system, Measure::Most, most);
    Ok(())
}
