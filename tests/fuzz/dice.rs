//! Chance that can be repeated: the same seed gives the same messages. Pure (SplitMix64, Steele, Lea and Flood 2014).

/// A source of chance.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Of a run's seed, and which of several that go on at a time.
    #[must_use]
    pub fn new(seed: u64, which: u64) -> Self {
        Self(seed ^ which.wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; zero if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        (self.roll() % (end.max(1) as u64)) as usize
    }

    /// True so many times in a hundred.
    pub fn hits(&mut self, percent: u64) -> bool {
        self.roll() % 100 < percent
    }

    /// One of several; the default of its kind where there is none.
    pub fn pick<T: Clone + Default>(&mut self, of: &[T]) -> T {
        of.get(self.below(of.len())).cloned().unwrap_or_default()
    }

    /// So many bytes of any value.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.roll() as u8).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_again_and_another_one_something_else() {
        let rolls = |mut dice: Dice| (0..8).map(|_| dice.roll()).collect::<Vec<_>>();
        assert_eq!(rolls(Dice::new(1, 2)), rolls(Dice::new(1, 2)));
        assert_ne!(rolls(Dice::new(1, 2)), rolls(Dice::new(1, 3)));
        assert!((0..1000).all(|_| Dice::new(7, 0).below(3) < 3));
        assert_eq!(Dice::new(7, 0).pick::<u8>(&[]), 0);
    }
}
