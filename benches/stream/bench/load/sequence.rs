//! Whether a reader got each message of a publisher once and in order.

/// How far back a message is still known again.
const WINDOW: u32 = 64;

/// What a reader has seen of one publisher.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sequence {
    /// The number that comes next.
    next: u32,
    /// The last ones before it: bit 0 stands for `next - 1`; a bit that is set was seen.
    seen: u64,
}

/// What a message is to the reader that got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The one that comes next.
    Next,
    /// A later one: so many before it are missing.
    After(u32),
    /// One that was missing.
    Late,
    /// One that the reader had.
    Again,
}

impl Sequence {
    /// Takes the number of a message.
    pub fn take(&mut self, number: u32) -> Verdict {
        if number >= self.next {
            let skipped = number - self.next;
            self.forward(skipped + 1);
            return if skipped == 0 { Verdict::Next } else { Verdict::After(skipped) };
        }
        let back = self.next - 1 - number;
        if back < WINDOW && self.seen & (1 << back) == 0 {
            self.seen |= 1 << back;
            Verdict::Late
        } else {
            Verdict::Again
        }
    }

    /// Everything up to this number is known, as after a message that tells how things stand. False if more was known.
    pub fn jump(&mut self, number: u32) -> bool {
        if number < self.next {
            return number + 1 == self.next;
        }
        self.next = number + 1;
        self.seen = u64::MAX;
        true
    }

    /// How many messages there were as far as this reader knows.
    pub fn known(&self) -> u32 {
        self.next
    }

    fn forward(&mut self, by: u32) {
        self.seen = self.seen.checked_shl(by).unwrap_or(0) | 1;
        self.next += by;
    }
}
