//! How long packets wait on their way, and whether that grows: the delay gradient.
//!
//! Clocks of the two ends are not aligned, so the shortest time that a packet took lately counts as the way itself and
//! what another one takes more as waiting. A packet that jitters waits alone; a queue makes all of them wait. So what
//! counts is the least that any packet waited within a moment.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The moment within which at least one packet shows the queue alone. Longer than the distance of two frames, so that
/// a frame's own packets, which queue behind each other, are no queue.
const MOMENT_US: i64 = 120_000;
/// The longest moment, where packets are rare.
const LONG_MOMENT_US: i64 = 400_000;
/// Packets that make a moment.
const MOMENT_PACKETS: usize = 6;
/// The shortest way is forgotten after twice this time: routes change, clocks drift.
const BASE_US: i64 = 10_000_000;
/// The gradient is taken over this time.
const TREND_US: i64 = 400_000;
/// Points of the gradient lie at least so far apart.
const POINT_US: i64 = 20_000;

/// Waiting times of one link.
pub struct Delay {
    epoch: Instant,
    /// When packets came and how long they took, both on clocks of their own.
    recent: VecDeque<(i64, i64)>,
    /// The shortest way of this stretch of [`BASE_US`] and of the one before.
    base: [Option<i64>; 2],
    stretch: i64,
    /// When, and the queue then.
    points: VecDeque<(i64, f64)>,
    queue_ms: f64,
    /// How much the queue wavers from point to point.
    noise_ms: f64,
}

impl Delay {
    /// Nothing known yet; `epoch` is any instant before the first packet.
    pub fn new(epoch: Instant) -> Self {
        Self {
            epoch,
            recent: VecDeque::new(),
            base: [None; 2],
            stretch: i64::MIN,
            points: VecDeque::new(),
            queue_ms: 0.0,
            noise_ms: 0.0,
        }
    }

    /// How long the packet took, in microseconds from one clock to the other.
    pub fn took_us(&self, sent: Instant, arrived_us: i64) -> i64 {
        arrived_us - i64::try_from((sent - self.epoch).as_micros()).unwrap_or(i64::MAX)
    }

    /// A packet arrived; returns how long it waited.
    pub fn learn(&mut self, sent: Instant, arrived_us: i64) -> Duration {
        let took = self.took_us(sent, arrived_us);
        let stretch = arrived_us.div_euclid(BASE_US);
        if stretch > self.stretch {
            let is_next = stretch == self.stretch.saturating_add(1);
            self.base = [None, if is_next { self.base[0] } else { None }];
            self.stretch = stretch;
        }
        self.base[0] = Some(self.base[0].map_or(took, |base| base.min(took)));
        self.recent.push_back((arrived_us, took));
        Duration::from_micros(u64::try_from(took - self.base()).unwrap_or(0))
    }

    fn base(&self) -> i64 {
        self.base.into_iter().flatten().min().unwrap_or(0)
    }

    /// All news of one report are in: looks at the queue.
    pub fn settle(&mut self) {
        let Some(now) = self.recent.iter().map(|&(arrived, _)| arrived).max() else { return };
        self.recent.retain(|&(arrived, _)| arrived > now - LONG_MOMENT_US);
        let within = |moment: i64| {
            let took = self.recent.iter().filter(move |&&(arrived, _)| arrived > now - moment);
            took.map(|&(_, took)| took)
        };
        let moment = if within(MOMENT_US).count() >= MOMENT_PACKETS { MOMENT_US } else { LONG_MOMENT_US };
        let Some(least) = within(moment).min() else { return };
        let queue = (least - self.base()) as f64 / 1000.0;
        self.noise_ms += 0.05 * ((queue - self.queue_ms).abs() - self.noise_ms);
        self.queue_ms = queue;
        if self.points.back().is_none_or(|&(at, _)| now >= at + POINT_US) {
            self.points.push_back((now, queue));
        }
        self.points.retain(|&(at, _)| at > now - TREND_US);
    }

    /// What every packet waits now, in milliseconds.
    pub fn queue_ms(&self) -> f64 {
        self.queue_ms
    }

    /// By how many milliseconds the queue grows in a second; the slope of the line through the latest points.
    pub fn trend_ms_per_s(&self) -> f64 {
        let count = self.points.len() as f64;
        let Some(&(first, _)) = self.points.front() else { return 0.0 };
        let points = || self.points.iter().map(|&(at, queue)| ((at - first) as f64 * 1e-6, queue));
        let (sum_t, sum_q) = points().fold((0.0, 0.0), |(t, q), (at, queue)| (t + at, q + queue));
        let (mean_t, mean_q) = (sum_t / count, sum_q / count);
        let (cross, square) = points().fold((0.0, 0.0), |(cross, square), (at, queue)| {
            (cross + (at - mean_t) * (queue - mean_q), square + (at - mean_t).powi(2))
        });
        if square > 0.0 { cross / square } else { 0.0 }
    }

    /// Beyond this a queue is one: more on a link whose delay wavers anyway.
    pub fn threshold_ms(&self) -> f64 {
        (30.0 + 3.0 * self.noise_ms).min(80.0)
    }

    /// The queue that there is belongs to the way: somebody else's, or a longer route.
    pub fn accept(&mut self) {
        let queue_us = (self.queue_ms * 1000.0) as i64;
        self.base = [Some(self.base() + queue_us), None];
        self.points.clear();
        self.queue_ms = 0.0;
    }

    /// Packets go another way from now on.
    pub fn forget(&mut self) {
        *self = Self::new(self.epoch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends a packet every 5 ms for `ms`; the waiting time in ms is a function of the time in ms.
    fn run(delay: &mut Delay, from: u64, ms: u64, waits: impl Fn(u64) -> u64) {
        for at in (from..from + ms).step_by(5) {
            let sent = delay.epoch + Duration::from_millis(at);
            // The client's clock is ahead by 77 s.
            delay.learn(sent, ((77_000 + at + 50 + waits(at)) * 1000) as i64);
            delay.settle();
        }
    }

    #[test]
    fn a_queue_is_what_all_packets_wait() {
        let mut delay = Delay::new(Instant::now());
        run(&mut delay, 0, 1000, |_| 0);
        assert!(delay.queue_ms() < 1.0);
        run(&mut delay, 1000, 500, |at| (at - 1000) / 5);
        assert!((70.0..=100.0).contains(&delay.queue_ms()), "{}", delay.queue_ms());
        assert!((150.0..=250.0).contains(&delay.trend_ms_per_s()), "{}", delay.trend_ms_per_s());
        run(&mut delay, 1500, 1000, |at| 100_u64.saturating_sub((at - 1500) / 10));
        assert!(delay.trend_ms_per_s() < -50.0, "{}", delay.trend_ms_per_s());
    }

    #[test]
    fn jitter_is_no_queue() {
        let mut delay = Delay::new(Instant::now());
        run(&mut delay, 0, 3000, |at| at * 7919 % 41);
        assert!(delay.queue_ms() < 8.0, "{}", delay.queue_ms());
        assert!(delay.queue_ms() < delay.threshold_ms());
    }

    #[test]
    fn a_longer_way_is_accepted_at_once_when_told_and_after_a_while_by_itself() {
        let mut delay = Delay::new(Instant::now());
        run(&mut delay, 0, 1000, |_| 0);
        run(&mut delay, 1000, 1000, |_| 60);
        assert!((delay.queue_ms() - 60.0).abs() < 1.0);
        delay.accept();
        run(&mut delay, 2000, 500, |_| 60);
        assert!(delay.queue_ms() < 1.0);
        run(&mut delay, 2500, 500, |_| 90);
        assert!((delay.queue_ms() - 30.0).abs() < 1.0);
        run(&mut delay, 3000, 25_000, |_| 90);
        assert!(delay.queue_ms() < 1.0);
    }
}
