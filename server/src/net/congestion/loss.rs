//! How much gets lost, and whether that is more than the link loses anyway.
//!
//! Radio links lose packets however little is sent. What counts is a share that such links rarely have, with room for
//! chance in small numbers, and a share that does not fall when less is sent is the link's own.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Losses are counted over this time.
const WINDOW: Duration = Duration::from_secs(2);
/// A share that is taken for the link's own.
const USUAL: f64 = 0.1;
/// Fewer packets than these say nothing.
const LEAST: usize = 20;
/// A share above which nothing grows.
const MUCH: f64 = 0.08;
/// A share that did not fall is the link's own for so long.
const OWN: Duration = Duration::from_secs(30);

/// Losses of the last seconds.
#[derive(Default)]
pub struct Loss {
    /// When packets left, and whether they are lost.
    packets: VecDeque<(Instant, bool)>,
    lost: usize,
    /// The share before the rate was lowered last.
    before: Option<f64>,
    /// The link's own share, since when.
    own: Option<(f64, Instant)>,
}

impl Loss {
    /// A packet was reported on.
    pub fn learn(&mut self, sent: Instant, is_lost: bool) {
        self.packets.push_back((sent, is_lost));
        self.lost += usize::from(is_lost);
        while let Some(&(first, was_lost)) = self.packets.front()
            && first + WINDOW < sent
        {
            self.packets.pop_front();
            self.lost -= usize::from(was_lost);
        }
    }

    /// The share that is lost, 0 to 1.
    pub fn share(&self) -> f64 {
        if self.packets.is_empty() { 0.0 } else { self.lost as f64 / self.packets.len() as f64 }
    }

    /// Enough is lost to send less.
    pub fn is_heavy(&self) -> bool {
        let count = self.packets.len();
        let own = self.own.map_or(0.0, |(share, _)| share);
        count >= LEAST && self.share() > USUAL.max(own) + 1.0 / (count as f64).sqrt()
    }

    /// Enough is lost not to send more.
    pub fn is_much(&self) -> bool {
        let own = self.own.map_or(0.0, |(share, _)| share);
        self.packets.len() >= LEAST && self.share() > MUCH.max(own)
    }

    /// Less will be sent because of it.
    pub fn lowered(&mut self, now: Instant) {
        let share = self.share();
        if self.before.is_some_and(|before| share > 0.8 * before) {
            self.own = Some((share, now));
        }
        self.before = Some(share);
        self.clear();
    }

    /// Less is sent from now on; counts anew.
    pub fn clear(&mut self) {
        self.packets.clear();
        self.lost = 0;
    }

    /// Time passed without a need to send less.
    pub fn settle(&mut self, now: Instant) {
        if self.own.is_some_and(|(_, since)| now.saturating_duration_since(since) > OWN) {
            self.own = None;
            self.before = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One in `every` of 400 packets within two seconds is lost, `burst` at a time.
    fn lossy(loss: &mut Loss, start: Instant, every: u32, burst: u32) {
        for index in 0..400_u32 {
            loss.learn(start + Duration::from_millis(5) * index, index % (every * burst) < burst);
        }
    }

    #[test]
    fn a_radio_links_losses_are_not_heavy() {
        for burst in [1, 4] {
            let mut loss = Loss::default();
            lossy(&mut loss, Instant::now(), 20, burst);
            assert!((0.04..0.06).contains(&loss.share()));
            assert!(!loss.is_heavy() && !loss.is_much());
        }
    }

    #[test]
    fn a_third_is_heavy_until_it_proves_to_be_the_links_own() {
        let (mut loss, start) = (Loss::default(), Instant::now());
        for _ in 0..2 {
            lossy(&mut loss, start, 3, 1);
            assert!(loss.is_heavy());
            loss.lowered(start);
        }
        lossy(&mut loss, start, 3, 1);
        assert!(!loss.is_heavy(), "sending less did not help");
        loss.settle(start + OWN + Duration::from_secs(1));
        assert!(loss.is_heavy(), "it is looked at again later");
    }

    #[test]
    fn a_few_packets_say_nothing() {
        let (mut loss, start) = (Loss::default(), Instant::now());
        for _ in 0..LEAST - 1 {
            loss.learn(start, true);
        }
        assert!(!loss.is_heavy());
    }
}
