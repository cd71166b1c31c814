//! A bucket of tokens: how often something may happen, with a burst at first. Times are arguments.

use std::time::{Duration, Instant};

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many times at once.
    pub burst: u32,
    /// Beyond that, once after so long.
    pub pace: Duration,
}

/// What is left of it.
#[derive(Debug)]
pub struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// A full one.
    #[must_use]
    pub fn full(rate: Rate, now: Instant) -> Self {
        Self { tokens: rate.burst.into(), at: now }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// There is none; how long until there is.
    pub fn take(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        let tokens = self.tokens_at(rate, now);
        if tokens < 1.0 {
            return Err(rate.pace.mul_f64(1.0 - tokens));
        }
        *self = Self { tokens: tokens - 1.0, at: now };
        Ok(())
    }

    /// Whether nothing was taken lately.
    #[must_use]
    pub fn is_full(&self, rate: Rate, now: Instant) -> bool {
        self.tokens_at(rate, now) >= f64::from(rate.burst)
    }

    fn tokens_at(&self, rate: Rate, now: Instant) -> f64 {
        let waited = now.saturating_duration_since(self.at);
        (self.tokens + waited.as_secs_f64() / rate.pace.as_secs_f64()).min(rate.burst.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_at_a_time() {
        let (rate, start) = (Rate { burst: 5, pace: Duration::from_secs(2) }, Instant::now());
        let mut bucket = Bucket::full(rate, start);
        assert_eq!(std::iter::repeat_with(|| bucket.take(rate, start)).take_while(Result::is_ok).count(), 5);
        assert_eq!(bucket.take(rate, start), Err(rate.pace));
        assert_eq!(bucket.take(rate, start + rate.pace / 2), Err(rate.pace / 2));
        assert!(bucket.take(rate, start + rate.pace).is_ok());
        assert!(bucket.take(rate, start + rate.pace).is_err());
        assert!(!bucket.is_full(rate, start + rate.pace * 5));
        assert!(bucket.is_full(rate, start + rate.pace * 6), "and no fuller than full");
    }
}
