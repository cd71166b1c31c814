//! A link, a viewer and an encoder for tests: seeded, without a clock, a millisecond at a time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::net::congestion::Arrival;
use crate::net::outbox::{Abilities, Departure, Outbox};

/// What the way to the viewer is like at a moment. Times in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    pub bps: f64,
    /// The longest queue; what would wait longer is dropped.
    pub queue: f64,
    /// One way; the way back takes as long.
    pub delay: f64,
    /// Plus or minus, each packet for itself: packets overtake each other.
    pub jitter: f64,
    /// Share of packets lost, on the way back too, and how many in a row on average.
    pub loss: f64,
    pub burst: f64,
    pub is_down: bool,
}

pub const GOOD: Conditions =
    Conditions { bps: 100e6, queue: 300.0, delay: 5.0, jitter: 0.0, loss: 0.0, burst: 1.0, is_down: false };

/// How the viewer fared; times in milliseconds since the start.
#[derive(Default)]
pub struct Outcome {
    /// When pictures were complete, each after all before it.
    pub shown: Vec<f64>,
    /// Once every 10 ms: the time, the estimate, the queue of the link.
    pub samples: Vec<(f64, Option<f64>, f64)>,
    pub bytes: usize,
    pub keys: usize,
}

impl Outcome {
    pub fn fps(&self, from: f64, to: f64) -> f64 {
        self.shown.iter().filter(|at| (from..to).contains(*at)).count() as f64 * 1000.0 / (to - from)
    }

    /// Times without a picture within `from..to`, longest first.
    pub fn gaps(&self, from: f64, to: f64) -> Vec<f64> {
        let within: Vec<f64> = self.shown.iter().copied().filter(|at| (from..to).contains(at)).collect();
        let ends = std::iter::once(from).chain(within.iter().copied());
        let mut gaps: Vec<f64> = ends.zip(within.iter().copied().chain([to])).map(|(a, b)| b - a).collect();
        gaps.sort_by(|a, b| b.total_cmp(a));
        gaps
    }

    pub fn queue_p95(&self, from: f64, to: f64) -> f64 {
        let mut queues: Vec<f64> = self.between(from, to).map(|(_, _, queue)| queue).collect();
        queues.sort_by(f64::total_cmp);
        queues[queues.len() * 95 / 100]
    }

    pub fn longest_queue(&self, from: f64, to: f64) -> f64 {
        self.between(from, to).map(|(_, _, queue)| queue).fold(0.0, f64::max)
    }

    /// The first moment from `from` on at which the estimate is at least `bps`.
    pub fn reaches(&self, from: f64, bps: f64) -> Option<f64> {
        self.samples
            .iter()
            .find(|(at, limit, _)| *at >= from && limit.is_none_or(|limit| limit >= bps))
            .map(|(at, ..)| *at)
    }

    pub fn mean_limit(&self, from: f64, to: f64, none: f64) -> f64 {
        let limits: Vec<f64> = self.between(from, to).map(|(_, limit, _)| limit.unwrap_or(none)).collect();
        limits.iter().sum::<f64>() / limits.len() as f64
    }

    fn between(&self, from: f64, to: f64) -> impl Iterator<Item = (f64, Option<f64>, f64)> {
        self.samples.iter().copied().filter(move |(at, ..)| (from..to).contains(at))
    }
}

/// Splitmix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// One direction.
#[derive(Default)]
struct Way {
    free: f64,
    is_bad: bool,
}

impl Way {
    /// When a packet that enters at `now` comes out; `None` if it does not.
    fn carry(&mut self, now: f64, bytes: usize, on: &Conditions, dice: &mut Dice) -> Option<f64> {
        let turn = if self.is_bad { 1.0 - 1.0 / on.burst } else { on.loss / (on.burst * (1.0 - on.loss)) };
        self.is_bad = if on.burst > 1.0 { dice.roll() < turn } else { dice.roll() < on.loss };
        let start = self.free.max(now);
        if self.is_bad || on.is_down || start - now > on.queue {
            return None;
        }
        self.free = start + bytes as f64 * 8000.0 / on.bps;
        Some(self.free + on.delay + on.jitter * (2.0 * dice.roll() - 1.0))
    }
}

/// What a picture source would send.
pub struct Source {
    pub most_bps: f64,
    pub fps: f64,
    /// Milliseconds within which nothing changes, so that nothing is sent.
    pub still: std::ops::Range<f64>,
}

/// A time in microseconds, for ordering.
type Micros = i64;

enum News {
    Reports(Vec<Arrival>),
    Missing(Vec<u16>),
    Key,
}

/// The viewer: puts pictures together, asks for what is missing every 10 ms, reports every 50 ms.
#[derive(Default)]
struct Viewer {
    numbers: BTreeMap<i64, Duration>,
    reported: i64,
    packets: BTreeMap<i64, (bool, bool)>,
    next: Option<i64>,
    asked_key: f64,
    stuck_since: Option<f64>,
}

impl Viewer {
    fn receive(&mut self, at: f64, out: &Departure, shown: &mut Vec<f64>) {
        if let Some(number) = out.number {
            let number = continued(self.numbers.last_key_value().map_or(0, |(last, _)| *last), number);
            self.reported = self.reported.min(number);
            self.numbers.entry(number).or_insert(Duration::from_secs_f64(3600.0 + at / 1000.0));
        }
        let last = self.next.unwrap_or(i64::from(out.packet.sequence));
        let sequence = continued(last, out.packet.sequence);
        let is_key_start = out.packet.payload[0] == 1;
        if sequence >= last {
            self.packets.insert(sequence, (is_key_start, out.packet.marker));
        }
        self.next.get_or_insert(sequence);
        self.skip_to_key();
        while let Some(next) = self.next
            && let Some((_, marker)) = self.packets.remove(&next)
        {
            self.next = Some(next + 1);
            self.stuck_since = None;
            if marker {
                shown.push(at);
            }
        }
    }

    /// A whole keyframe needs nothing of what came before it.
    fn skip_to_key(&mut self) {
        let starts: Vec<i64> = self.packets.iter().filter(|(_, (key, _))| *key).map(|(at, _)| *at).collect();
        for start in starts.into_iter().rev() {
            let mut at = start;
            while let Some((_, marker)) = self.packets.get(&at) {
                if *marker {
                    self.packets = self.packets.split_off(&start);
                    self.next = Some(start);
                    return;
                }
                at += 1;
            }
        }
    }

    fn missing(&self) -> Vec<u16> {
        let (Some(next), Some((&last, _))) = (self.next, self.packets.last_key_value()) else {
            return Vec::new();
        };
        let have: BTreeSet<i64> = self.packets.keys().copied().collect();
        (next..last).filter(|at| !have.contains(at)).map(|at| at as u16).take(200).collect()
    }

    fn report(&mut self) -> Vec<Arrival> {
        let Some((&last, _)) = self.numbers.last_key_value() else { return Vec::new() };
        let from = self.reported;
        self.reported = last + 1;
        let reports = (from..=last)
            .map(|number| Arrival { number: number as u16, at: self.numbers.get(&number).copied() })
            .collect();
        self.numbers = self.numbers.split_off(&(last - 2000));
        reports
    }
}

fn continued(near: i64, low: u16) -> i64 {
    near + i64::from(low.wrapping_sub(near as u16) as i16)
}

/// Runs for `ms` milliseconds.
pub fn run(seed: u64, ms: usize, source: &Source, on: impl Fn(f64) -> Conditions) -> Outcome {
    let start = Instant::now();
    let instant = |ms: f64| start + Duration::from_secs_f64(ms / 1000.0);
    let mut dice = Dice(seed);
    let mut outbox = Outbox::new(start, Abilities { reports: true, takes_repeats: true }, source.most_bps, 0);
    let (mut there, mut back, mut viewer) = (Way::default(), Way::default(), Viewer::default());
    let mut under_way: BinaryHeap<Reverse<(Micros, usize)>> = BinaryHeap::new();
    let mut departures: Vec<Option<Departure>> = Vec::new();
    let mut news: Vec<(f64, News)> = Vec::new();
    let (mut wants_key, mut waits_for_key, mut last_key, mut frame_due) = (true, true, -1e9, 0.0);
    let mut bitrate = source.most_bps;
    let mut outcome = Outcome::default();
    for step in 0..ms {
        let at = step as f64;
        let (now, conditions) = (instant(at), on(at));
        // The encoder.
        if at >= frame_due && !source.still.contains(&at) {
            let limit = outbox.figures().limit_bps;
            // The encode thread follows at once downwards, slowly upwards.
            let wanted = limit.map_or(source.most_bps, |limit| (0.85 * limit).min(source.most_bps));
            bitrate = wanted.min(bitrate * 1.05);
            let fps = if bitrate > 400_000.0 { source.fps } else { 10.0 };
            frame_due = f64::max(frame_due, at - 1000.0 / fps) + 1000.0 / fps;
            let is_key = wants_key && at >= last_key + 250.0;
            let bits = if is_key {
                (0.06 * bitrate).max(bitrate.mul_add(0.3, 0.0).min(138_000.0))
            } else {
                bitrate / fps * (0.75 + 0.5 * dice.roll())
            };
            if is_key {
                (wants_key, last_key) = (false, at);
                outcome.keys += 1;
            }
            if outbox.is_behind(now) {
                waits_for_key = true;
            } else if is_key || !waits_for_key {
                waits_for_key = false;
                let bytes = (bits / 8.0) as usize;
                let mut payloads = vec![Bytes::from(vec![0; 1150]); bytes / 1150];
                payloads.push(Bytes::from(vec![0; bytes % 1150 + 1]));
                if is_key {
                    payloads[0] = Bytes::from(vec![1; payloads[0].len()]);
                }
                outbox.push(now, at as u32 * 90, &payloads, is_key);
            }
        }
        // The sender.
        while let Some(out) = outbox.next(now) {
            let bytes = out.packet.payload.len() + 68;
            outcome.bytes += bytes;
            if let Some(arrives) = there.carry(at, bytes, &conditions, &mut dice) {
                under_way.push(Reverse(((arrives * 1000.0) as Micros, departures.len())));
                departures.push(Some(out));
            }
        }
        wants_key |= outbox.caught_up(now);
        // The viewer.
        while let Some(&Reverse((arrives, index))) = under_way.peek()
            && arrives <= (at * 1000.0) as Micros
        {
            under_way.pop();
            if let Some(out) = departures[index].take() {
                viewer.receive(at, &out, &mut outcome.shown);
            }
        }
        let missing = if step.is_multiple_of(10) { viewer.missing() } else { Vec::new() };
        if !missing.is_empty() {
            let stuck = *viewer.stuck_since.get_or_insert(at);
            let mut send = |news_now| {
                if let Some(arrives) = back.carry(at, 80, &conditions, &mut dice) {
                    news.push((arrives, news_now));
                }
            };
            send(News::Missing(missing));
            if at > stuck + 400.0 && at > viewer.asked_key + 400.0 {
                viewer.asked_key = at;
                send(News::Key);
            }
        }
        if step.is_multiple_of(50) {
            let reports = viewer.report();
            if !reports.is_empty()
                && let Some(arrives) = back.carry(at, 80, &conditions, &mut dice)
            {
                news.push((arrives, News::Reports(reports)));
            }
        }
        let (due, later): (Vec<_>, Vec<_>) = news.drain(..).partition(|(arrives, _)| *arrives <= at);
        news = later;
        for (_, news) in due {
            match news {
                News::Reports(arrivals) => outbox.learn(now, &arrivals),
                News::Missing(sequences) => outbox.repeat(now, sequences),
                News::Key => wants_key = true,
            }
        }
        if step.is_multiple_of(10) {
            outcome.samples.push((at, outbox.figures().limit_bps, (there.free - at).max(0.0)));
        }
    }
    outcome
}
