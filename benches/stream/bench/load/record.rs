//! What all readers together have seen since somebody last asked.

use crate::bench::load::histogram::Histogram;
use crate::bench::load::sequence::Verdict;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Messages that reached a reader.
    pub deliveries: u64,
    /// Times that something was read from a socket.
    pub reads: u64,
    /// Messages that never came, by the numbers of those that did.
    pub lost: u64,
    /// Messages that came again.
    pub repeated: u64,
    /// Messages that came after a later one.
    pub reordered: u64,
    /// Full messages that told something older than what the reader knew.
    pub backwards: u64,
    /// Reads for which the kernel gave no time; they count with the time at which they were read.
    pub without_kernel_time: u64,
    /// From the moment at which a message was to be published to its arrival at the reader's socket, in µs.
    pub delays: Histogram,
}

impl Record {
    /// Messages that came again, late, or with a state that was older than the known one: what must never be, even where
    /// messages may be left out.
    pub fn wrong(&self) -> u64 {
        self.repeated + self.reordered + self.backwards
    }

    /// Takes a message's place in its sequence and its delay, in µs.
    pub fn take(&mut self, verdict: Verdict, delay: u64) {
        match verdict {
            Verdict::Next => {}
            Verdict::After(skipped) => self.lost += u64::from(skipped),
            Verdict::Late => {
                self.lost = self.lost.saturating_sub(1);
                self.reordered += 1;
            }
            Verdict::Again => {
                self.repeated += 1;
                return;
            }
        }
        self.deliveries += 1;
        self.delays.add(delay);
    }
}
