//! What is said about a run.

use std::fmt::Write;

use crate::bench::children::version;
use crate::bench::conductor::{Run, WHOLE};
use crate::bench::machine;
use crate::bench::readings::{Load, Measure, Readings};
use crate::bench::systems::System;

mod targets;

/// Where the whole run's page goes.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/benchmarks.md");

/// A column: its heading, what stands in it, and how many digits behind the point.
type Column = (&'static str, &'static [Measure], usize);

const THOUSAND: &[Column] = &[
    ("CPU µs/delivery, paced", &[Measure::Cpu(Load::Paced)], 1),
    ("CPU µs/delivery, bursts", &[Measure::Cpu(Load::Bursts)], 2),
    ("p50 / p99 ms, paced", &[Measure::P50(Load::Paced), Measure::P99(Load::Paced)], 1),
    ("p50 / p99 ms, bursts", &[Measure::P50(Load::Bursts), Measure::P99(Load::Bursts)], 1),
];

const MANY: &[Column] = &[
    ("CPU µs/delivery, 5,000", &[Measure::Cpu(Load::Middle)], 1),
    ("p50 / p99 ms, 5,000", &[Measure::P50(Load::Middle), Measure::P99(Load::Middle)], 1),
    ("CPU µs/delivery, crowd", &[Measure::Cpu(Load::Crowd)], 1),
    ("p50 / p99 ms, crowd", &[Measure::P50(Load::Crowd), Measure::P99(Load::Crowd)], 1),
];

const COSTS: &[Column] = &[
    ("MiB without readers", &[Measure::Bare], 1),
    ("KiB/reader, crowd", &[Measure::PerReader], 1),
    ("CPU %, idle crowd", &[Measure::IdleCpu], 1),
    ("CPU µs/connect", &[Measure::Connect], 0),
    ("thousand deliveries/s, most", &[Measure::Most], 0),
    ("missing, repeated, reordered", &[], 0),
];

/// Prints what was measured; the whole run also writes its page.
pub fn tell(run: &Run, readings: &Readings) {
    let tables = tables(run, readings);
    println!("\n{tables}");
    if !run.quick && run.runs >= WHOLE && std::env::var_os("ONLY").is_none() {
        let page = include_str!("report/page.md").replace("{tables}", &tables);
        std::fs::write(PAGE, page).expect("docs can be written");
        println!("   written to docs/benchmarks.md");
    }
}

fn tables(run: &Run, readings: &Readings) -> String {
    let mut text = String::new();
    let extent = run.extent;
    let _ = writeln!(text, "{}\n", machine_and_versions(run, readings));
    let _ = writeln!(text, "**{} readers**\n\n{}", extent.readers, table(THOUSAND, readings));
    let _ =
        writeln!(text, "**{} and {} readers (the crowd)**\n\n{}", extent.middle, extent.crowd, table(MANY, readings));
    let _ = writeln!(text, "**What it takes**\n\n{}", table(COSTS, readings));
    let _ = write!(text, "{}", ceilings(readings));
    let _ = writeln!(text, "**Faults, this program alone**\n\n{}", faults(readings));
    let _ = writeln!(text, "**Targets**\n\n{}", targets::table(run, readings));
    if readings.void.is_empty() {
        text.push_str("No measurement was void.\n");
    } else {
        let _ = writeln!(text, "{} measurements were void and count nowhere:\n", readings.void.len());
        for reason in &readings.void {
            let _ = writeln!(text, "- {reason}");
        }
    }
    text
}

fn machine_and_versions(run: &Run, readings: &Readings) -> String {
    let cores = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let cores = cores.lines().filter(|line| line.starts_with("cpu")).count().saturating_sub(1);
    let redis = version("redis-server", "--version");
    let redis = redis.split_once("v=").and_then(|(_, rest)| rest.split(' ').next()).unwrap_or("unknown");
    format!(
        "{cores} cores ({}), Linux {}. Redis {redis}, {}, Node {}, nchan from the package libnginx-mod-nchan. {} runs in {:.0} minutes, \
         shuffled by SEED={}: median (range). Others used up to {:.0} % of the cores; in {} \
         measurements more than a tenth, and those tell of them as well.",
        machine::processor(),
        machine::kernel(),
        version("nginx", "-v").replace("nginx version: ", ""),
        version("node", "--version"),
        run.runs,
        run.took.as_secs_f64() / 60.0,
        run.seed,
        readings.others * 100.0,
        readings.disturbed,
    )
}

fn table(columns: &[Column], readings: &Readings) -> String {
    let mut text = String::from("| Server |");
    for (heading, ..) in columns {
        let _ = write!(text, " {heading} |");
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(columns.len()));
    for system in System::ALL {
        let _ = write!(text, "| {} |", system.name());
        for (_, measures, digits) in columns {
            let cell = if measures.is_empty() {
                readings.sum(system, Measure::Faults).map_or("–".to_owned(), |sum| format!("{sum:.0}"))
            } else {
                let cells: Vec<_> = measures.iter().map(|measure| cell(readings, system, *measure, *digits)).collect();
                cells.join(" / ")
            };
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
    text
}

/// The median and the range.
fn cell(readings: &Readings, system: System, measure: Measure, digits: usize) -> String {
    readings.summary(system, measure).map_or("–".to_owned(), |(median, least, most)| {
        format!("{median:.digits$} ({least:.digits$}–{most:.digits$})")
    })
}

/// Why the rate was raised no further, run by run; nothing where it was not raised at all.
pub fn ceilings(readings: &Readings) -> String {
    let mut rows = String::new();
    for system in System::ALL {
        let runs = readings.ceilings(system).iter();
        let runs: Vec<String> = runs.map(|ceiling| format!("{:.0}: {}", ceiling.most, ceiling.reason)).collect();
        if !runs.is_empty() {
            let _ = writeln!(rows, "| {} | {} |", system.name(), runs.join("; "));
        }
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "**Why the rate was raised no further**\n\n| Server | Thousand deliveries/s of each run, and what ended it |\n|---|---|\n{rows}\n"
    )
}

fn faults(readings: &Readings) -> String {
    let of = |measure, digits| cell(readings, System::Ours, measure, digits);
    let mut text = String::from("| What | Seen |\n|---|---|\n");
    for (what, seen) in [
        ("one reader in twenty stops reading: the others' p99, times", of(Measure::Stopped, 2)),
        ("the server's memory meanwhile, MiB more", of(Measure::StoppedMemory, 1)),
        ("the server is killed and started again: the crowd is back, s after the retry delay", of(Measure::Back, 2)),
        ("Redis is killed and started again: every reader has news, s after it answers", of(Measure::Healed, 2)),
    ] {
        let _ = writeln!(text, "| {what} | {seen} |");
    }
    text
}
