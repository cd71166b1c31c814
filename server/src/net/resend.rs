//! What was sent and may have to be sent again.
//!
//! A client asks for a lost packet every few milliseconds until it comes: it is sent once for each round trip, and
//! twice where the first repetition got lost too. Beyond a budget nothing is repeated: what stays lost ends in a request
//! for a keyframe, and those are bounded too. What came before the last keyframe is not repeated, for nobody needs it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

/// Packets that are kept: a second at 8 Mbps.
const KEPT_MAX: usize = 1024;
/// What the rate carries in so many seconds may be repeated at once, within these bounds in bytes.
const BURST_SECS: f64 = 0.4;
const BURST: [f64; 2] = [30_000.0, 300_000.0];
/// Share of the rate that repetitions may take.
const SHARE: f64 = 0.5;
/// The shortest time between two repetitions of a packet.
const AGAIN: Duration = Duration::from_millis(10);

/// A packet as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Of the stream.
    pub sequence: u16,
    /// 90 kHz.
    pub timestamp: u32,
    /// The last one of its picture.
    pub marker: bool,
    /// Shared with all viewers.
    pub payload: Bytes,
}

struct Kept {
    sent: Sent,
    repeated: Option<Instant>,
}

/// The packets and the budget.
pub struct Resend {
    /// In the order of their sequence numbers, without a gap.
    kept: VecDeque<Kept>,
    budget: f64,
    filled: Instant,
}

impl Resend {
    /// Nothing was sent yet.
    pub fn new(now: Instant) -> Self {
        Self { kept: VecDeque::new(), budget: BURST[1], filled: now }
    }

    /// A packet leaves for the first time; its sequence number follows the last one's.
    pub fn keep(&mut self, sent: Sent) {
        if self.kept.len() == KEPT_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(Kept { sent, repeated: None });
    }

    /// A keyframe begins: what came before it is needed no more. The last packet stays, for whoever needs any packet.
    pub fn forget(&mut self) {
        self.kept.drain(..self.kept.len().saturating_sub(1));
    }

    /// The client misses a packet; how often it is sent now: never, once or twice.
    pub fn ask(&mut self, now: Instant, sequence: u16, rtt: Duration, rate_bps: f64) -> usize {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = self.filled.max(now);
        let most = (rate_bps * BURST_SECS / 8.0).clamp(BURST[0], BURST[1]);
        self.budget = (self.budget + elapsed * rate_bps * SHARE / 8.0).min(most);
        let Some(kept) = self.find(sequence) else { return 0 };
        let copies = match kept.repeated {
            Some(at) if now < at + rtt.max(AGAIN) => return 0,
            Some(_) => 2,
            None => 1,
        };
        let bytes = (kept.sent.payload.len() * copies) as f64;
        if self.budget < bytes {
            return 0;
        }
        if let Some(kept) = self.find(sequence) {
            kept.repeated = Some(now);
        }
        self.budget -= bytes;
        copies
    }

    fn find(&mut self, sequence: u16) -> Option<&mut Kept> {
        let first = self.kept.front()?.sent.sequence;
        self.kept.get_mut(usize::from(sequence.wrapping_sub(first)))
    }

    /// The packet of that number, if it is kept.
    pub fn get(&mut self, sequence: u16) -> Option<&Sent> {
        self.find(sequence).map(|kept| &kept.sent)
    }

    /// The packet that was sent last.
    pub fn last(&self) -> Option<&Sent> {
        self.kept.back().map(|kept| &kept.sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTT: Duration = Duration::from_millis(100);

    fn filled(now: Instant, from: u16, count: u16) -> Resend {
        let mut resend = Resend::new(now);
        for index in 0..count {
            let sequence = from.wrapping_add(index);
            resend.keep(Sent { sequence, timestamp: 0, marker: false, payload: Bytes::from(vec![0; 1000]) });
        }
        resend
    }

    #[test]
    fn a_packet_is_repeated_once_for_each_round_trip_and_then_twice() {
        let start = Instant::now();
        let mut resend = filled(start, u16::MAX - 2, 10);
        let asked: Vec<usize> =
            (0..25).map(|n| resend.ask(start + Duration::from_millis(10) * n, 1, RTT, 8e6)).collect();
        let sent: Vec<_> = asked.iter().enumerate().filter(|(_, copies)| **copies > 0).collect();
        assert_eq!(sent, [(0, &1), (10, &2), (20, &2)]);
    }

    #[test]
    fn what_was_never_sent_or_is_forgotten_is_not_repeated() {
        let start = Instant::now();
        let mut resend = filled(start, 0, 2000);
        for sequence in [0, 2000, 60_000, (2000 - KEPT_MAX - 1) as u16] {
            assert_eq!(resend.ask(start, sequence, RTT, 8e6), 0, "{sequence}");
        }
        assert_eq!(resend.ask(start, 1999, RTT, 8e6), 1);
        resend.forget();
        assert_eq!(resend.ask(start, 1998, RTT, 8e6), 0);
    }

    #[test]
    fn a_flood_of_requests_is_bounded() {
        let start = Instant::now();
        let mut resend = filled(start, 0, 1000);
        let mut granted = |at: Duration| -> usize {
            (0..1000).map(|sequence| resend.ask(start + at, sequence, Duration::ZERO, 1e6)).sum()
        };
        assert_eq!(granted(Duration::ZERO), 50, "what 1 Mbps carries in 0.4 s");
        assert_eq!(granted(Duration::from_millis(20)), 1, "1250 bytes more");
        let later = granted(Duration::from_secs(3600));
        assert!((25..=50).contains(&later), "never more than a burst: {later}");
    }
}
