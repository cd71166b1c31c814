//! RTP packets to access units: in order, on the marker bit, never waiting for the next one.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use rtc::rtp::Packet;
use rtc::rtp::codec::h264::H264Packet;
use rtc::rtp::packetizer::Depacketizer as _;

/// Packets that may wait for one that is missing; beyond it the gap is given up.
const WAITING_MAX: usize = 512;
/// The type of a NAL unit that needs none before it.
const IDR: u8 = 5;

/// One access unit as it was encoded, save for delimiters and filler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Annex B.
    pub data: Bytes,
    /// 90 kHz.
    pub rtp_timestamp: u32,
    /// Can be decoded without any before it.
    pub key: bool,
}

/// What came of a packet.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Units that are whole now.
    pub units: Vec<Unit>,
    /// A gap was given up: what follows needs a keyframe.
    pub is_broken: bool,
}

/// Puts one stream together.
#[derive(Default)]
pub struct Assembler {
    /// By sequence number, continued beyond 16 bits.
    waiting: BTreeMap<i64, Packet>,
    next: Option<i64>,
    depacketizer: H264Packet,
    data: BytesMut,
    is_damaged: bool,
}

impl Assembler {
    /// Takes a packet, in whatever order it comes.
    pub fn push(&mut self, packet: Packet) -> Progress {
        let mut progress = Progress::default();
        let sequence = packet.header.sequence_number;
        let next = *self.next.get_or_insert_with(|| i64::from(sequence));
        let offset = sequence.wrapping_sub(next as u16) as i16;
        if offset < 0 {
            return progress;
        }
        self.waiting.insert(next + i64::from(offset), packet);
        if !self.waiting.contains_key(&next)
            && let Some(start) = self.whole_key()
        {
            // A keyframe needs nothing of what is still missing before it.
            self.waiting = self.waiting.split_off(&start);
            self.next = Some(start);
            self.restart(false);
        }
        if self.waiting.len() > WAITING_MAX
            && let Some((first, _)) = self.waiting.first_key_value()
        {
            self.next = Some(*first);
            self.restart(true);
            progress.is_broken = true;
        }
        while let Some(next) = self.next
            && let Some(packet) = self.waiting.remove(&next)
        {
            self.next = Some(next + 1);
            progress.units.extend(self.append(&packet));
        }
        progress
    }

    /// Where the last keyframe begins that has come as a whole.
    fn whole_key(&self) -> Option<i64> {
        let starts = self.waiting.iter().rev().filter(|(_, packet)| begins_key(&packet.payload));
        let is_whole = |start: i64| {
            let mut last = start - 1;
            for (&at, packet) in self.waiting.range(start..) {
                if at != last + 1 {
                    return false;
                }
                if packet.header.marker {
                    return true;
                }
                last = at;
            }
            false
        };
        starts.map(|(&start, _)| start).find(|&start| is_whole(start))
    }

    fn append(&mut self, packet: &Packet) -> Option<Unit> {
        match self.depacketizer.depacketize(&packet.payload) {
            Ok(bytes) => self.data.extend_from_slice(&bytes),
            Err(_) => self.is_damaged = true,
        }
        if !packet.header.marker {
            return None;
        }
        let (data, is_damaged) = (self.data.split().freeze(), self.is_damaged);
        self.restart(false);
        (!is_damaged).then(|| Unit { key: is_key(&data), data, rtp_timestamp: packet.header.timestamp })
    }

    fn restart(&mut self, is_damaged: bool) {
        self.depacketizer = H264Packet::default();
        self.data.clear();
        self.is_damaged = is_damaged;
    }
}

/// Whether a payload begins with parameter sets (alone or together) or with the first piece of a key's only slice.
fn begins_key(payload: &[u8]) -> bool {
    const PARAMETERS: u8 = 7;
    const TOGETHER: u8 = 24;
    const PIECE: u8 = 28;
    match payload.first().map(|byte| byte & 0x1f) {
        Some(PARAMETERS | IDR) => true,
        Some(TOGETHER) => payload.get(3).is_some_and(|byte| byte & 0x1f == PARAMETERS),
        Some(PIECE) => payload.get(1).is_some_and(|byte| byte & 0x80 != 0 && byte & 0x1f == IDR),
        Some(_) | None => false,
    }
}

fn is_key(annex_b: &[u8]) -> bool {
    annex_b.windows(4).any(|window| window[..3] == [0, 0, 1] && window[3] & 0x1f == IDR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u16, timestamp: u32, marker: bool, payload: &'static [u8]) -> Packet {
        let mut packet = Packet { payload: Bytes::from_static(payload), ..Default::default() };
        packet.header.sequence_number = sequence;
        packet.header.timestamp = timestamp;
        packet.header.marker = marker;
        packet
    }

    #[test]
    fn units_come_whole_and_in_order_across_the_wrap() {
        let mut assembler = Assembler::default();
        assert_eq!(assembler.push(packet(65_534, 1, false, b"\x65ab")), Progress::default());
        assert_eq!(assembler.push(packet(0, 2, true, b"\x61ef")), Progress::default(), "waits for its turn");
        let units = assembler.push(packet(65_535, 1, true, b"\x61cd")).units;
        assert_eq!(
            units.iter().map(|unit| (unit.rtp_timestamp, unit.key)).collect::<Vec<_>>(),
            [(1, true), (2, false)]
        );
        assert_eq!(&units[0].data[..], b"\0\0\0\x01\x65ab\0\0\0\x01\x61cd");
    }

    #[test]
    fn a_gap_that_nobody_fills_is_given_up() {
        let mut assembler = Assembler::default();
        assembler.push(packet(0, 1, true, b"\x65ab"));
        let broken = (2..=WAITING_MAX as u16 + 2)
            .map(|sequence| assembler.push(packet(sequence, u32::from(sequence), true, b"\x61ab")))
            .find(|progress| progress.is_broken)
            .expect("it gives up");
        assert_eq!(broken.units.len(), WAITING_MAX, "the first after the gap may have lost its head");
    }

    #[test]
    fn a_whole_keyframe_needs_nothing_before_it() {
        let mut assembler = Assembler::default();
        assembler.push(packet(0, 1, true, b"\x65ab"));
        assert_eq!(assembler.push(packet(2, 2, true, b"\x61ab")), Progress::default(), "1 is missing");
        assert_eq!(assembler.push(packet(4, 4, true, b"\x7c\x45cd")), Progress::default(), "half a key");
        let units = assembler.push(packet(3, 4, false, b"\x7c\x85ab")).units;
        assert_eq!(units.iter().map(|unit| (unit.rtp_timestamp, unit.key)).collect::<Vec<_>>(), [(4, true)]);
        assert_eq!(assembler.push(packet(1, 2, false, b"\x61ab")), Progress::default(), "too late");
    }
}
