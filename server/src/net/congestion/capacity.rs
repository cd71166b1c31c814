//! What a link carries while it is busy, and what was asked of it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A busy stretch of the link is looked at over this time.
const BUSY_US: i64 = 300_000;
/// Or over this one, if so many packets came within it.
const LATEST_US: i64 = 150_000;
const LATEST_PACKETS: usize = 6;
/// A packet that waited less did not come behind others.
const IDLE: Duration = Duration::from_millis(8);
/// Shorter stretches, or of fewer packets, say nothing.
const LEAST_US: i64 = 20_000;
const LEAST_PACKETS: usize = 4;
/// Longer ones, or of more packets, are no chance.
const SURE_US: i64 = 100_000;
const SURE_PACKETS: usize = 24;
/// What was asked for is counted over this time.
const OFFER: Duration = Duration::from_secs(1);

/// A stretch in which the link was busy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Busy {
    /// Bits a second that it carried.
    pub bps: f64,
    /// It was long enough to be believed.
    pub is_sure: bool,
}

/// Arrivals of the last moments.
#[derive(Default)]
pub struct Capacity {
    /// When packets came on the client's clock, their size, and whether the link was idle before.
    arrived: VecDeque<(i64, usize, bool)>,
    /// When packets left, and their size; those that are reported on.
    offered: VecDeque<(Instant, usize)>,
}

impl Capacity {
    /// A packet was reported on.
    pub fn learn(&mut self, sent: Instant, bytes: usize, arrived: Option<(i64, Duration)>) {
        self.offered.push_back((sent, bytes));
        while self.offered.front().is_some_and(|&(first, _)| first + OFFER < sent) {
            self.offered.pop_front();
        }
        if let Some((at, waited)) = arrived {
            self.arrived.push_back((at, bytes, waited < IDLE));
            while self.arrived.front().is_some_and(|&(first, ..)| first + BUSY_US < at) {
                self.arrived.pop_front();
            }
        }
    }

    /// What came while packets queued; `None` if they do not.
    pub fn busy(&self) -> Option<Busy> {
        let end = self.arrived.iter().map(|&(at, ..)| at).max()?;
        // Packets may have overtaken each other: the stretch is bounded by times, not by their order.
        let since_idle = self.arrived.iter().filter(|(_, _, is_idle)| *is_idle).map(|&(at, ..)| at).max();
        let first = self.arrived.iter().map(|&(at, ..)| at).min()?.max(since_idle.unwrap_or(i64::MIN));
        let within = |start: i64| {
            let arrived = self.arrived.iter().filter(move |&&(at, ..)| at > start);
            arrived.fold((0, 0), |(packets, bytes), &(_, size, _)| (packets + 1, bytes + size))
        };
        // The latest part alone if it says enough: the link may just have changed.
        let latest = first.max(end - LATEST_US);
        let start = if within(latest).0 >= LATEST_PACKETS { latest } else { first };
        let (packets, bytes) = within(start);
        (packets >= LEAST_PACKETS && end - start >= LEAST_US).then(|| Busy {
            bps: bytes as f64 * 8e6 / (end - start) as f64,
            is_sure: packets >= SURE_PACKETS || end - start >= SURE_US,
        })
    }

    /// Bits a second that were sent.
    pub fn offered_bps(&self) -> f64 {
        self.offered.iter().map(|&(_, bytes)| bytes as f64 * 8.0).sum::<f64>() / OFFER.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_through_a_narrow_link_tells_how_narrow_it_is() {
        let (mut capacity, start) = (Capacity::default(), Instant::now());
        // 1250 bytes every 10 ms is 1 Mbps.
        for index in 0..20_u32 {
            let at = i64::from(index) * 10_000;
            capacity.learn(start, 1250, Some((at, Duration::from_millis(10) * index)));
        }
        let busy = capacity.busy().unwrap();
        assert!(busy.is_sure && (0.95e6..1.05e6).contains(&busy.bps), "{busy:?}");
        assert!((capacity.offered_bps() - 200_000.0).abs() < 1.0);
    }

    #[test]
    fn an_idle_link_tells_nothing() {
        let (mut capacity, start) = (Capacity::default(), Instant::now());
        for index in 0..20_u32 {
            let sent = start + Duration::from_millis(33) * index;
            capacity.learn(sent, 1250, Some((i64::from(index) * 33_000, Duration::from_millis(2))));
        }
        assert_eq!(capacity.busy(), None);
    }

    #[test]
    fn what_is_long_past_counts_no_more() {
        let (mut capacity, start) = (Capacity::default(), Instant::now());
        capacity.learn(start, 100_000, None);
        capacity.learn(start + Duration::from_secs(3), 1000, None);
        assert!((capacity.offered_bps() - 8000.0).abs() < 1.0);
    }
}
