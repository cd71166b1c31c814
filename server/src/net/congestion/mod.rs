//! How much one client's link carries.
//!
//! Pure: reports and times in, bits a second out; no clock, no socket, no packets. A link counts as wide enough for all
//! that the server ever sends until it shows otherwise: by a queue that does not go away ([`delay`]), or by heavy loss
//! ([`loss`]). Then the estimate is what the link carried while it was busy ([`capacity`]), grows slowly while it is
//! used, and in leaps where a [`probe`] finds room. A link that falls silent keeps its estimate: silence says nothing.

mod capacity;
mod delay;
mod history;
#[cfg(test)]
mod link;
mod loss;
mod probe;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

pub use self::history::{Arrival, History, Report};

use self::capacity::{Busy, Capacity};
use self::delay::Delay;
use self::loss::Loss;
use self::probe::{Probe, Verdict};

/// No link is taken for narrower, in bits a second.
const FLOOR_BPS: f64 = 50_000.0;
/// The estimate ends so far above all that is ever sent.
const HEADROOM: f64 = 1.25;
/// Share of what a busy link carried that is sent from then on.
const BACK_OFF: f64 = 0.9;
/// Growth in a second while the link is used and nothing waits.
const GROWTH: f64 = 0.08;
/// The same where it comes near what filled the link's queue last: a narrow one is full before a report can tell.
const NEAR_GROWTH: f64 = 0.02;
/// Above this share of that it is near, and above the second that does not hold any more.
const NEAR: [f64; 2] = [0.8, 1.1];
/// Nothing grows for so long after the estimate fell.
const CALM: Duration = Duration::from_millis(800);
/// A queue that a probe made needs so long to go away.
const AFTER_PROBE: Duration = Duration::from_millis(800);
/// Unless it is longer than this, in milliseconds.
const PROBE_QUEUE_MS: f64 = 150.0;
/// Time between probes that found nothing.
const PROBE_PAUSE: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];
/// A first probe asks for so much more; one after a success for more still.
const PROBE_FACTOR: [f64; 2] = [1.5, 2.0];
/// On a narrow link, in bits a second, the few packets of a probe fill a queue that answers wait in: less more there.
const NARROW_BPS: f64 = 300_000.0;
const NARROW_FACTOR: f64 = 1.25;
/// A probe that carried this share of what was sent found room.
const PROBE_FOUND: f64 = 0.85;
/// Share of the estimate that must be sent for it to grow, or for a probe to be worth its bits.
const USED: f64 = 0.5;
const BARELY_USED: f64 = 0.1;
/// Without a report for so long, and two round trips, while packets are under way, the link is silent.
const SILENCE: Duration = Duration::from_millis(500);
/// Lowerings for a queue that did not help, until the queue is taken for the link's own.
const FUTILE_MAX: u32 = 3;
/// These lie at least so far apart.
const FUTILE_INTERVAL: Duration = Duration::from_millis(600);
/// A packet behind another one is no queue: bits of one and a half.
const PACKETS_BITS: f64 = 10_000.0;
/// The shortest round trip is that of so long or twice as long: what is asked for again depends on it.
const RTT_WINDOW: Duration = Duration::from_millis(700);

/// What is known of a link, for those who want to see it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Bits a second that it carries, less what must be sent twice; `None` while it has carried all that was sent.
    pub limit_bps: Option<f64>,
    /// Share of packets lost.
    pub loss: f64,
    /// The shortest round trip lately, the client's own delay of its reports included.
    pub rtt: Duration,
    /// How long packets wait on the way.
    pub queue_ms: f64,
    /// Nothing is heard of what is sent.
    pub is_silent: bool,
}

/// The controller of one link.
pub struct Congestion {
    cap: f64,
    estimate: f64,
    delay: Delay,
    capacity: Capacity,
    loss: Loss,
    probe: Probe,
    probe_pause: Duration,
    probe_factor: f64,
    next_probe: Instant,
    /// A probe may still be seen in the queue until then.
    probe_seen: Instant,
    /// When the estimate fell last.
    lowered: Option<Instant>,
    /// What the link carried when its queue was full last.
    ceiling: Option<f64>,
    grown: Instant,
    /// The queue when it was first answered, when that was counted last, and how often since.
    futile: Option<(f64, Instant, u32)>,
    /// The shortest round trips of this stretch of [`RTT_WINDOW`] and of the one before.
    trips: [Option<Duration>; 2],
    stretch: Instant,
    /// The latest departure that is known to have arrived, and when that was heard.
    confirmed: Instant,
    heard: Instant,
    silent_since: Option<Instant>,
}

impl Congestion {
    /// A link of which nothing is known; `most_bps` is all that the server ever sends it for long.
    pub fn new(now: Instant, most_bps: f64) -> Self {
        let cap = most_bps.max(FLOOR_BPS) * HEADROOM;
        Self {
            cap,
            estimate: cap,
            delay: Delay::new(now),
            capacity: Capacity::default(),
            loss: Loss::default(),
            probe: Probe::default(),
            probe_pause: PROBE_PAUSE[0],
            probe_factor: PROBE_FACTOR[0],
            next_probe: now,
            probe_seen: now,
            lowered: None,
            ceiling: None,
            grown: now,
            futile: None,
            trips: [None; 2],
            stretch: now,
            confirmed: now,
            heard: now,
            silent_since: None,
        }
    }

    /// The client reported on packets. Those that arrived come before those that are lost.
    pub fn learn(&mut self, now: Instant, reports: &[Report]) {
        let arrived = reports.iter().filter(|report| report.arrived_us.is_some());
        let Some(newest) = arrived.map(|report| report.sent).max() else { return };
        let silence = self.silent_since.filter(|since| newest > *since);
        if silence.is_some() {
            self.silent_since = None;
            self.probe = Probe::default();
            (self.capacity, self.loss) = (Capacity::default(), Loss::default());
        }
        for report in reports {
            // What was lost in an outage says nothing of a link that works.
            if silence.is_none() || report.arrived_us.is_some() {
                self.count(report);
            }
        }
        self.delay.settle();
        self.confirmed = self.confirmed.max(newest);
        self.heard = now;
        let trip = now.saturating_duration_since(newest);
        if now >= self.stretch + RTT_WINDOW {
            (self.trips, self.stretch) = ([None, self.trips[0]], now);
        }
        self.trips[0] = Some(self.trips[0].map_or(trip, |shortest| shortest.min(trip)));
        if let Some(verdict) = self.probe.verdict(now, self.confirmed, self.loss.share()) {
            self.judge(now, verdict);
        }
        self.decide(now, newest);
    }

    fn count(&mut self, report: &Report) {
        let Report { sent, arrived_us, bytes, is_probe } = *report;
        let arrived = arrived_us.map(|at| (at, self.delay.learn(sent, at)));
        self.capacity.learn(sent, bytes, arrived);
        // What was lost before less was sent is answered already.
        if self.lowered.is_none_or(|lowered| sent > lowered) {
            self.loss.learn(sent, arrived.is_none());
        }
        match arrived {
            Some((at, _)) if is_probe => self.probe.learn(sent, self.delay.took_us(sent, at), bytes),
            None if is_probe => self.probe.miss(),
            Some(_) | None => {}
        }
    }

    fn judge(&mut self, now: Instant, verdict: Verdict) {
        self.probe_seen = now + AFTER_PROBE;
        // In a full queue nothing waits longer than anything else.
        let is_full = self.delay.queue_ms() > self.threshold_ms();
        if !is_full
            && verdict.carried_bps >= PROBE_FOUND * verdict.sent_bps
            && verdict.sent_bps > self.estimate
        {
            self.raise(verdict.carried_bps);
            self.probe_pause = PROBE_PAUSE[0];
            self.probe_factor = PROBE_FACTOR[1];
            self.next_probe = now;
        } else {
            if !is_full {
                self.raise(verdict.carried_bps * BACK_OFF);
            }
            self.next_probe = now + self.probe_pause;
            self.probe_pause = (2 * self.probe_pause).min(PROBE_PAUSE[1]);
            self.probe_factor = PROBE_FACTOR[0];
        }
    }

    fn raise(&mut self, bps: f64) {
        self.estimate = self.estimate.max(bps).min(self.cap);
    }

    fn decide(&mut self, now: Instant, newest: Instant) {
        let elapsed = now.saturating_duration_since(self.grown).as_secs_f64().min(0.2);
        self.grown = now;
        // What was sent before the estimate fell cannot tell whether it fell enough.
        let is_answered = self.lowered.is_none_or(|lowered| newest > lowered);
        if self.has_queue(now) {
            if is_answered {
                self.lower_for_queue(now);
            }
            return;
        }
        if is_answered && self.loss.is_heavy() {
            self.lower_for_loss(now);
            return;
        }
        self.loss.settle(now);
        let (queue, threshold) = (self.delay.queue_ms(), self.threshold_ms());
        if queue > 0.5 * threshold {
            return;
        }
        self.futile = None;
        let is_calm = self.lowered.is_none_or(|lowered| now >= lowered + CALM);
        let offered = self.capacity.offered_bps();
        if !is_calm || self.loss.is_much() || self.estimate >= self.cap {
            return;
        }
        if offered >= USED * self.estimate {
            let growth = self.growth();
            self.raise(self.estimate * (1.0 + growth * elapsed));
        }
        if self.probe.is_idle() && now >= self.next_probe && offered >= BARELY_USED * self.estimate {
            let is_careful = self.estimate < NARROW_BPS && self.probe_factor == PROBE_FACTOR[0];
            let factor = if is_careful { NARROW_FACTOR } else { self.probe_factor };
            self.probe.start(now, (self.estimate * factor).min(1.1 * self.cap));
        }
    }

    fn growth(&mut self) -> f64 {
        let Some(ceiling) = self.ceiling else { return GROWTH };
        if self.estimate > NEAR[1] * ceiling {
            self.ceiling = None;
        }
        if self.estimate < NEAR[0] * ceiling { GROWTH } else { NEAR_GROWTH }
    }

    /// A queue stands that does not shrink, or one grows fast.
    fn has_queue(&self, now: Instant) -> bool {
        let (queue, trend) = (self.delay.queue_ms(), self.delay.trend_ms_per_s());
        if !self.probe.is_idle() || now < self.probe_seen {
            return queue > PROBE_QUEUE_MS && trend > -20.0;
        }
        let threshold = self.threshold_ms();
        queue > threshold && trend > -20.0 || queue > 0.6 * threshold && trend > 200.0
    }

    /// A queue that is one, in milliseconds: longer than a narrow link needs for a packet.
    fn threshold_ms(&self) -> f64 {
        self.delay.threshold_ms() + PACKETS_BITS / self.estimate * 1000.0
    }

    fn lower_for_queue(&mut self, now: Instant) {
        let queue = self.delay.queue_ms();
        let (first, counted, times) = self.futile.unwrap_or((queue, now, 0));
        if now >= counted + FUTILE_INTERVAL {
            if times + 1 >= FUTILE_MAX && queue > 0.8 * first {
                // Less was sent for seconds and the queue stays: it is somebody else's, or none.
                self.delay.accept();
                self.futile = None;
                return;
            }
            self.futile = Some((first, now, times + 1));
        } else {
            self.futile = Some((first, counted, times));
        }
        if let Some(Busy { bps, is_sure: true }) = self.capacity.busy() {
            self.ceiling = Some(bps);
        }
        self.lower(now, self.carried_bps());
    }

    /// What to send of what the link carried.
    fn carried_bps(&self) -> f64 {
        match self.capacity.busy() {
            Some(Busy { bps, is_sure: true }) => BACK_OFF * bps,
            Some(Busy { bps, is_sure: false }) => (BACK_OFF * bps).max(0.5 * self.estimate),
            None => 0.5 * self.estimate,
        }
    }

    fn lower_for_loss(&mut self, now: Instant) {
        let share = self.loss.share();
        self.loss.lowered(now);
        let arrived = self.capacity.offered_bps() * (1.0 - share);
        self.lower(now, (BACK_OFF * arrived).max((1.0 - share).min(0.7) * self.estimate));
    }

    fn lower(&mut self, now: Instant, bps: f64) {
        self.estimate = self.estimate.min(bps).max(FLOOR_BPS);
        self.lowered = Some(now);
        self.loss.clear();
        self.next_probe = self.next_probe.max(now + PROBE_PAUSE[0]);
        self.probe_factor = PROBE_FACTOR[0];
    }

    /// What was sent waits on this side, although it was no more than the estimate: the link carries less. A link of which
    /// nothing is heard may just stand still.
    pub fn fell_behind(&mut self, now: Instant) {
        let is_calm = self.lowered.is_none_or(|lowered| now >= lowered + CALM);
        if is_calm && now < self.heard + SILENCE {
            self.lower(now, self.carried_bps());
        }
    }

    /// A client that reports on no single packet said which share of them it misses.
    pub fn learn_share(&mut self, now: Instant, share: f64) {
        let elapsed = now.saturating_duration_since(self.grown).as_secs_f64().min(2.0);
        self.grown = now;
        if share > 0.1 {
            self.lower(now, self.estimate * (1.0 - 0.5 * share));
        } else if share < 0.02 && self.lowered.is_none_or(|lowered| now >= lowered + CALM) {
            self.raise(self.estimate * (1.0 + GROWTH * elapsed));
        }
    }

    /// Time passed; `waiting_since` is when the oldest packet left that nobody has reported on.
    pub fn look(&mut self, now: Instant, waiting_since: Option<Instant>) {
        let patience = SILENCE + 2 * self.rtt();
        if self.silent_since.is_none()
            && waiting_since.is_some_and(|since| now >= since + patience && now >= self.heard + patience)
        {
            self.silent_since = Some(now);
        }
    }

    /// When [`Self::look`] would find silence.
    pub fn silence_due(&self, waiting_since: Option<Instant>) -> Option<Instant> {
        let since = waiting_since.filter(|_| self.silent_since.is_none())?;
        Some(since.max(self.heard) + SILENCE + 2 * self.rtt())
    }

    /// Nothing is heard of what is sent.
    pub fn is_silent(&self) -> bool {
        self.silent_since.is_some()
    }

    /// Packets go another way from now on: what is known of waiting on the old one does not hold.
    pub fn forget_way(&mut self) {
        self.delay.forget();
        self.capacity = Capacity::default();
        self.trips = [None; 2];
    }

    /// Bits a second to send now: the estimate, less what makes a queue go away.
    pub fn target_bps(&self) -> f64 {
        let excess = self.delay.queue_ms() - self.threshold_ms();
        self.estimate * (1.0 - excess / 400.0).clamp(0.4, 1.0)
    }

    /// Bits a second to send now to see whether there is room.
    pub fn probe_bps(&self, now: Instant) -> Option<f64> {
        self.probe.rate(now)
    }

    /// The shortest round trip lately, the client's delay of its reports included; zero if unknown.
    pub fn rtt(&self) -> Duration {
        self.trips.into_iter().flatten().min().unwrap_or_default()
    }

    /// What is known.
    pub fn figures(&self) -> Figures {
        Figures {
            limit_bps: (self.estimate < self.cap).then(|| self.estimate * (1.0 - self.loss.share().min(0.5))),
            loss: self.loss.share(),
            rtt: self.rtt(),
            queue_ms: self.delay.queue_ms(),
            is_silent: self.is_silent(),
        }
    }
}
