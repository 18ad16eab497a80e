//! What was measured: of every system and measure the values of all runs.

use std::collections::BTreeMap;

use crate::bench::systems::System;

/// What is measured of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// The server's CPU time per message and reader, in µs.
    Cpu(Load),
    /// The median delay, in ms.
    P50(Load),
    /// The delay that one message in a hundred exceeds, in ms.
    P99(Load),
    /// The server's memory without readers, in MiB.
    Bare,
    /// What each of the crowd adds to the server's memory, in KiB.
    PerReader,
    /// The share of its core that the server uses for a crowd to which nothing happens, in %.
    IdleCpu,
    /// The server's CPU time per connection, up to its first event, in µs.
    Connect,
    /// The most deliveries a second, in thousands.
    Most,
    /// How many times as long the 99th percentile is while one reader in twenty does not read.
    Stopped,
    /// What the server's memory grows by meanwhile, in MiB.
    StoppedMemory,
    /// From the end of the retry delay until the crowd is back after a restart, in s.
    Back,
    /// From Redis's return until every reader has a message that was published after it, in s.
    Healed,
    /// Messages that were lost, repeated, reordered or told backwards.
    Faults,
}

/// How much is published, to how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Load {
    /// 20 messages a second to 1,000 readers.
    Paced,
    /// 20 messages at once, twice a second, to 1,000 readers.
    Bursts,
    /// 4 messages a second to 5,000 readers.
    Middle,
    /// 2 messages a second to the crowd.
    Crowd,
}

/// How far the rate of messages could be raised in one run.
#[derive(Clone, Debug)]
pub struct Ceiling {
    /// The most deliveries a second, in thousands.
    pub most: f64,
    /// What ended it, at the next rate.
    pub reason: String,
}

/// All that was measured.
#[derive(Default)]
pub struct Readings {
    values: BTreeMap<(System, Measure), Vec<f64>>,
    ceilings: BTreeMap<System, Vec<Ceiling>>,
    /// What was not counted, and why.
    pub void: Vec<String>,
    /// How many measurements others had a noticeable part in.
    pub disturbed: usize,
    /// The most that others used of both cores in a measurement.
    pub others: f64,
}

impl Readings {
    /// Takes a value.
    pub fn add(&mut self, system: System, measure: Measure, value: f64) {
        self.values.entry((system, measure)).or_default().push(value);
    }

    /// Takes how far the rate could be raised, and why no further.
    pub fn add_ceiling(&mut self, system: System, ceiling: Ceiling) {
        self.add(system, Measure::Most, ceiling.most);
        self.ceilings.entry(system).or_default().push(ceiling);
    }

    /// How far the rate could be raised in each run, in the order of the runs.
    pub fn ceilings(&self, system: System) -> &[Ceiling] {
        self.ceilings.get(&system).map_or(&[], Vec::as_slice)
    }

    /// The median, and from where to where all values lie; `None` if there are none.
    pub fn summary(&self, system: System, measure: Measure) -> Option<(f64, f64, f64)> {
        let mut sorted = self.values.get(&(system, measure))?.clone();
        sorted.sort_by(f64::total_cmp);
        let median = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Some((median, *sorted.first()?, *sorted.last()?))
    }

    /// The median.
    pub fn median(&self, system: System, measure: Measure) -> Option<f64> {
        self.summary(system, measure).map(|(median, ..)| median)
    }

    /// The sum of all values.
    pub fn sum(&self, system: System, measure: Measure) -> Option<f64> {
        self.values.get(&(system, measure)).map(|values| values.iter().sum())
    }
}
