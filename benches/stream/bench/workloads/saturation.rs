//! How much a server can carry: the rate is raised until something gives way.

use std::time::Duration;

use crate::bench::load::publisher::Timetable;
use crate::bench::load::reader::NoStream;
use crate::bench::readings::{Ceiling, Readings};
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

/// The most deliveries a second that all came, in time, with the server's core to spare.
pub fn saturation(
    system: System,
    programs: &Programs,
    extent: &Extent,
    readings: &mut Readings,
) -> Result<(), NoStream> {
    let (running, mut fleet, mut publisher) = connected(system, programs, extent.readers)?;
    let (mut rate, mut most, mut tries) = (FIRST_RATE, 0.0, 0);
    let mut end = format!("{LAST_RATE} messages a second, and no higher rate is tried");
    while rate <= LAST_RATE {
        let times = (LASTS.as_secs_f64() * rate) as usize;
        let timetable = Timetable { every: Duration::from_secs_f64(1.0 / rate), burst: 1, times };
        let measured = Window::measure_within(&running, &mut fleet, publisher, timetable, extent.readers, TAIL);
        let (window, same) = match measured {
            Ok(measured) => measured,
            Err(NoStream(reason)) => {
                end = format!("the server let readers go: {reason}");
                break;
            }
        };
        publisher = same;
        let reasons = window.gave_way();
        if !reasons.is_empty() {
            tries += 1;
            if tries < TRIES {
                continue;
            }
            end = reasons.join(", ");
            break;
        }
        tries = 0;
        most = rate * extent.readers as f64 / 1_000.0;
        rate *= STEP;
    }
    eprintln!("      most {most:.0} thousand deliveries a second; then {end}");
    readings.add_ceiling(system, Ceiling { most, reason: end });
    Ok(())
}
