//! How large a JPEG may be for one client: what its connection carries decides, measured by how long it takes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How a JPEG is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// 1 to 100.
    pub quality: u8,
    /// Columns and rows are divided by this.
    divisor: u32,
    /// Bytes of such a picture, as a share of those of the first step.
    share: f64,
}

/// From good to small. The shares are of the sample stage's pictures; what counts is measured.
const LADDER: [Step; 6] = [
    Step { quality: 80, divisor: 1, share: 1.0 },
    Step { quality: 60, divisor: 1, share: 0.65 },
    Step { quality: 60, divisor: 2, share: 0.22 },
    Step { quality: 45, divisor: 2, share: 0.17 },
    Step { quality: 50, divisor: 4, share: 0.06 },
    Step { quality: 30, divisor: 4, share: 0.04 },
];
/// A picture should be on its way for no longer than this.
const PACE: Duration = Duration::from_millis(80);
/// Sent in less than that, a picture says nothing about the connection: the system took it as a whole, whatever it makes
/// of it afterwards.
const AT_ONCE: Duration = Duration::from_millis(20);
/// Least time between two steps up; after one that was taken back at once, twice as long, up to the second.
const PATIENCE: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(8)];
/// The span that rates are counted over.
const WINDOW: Duration = Duration::from_secs(1);

/// The choice for one client.
#[derive(Debug)]
pub struct Thrift {
    at: usize,
    /// Bytes a second that the connection was seen to take.
    carries: Option<f64>,
    changed_at: Option<Instant>,
    has_risen: bool,
    patience: Duration,
    /// From when to when pictures were sent, and their bytes.
    recent: VecDeque<(Instant, Instant, usize)>,
    /// Bytes on their way.
    handed_out: usize,
}

impl Default for Thrift {
    fn default() -> Self {
        Self {
            at: 0,
            carries: None,
            changed_at: None,
            has_risen: false,
            patience: PATIENCE[0],
            recent: VecDeque::new(),
            handed_out: 0,
        }
    }
}

impl Step {
    /// Columns of a picture that has `columns`; `None` leaves it as it is.
    #[must_use]
    pub fn width(&self, columns: u32) -> Option<u32> {
        (self.divisor > 1).then(|| (columns / self.divisor).max(16))
    }
}

impl Thrift {
    /// How the next picture is made.
    #[must_use]
    pub fn step(&self) -> Step {
        LADDER[self.at]
    }

    /// Whether pictures are worse than they could be, because the connection is slow.
    #[must_use]
    pub fn is_thrifty(&self) -> bool {
        self.at > 0
    }

    /// What the connection carries, in bits a second, as far as anybody saw.
    #[must_use]
    pub fn carries_bps(&self) -> Option<f64> {
        self.carries.map(|bytes| bytes * 8.0)
    }

    /// Bits sent within the last second.
    #[must_use]
    pub fn sent_bps(&self) -> f64 {
        self.recent_bytes() * 8.0
    }

    fn recent_bytes(&self) -> f64 {
        self.recent.iter().map(|&(.., bytes)| bytes as f64).sum()
    }

    /// A picture of so many bytes is on its way.
    pub fn hands_out(&mut self, bytes: usize) {
        self.handed_out = bytes;
    }

    /// What was on its way since `start` has left by `end`.
    pub fn sent_until(&mut self, start: Instant, end: Instant) {
        self.sent(self.handed_out, start, end);
    }

    /// A picture of so many bytes was sent from `start` to `end`.
    pub fn sent(&mut self, bytes: usize, start: Instant, end: Instant) {
        self.recent.push_back((start, end, bytes));
        while self.recent.front().is_some_and(|&(_, at, _)| end.saturating_duration_since(at) > WINDOW) {
            self.recent.pop_front();
        }
        let took = |&(start, end, _): &(Instant, Instant, usize)| end.saturating_duration_since(start);
        let is_held_back = self.recent.iter().any(|sent| took(sent) > AT_ONCE);
        self.carries = if is_held_back {
            // What the system takes at once it has room for, which says nothing of the way: all pictures of a while
            // together say more.
            let secs: f64 = self.recent.iter().map(|sent| took(sent).max(AT_ONCE).as_secs_f64()).sum();
            Some(self.recent_bytes() / secs)
        } else {
            let seen = bytes as f64 / AT_ONCE.as_secs_f64();
            Some(self.carries.map_or(seen, |known| known + (seen - known).max(0.0) * 0.1))
        };
        self.choose(bytes, end, is_held_back);
    }

    fn choose(&mut self, bytes: usize, now: Instant, is_held_back: bool) {
        let room = self.carries.unwrap_or(f64::INFINITY) * PACE.as_secs_f64();
        let whole = bytes as f64 / self.step().share;
        let fits = |step: &Step| whole * step.share <= room;
        let best = LADDER.iter().position(fits).unwrap_or(LADDER.len() - 1);
        let rests = self.changed_at.map(|at| now.saturating_duration_since(at));
        if best > self.at {
            let is_taken_back = self.has_risen && rests.is_some_and(|rests| rests < 2 * WINDOW);
            self.patience = if is_taken_back { (2 * self.patience).min(PATIENCE[1]) } else { PATIENCE[0] };
            (self.at, self.has_risen) = (best, false);
        } else if self.at > 0
            && rests.is_none_or(|rests| rests >= self.patience)
            && (best < self.at || !is_held_back)
        {
            (self.at, self.has_risen) = (self.at - 1, true);
        } else {
            return;
        }
        self.changed_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends pictures over a connection that carries so many bytes a second; the picture at full quality has `whole`.
    /// The bytes of each, and how long the last one took.
    fn send(
        thrift: &mut Thrift,
        now: &mut Instant,
        whole: f64,
        per_second: f64,
        count: usize,
    ) -> (f64, Duration) {
        let mut last = (0.0, Duration::ZERO);
        for _ in 0..count {
            let bytes = whole * thrift.step().share;
            let took = Duration::from_secs_f64(bytes / per_second);
            let start = *now;
            *now += took.max(Duration::from_millis(33));
            thrift.sent(bytes as usize, start, start + took);
            last = (bytes, took);
        }
        last
    }

    #[test]
    fn a_fast_connection_gets_the_best() {
        let (mut thrift, mut now) = (Thrift::default(), Instant::now());
        send(&mut thrift, &mut now, 100e3, 50e6, 100);
        assert!(!thrift.is_thrifty());
    }

    #[test]
    fn a_slow_one_gets_what_it_carries_from_the_second_picture_on() {
        let (mut thrift, mut now) = (Thrift::default(), Instant::now());
        send(&mut thrift, &mut now, 100e3, 125e3, 1);
        let (_, took) = send(&mut thrift, &mut now, 100e3, 125e3, 1);
        assert!(took <= Duration::from_millis(100), "{took:?}");
        let (_, took) = send(&mut thrift, &mut now, 100e3, 125e3, 200);
        assert!(took <= PACE && thrift.is_thrifty(), "{took:?}");
    }

    #[test]
    fn quality_comes_back_step_by_step() {
        let (mut thrift, mut now) = (Thrift::default(), Instant::now());
        send(&mut thrift, &mut now, 100e3, 60e3, 50);
        let start = now;
        let mut steps = vec![thrift.at];
        for _ in 0..600 {
            send(&mut thrift, &mut now, 100e3, 50e6, 1);
            if steps.last() != Some(&thrift.at) {
                steps.push(thrift.at);
            }
        }
        assert!(steps.windows(2).all(|pair| pair[1] + 1 == pair[0]), "{steps:?}");
        assert_eq!(thrift.at, 0, "{:?}", now - start);
    }

    #[test]
    fn nothing_smaller_than_the_smallest_is_tried() {
        let (mut thrift, mut now) = (Thrift::default(), Instant::now());
        send(&mut thrift, &mut now, 1e6, 1e3, 5);
        assert_eq!(thrift.step(), LADDER[LADDER.len() - 1]);
    }
}
