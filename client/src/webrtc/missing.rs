//! Which packets are missing, and when each is asked for: soon, and again when an answer is overdue. Pure.
//!
//! The stack's own generator asks on until its window has passed, because it does not see that a packet came by the
//! stream of retransmissions; the server's budget for resending is gone at a few percent of loss.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Time for a packet that was only overtaken.
const FIRST_WAIT: Duration = Duration::from_millis(5);
/// Limits of the wait for an answer.
const WAITS: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(500)];
/// The round trip that is assumed before one is known.
const ROUND_TRIP: Duration = Duration::from_millis(40);
/// How often one packet is asked for.
const TRIES_MAX: u32 = 10;

struct Ask {
    next: Instant,
    first: Option<Instant>,
    tries: u32,
}

/// The missing packets of one stream, by continued sequence number.
pub struct Missing {
    asks: BTreeMap<i64, Ask>,
    /// From asking to the answer, smoothed.
    round_trip: Option<Duration>,
}

impl Missing {
    /// None, of a stream that begins.
    pub const fn new() -> Self {
        Self { asks: BTreeMap::new(), round_trip: None }
    }

    /// A later one came at `now`.
    pub fn miss(&mut self, number: i64, now: Instant) {
        self.asks.insert(number, Ask { next: now + FIRST_WAIT, first: None, tries: 0 });
    }

    /// It came after all.
    pub fn come(&mut self, number: i64, now: Instant) {
        if let Some(asked) = self.asks.remove(&number).and_then(|ask| ask.first) {
            let sample = now.saturating_duration_since(asked).min(WAITS[1]);
            self.round_trip = Some(self.round_trip.map_or(sample, |mean| (mean * 7 + sample) / 8));
        }
    }

    /// Nobody waits any more for those before `number`.
    pub fn forget_before(&mut self, number: i64) {
        if self.asks.first_key_value().is_some_and(|(first, _)| *first < number) {
            self.asks = self.asks.split_off(&number);
        }
    }

    /// When something is to be asked for next.
    pub fn next_at(&self) -> Option<Instant> {
        self.asks.values().map(|ask| ask.next).min()
    }

    /// What is to be asked for at `now`, in order.
    pub fn take_due(&mut self, now: Instant) -> Vec<u16> {
        let mean = self.round_trip.unwrap_or(ROUND_TRIP);
        // Half as long again, so that an answer that is on its way is not asked for twice.
        let wait = (mean * 3 / 2).clamp(WAITS[0], WAITS[1]);
        let mut due = Vec::new();
        for (number, ask) in self.asks.iter_mut().filter(|(_, ask)| ask.next <= now) {
            ask.first.get_or_insert(now);
            ask.tries += 1;
            ask.next = now + wait;
            due.push(*number as u16);
        }
        self.asks.retain(|_, ask| ask.tries < TRIES_MAX);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_packet_that_is_only_overtaken_is_not_asked_for() {
        let (mut missing, start) = (Missing::new(), Instant::now());
        missing.miss(65_536, start);
        assert_eq!(missing.next_at(), Some(start + FIRST_WAIT));
        assert!(missing.take_due(start + ms(4)).is_empty());
        missing.come(65_536, start + ms(4));
        assert_eq!((missing.next_at(), missing.take_due(start + ms(99))), (None, Vec::new()));
        assert_eq!(missing.round_trip, None, "nobody asked, so nothing is known");
    }

    #[test]
    fn what_is_missing_is_asked_for_once_in_a_round_trip() {
        let (mut missing, mut now) = (Missing::new(), Instant::now());
        missing.miss(1, now);
        now += FIRST_WAIT;
        assert_eq!(missing.take_due(now), [1]);
        now += ms(100);
        missing.come(1, now);
        for number in [65_537, 65_535] {
            missing.miss(number, now);
        }
        now += FIRST_WAIT;
        assert_eq!(missing.take_due(now), [65_535, 1], "in order across the wrap");
        assert!(missing.take_due(now + ms(149)).is_empty());
        assert_eq!(missing.take_due(now + ms(150)), [65_535, 1]);
        missing.forget_before(65_536);
        assert_eq!(missing.take_due(now + ms(300)), [1]);
    }

    #[test]
    fn what_never_comes_is_asked_for_so_often_and_no_more() {
        let (mut missing, mut now) = (Missing::new(), Instant::now());
        missing.miss(7, now);
        let mut tries = 0;
        while let Some(at) = missing.next_at() {
            assert!(at > now);
            now = at;
            tries += missing.take_due(now).len() as u32;
        }
        assert_eq!(tries, TRIES_MAX);
    }
}
