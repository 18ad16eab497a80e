//! What Linux tells of processes and cores.

use std::fs;
use std::time::Instant;

/// What Linux counts a process's and a core's time in.
const TICK_NS: u64 = 10_000_000;

/// One moment of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    at: Instant,
    server: u64,
    load: u64,
    redis: u64,
    /// What both cores did, in ns, to 10 ms.
    all: u64,
}

/// What went by between two moments.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Seconds.
    pub seconds: f64,
    /// The server's CPU time, in µs.
    pub server_us: f64,
    /// The share of its core that the server used.
    pub server: f64,
    /// The share of their core that the load generator and Redis used together.
    pub load: f64,
    /// The share of both cores that others used.
    pub others: f64,
}

/// What is watched: the server, and Redis, which shares the load generator's core.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// The server's process.
    pub server: u32,
    /// Redis's process.
    pub redis: u32,
}

impl Watch {
    /// This moment.
    pub fn now(self) -> Moment {
        let (load, redis) = (coarse_cpu_ns(std::process::id()), coarse_cpu_ns(self.redis));
        Moment { at: Instant::now(), server: cpu_ns(self.server), load, redis, all: busy_ns() }
    }

    /// What went by since.
    pub fn since(self, then: Moment) -> Span {
        let now = self.now();
        let wall = now.at.duration_since(then.at).as_nanos() as f64;
        // Redis may have been started anew.
        let spent = |now: u64, then: u64| now.checked_sub(then).unwrap_or(now) as f64;
        let (server, load) = (spent(now.server, then.server), spent(now.load, then.load));
        let redis = spent(now.redis, then.redis);
        let others = (spent(now.all, then.all) - server - load - redis).max(0.0);
        Span {
            seconds: wall / 1e9,
            server_us: server / 1e3,
            server: server / wall,
            load: (load + redis) / wall,
            others: others / wall / 2.0,
        }
    }
}

/// The CPU time of a process, in ns, to 10 ms; 0 if it is gone.
fn coarse_cpu_ns(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name before the bracket may hold anything. User and system time are fields 14 and 15 of the whole line.
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * TICK_NS
}

/// The CPU time of those threads of a process that still run, in ns; 0 if it is gone. Servers here keep their threads.
fn cpu_ns(process: u32) -> u64 {
    let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else { return 0 };
    let of = |task: fs::DirEntry| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    };
    tasks.flatten().filter_map(of).sum()
}

/// What all cores did since the start of the machine, in ns.
fn busy_ns() -> u64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = first.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, (idle, iowait,) irq, softirq, steal.
    [0, 1, 2, 5, 6, 7].iter().filter_map(|place| ticks.get(*place)).sum::<u64>() * TICK_NS
}

/// The memory of a process that is in RAM, in KiB.
pub fn memory_kib(process: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}

/// The name of the processor.
pub fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split_once(':')).map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().to_owned())
}

/// The version of the kernel.
pub fn kernel() -> String {
    fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned()
}
