//! When the next packet may leave.
//!
//! Two buckets. One lets a short burst out at once and what follows at a multiple of the rate, so that a picture comes
//! soon and yet does not flood the first router. The other keeps the average within what the link carries; it is not
//! looked at while no limit is known. Pure: times in, times out.

use std::time::{Duration, Instant};

/// Packets of a picture leave at so many times the rate.
const HEADROOM: f64 = 2.5;
/// The average may be above the rate by so much: what waits must go away at last.
const SLACK: f64 = 1.1;
/// A burst of so much time at the rate leaves at once, within these bounds in bits.
const BURST: Duration = Duration::from_millis(30);
const BURST_BITS: [f64; 2] = [30_000.0, 512_000.0];
/// The lower one on a link that is known to be narrow, less than a packet: there all that comes later waits for what left
/// at once.
const NARROW_BURST_BITS: f64 = 2_000.0;
/// The average is kept over this time: a normal picture fits into it, a keyframe does not fill a short queue.
const AVERAGE: Duration = Duration::from_millis(120);

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// New.
    Media,
    /// Something that got lost on the way, or nothing at all that shall fill a probe: waits for no average.
    Filler,
}

/// The rates that hold now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Bits a second on average.
    pub target: f64,
    /// The link is known to carry no more.
    pub is_limited: bool,
    /// Bits a second instead of all others.
    pub probe: Option<f64>,
}

/// The two buckets.
pub struct Pacer {
    rates: Rates,
    burst: f64,
    average: f64,
    filled: Instant,
}

impl Pacer {
    /// Both buckets are full.
    pub fn new(now: Instant, rates: Rates) -> Self {
        let mut pacer = Self { rates, burst: 0.0, average: 0.0, filled: now };
        (pacer.burst, pacer.average) = (pacer.burst_most(), pacer.average_most());
        pacer
    }

    fn burst_most(&self) -> f64 {
        let bits = self.rates.target * BURST.as_secs_f64();
        let [least, most] = BURST_BITS;
        let least = if self.rates.is_limited { NARROW_BURST_BITS } else { least };
        // A probe says nothing if it begins with a burst.
        self.rates.probe.map_or(bits.clamp(least, most), |_| BURST_BITS[0] / 2.0)
    }

    fn average_most(&self) -> f64 {
        self.rates.target * AVERAGE.as_secs_f64()
    }

    fn pace(&self) -> f64 {
        self.rates.probe.unwrap_or(HEADROOM * self.rates.target).max(1.0)
    }

    fn refill(&self) -> f64 {
        self.rates.probe.unwrap_or(0.0).max(SLACK * self.rates.target).max(1.0)
    }

    /// Other rates hold from now on.
    pub fn set(&mut self, now: Instant, rates: Rates) {
        self.fill(now);
        self.rates = rates;
        self.burst = self.burst.min(self.burst_most());
        self.average = self.average.min(self.average_most());
    }

    fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = self.filled.max(now);
        self.burst = (self.burst + elapsed * self.pace()).min(self.burst_most());
        self.average = (self.average + elapsed * self.refill()).min(self.average_most());
    }

    /// How long the next packet of that kind has to wait; zero if it may leave.
    pub fn wait(&mut self, now: Instant, kind: Kind) -> Duration {
        self.fill(now);
        let short = |bits: f64, rate: f64| if bits > 0.0 { 0.0 } else { (1.0 - bits) / rate };
        let burst = short(self.burst, self.pace());
        let wait = match kind {
            Kind::Media if self.rates.is_limited => burst.max(short(self.average, self.refill())),
            Kind::Media | Kind::Filler => burst,
        };
        Duration::from_secs_f64(wait.min(1.0))
    }

    /// A packet leaves.
    pub fn spend(&mut self, bytes: usize) {
        let bits = bytes as f64 * 8.0;
        self.burst -= bits;
        self.average -= bits;
    }

    /// How long so many bytes of media take to leave.
    pub fn time_for(&self, bytes: usize) -> Duration {
        let bits = bytes as f64 * 8.0;
        let rate = |bucket: f64, rate: f64| (bits - bucket).max(0.0) / rate;
        let burst = rate(self.burst, self.pace());
        let secs = if self.rates.is_limited { burst.max(rate(self.average, self.refill())) } else { burst };
        Duration::from_secs_f64(secs.min(3600.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(target: f64, is_limited: bool) -> Rates {
        Rates { target, is_limited, probe: None }
    }

    /// Sends `packets` of 1250 bytes as soon as they may leave; when the last one left.
    fn send(pacer: &mut Pacer, start: Instant, packets: usize) -> Duration {
        let mut now = start;
        for _ in 0..packets {
            loop {
                let wait = pacer.wait(now, Kind::Media);
                if wait.is_zero() {
                    break;
                }
                now += wait.max(Duration::from_millis(1));
            }
            pacer.spend(1250);
        }
        now - start
    }

    #[test]
    fn a_normal_picture_leaves_at_once_and_a_large_one_is_spread() {
        let start = Instant::now();
        let mut pacer = Pacer::new(start, rates(10e6, false));
        assert_eq!(send(&mut pacer, start, 25), Duration::ZERO, "a sixtieth of a second");
        let mut pacer = Pacer::new(start, rates(10e6, false));
        let took = send(&mut pacer, start, 160);
        assert!((40..=60).contains(&took.as_millis()), "200 KB at 2.5 times 10 Mbps: {took:?}");
    }

    #[test]
    fn the_average_holds_where_a_limit_is_known() {
        let start = Instant::now();
        let mut pacer = Pacer::new(start, rates(1e6, true));
        let took = send(&mut pacer, start, 200);
        assert!((1.68..1.76).contains(&took.as_secs_f64()), "2 Mbit, of which 0.12 at once: {took:?}");
        let mut pacer = Pacer::new(start, rates(1e6, false));
        assert!(send(&mut pacer, start, 200) < Duration::from_millis(850));
    }

    #[test]
    fn what_got_lost_does_not_wait_for_the_average() {
        let start = Instant::now();
        let mut pacer = Pacer::new(start, rates(1e6, true));
        let now = start + send(&mut pacer, start, 60);
        pacer.spend(2500);
        let [media, filler] = [Kind::Media, Kind::Filler].map(|kind| pacer.wait(now, kind));
        assert!(media > Duration::from_millis(15), "{media:?}");
        assert!(filler < media, "{filler:?}");
    }

    #[test]
    fn a_probe_sends_evenly_at_its_rate() {
        let start = Instant::now();
        let mut pacer = Pacer::new(start, rates(1e6, true));
        pacer.set(start, Rates { probe: Some(2e6), ..rates(1e6, true) });
        let took = send(&mut pacer, start, 40);
        assert!((0.17..0.21).contains(&took.as_secs_f64()), "400 kbit at 2 Mbps: {took:?}");
    }

    #[test]
    fn the_time_for_what_waits_is_told() {
        let start = Instant::now();
        let pacer = Pacer::new(start, rates(1e6, true));
        assert_eq!(pacer.time_for(1000), Duration::ZERO);
        assert!((0.78..0.82).contains(&pacer.time_for(125_000).as_secs_f64()));
    }
}
