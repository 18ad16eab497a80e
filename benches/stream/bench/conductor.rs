//! The whole run: every workload with every system, in shuffled order.

use std::time::{Duration, Instant};

use crate::bench::load::message;
use crate::bench::load::reader::NoStream;
use crate::bench::readings::Readings;
use crate::bench::report;
use crate::bench::systems::{Programs, System};
use crate::bench::workloads::{self, Extent};

/// A workload.
type Workload = fn(System, &Programs, &Extent, &mut Readings) -> Result<(), NoStream>;

/// In how many runs the whole is measured; with fewer, docs/benchmarks.md stays as it is.
pub const WHOLE: usize = 5;

/// One thing to do: its name, with whom, how, and in how many of the runs.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    system: System,
    workload: Workload,
    runs: usize,
}

/// What is known of a run, for its report.
pub struct Run {
    /// Whether it is the short one.
    pub quick: bool,
    /// How much was done.
    pub extent: Extent,
    /// How often.
    pub runs: usize,
    /// From which the orders follow.
    pub seed: u64,
    /// How long it took.
    pub took: Duration,
}

/// Measures everything and says what came of it. `words` are the paths of [`Programs`].
pub fn run(quick: bool, words: &[&str]) {
    let [ours, nchan, node] = words else { panic!("the paths of the program, of nchan and of Node's script") };
    let programs = Programs { ours: (*ours).to_owned(), nchan: (*nchan).to_owned(), node: (*node).to_owned() };
    let extent = if quick {
        let (publish, idle) = (Duration::from_secs(2), Duration::from_secs(1));
        Extent { readers: 1_000, middle: 0, crowd: 3_000, publish, idle }
    } else {
        let (publish, idle) = (Duration::from_secs(4), Duration::from_secs(3));
        Extent { readers: 1_000, middle: 5_000, crowd: 10_000, publish, idle }
    };
    let runs = setting("RUNS").map_or(if quick { 2 } else { WHOLE }, |runs| runs as usize);
    let seed = setting("SEED").unwrap_or_else(|| message::now() % 1_000_000);
    let only = std::env::var("ONLY").unwrap_or_default();
    let cases: Vec<Case> = cases(quick, runs).into_iter().filter(|case| label(case).contains(&only)).collect();
    let total: usize = cases.iter().map(|case| case.runs).sum();
    println!("   {total} measurements in {runs} runs; the order follows from SEED={seed}");
    let (began, mut readings, mut random, mut count) = (Instant::now(), Readings::default(), seed, 0);
    for run in 0..runs {
        let mut order: Vec<Case> = cases.iter().filter(|case| run < case.runs).copied().collect();
        shuffle(&mut order, &mut random);
        for case in order {
            count += 1;
            eprintln!("   {count} of {total}: {} ({:.0} s)", label(&case), began.elapsed().as_secs_f64());
            if let Err(NoStream(reason)) = (case.workload)(case.system, &programs, &extent, &mut readings) {
                eprintln!("      void: {reason}");
                readings.void.push(format!("{}, {}: {reason}", case.system.name(), case.name));
            }
        }
    }
    report::tell(&Run { quick, extent, runs, seed, took: began.elapsed() }, &readings);
}

fn cases(quick: bool, runs: usize) -> Vec<Case> {
    let all = |name, workload: Workload, runs| System::ALL.map(|system| Case { name, system, workload, runs });
    let ours = |name, workload: Workload, runs| Case { name, system: System::Ours, workload, runs };
    let mut cases = Vec::new();
    cases.extend(all("thousand", workloads::thousand, runs));
    cases.extend(all("crowd", workloads::crowd, if quick { 1 } else { runs }));
    cases.push(ours("back", workloads::back, if quick { 1 } else { runs }));
    if !quick {
        cases.extend(all("middle", workloads::middle, runs));
        cases.extend(all("saturation", workloads::saturation, runs.min(3)));
        cases.push(ours("stopped", workloads::stopped, runs));
        cases.push(ours("cut", workloads::cut, runs));
    }
    cases
}

fn label(case: &Case) -> String {
    format!("{} {:?}", case.name, case.system)
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Every order is as likely as any other, and the same seed gives the same one.
fn shuffle<T>(list: &mut [T], random: &mut u64) {
    for left in (1..list.len()).rev() {
        // Steele and others' SplitMix64.
        *random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        list.swap(left, ((mixed ^ (mixed >> 31)) % (left as u64 + 1)) as usize);
    }
}
