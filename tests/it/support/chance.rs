//! Numbers that look random.

/// Numbers that look random and can be had again from their seed.
pub struct Chance(pub u64);

impl Chance {
    /// The next number, below that limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
