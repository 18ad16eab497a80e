//! The workloads: what is done to a server, and what is read off it.

mod faults;
mod saturation;

use std::time::Duration;

use crate::bench::load::fleet::Fleet;
use crate::bench::load::publisher::{Publisher, Timetable};
use crate::bench::load::reader::NoStream;
use crate::bench::load::record::Record;
use crate::bench::machine::{Span, memory_kib};
use crate::bench::readings::{Load, Measure, Readings};
use crate::bench::systems::{Programs, Running, System};

pub use faults::{back, cut, stopped};
pub use saturation::saturation;

/// The share of its core that the load generator and Redis may use; above it a measurement tells of them.
pub const MOST_LOAD: f64 = 0.85;

/// How many connections are under way at once while readers connect for the first time.
const AT_ONCE: usize = 256;

/// How long all readers may take to connect.
const LONGEST_CONNECT: Duration = Duration::from_secs(60);

/// How long after the last message a delivery is waited for; one that comes later still is missing.
const TAIL: Duration = Duration::from_secs(10);

/// The share of its core from which on a server has none to spare.
const FULL: f64 = 0.97;

/// A delay above which a page is not live, in ms.
const LONGEST_DELAY: f64 = 1_000.0;

/// The share of both cores that others may use; above it a measurement tells of them as well.
const MOST_OTHERS: f64 = 0.1;

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The readers of most measurements.
    pub readers: usize,
    /// More of them; 0 to leave that out.
    pub middle: usize,
    /// As many as there shall be.
    pub crowd: usize,
    /// How long a measurement publishes.
    pub publish: Duration,
    /// How long a crowd to which nothing happens is watched.
    pub idle: Duration,
}

/// What came of a measurement.
pub struct Window {
    /// What went by.
    pub span: Span,
    /// What the readers saw.
    pub record: Record,
    /// Messages that did not reach those who should have them.
    pub missing: u64,
}

impl Window {
    /// Publishes by a timetable, waits until all who read have everything, and gives the publisher back.
    pub fn measure(
        running: &Running,
        fleet: &mut Fleet,
        publisher: Publisher,
        timetable: Timetable,
        reading: usize,
    ) -> Result<(Self, Publisher), NoStream> {
        Self::measure_within(running, fleet, publisher, timetable, reading, TAIL)
    }

    /// The same, which waits no longer than this after the last message.
    pub fn measure_within(
        running: &Running,
        fleet: &mut Fleet,
        publisher: Publisher,
        timetable: Timetable,
        reading: usize,
        tail: Duration,
    ) -> Result<(Self, Publisher), NoStream> {
        fleet.record = Record::default();
        let before = publisher.published();
        let (watch, longest) = (running.watch(), timetable.every * timetable.times as u32 + TAIL);
        let then = watch.now();
        let published = publisher.start(timetable);
        fleet.run_until(longest, |_| published.is_finished())?;
        let publisher = published.join().expect("the publisher");
        let expected = (publisher.published() - before) * reading as u64;
        fleet.run_until(tail, |fleet| fleet.record.deliveries >= expected)?;
        let span = watch.since(then);
        let record = std::mem::take(&mut fleet.record);
        let missing = expected.saturating_sub(record.deliveries).max(record.lost);
        Ok((Self { span, record, missing }, publisher))
    }

    /// Why it tells nothing of the server, if so.
    pub fn void(&self) -> Option<String> {
        let share = self.span.load;
        (share > MOST_LOAD).then(|| format!("load generator and Redis used {:.0} % of their core", share * 100.0))
    }

    /// What shows that there were too many messages, all of it; nothing if there were not.
    pub fn gave_way(&self) -> Vec<String> {
        let (busy, late) = (self.span.server, self.delay(0.99));
        let full = (busy > FULL).then(|| format!("the server's core was full ({:.0} %)", busy * 100.0));
        let late = (late > LONGEST_DELAY).then(|| format!("the 99th percentile was {late:.0} ms"));
        let missing = (self.missing > 0).then(|| format!("{} deliveries were missing", self.missing));
        [self.void(), full, late, missing].into_iter().flatten().collect()
    }

    /// Messages that did not come once and in order.
    pub fn faults(&self) -> u64 {
        self.missing + self.record.wrong()
    }

    /// The delay that this share of all deliveries does not exceed, in ms.
    pub fn delay(&self, share: f64) -> f64 {
        self.record.delays.quantile(share) as f64 / 1_000.0
    }

    /// The server's CPU time per delivery, in µs.
    pub fn cpu(&self) -> f64 {
        self.span.server_us / self.record.deliveries.max(1) as f64
    }

    fn note(&self, system: System, load: Load, readings: &mut Readings) {
        readings.others = readings.others.max(self.span.others);
        readings.disturbed += usize::from(self.span.others > MOST_OTHERS);
        if let Some(reason) = self.void() {
            readings.void.push(format!("{}, {load:?}: {reason}", system.name()));
            return;
        }
        readings.add(system, Measure::Cpu(load), self.cpu());
        readings.add(system, Measure::P50(load), self.delay(0.5));
        readings.add(system, Measure::P99(load), self.delay(0.99));
        readings.add(system, Measure::Faults, self.faults() as f64);
        eprintln!(
            "      {load:?}: {:.2} µs, p50 {:.1} ms, p99 {:.1} ms, {:.1} messages a read, load {:.0} %, others {:.0} %, faults {}, without kernel time {}",
            self.cpu(),
            self.delay(0.5),
            self.delay(0.99),
            self.record.deliveries as f64 / self.record.reads.max(1) as f64,
            self.span.load * 100.0,
            self.span.others * 100.0,
            self.faults(),
            self.record.without_kernel_time,
        );
    }
}

/// So many messages a second, one at a time.
pub fn paced(extent: &Extent, per_second: u32) -> Timetable {
    let times = (extent.publish.as_secs_f64() * f64::from(per_second)).round() as usize;
    Timetable { every: Duration::from_secs(1) / per_second, burst: 1, times }
}

/// 20 messages at once, twice a second.
pub fn bursts(extent: &Extent) -> Timetable {
    Timetable {
        every: Duration::from_millis(500),
        burst: 20,
        times: (extent.publish.as_secs_f64() * 2.0).round() as usize,
    }
}

/// Starts a server and connects its readers.
pub fn connected(system: System, programs: &Programs, readers: usize) -> Result<(Running, Fleet, Publisher), NoStream> {
    let running = system.start(programs, readers);
    let (publisher, mut fleet) = (running.publisher(), running.fleet());
    fleet.connect(AT_ONCE, LONGEST_CONNECT)?;
    Ok((running, fleet, publisher))
}

/// 1,000 readers, messages one at a time and in bursts.
pub fn thousand(system: System, programs: &Programs, extent: &Extent, readings: &mut Readings) -> Result<(), NoStream> {
    let (running, mut fleet, publisher) = connected(system, programs, extent.readers)?;
    // What a server compiles or sets up at first belongs to no measurement.
    let warm = Timetable { every: Duration::from_millis(50), burst: 5, times: 20 };
    let (_, publisher) = Window::measure(&running, &mut fleet, publisher, warm, extent.readers)?;
    let (window, publisher) = Window::measure(&running, &mut fleet, publisher, paced(extent, 20), extent.readers)?;
    window.note(system, Load::Paced, readings);
    let (window, _) = Window::measure(&running, &mut fleet, publisher, bursts(extent), extent.readers)?;
    window.note(system, Load::Bursts, readings);
    Ok(())
}

/// 5,000 readers, messages one at a time.
pub fn middle(system: System, programs: &Programs, extent: &Extent, readings: &mut Readings) -> Result<(), NoStream> {
    let (running, mut fleet, publisher) = connected(system, programs, extent.middle)?;
    let (window, _) = Window::measure(&running, &mut fleet, publisher, paced(extent, 4), extent.middle)?;
    window.note(system, Load::Middle, readings);
    Ok(())
}

/// As many readers as there shall be: connecting them, leaving them alone, and few messages.
pub fn crowd(system: System, programs: &Programs, extent: &Extent, readings: &mut Readings) -> Result<(), NoStream> {
    let running = system.start(programs, extent.crowd);
    let (publisher, mut fleet) = (running.publisher(), running.fleet());
    fleet.run(Duration::from_millis(500))?;
    let (watch, server) = (running.watch(), running.server.id());
    let bare = memory_kib(server);
    readings.add(system, Measure::Bare, bare / 1_024.0);
    let then = watch.now();
    fleet.connect(AT_ONCE, LONGEST_CONNECT)?;
    let connecting = watch.since(then);
    let readers = extent.crowd as f64;
    readings.add(system, Measure::Connect, connecting.server_us / readers);
    fleet.run(Duration::from_secs(1))?;
    let then = watch.now();
    fleet.run(extent.idle)?;
    let idle = watch.since(then);
    let per_reader = (memory_kib(server) - bare) / readers;
    readings.add(system, Measure::IdleCpu, idle.server * 100.0);
    readings.add(system, Measure::PerReader, per_reader);
    eprintln!(
        "      bare {:.1} MiB, {per_reader:.1} KiB a reader, {:.0} µs to connect, in {:.1} s; idle {:.1} %",
        bare / 1_024.0,
        connecting.server_us / readers,
        connecting.seconds,
        idle.server * 100.0
    );
    let (window, _) = Window::measure(&running, &mut fleet, publisher, paced(extent, 2), extent.crowd)?;
    window.note(system, Load::Crowd, readings);
    Ok(())
}
