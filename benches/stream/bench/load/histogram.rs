//! Times, counted in classes of their size.

/// The classes between one power of two and the next: a value is known to within 1/64 of itself.
const STEPS: u32 = 64;

/// Values in µs, each in a class no wider than 1.6 % of it.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    classes: Vec<u64>,
    count: u64,
}

impl Histogram {
    /// Takes a value in.
    pub fn add(&mut self, value: u64) {
        let class = class(value);
        if class >= self.classes.len() {
            self.classes.resize(class + 1, 0);
        }
        self.classes[class] += 1;
        self.count += 1;
    }

    /// The value that this share of all does not exceed; 0 if there are none.
    pub fn quantile(&self, share: f64) -> u64 {
        let wanted = ((self.count as f64 * share).ceil() as u64).max(1);
        let mut sum = 0;
        for (class, count) in self.classes.iter().enumerate() {
            sum += count;
            if sum >= wanted {
                return largest(class);
            }
        }
        0
    }
}

fn class(value: u64) -> usize {
    if value < u64::from(STEPS) {
        return value as usize;
    }
    let power = 63 - value.leading_zeros() - STEPS.trailing_zeros();
    (power * STEPS) as usize + (value >> power) as usize
}

fn largest(class: usize) -> u64 {
    let (class, steps) = (class as u64, u64::from(STEPS));
    if class < 2 * steps {
        return class;
    }
    let power = class / steps - 1;
    ((class - power * steps + 1) << power) - 1
}
