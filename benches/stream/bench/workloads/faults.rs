//! What happens when readers stop reading, when the server is killed, and when Redis is.

use std::time::{Duration, Instant};

use crate::bench::load::fleet::Fleet;
use crate::bench::load::message::PUBLISHERS;
use crate::bench::load::publisher::{Publisher, Timetable};
use crate::bench::load::reader::NoStream;
use crate::bench::machine::memory_kib;
use crate::bench::readings::{Measure, Readings};
use crate::bench::systems::{Programs, System};
use crate::bench::workloads::{Extent, TAIL, Window, connected, paced};

/// One reader in so many stops reading.
const ONE_IN: usize = 20;

/// How long browsers wait before they come back, as the first line of every stream tells them.
const RETRY: Duration = Duration::from_secs(5);

/// How long Redis is away.
const AWAY: Duration = Duration::from_secs(2);

/// How long it may take until all readers are back, or see what is published.
const LONGEST: Duration = Duration::from_secs(30);

/// Enough to fill the buffers between the server and a reader that does not read: 200 messages a second, for twice as long as
/// elsewhere.
fn flood(extent: &Extent) -> Timetable {
    Timetable { every: Duration::from_millis(100), burst: 20, times: (extent.publish.as_secs_f64() * 20.0) as usize }
}

/// One reader in twenty stops reading; what the others notice of it, and the server's memory.
pub fn stopped(system: System, programs: &Programs, extent: &Extent, readings: &mut Readings) -> Result<(), NoStream> {
    let (running, mut fleet, publisher) = connected(system, programs, extent.readers)?;
    let (before, publisher) = Window::measure(&running, &mut fleet, publisher, flood(extent), extent.readers)?;
    let memory = memory_kib(running.server.id());
    let still: Vec<usize> = (0..extent.readers).step_by(ONE_IN).collect();
    fleet.stop_reading(&still);
    let reading = extent.readers - still.len();
    let (during, publisher) = Window::measure(&running, &mut fleet, publisher, flood(extent), reading)?;
    let grown = (memory_kib(running.server.id()) - memory) / 1_024.0;
    if let Some(reason) = before.void().or(during.void()) {
        readings.void.push(format!("readers that stop reading: {reason}"));
        return Ok(());
    }
    let times = during.delay(0.99) / before.delay(0.99);
    readings.add(system, Measure::Stopped, times);
    readings.add(system, Measure::StoppedMemory, grown);
    // Those who read again need not get every message, but must get to know how things stand, and never go back.
    fleet.let_return(RETRY);
    fleet.read_again(&still);
    let in_time = fleet.run_until(LONGEST, |fleet| all_know(fleet, &publisher))?;
    let behind =
        fleet.readers.iter().filter(|reader| !knows(reader.sequences.map(|one| one.known()), &publisher)).count();
    let back = std::mem::take(&mut fleet.record);
    let wrong = back.wrong() + behind as u64;
    readings.add(system, Measure::Faults, (before.faults() + during.faults() + wrong) as f64);
    eprintln!(
        "      99th percentile {:.1} ms, then {:.1} ms; {grown:.1} MiB more; all up to date: {in_time}, {} connections ended, wrong {wrong}",
        before.delay(0.99),
        during.delay(0.99),
        fleet.ended,
    );
    Ok(())
}

/// The server is killed and started again; all readers come back at the same moment.
pub fn back(system: System, programs: &Programs, extent: &Extent, readings: &mut Readings) -> Result<(), NoStream> {
    let (mut running, mut fleet, publisher) = connected(system, programs, extent.crowd)?;
    let (_, mut publisher) = Window::measure(&running, &mut fleet, publisher, paced(extent, 2), extent.crowd)?;
    fleet.let_return(RETRY);
    let cut = Instant::now();
    running.restart_server(programs);
    // Published while nobody is there: it must be in what readers get when they come back.
    publisher.publish(crate::bench::load::message::now(), PUBLISHERS);
    let crowd = extent.crowd;
    let all_back = fleet.run_until(LONGEST, |fleet| fleet.ended as usize >= crowd && fleet.open() == crowd)?;
    let seconds = cut.elapsed().saturating_sub(RETRY).as_secs_f64();
    let up_to_date = fleet.run_until(TAIL, |fleet| all_know(fleet, &publisher))?;
    let seen = std::mem::take(&mut fleet.record);
    let (window, _) = Window::measure(&running, &mut fleet, publisher, paced(extent, 2), crowd)?;
    eprintln!(
        "      all back: {all_back}, {seconds:.2} s after the retry delay; up to date: {up_to_date}; {} connections ended, {} answers were no stream, faults {} then {}",
        fleet.ended,
        fleet.refused,
        seen.wrong(),
        window.faults()
    );
    readings.add(system, Measure::Back, if all_back { seconds } else { f64::INFINITY });
    let late = if up_to_date { 0 } else { 1 };
    readings.add(system, Measure::Faults, (seen.wrong() + window.faults() + late) as f64);
    Ok(())
}

/// Redis is killed and started again; open streams stay open and go on.
pub fn cut(system: System, programs: &Programs, extent: &Extent, readings: &mut Readings) -> Result<(), NoStream> {
    let (mut running, mut fleet, publisher) = connected(system, programs, extent.readers)?;
    let (before, publisher) = Window::measure(&running, &mut fleet, publisher, paced(extent, 20), extent.readers)?;
    let known = publisher.next;
    drop(publisher);
    running.restart_redis(&mut fleet, AWAY);
    let returned = Instant::now();
    let mut publisher = running.publisher();
    publisher.next = known;
    // What is published before the server listens again is heard by nobody, so it counts for nobody.
    let healed = loop {
        publisher.publish(crate::bench::load::message::now(), PUBLISHERS);
        let news = |fleet: &Fleet| fleet.readers.iter().all(|reader| reader.sequences[0].known() > known[0]);
        if fleet.run_until(Duration::from_millis(50), news)? {
            break returned.elapsed();
        }
        if returned.elapsed() > LONGEST {
            return Err(NoStream("nothing came after Redis was back".to_owned()));
        }
    };
    fleet.run(Duration::from_millis(500))?;
    let seen = std::mem::take(&mut fleet.record);
    let (after, publisher) = Window::measure(&running, &mut fleet, publisher, paced(extent, 20), extent.readers)?;
    let behind = if all_know(&fleet, &publisher) { 0 } else { 1 };
    eprintln!(
        "      healed {:.2} s after Redis was back; {} connections ended, faults {} {} {}",
        healed.as_secs_f64(),
        fleet.ended,
        before.faults(),
        seen.wrong(),
        after.faults()
    );
    readings.add(system, Measure::Healed, healed.as_secs_f64());
    readings.add(system, Measure::Faults, (before.faults() + seen.wrong() + after.faults() + behind) as f64);
    Ok(())
}

fn all_know(fleet: &Fleet, publisher: &Publisher) -> bool {
    fleet.readers.iter().all(|reader| knows(reader.sequences.map(|one| one.known()), publisher))
}

fn knows(known: [u32; PUBLISHERS], publisher: &Publisher) -> bool {
    known == publisher.next
}
