//! Whether a link carries more than is sent: for a moment more is sent, and what waits then is looked at.

use std::time::{Duration, Instant};

/// A probe takes this long, or longer until it has [`LEAST_PACKETS`].
const LENGTH: Duration = Duration::from_millis(150);
const LONGEST: Duration = Duration::from_millis(500);
/// Packets that a probe needs to say anything.
const LEAST_PACKETS: usize = 5;
/// As large as most of them are, in bits.
const PACKET_BITS: f64 = 10_000.0;
/// Nobody reports on a probe any more after this.
const PATIENCE: Duration = Duration::from_secs(2);
/// Waiting that grows by less during a probe may be chance.
const CHANCE_US: f64 = 8_000.0;
/// Losses above the usual share that may be chance.
const CHANCE_LOST: f64 = 0.15;

/// What came of a probe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Bits a second that were sent.
    pub sent_bps: f64,
    /// Bits a second that the link seems to carry; not more than were sent.
    pub carried_bps: f64,
}

#[derive(Clone, Copy)]
enum State {
    Idle,
    Sending {
        rate: f64,
        until: Instant,
    },
    /// Waits for reports on the last packets.
    Judging {
        ended: Instant,
    },
}

/// One probe at a time.
pub struct Probe {
    state: State,
    /// When its packets left, how long they took in microseconds, and their size.
    arrived: Vec<(Instant, i64, usize)>,
    lost: usize,
}

impl Default for Probe {
    fn default() -> Self {
        Self { state: State::Idle, arrived: Vec::new(), lost: 0 }
    }
}

impl Probe {
    /// Sends `rate` bits a second from now on, for a moment.
    pub fn start(&mut self, now: Instant, rate: f64) {
        let long = Duration::from_secs_f64(LEAST_PACKETS as f64 * PACKET_BITS / rate.max(1.0));
        self.state = State::Sending { rate, until: now + LENGTH.max(long).min(LONGEST) };
        self.arrived.clear();
        self.lost = 0;
    }

    /// Nothing is under way.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// Bits a second to send now for the probe's sake.
    pub fn rate(&self, now: Instant) -> Option<f64> {
        match self.state {
            State::Sending { rate, until } if now < until => Some(rate),
            State::Sending { .. } | State::Judging { .. } | State::Idle => None,
        }
    }

    /// One of its packets arrived, after so long.
    pub fn learn(&mut self, sent: Instant, took_us: i64, bytes: usize) {
        self.arrived.push((sent, took_us, bytes));
    }

    /// One of its packets is lost.
    pub fn miss(&mut self) {
        self.lost += 1;
    }

    /// The end of a probe, once `confirmed`, the departure of the latest packet that arrived, lies behind it. `usual` is
    /// the share of packets that gets lost anyway.
    pub fn verdict(&mut self, now: Instant, confirmed: Instant, usual: f64) -> Option<Verdict> {
        if let State::Sending { until, .. } = self.state
            && now >= until
        {
            self.state = State::Judging { ended: until };
        }
        let State::Judging { ended } = self.state else { return None };
        if confirmed < ended && now < ended + PATIENCE {
            return None;
        }
        self.state = State::Idle;
        Some(self.judge(usual))
    }

    /// On a link that is too narrow, the waiting time grows by the share of the time that is too much.
    fn judge(&mut self, usual: f64) -> Verdict {
        const NOTHING: Verdict = Verdict { sent_bps: 0.0, carried_bps: 0.0 };
        let count = self.arrived.len();
        self.arrived.sort_by_key(|&(sent, ..)| sent);
        let [Some(&(first, ..)), Some(&(last, ..))] = [self.arrived.first(), self.arrived.last()] else {
            return NOTHING;
        };
        let length = (last - first).as_secs_f64();
        if count < LEAST_PACKETS / 2 || length <= 0.0 {
            return NOTHING;
        }
        let lost = self.lost as f64 / (count + self.lost) as f64;
        let bytes: usize = self.arrived[1..].iter().map(|&(_, _, bytes)| bytes).sum();
        let sent_bps = bytes as f64 * 8.0 / length / (1.0 - lost).max(0.1);
        let third = count.div_ceil(3);
        let least =
            |packets: &[(Instant, i64, usize)]| packets.iter().map(|&(_, took, _)| took).min().unwrap_or(0);
        // The least of a third stands for its start where the queue grows: two thirds of the time lie between them.
        let growth = (least(&self.arrived[count - third..]) - least(&self.arrived[..third])) as f64 * 1.5;
        let waited = if growth > CHANCE_US { growth * 1e-6 / length } else { 0.0 };
        let too_many = if lost > usual + CHANCE_LOST { lost - usual } else { 0.0 };
        Verdict { sent_bps, carried_bps: sent_bps / (1.0 + waited) * (1.0 - too_many) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A probe of 4 Mbps through a link of `link` bits a second, of which every `lost`th packet is lost.
    fn probe(link: f64, lost: usize, jitter_us: i64) -> Verdict {
        let (mut probe, start) = (Probe::default(), Instant::now());
        probe.start(start, 4e6);
        let (mut at, mut free, mut index) = (0.0, 0.0_f64, 0_usize);
        while let Some(rate) = probe.rate(start + Duration::from_secs_f64(at)) {
            free = free.max(at) + 10_000.0 / link;
            index += 1;
            let jitter = (index as i64 * 7919) % (jitter_us + 1);
            if index.is_multiple_of(lost) {
                probe.miss();
            } else {
                let took = ((free - at) * 1e6) as i64 + jitter;
                probe.learn(start + Duration::from_secs_f64(at), took, 1250);
            }
            at += 10_000.0 / rate;
        }
        let later = start + Duration::from_secs(1);
        assert_eq!(probe.verdict(later, start, 0.0), None, "the last packets are still under way");
        let verdict = probe.verdict(later, later, 0.0).expect("all is known");
        assert!(probe.is_idle());
        verdict
    }

    #[test]
    fn a_link_that_is_wide_enough_carries_what_was_sent() {
        for (lost, jitter) in [(usize::MAX, 0), (20, 0), (usize::MAX, 30_000)] {
            let Verdict { sent_bps, carried_bps } = probe(20e6, lost, jitter);
            assert!((3.6e6..4.4e6).contains(&sent_bps), "{sent_bps}");
            assert!(carried_bps > 0.85 * sent_bps, "{carried_bps} with jitter {jitter}");
        }
    }

    #[test]
    fn a_narrow_link_is_measured() {
        for (link, jitter) in [(2e6, 0), (1e6, 0), (2e6, 10_000)] {
            let carried = probe(link, usize::MAX, jitter).carried_bps;
            assert!((0.7 * link..1.4 * link).contains(&carried), "{carried} of {link}");
        }
    }

    #[test]
    fn a_link_that_drops_what_is_too_much_is_no_wider() {
        let Verdict { sent_bps, carried_bps } = probe(20e6, 2, 0);
        assert!(carried_bps < 0.6 * sent_bps, "{carried_bps} of {sent_bps}");
    }

    #[test]
    fn a_probe_that_nobody_reports_on_carried_nothing() {
        let (mut probe, start) = (Probe::default(), Instant::now());
        probe.start(start, 1e6);
        let late = start + LONGEST + PATIENCE + Duration::from_millis(1);
        assert_eq!(probe.verdict(late, start, 0.0).map(|verdict| verdict.carried_bps), Some(0.0));
    }
}
