//! Everything that one viewer's picture waits for before it leaves: the pacer's leave, what must be repeated first, and
//! what the link carries.
//!
//! Pure: access units, reports and times in, packets out. A viewer whose pictures wait too long here is *behind*: whole
//! pictures are left out, before they begin, and when nothing waits any more a keyframe must come. While a link is
//! silent, nothing but a beat is sent, which finds out when it is back.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::congestion::{Arrival, Congestion, Figures, History};
use super::pacer::{Kind, Pacer, Rates};
use super::resend::{Resend, Sent};

/// What a payload costs on the wire beyond itself: IP and UDP, RTP with its extensions, the SRTP tag.
const OVERHEAD: usize = 28 + 24 + 16;
/// Most packets are as large, in bits.
const PACKET_BITS: f64 = 10_000.0;
/// A picture that waited so long is late; pictures that take longer to leave are too many.
const LATE: Duration = Duration::from_millis(400);
/// A keyframe may take longer: without it nothing goes on.
const LATE_KEY: Duration = Duration::from_millis(1000);
/// Packets that wait to be repeated: fewer than this, or what leaves within this time. Where more is lost, a keyframe
/// is cheaper.
const AGAIN_LEAST: usize = 24;
const AGAIN_TIME: Duration = Duration::from_millis(300);
/// Time between packets while the link is silent.
const BEAT: Duration = Duration::from_millis(100);
/// After pictures were left out a keyframe must come, which costs all viewers: not more often than the first for one
/// that does not keep up, and not more often than the second for one that never does.
const RESUME: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(8)];
/// As much may be under way as the link carries in a round trip and this time; and as much in any case.
const UNDER_WAY: Duration = Duration::from_millis(300);
const UNDER_WAY_BYTES: f64 = 15_000.0;

/// What the client understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// It reports on numbered packets.
    pub reports: bool,
    /// It takes repeated packets apart from new ones.
    pub takes_repeats: bool,
}

/// A packet that leaves now.
#[derive(Debug, PartialEq, Eq)]
pub struct Departure {
    /// The packet.
    pub packet: Sent,
    /// Its transport-wide number, if the client reports on those.
    pub number: Option<u16>,
    /// It was sent before.
    pub is_repeat: bool,
}

struct Waiting {
    since: Instant,
    timestamp: u32,
    payload: Bytes,
    /// First and last of its picture.
    ends: [bool; 2],
    is_key: bool,
}

struct Behind {
    since: Instant,
    /// The link was silent: the keyframe is due as soon as it speaks again.
    by_silence: bool,
}

/// The queue of one viewer.
pub struct Outbox {
    abilities: Abilities,
    history: History,
    congestion: Congestion,
    pacer: Pacer,
    resend: Resend,
    media: VecDeque<Waiting>,
    media_bytes: usize,
    again: VecDeque<u16>,
    sequence: u16,
    /// The client has reported on packets: what it does not report on from now on means something.
    has_reported: bool,
    behind: Option<Behind>,
    resumed: Instant,
    resumed_bps: f64,
    resume_after: Duration,
    beat: Instant,
}

impl Outbox {
    /// Empty; `most_bps` is all that the server ever sends for long, `sequence` the first packet's number.
    pub fn new(now: Instant, abilities: Abilities, most_bps: f64, sequence: u16) -> Self {
        let congestion = Congestion::new(now, most_bps);
        let rates = Rates { target: congestion.target_bps(), is_limited: false, probe: None };
        Self {
            abilities,
            history: History::default(),
            congestion,
            pacer: Pacer::new(now, rates),
            resend: Resend::new(now),
            media: VecDeque::new(),
            media_bytes: 0,
            again: VecDeque::new(),
            sequence,
            has_reported: false,
            behind: None,
            resumed: now,
            resumed_bps: most_bps,
            resume_after: RESUME[0],
            beat: now,
        }
    }

    /// An access unit, in the order of decoding.
    pub fn push(&mut self, now: Instant, timestamp: u32, payloads: &[Bytes], is_key: bool) {
        let last = payloads.len().saturating_sub(1);
        for (index, payload) in payloads.iter().enumerate() {
            self.media_bytes += payload.len() + OVERHEAD;
            let ends = [index == 0, index == last];
            self.media.push_back(Waiting { since: now, timestamp, payload: payload.clone(), ends, is_key });
        }
    }

    /// The client reports on packets.
    pub fn learn(&mut self, now: Instant, arrivals: &[Arrival]) {
        let reports = self.history.learn(arrivals);
        if !self.has_reported && !reports.is_empty() {
            tracing::debug!("the viewer reports on packets");
            self.has_reported = true;
        }
        self.congestion.learn(now, &reports);
    }

    /// The client says which share of the packets it misses.
    pub fn learn_share(&mut self, now: Instant, share: f64) {
        if !self.has_reported {
            self.congestion.learn_share(now, share);
        }
    }

    /// The client misses packets.
    pub fn repeat(&mut self, now: Instant, sequences: impl IntoIterator<Item = u16>) {
        let (rtt, rate) = (self.congestion.rtt(), self.congestion.target_bps());
        for sequence in sequences {
            for _ in 0..self.resend.ask(now, sequence, rtt, rate) {
                self.again.push_back(sequence);
            }
        }
        let most = (rate * AGAIN_TIME.as_secs_f64() / PACKET_BITS) as usize;
        if self.again.len() > most.max(AGAIN_LEAST) {
            self.resend.forget();
            self.leave_out(now, false);
        }
    }

    /// What waits beyond this side has no room: the link carries less than was thought.
    pub fn fell_behind(&mut self, now: Instant) {
        self.congestion.fell_behind(now);
    }

    /// Packets go another way from now on.
    pub fn forget_way(&mut self) {
        self.congestion.forget_way();
    }

    /// Whether the next picture is left out, because those before it still wait.
    pub fn is_behind(&mut self, now: Instant) -> bool {
        self.look(now);
        let late = match self.media.front() {
            None => false,
            Some(first) if first.is_key => self.pacer.time_for(self.media_bytes) > LATE_KEY,
            Some(first) => {
                now.saturating_duration_since(first.since) > LATE
                    || self.pacer.time_for(self.media_bytes) > LATE
            }
        };
        if late && self.behind.is_none() {
            // An estimate that has just fallen will be followed: that is another try, not the same again.
            let is_again = now < self.resumed + 4 * self.resume_after
                && self.congestion.target_bps() > 0.8 * self.resumed_bps;
            self.resume_after =
                if is_again { self.resume_after.mul_f64(1.5).min(RESUME[1]) } else { RESUME[0] };
            self.leave_out(now, false);
        }
        self.behind.is_some()
    }

    /// Nothing is sent but what has begun.
    fn leave_out(&mut self, now: Instant, by_silence: bool) {
        let (media, again, limit) = (self.media.len(), self.again.len(), self.figures().limit_bps);
        tracing::debug!(media, again, ?limit, by_silence, "pictures are left out for a viewer");
        self.again.clear();
        let begun = self.media.iter().position(|waiting| waiting.ends[0]).unwrap_or(self.media.len());
        self.media.truncate(begun);
        self.media_bytes = self.media.iter().map(|waiting| waiting.payload.len() + OVERHEAD).sum();
        self.behind.get_or_insert(Behind { since: now, by_silence }).by_silence |= by_silence;
    }

    /// Pictures were left out and nothing waits any more: time for a keyframe. True once.
    pub fn caught_up(&mut self, now: Instant) -> bool {
        let Some(due) = self.resume_due() else { return false };
        if now < due {
            return false;
        }
        self.behind = None;
        (self.resumed, self.resumed_bps) = (now, self.congestion.target_bps());
        true
    }

    fn resume_due(&self) -> Option<Instant> {
        let behind = self.behind.as_ref()?;
        if self.congestion.is_silent() || !self.media.is_empty() {
            return None;
        }
        Some(if behind.by_silence { behind.since } else { behind.since + self.resume_after })
    }

    /// Notices silence, and follows the estimate.
    fn look(&mut self, now: Instant) {
        if self.hears() {
            let was_silent = self.congestion.is_silent();
            self.congestion.look(now, self.history.waiting_since());
            if self.congestion.is_silent() && !was_silent {
                self.leave_out(now, true);
            }
        }
        let probe = self.congestion.probe_bps(now).filter(|_| self.abilities.takes_repeats);
        let is_limited = self.congestion.figures().limit_bps.is_some();
        self.pacer.set(now, Rates { target: self.congestion.target_bps(), is_limited, probe });
    }

    /// Whether silence means something. Without repeats nothing could be sent that finds out when the link is back.
    fn hears(&self) -> bool {
        self.has_reported && self.abilities.takes_repeats
    }

    fn has_room(&mut self, now: Instant) -> bool {
        if !self.has_reported {
            return true;
        }
        let time = self.congestion.rtt() + UNDER_WAY;
        let in_flight = self.history.in_flight(now.checked_sub(time).unwrap_or(now)) as f64;
        in_flight < self.congestion.target_bps() * time.as_secs_f64() / 8.0 + UNDER_WAY_BYTES
    }

    /// The next packet that may leave now.
    pub fn next(&mut self, now: Instant) -> Option<Departure> {
        self.look(now);
        if self.congestion.is_silent() {
            if now < self.beat + BEAT {
                return None;
            }
            self.beat = now;
            return self.beat_now(now);
        }
        if !self.has_room(now) {
            return None;
        }
        let may_leave = |pacer: &mut Pacer, kind| pacer.wait(now, kind).is_zero();
        while !self.again.is_empty() && may_leave(&mut self.pacer, Kind::Filler) {
            let packet = self.again.pop_front().and_then(|sequence| self.resend.get(sequence).cloned());
            if let Some(packet) = packet {
                return Some(self.depart(now, packet, true));
            }
        }
        if !self.media.is_empty() && may_leave(&mut self.pacer, Kind::Media) {
            return self.depart_media(now);
        }
        let fills = self.media.is_empty() && self.congestion.probe_bps(now).is_some();
        if fills && self.abilities.takes_repeats && may_leave(&mut self.pacer, Kind::Filler) {
            let packet = self.resend.last().cloned()?;
            return Some(self.depart(now, packet, true));
        }
        None
    }

    /// One packet, to see whether anybody answers.
    fn beat_now(&mut self, now: Instant) -> Option<Departure> {
        if !self.media.is_empty() {
            return self.depart_media(now);
        }
        let packet = self.resend.last().filter(|_| self.abilities.takes_repeats).cloned()?;
        Some(self.depart(now, packet, true))
    }

    fn depart_media(&mut self, now: Instant) -> Option<Departure> {
        let Waiting { timestamp, payload, ends: [is_first, marker], is_key, .. } = self.media.pop_front()?;
        self.media_bytes = self.media_bytes.saturating_sub(payload.len() + OVERHEAD);
        if is_key && is_first {
            self.resend.forget();
        }
        let packet = Sent { sequence: self.sequence, timestamp, marker, payload };
        self.sequence = self.sequence.wrapping_add(1);
        self.resend.keep(packet.clone());
        Some(self.depart(now, packet, false))
    }

    fn depart(&mut self, now: Instant, packet: Sent, is_repeat: bool) -> Departure {
        let bytes = packet.payload.len() + OVERHEAD;
        self.pacer.spend(bytes);
        let is_probe = self.congestion.probe_bps(now).is_some();
        let is_numbered = self.abilities.reports && (!is_repeat || self.abilities.takes_repeats);
        let number = is_numbered.then(|| self.history.depart(now, bytes, is_probe));
        Departure { packet, number, is_repeat }
    }

    /// When [`Self::next`] or [`Self::caught_up`] may have something.
    pub fn deadline(&mut self, now: Instant) -> Option<Instant> {
        if self.congestion.is_silent() {
            return Some(self.beat + BEAT);
        }
        let mut due = self.resume_due();
        let mut sooner = |at: Instant| due = Some(due.map_or(at, |due| due.min(at)));
        if self.hears()
            && let Some(at) = self.congestion.silence_due(self.history.waiting_since())
        {
            sooner(at);
        }
        // Without room, a report comes first, or silence is noticed.
        if self.has_room(now) {
            let is_probing = self.congestion.probe_bps(now).is_some() && self.abilities.takes_repeats;
            if !self.again.is_empty() || is_probing {
                sooner(now + self.pacer.wait(now, Kind::Filler));
            } else if !self.media.is_empty() {
                sooner(now + self.pacer.wait(now, Kind::Media));
            }
        }
        due
    }

    /// What is known of the link.
    pub fn figures(&self) -> Figures {
        self.congestion.figures()
    }
}
