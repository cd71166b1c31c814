//! How long to wait before the next attempt: twice as long each time, spread by chance so that the viewers of a server
//! that comes back do not come all at once. Pure: no clock, no randomness of its own.

use std::time::Duration;

/// The shortest wait.
pub const FIRST: Duration = Duration::from_millis(300);
/// The longest wait.
pub const LONGEST: Duration = Duration::from_secs(7);
/// By how much chance shortens or stretches a wait.
const SPREAD: f64 = 0.25;

/// Counts attempts that failed in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after another failure, from [`FIRST`] to [`LONGEST`]. `chance` is a random number from 0 to 1.
    pub fn wait(&mut self, chance: f64) -> Duration {
        let doubled = FIRST.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let chance = if chance.is_finite() { chance.clamp(0.0, 1.0) } else { 0.5 };
        doubled.mul_f64(1.0 + SPREAD * (2.0 * chance - 1.0)).clamp(FIRST, LONGEST)
    }

    /// It worked: the next failure is the first one.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_start_again_after_a_success() {
        let mut backoff = Backoff::default();
        let millis: Vec<u128> = (0..8).map(|_| backoff.wait(0.5).as_millis()).collect();
        assert_eq!(millis, [300, 600, 1200, 2400, 4800, 7000, 7000, 7000]);
        backoff.reset();
        assert_eq!(backoff.wait(0.5), FIRST);
    }

    #[test]
    fn chance_spreads_and_never_leaves_the_limits() {
        for failures in [0, 1, 5, 31, 32, 1000, u32::MAX] {
            let at = |chance| Backoff { failures }.wait(chance);
            for chance in [0.0, 0.3, 1.0, -1.0, 2.0, f64::NAN, f64::INFINITY] {
                assert!((FIRST..=LONGEST).contains(&at(chance)), "{failures} {chance}");
            }
        }
        let at = |chance| Backoff { failures: 2 }.wait(chance);
        assert_eq!([at(0.0), at(1.0)], [Duration::from_millis(900), Duration::from_millis(1500)]);
    }
}
