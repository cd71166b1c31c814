//! Packets in all orders, and what comes of them.

use super::*;

fn packet(sequence: u16, timestamp: u32, marker: bool, payload: &'static [u8]) -> Packet {
    let mut packet = Packet { payload: Bytes::from_static(payload), ..Default::default() };
    packet.header.sequence_number = sequence;
    packet.header.timestamp = timestamp;
    packet.header.marker = marker;
    packet
}

fn stamps(progress: &Progress) -> Vec<(u32, bool)> {
    progress.units.iter().map(|unit| (unit.rtp_timestamp, unit.key)).collect()
}

#[test]
fn units_come_whole_and_in_order_across_the_wrap() {
    let (mut assembler, now) = (Assembler::default(), Instant::now());
    assert_eq!(assembler.push(packet(65_534, 1, false, b"\x61ab"), now), Progress::default());
    assert_eq!(assembler.push(packet(0, 2, true, b"\x61ef"), now), Progress::default(), "waits for its turn");
    let progress = assembler.push(packet(65_535, 1, true, b"\x61cd"), now);
    assert_eq!(stamps(&progress), [(1, false), (2, false)]);
    assert_eq!(&progress.units[0].data[..], b"\0\0\0\x01\x61ab\0\0\0\x01\x61cd");
    assert_eq!(progress.units[1].losses, Losses { late: 1, lost: 0 });
    // What came already is of the past.
    assert_eq!(assembler.push(packet(65_535, 1, true, b"\x61cd"), now), Progress::default());
}

#[test]
fn padding_damages_nothing() {
    let (mut assembler, now) = (Assembler::default(), Instant::now());
    assembler.push(packet(0, 1, false, b"\x65ab"), now);
    assembler.push(packet(1, 1, false, b""), now);
    let progress = assembler.push(packet(2, 1, true, b"\x65cd"), now);
    assert_eq!(&progress.units[0].data[..], b"\0\0\0\x01\x65ab\0\0\0\x01\x65cd");
    assert_eq!(assembler.push(packet(3, 2, true, b""), now), Progress::default(), "no picture");
}

#[test]
fn a_gap_that_nobody_fills_is_given_up() {
    let (mut assembler, now) = (Assembler::default(), Instant::now());
    assembler.push(packet(0, 1, true, b"\x65ab"), now);
    let broken = (2..=WAITING_MAX as u16 + 2)
        .map(|sequence| assembler.push(packet(sequence, u32::from(sequence), true, b"\x61ab"), now))
        .find(|progress| progress.is_broken)
        .expect("it gives up");
    assert_eq!(broken.units.len(), WAITING_MAX, "the first after the gap may have lost its head");
    assert_eq!(broken.units[0].losses.lost, 1);
}

#[test]
fn what_is_missing_is_asked_for_until_it_comes_or_nobody_waits() {
    let (mut assembler, start) = (Assembler::default(), Instant::now());
    assembler.push(packet(0, 1, true, b"\x65ab"), start);
    assembler.push(packet(3, 3, true, b"\x61ab"), start);
    let at = assembler.due_at().unwrap();
    assert_eq!(assembler.take_due(at), [1, 2]);
    assembler.push(packet(2, 2, true, b"\x61ab"), at);
    let at = assembler.due_at().unwrap();
    assert_eq!(assembler.take_due(at), [1]);
    assembler.push(packet(4, 4, true, b"\x65ab"), at);
    assert_eq!(assembler.due_at(), None, "the keyframe needs none before it");
    assembler.push(packet(4 + WIDE_GAP as u16 + 1, 5, true, b"\x61ab"), at);
    assert_eq!(assembler.due_at(), None, "too many");
}

#[test]
fn a_gap_that_stays_open_asks_for_a_keyframe_and_asks_again() {
    let (mut assembler, start) = (Assembler::default(), Instant::now());
    let at = |halves: u32| start + OLD_GAP * halves / 2;
    assembler.push(packet(0, 1, true, b"\x65ab"), start);
    assert_eq!((assembler.asks_at(), assembler.asks(at(9))), (None, false), "nothing is missing");
    assembler.push(packet(2, 9, true, b"\x61ab"), start);
    assembler.push(packet(3, 9, true, b"\x61ab"), at(1));
    assert_eq!(assembler.asks_at(), Some(at(2)), "whether or not anything comes");
    assert_eq!([1, 2, 3, 4].map(|halves| assembler.asks(at(halves))), [false, true, false, true]);
    assembler.push(packet(1, 9, true, b"\x61ab"), at(5));
    assert_eq!(assembler.asks_at(), None, "it is filled");
}

#[test]
fn the_first_whole_keyframe_ends_the_wait() {
    let (mut assembler, now) = (Assembler::default(), Instant::now());
    assembler.push(packet(0, 1, true, b"\x65ab"), now);
    // Two are lost, one that depends on them waits, then a keyframe in three packets, its middle last.
    for waits in
        [packet(3, 3, true, b"\x61ab"), packet(4, 4, false, b"\x67ab"), packet(6, 4, true, b"\x7c\x45cd")]
    {
        assert_eq!(assembler.push(waits, now).units, []);
    }
    let progress = assembler.push(packet(5, 4, false, b"\x7c\x85ab"), now);
    assert_eq!(stamps(&progress), [(4, true)]);
    assert_eq!(&progress.units[0].data[..], b"\0\0\0\x01\x67ab\0\0\0\x01\x65abcd");
    assert_eq!(progress.units[0].losses, Losses { late: 1, lost: 2 });
    assert_eq!(stamps(&assembler.push(packet(7, 5, true, b"\x61ab"), now)), [(5, false)]);
}

#[test]
fn a_keyframe_without_its_head_is_none() {
    let (mut assembler, now) = (Assembler::default(), Instant::now());
    assembler.push(packet(0, 1, true, b"\x65ab"), now);
    for part in [packet(3, 4, false, b"\x7c\x05ab"), packet(4, 4, true, b"\x7c\x45cd")] {
        assert_eq!(assembler.push(part, now), Progress::default());
    }
}

#[test]
fn a_long_silence_asks_at_once_and_goes_on_behind_half_the_numbers() {
    for jump in [200_u16, 30_000, 40_000, 60_000] {
        let (mut assembler, now) = (Assembler::default(), Instant::now());
        assembler.push(packet(7, 1, true, b"\x65ab"), now);
        assert!(assembler.push(packet(7 + jump, 2, true, b"\x61ab"), now).is_broken, "{jump}");
        let progress = assembler.push(packet(7_u16.wrapping_add(jump + 1), 3, true, b"\x65ab"), now);
        assert_eq!(stamps(&progress), [(3, true)], "{jump}");
        assert_eq!(progress.units[0].losses.lost, u64::from(jump) - 1);
    }
}
