//! What was heard and is not drawn yet: so many lines at most, however long nobody draws them.

use std::collections::VecDeque;

/// More lines do not wait: a page holds no more either.
const MOST: usize = 10_000;

/// One thing heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A line as JSON.
    Line(String),
    /// So many lines are missing here; 0 where nobody knows how many.
    Gap(u64),
}

/// What waits, in its order.
#[derive(Default)]
pub struct Waiting {
    entries: VecDeque<Entry>,
    lines: usize,
}

impl Waiting {
    /// How many lines wait.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// Adds a line. If it is one too many, the oldest goes, and is counted in its place; unless nobody knows how many are missing
    /// there already.
    pub fn push_line(&mut self, json: String) {
        self.entries.push_back(Entry::Line(json));
        self.lines += 1;
        if self.lines <= MOST {
            return;
        }
        let (mut gone, mut is_counted) = (0, true);
        let mut join = |n: u64| {
            gone += n;
            is_counted &= n > 0;
        };
        while self.lines > MOST {
            match self.entries.pop_front() {
                Some(Entry::Line(_)) => {
                    self.lines -= 1;
                    join(1);
                }
                Some(Entry::Gap(n)) => join(n),
                None => break,
            }
        }
        // What comes next may be another gap: two in one place are one.
        while let Some(Entry::Gap(n)) = self.entries.front() {
            join(*n);
            self.entries.pop_front();
        }
        self.entries.push_front(Entry::Gap(if is_counted { gone } else { 0 }));
    }

    /// Adds a gap.
    pub fn push_gap(&mut self, n: u64) {
        match self.entries.back_mut() {
            Some(Entry::Gap(before)) if n > 0 && *before > 0 => *before += n,
            Some(Entry::Gap(0)) if n == 0 => {}
            _ => self.entries.push_back(Entry::Gap(n)),
        }
    }

    /// Takes the oldest, so many at most.
    pub fn take(&mut self, most: usize) -> Vec<Entry> {
        let taken: Vec<_> = self.entries.drain(..most.min(self.entries.len())).collect();
        self.lines -= taken.iter().filter(|entry| matches!(entry, Entry::Line(_))).count();
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_much_comes_the_newest_stay_and_the_others_are_counted() {
        let mut waiting = Waiting::default();
        for n in 0..MOST + 5 {
            waiting.push_line(n.to_string());
        }
        waiting.push_gap(7);
        waiting.push_line("last".to_owned());
        assert_eq!(waiting.lines(), MOST);
        let taken = waiting.take(usize::MAX);
        assert_eq!(taken.len(), MOST + 2);
        assert_eq!(taken[..2], [Entry::Gap(6), Entry::Line("6".to_owned())]);
        assert_eq!(taken[MOST..], [Entry::Gap(7), Entry::Line("last".to_owned())]);
        assert_eq!((waiting.lines(), waiting.take(1)), (0, Vec::new()));
    }

    #[test]
    fn gaps_in_one_place_are_one() {
        let mut waiting = Waiting::default();
        for n in [1, 2, 0, 0] {
            waiting.push_gap(n);
        }
        assert_eq!(waiting.take(9), [Entry::Gap(3), Entry::Gap(0)]);
        waiting.push_gap(5);
        for n in 0..=MOST {
            waiting.push_line(n.to_string());
        }
        assert_eq!(waiting.take(1), [Entry::Gap(6)]);
    }

    #[test]
    fn what_nobody_counted_does_not_become_a_number() {
        let gap_before = |gaps: [u64; 2], more: usize| {
            let mut waiting = Waiting::default();
            gaps.into_iter().for_each(|n| waiting.push_gap(n));
            for n in 0..MOST + more {
                waiting.push_line(n.to_string());
            }
            waiting.take(1)
        };
        assert_eq!(gap_before([0, 0], 1), [Entry::Gap(0)]);
        assert_eq!(gap_before([0, 0], 3), [Entry::Gap(0)]);
        assert_eq!(gap_before([2, 0], 3), [Entry::Gap(0)]);
        assert_eq!(gap_before([2, 3], 3), [Entry::Gap(8)]);
        let mut waiting = Waiting::default();
        waiting.push_line("first".to_owned());
        waiting.push_gap(0);
        for n in 0..MOST {
            waiting.push_line(n.to_string());
        }
        assert_eq!(waiting.take(2), [Entry::Gap(0), Entry::Line("0".to_owned())], "a gap right behind what goes");
    }
}
