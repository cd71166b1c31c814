//! RTP packets to access units: in order, on the marker bit, never waiting for the next one.
//!
//! A gap is waited for, because missing packets are sent again. One that is too wide or too old asks for a keyframe;
//! the first whole keyframe behind it ends the wait.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use rtc::rtp::Packet;
use rtc::rtp::codec::h264::H264Packet;
use rtc::rtp::packetizer::Depacketizer as _;

use super::missing::Missing;
use crate::unit::{AccessUnit, Format, Losses};

/// Packets that may wait for one that is missing; beyond it the gap is given up.
const WAITING_MAX: usize = 512;
/// A gap of more packets is no single loss: nobody has them any more.
const WIDE_GAP: i64 = 100;
/// A gap that lasts so long is not going to be filled; asks again at the same pace.
const OLD_GAP: Duration = Duration::from_millis(500);
/// Packets so far behind are not late: the stream went on unseen, by more than half of what sequence numbers can tell.
const LATE_MAX: i64 = 4096;
/// Types of NAL units: one that needs none before it, parameter sets, several in one packet, a part of one.
const IDR: u8 = 5;
const SPS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// What came of a packet.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Units that are whole now.
    pub units: Vec<AccessUnit>,
    /// Something will not be repaired: a keyframe is needed.
    pub is_broken: bool,
}

/// Puts one stream together.
pub struct Assembler {
    /// By sequence number, continued beyond 16 bits.
    waiting: BTreeMap<i64, Packet>,
    next: Option<i64>,
    highest: i64,
    /// Since when the packet at `next` is missing, or when it was last asked about.
    gap_since: Option<Instant>,
    depacketizer: H264Packet,
    data: BytesMut,
    is_damaged: bool,
    losses: Losses,
    missing: Missing,
}

impl Default for Assembler {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            next: None,
            highest: 0,
            gap_since: None,
            depacketizer: H264Packet::default(),
            data: BytesMut::new(),
            is_damaged: false,
            losses: Losses::default(),
            missing: Missing::new(),
        }
    }
}

impl Assembler {
    /// Takes a packet that came at `now`, in whatever order.
    pub fn push(&mut self, packet: Packet, now: Instant) -> Progress {
        let mut progress = Progress::default();
        let sequence = packet.header.sequence_number;
        let next = *self.next.get_or_insert_with(|| {
            self.highest = i64::from(sequence) - 1;
            i64::from(sequence)
        });
        let Some(number) = continued(sequence, next) else { return progress };
        let ahead = number - self.highest;
        if self.waiting.insert(number, packet).is_none() && ahead < 0 {
            self.losses.late += 1;
            self.missing.come(number, now);
        }
        progress.is_broken = ahead > WIDE_GAP;
        if !progress.is_broken {
            for number in self.highest + 1..number {
                self.missing.miss(number, now);
            }
        }
        self.highest = self.highest.max(number);
        self.take_in_order(now, &mut progress);
        if self.waiting.is_empty() {
            self.gap_since = None;
            return progress;
        }
        let first = self.waiting.first_key_value().map_or(next, |(first, _)| *first);
        if self.waiting.len() > WAITING_MAX {
            progress.is_broken = true;
            self.skip_to(first, true);
        } else if let Some(key) = self.whole_key() {
            self.skip_to(key, false);
        } else {
            self.gap_since.get_or_insert(now);
            return progress;
        }
        self.take_in_order(now, &mut progress);
        progress
    }

    /// The sequence numbers that are to be asked for at `now`.
    pub fn take_due(&mut self, now: Instant) -> Vec<u16> {
        self.missing.take_due(now)
    }

    /// When there will be some.
    pub fn due_at(&self) -> Option<Instant> {
        self.missing.next_at()
    }

    /// When the gap that is waited for has lasted long enough to ask for a keyframe.
    pub fn asks_at(&self) -> Option<Instant> {
        self.gap_since.map(|since| since + OLD_GAP)
    }

    /// Whether it has at `now`; then the wait begins again.
    pub fn asks(&mut self, now: Instant) -> bool {
        let is_due = self.asks_at().is_some_and(|at| at <= now);
        if is_due {
            self.gap_since = Some(now);
        }
        is_due
    }

    fn take_in_order(&mut self, now: Instant, progress: &mut Progress) {
        while let Some(next) = self.next
            && let Some(packet) = self.waiting.remove(&next)
        {
            self.next = Some(next + 1);
            self.gap_since = None;
            progress.units.extend(self.append(&packet, now));
        }
    }

    fn append(&mut self, packet: &Packet, now: Instant) -> Option<AccessUnit> {
        match self.depacketizer.depacketize(&packet.payload) {
            // Padding, by which a server finds out what the way carries.
            Err(_) if packet.payload.is_empty() => {}
            Ok(bytes) => self.data.extend_from_slice(&bytes),
            Err(_) => self.is_damaged = true,
        }
        if !packet.header.marker {
            return None;
        }
        let (data, is_damaged) = (self.data.split().freeze(), self.is_damaged);
        self.restart(false);
        (!is_damaged && !data.is_empty()).then(|| AccessUnit {
            key: is_key(&data),
            data,
            format: Format::H264,
            rtp_timestamp: packet.header.timestamp,
            frame: None,
            input_seq: None,
            arrived: now,
            losses: self.losses,
        })
    }

    /// Gives up everything before `number`. What follows may have lost its head.
    fn skip_to(&mut self, number: i64, is_damaged: bool) {
        let next = self.next.unwrap_or(number);
        let dropped = self.waiting.range(..number).count() as i64;
        self.losses.lost += u64::try_from(number - next - dropped).unwrap_or_default();
        self.waiting = self.waiting.split_off(&number);
        self.next = Some(number);
        self.missing.forget_before(number);
        self.gap_since = None;
        self.restart(is_damaged);
    }

    /// Where a keyframe begins that is here from its first packet to its last.
    fn whole_key(&self) -> Option<i64> {
        let mut start: Option<i64> = None;
        let mut previous: Option<(i64, u32)> = None;
        for (&number, packet) in &self.waiting {
            let timestamp = packet.header.timestamp;
            let goes_on = previous == Some((number - 1, timestamp));
            if !goes_on {
                start = begins_key(&packet.payload).then_some(number);
            }
            if packet.header.marker && start.is_some() {
                return start;
            }
            previous = (!packet.header.marker).then_some((number, timestamp));
        }
        None
    }

    fn restart(&mut self, is_damaged: bool) {
        self.depacketizer = H264Packet::default();
        self.data.clear();
        self.is_damaged = is_damaged;
    }
}

/// The number of the packet with this sequence number, if it is not one of the past.
fn continued(sequence: u16, next: i64) -> Option<i64> {
    let offset = i64::from(sequence.wrapping_sub(next as u16) as i16);
    match offset {
        0.. => Some(next + offset),
        _ if offset < -LATE_MAX => Some(next + offset + (1 << 16)),
        _ => None,
    }
}

/// Whether a keyframe's first packet has this payload.
fn begins_key(payload: &Bytes) -> bool {
    let kind = |at: usize| payload.get(at).map(|byte| byte & 0x1f);
    match kind(0) {
        Some(IDR | SPS) => true,
        Some(STAP_A) => matches!(kind(3), Some(IDR | SPS)),
        Some(FU_A) => kind(1) == Some(IDR) && payload.get(1).is_some_and(|header| header & 0x80 != 0),
        Some(_) | None => false,
    }
}

fn is_key(annex_b: &[u8]) -> bool {
    annex_b.windows(4).any(|window| window[..3] == [0, 0, 1] && window[3] & 0x1f == IDR)
}

#[cfg(test)]
mod tests;
