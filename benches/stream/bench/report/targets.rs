//! Which targets were met. They compare medians of the same run.

use std::fmt::Write;

use crate::bench::conductor::Run;
use crate::bench::readings::{Load, Measure, Readings};
use crate::bench::systems::System;

/// A target: what it is about, what it allows and what was reached, as far as they were measured.
struct Target {
    about: &'static str,
    rule: &'static str,
    allowed: Option<f64>,
    stretch: Option<(&'static str, Option<f64>)>,
    reached: Option<f64>,
    unit: &'static str,
}

/// All targets, each met, missed or not measured.
pub fn table(run: &Run, readings: &Readings) -> String {
    let mut text = String::from("| | Target | Reached | | Stretch | |\n|---|---|---|---|---|---|\n");
    for target in targets(run, readings) {
        let Target { about, rule, allowed, stretch, reached, unit } = target;
        let amount = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}{unit}"));
        let (stretch_rule, stretch_word) = match stretch {
            Some((rule, most)) => (format!("{rule} = {}", amount(most)), word(reached, most)),
            None => (String::new(), ""),
        };
        let (most, reached_word) = (amount(allowed), word(reached, allowed));
        let reached = amount(reached);
        let _ = writeln!(
            text,
            "| {about} | {rule} = {most} | {reached} | {reached_word} | {stretch_rule} | {stretch_word} |"
        );
    }
    text
}

fn word(reached: Option<f64>, allowed: Option<f64>) -> &'static str {
    match reached.zip(allowed) {
        Some((reached, allowed)) if reached <= allowed => "met",
        Some(_) => "**missed**",
        None => "not measured",
    }
}

fn targets(run: &Run, readings: &Readings) -> Vec<Target> {
    let of = |system, measure| readings.median(system, measure);
    let ours = |measure| of(System::Ours, measure);
    let nchan = |measure, by: f64| of(System::Nchan, measure).map(|value| value / by);
    let floor = |measure, times: f64| of(System::Floor, measure).map(|value| value * times);
    let node = of(System::NodeWrite, Measure::Connect).map(|value| value / 2.0);
    let (paced, bursts) = (Measure::Cpu(Load::Paced), Measure::Cpu(Load::Bursts));
    let (paced_late, bursts_late) = (Measure::P99(Load::Paced), Measure::P99(Load::Bursts));
    let target = |about, rule, allowed, stretch, reached, unit| Target { about, rule, allowed, stretch, reached, unit };
    let mut all = vec![
        target(
            "CPU per delivery, paced",
            "nchan / 1.1",
            nchan(paced, 1.1),
            Some(("1.2 × floor", floor(paced, 1.2))),
            ours(paced),
            " µs",
        ),
        target(
            "CPU per delivery, bursts",
            "nchan / 10",
            nchan(bursts, 10.0),
            Some(("1.5 × floor", floor(bursts, 1.5))),
            ours(bursts),
            " µs",
        ),
        target(
            "p99, bursts",
            "nchan / 8",
            nchan(bursts_late, 8.0),
            Some(("2 × floor", floor(bursts_late, 2.0))),
            ours(bursts_late),
            " ms",
        ),
        target(
            "p99, paced",
            "nchan",
            nchan(paced_late, 1.0),
            Some(("1.3 × floor", floor(paced_late, 1.3))),
            ours(paced_late),
            " ms",
        ),
        target(
            "memory per reader, crowd",
            "at most",
            Some(12.0),
            Some(("at most", Some(2.0))),
            ours(Measure::PerReader),
            " KiB",
        ),
        target("CPU per connect, with session and full message", "Node / 2", node, None, ours(Measure::Connect), " µs"),
        target(
            "crowd back after a restart, beyond the retry delay",
            "at most",
            Some(3.0),
            Some(("at most", Some(1.5))),
            ours(Measure::Back),
            " s",
        ),
        target(
            "lost, repeated or reordered",
            "at most",
            Some(0.0),
            None,
            readings.sum(System::Ours, Measure::Faults),
            "",
        ),
        target(
            "memory without readers",
            "at most",
            Some(40.0),
            Some(("at most", Some(20.0))),
            ours(Measure::Bare),
            " MiB",
        ),
    ];
    if !run.quick {
        all.push(target(
            "others' p99 while 1 in 20 does not read",
            "at most",
            Some(2.0),
            None,
            ours(Measure::Stopped),
            " ×",
        ));
        all.push(target("memory meanwhile", "at most", Some(64.0), None, ours(Measure::StoppedMemory), " MiB"));
    }
    all
}
