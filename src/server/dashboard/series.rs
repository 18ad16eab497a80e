//! Numbers of the past, one for each step, and the line they make.

use std::collections::VecDeque;
use std::fmt::Write;

use crate::model::dashboard::{LINE_HEIGHT, LINE_WIDTH};

/// The room above and below a line, so that its stroke is not cut off.
const MARGIN: f64 = 2.0;

/// The newest numbers. A step without one is a gap.
#[derive(Clone, Debug)]
pub struct Series {
    /// NaN for a gap: half the room of an `Option`.
    points: VecDeque<f64>,
    /// How many steps there were in all, so that a group of steps stays the same group while others come.
    steps: usize,
    kept: usize,
}

impl Series {
    /// One that keeps so many steps.
    pub fn of(kept: usize) -> Self {
        Self { points: VecDeque::new(), steps: 0, kept }
    }

    /// Takes one step.
    pub fn push(&mut self, point: Option<f64>) {
        self.points.push_back(point.unwrap_or(f64::NAN));
        self.steps += 1;
        if self.points.len() > self.kept {
            self.points.pop_front();
        }
    }

    /// Whether nothing but gaps is kept.
    pub fn is_empty(&self) -> bool {
        self.points.iter().all(|point| point.is_nan())
    }

    /// The number of the latest step.
    pub fn latest(&self) -> Option<f64> {
        self.points.back().copied().filter(|point| !point.is_nan())
    }

    /// The least and the greatest number.
    pub fn bounds(&self) -> Option<(f64, f64)> {
        let mut numbers = self.points.iter().copied().filter(|point| !point.is_nan());
        let first = numbers.next()?;
        Some(numbers.fold((first, first), |(least, most), number| (least.min(number), most.max(number))))
    }

    /// The line as an SVG path, the newest on the right; it begins at zero unless there is less.
    pub fn line(&self) -> String {
        let groups = self.groups();
        let numbers = groups.iter().flatten();
        let (least, most) = numbers.fold((0.0_f64, 0.0_f64), |(least, most), at| (least.min(*at), most.max(*at)));
        let span = if most > least { most - least } else { 1.0 };
        let height = LINE_HEIGHT as f64;
        let mut path = String::with_capacity(groups.len() * 8);
        let mut is_down = false;
        let first = LINE_WIDTH - groups.len();
        for (place, number) in groups.iter().enumerate() {
            let Some(number) = number else {
                is_down = false;
                continue;
            };
            let across = first + place;
            let up = height - MARGIN - (number - least) / span * (height - 2.0 * MARGIN);
            // A number between two gaps is a dot: a line of no length.
            let is_alone = !is_down && groups.get(place + 1).is_none_or(Option::is_none);
            let (pen, end) = (if is_down { 'L' } else { 'M' }, if is_alone { "h0" } else { "" });
            // Writing to a text does not fail.
            let _ = write!(path, "{pen}{across} {up:.1}{end}");
            is_down = true;
        }
        path
    }

    /// At most one number for each place of the line: the mean of its steps.
    fn groups(&self) -> Vec<Option<f64>> {
        let each = self.kept.div_ceil(LINE_WIDTH).max(1);
        let oldest = self.steps - self.points.len();
        let mut groups: Vec<(f64, u32)> = Vec::with_capacity(LINE_WIDTH + 1);
        let mut known = None;
        for (place, point) in self.points.iter().enumerate() {
            let group = (oldest + place) / each;
            if known != Some(group) {
                known = Some(group);
                groups.push((0.0, 0));
            }
            if let Some((sum, count)) = groups.last_mut().filter(|_| !point.is_nan()) {
                (*sum, *count) = (*sum + *point, *count + 1);
            }
        }
        let skipped = groups.len().saturating_sub(LINE_WIDTH);
        groups.drain(skipped..).map(|(sum, count)| (count > 0).then(|| sum / f64::from(count))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(kept: usize, points: impl IntoIterator<Item = Option<f64>>) -> Series {
        let mut series = Series::of(kept);
        points.into_iter().for_each(|point| series.push(point));
        series
    }

    #[test]
    fn a_gap_is_a_gap_and_a_lonely_number_a_dot() {
        let series = series(120, [Some(0.0), Some(10.0), None, Some(5.0), None]);
        assert_eq!(series.line(), "M115 30.0L116 2.0M118 16.0h0");
        assert_eq!((series.latest(), series.bounds()), (None, Some((0.0, 10.0))));
    }

    #[test]
    fn an_hour_is_a_line_of_means_that_does_not_waver_while_it_grows() {
        let hour = series(720, (0..720).map(|step| Some(f64::from(step % 6))));
        assert_eq!(hour.line().matches(['M', 'L']).count(), 120);
        let longer = series(720, (0..7_203).map(|step| Some(f64::from(step % 6))));
        let heights: Vec<_> = longer.groups().into_iter().flatten().collect();
        assert!(heights[1..119].iter().all(|mean| *mean == 2.5), "{heights:?}");
    }

    #[test]
    fn nothing_and_less_than_nothing_have_a_line_as_well() {
        assert_eq!(series(120, []).line(), "");
        assert!(series(120, [None, None]).is_empty());
        assert_eq!(series(120, [Some(-4.0), Some(0.0)]).line(), "M118 30.0L119 2.0");
        assert_eq!(series(120, [Some(0.0), Some(0.0)]).line(), "M118 30.0L119 30.0");
    }
}
