//! What was written is read back by another library's demuxer, and decoded.

use std::io::{self, Cursor, Seek, SeekFrom, Write};

use openh264::decoder::Decoder;
use openh264::formats::YUVSource as _;
use shiguredo_mp4::BoxHeader;
use shiguredo_mp4::boxes::SampleEntry;
use shiguredo_mp4::demux::{DemuxError, Fmp4FileDemuxer, Input};

use super::*;
use crate::h264::OpenH264;
use crate::{Encoder as _, Frame, Packet, Rendition, Timings};

/// 30 pictures a second.
const STEP: u32 = 3000;
const SIZE: [u32; 2] = [160, 90];

fn frame(number: u32, size: [u32; 2]) -> Frame {
    let pixels: Vec<u8> = (0..size[0] * size[1])
        .flat_map(|i| {
            let (x, y) = (i % size[0] + number * 5, i / size[0]);
            [(x * 2) as u8, (y * 3) as u8, ((x ^ y) & 63) as u8, 255]
        })
        .collect();
    Frame { number, size, pixels: pixels.into(), view_version: 0, timings: Timings::default() }
}

/// `count` pictures, keys where `is_key` says so besides the first.
fn stream(size: [u32; 2], count: u32, is_key: impl Fn(u32) -> bool) -> Vec<Packet> {
    let mut encoder = OpenH264::new(&Rendition { size, fps: 30.0, bitrate_bps: 500_000 }).unwrap();
    (0..count).map(|number| encoder.encode(&frame(number, size), is_key(number)).unwrap()).collect()
}

fn write(packets: &[Packet], first: u32, step: u32) -> Writer<Cursor<Vec<u8>>> {
    write_into(Cursor::new(Vec::new()), packets, first, step)
}

fn write_into<W: Write + Seek>(out: W, packets: &[Packet], first: u32, step: u32) -> Writer<W> {
    let mut writer = Writer::new(out);
    for (packet, index) in packets.iter().zip(0..) {
        writer.push(&packet.data, packet.key, first.wrapping_add(step * index)).unwrap();
    }
    writer
}

fn finished(writer: Writer<Cursor<Vec<u8>>>, last: u32) -> Vec<u8> {
    writer.finish(last).unwrap().0.into_inner()
}

struct Read {
    time: u64,
    duration: u32,
    is_key: bool,
    data: Vec<u8>,
}

/// Everything that a player finds, up to where the file ends or is torn; size and parameter sets.
fn read(file: &[u8]) -> (Vec<Read>, [u16; 2], Vec<u8>) {
    let mut demuxer = Fmp4FileDemuxer::new();
    let mut samples = Vec::new();
    let (mut size, mut parameters) = ([0; 2], Vec::new());
    loop {
        let sample = match demuxer.next_sample() {
            Ok(Some(sample)) => sample,
            Ok(None) => return (samples, size, parameters),
            Err(DemuxError::InputRequired(wanted)) => {
                let rest = file.get(wanted.position as usize..).unwrap_or_default();
                // A box's head is asked for with room for a long one.
                let least = wanted.size.map_or(0, |size| if size == BoxHeader::MAX_SIZE { 8 } else { size });
                if rest.len() < least {
                    return (samples, size, parameters);
                }
                let data = &rest[..wanted.size.unwrap_or(rest.len()).min(rest.len())];
                demuxer.handle_input(Input { position: wanted.position, data });
                continue;
            }
            Err(error) => panic!("{error:?}"),
        };
        if let Some(SampleEntry::Avc1(entry)) = sample.sample_entry {
            size = [entry.visual.width, entry.visual.height];
            for set in entry.avcc_box.sps_list.iter().chain(&entry.avcc_box.pps_list) {
                parameters.extend([0, 0, 0, 1]);
                parameters.extend(set);
            }
        }
        let start = sample.data_offset as usize;
        samples.push(Read {
            time: sample.timestamp,
            duration: sample.duration,
            is_key: sample.keyframe,
            data: file[start..start + sample.data_size].to_vec(),
        });
    }
}

fn annex_b(sample: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), sample);
    while let Some((length, tail)) = rest.split_first_chunk::<4>() {
        let (unit, tail) = tail.split_at(u32::from_be_bytes(*length) as usize);
        out.extend([0, 0, 0, 1]);
        out.extend(unit);
        rest = tail;
    }
    out
}

/// The luma of the last picture.
fn decode<'a>(units: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut decoder = Decoder::new().unwrap();
    let mut last = Vec::new();
    for unit in units {
        if let Some(picture) = decoder.decode(unit).unwrap() {
            last = picture.y().to_vec();
        }
    }
    last
}

/// Position and size of each box of that name at the top.
fn boxes(file: &[u8], name: &[u8; 4]) -> Vec<(usize, usize)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at + 8 <= file.len() {
        let size = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        if &file[at + 4..at + 8] == name {
            found.push((at, size));
        }
        at += size;
    }
    found
}

#[test]
fn what_was_pushed_is_read_back_and_decodes_to_the_same_picture() {
    let packets = stream(SIZE, 75, |number| number == 40);
    let file = finished(write(&packets, u32::MAX - 4 * STEP, STEP), 2 * STEP);
    let (samples, size, parameters) = read(&file);
    assert_eq!(size.map(u32::from), SIZE, "the cropped size, not that of whole macroblocks");
    assert_eq!(samples.len(), packets.len());
    for (index, sample) in samples.iter().enumerate() {
        assert_eq!(sample.time, u64::from(STEP) * index as u64, "the clock wraps and time goes on");
        assert_eq!(sample.duration, if index == 74 { 2 * STEP } else { STEP });
        assert_eq!(sample.is_key, packets[index].key);
    }
    let again: Vec<Vec<u8>> =
        std::iter::once(parameters).chain(samples.iter().map(|sample| annex_b(&sample.data))).collect();
    let wanted = decode(packets.iter().map(|packet| &*packet.data));
    assert!(!wanted.is_empty());
    assert_eq!(decode(again.iter().map(Vec::as_slice)), wanted);
}

#[test]
fn fragments_are_short_and_start_at_keys_where_there_are_any() {
    let packets = stream(SIZE, 100, |number| number == 45);
    let file = finished(write(&packets, 0, STEP), STEP);
    // 0..30, 30..45, then from the key on 45..75 and 75..100.
    assert_eq!(boxes(&file, b"moof").len(), 4);
    assert!(boxes(&file, b"mdat").iter().all(|(_, size)| *size > 8));
}

#[test]
fn a_finished_file_knows_its_length_and_where_it_can_be_entered() {
    let packets = stream(SIZE, 100, |number| number == 45);
    let file = finished(write(&packets, 7, STEP), STEP);
    let at = file.windows(4).position(|window| window == b"mehd").unwrap();
    let length = u64::from_be_bytes(file[at + 8..at + 16].try_into().unwrap());
    assert_eq!(length, 100 * u64::from(STEP));
    let (index, size) = boxes(&file, b"mfra")[0];
    assert_eq!(index + size, file.len());
    assert_eq!(u32::from_be_bytes(file[file.len() - 4..].try_into().unwrap()) as usize, size);
    let moofs: Vec<u64> = boxes(&file, b"moof").iter().map(|(at, _)| *at as u64).collect();
    let entries = &file[index + 8 + 12 + 12..];
    let entry = |number: usize| {
        let bytes = &entries[19 * number..];
        [0, 8].map(|at| u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap()))
    };
    assert_eq!([entry(0), entry(1)], [[0, moofs[0]], [45 * u64::from(STEP), moofs[2]]]);
}

#[test]
fn a_writer_that_dies_anywhere_leaves_a_file_that_plays_up_to_the_last_whole_fragment() {
    let packets = stream([64, 64], 100, |number| number == 45);
    let mut disk = Cursor::new(Vec::new());
    drop(write_into(&mut disk, &packets, 0, STEP));
    let all = disk.into_inner();
    let ends: Vec<usize> = boxes(&all, b"mdat").iter().map(|(at, size)| at + size).collect();
    let counts = [30, 45, 75];
    assert_eq!(ends.len(), counts.len());
    let first = boxes(&all, b"moof")[0].0;
    for room in (first..=all.len()).step_by(7).chain(ends.iter().copied()) {
        let mut disk = Disk { file: Cursor::new(Vec::new()), room };
        let mut writer = Writer::new(&mut disk);
        for (packet, index) in packets.iter().zip(0..) {
            if writer.push(&packet.data, packet.key, STEP * index).is_err() {
                break;
            }
        }
        let file = disk.file.into_inner();
        let whole = ends.iter().filter(|end| **end <= room).count();
        let wanted = whole.checked_sub(1).map_or(0, |last| counts[last]);
        assert_eq!(read(&file).0.len(), wanted, "died after {room} of {} bytes", all.len());
        assert_eq!(boxes(&file, b"moof").len(), whole, "what is torn is no fragment");
    }
}

#[test]
fn time_never_runs_backwards() {
    let packets = stream([64, 64], 4, |_| false);
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    for (packet, timestamp) in packets.iter().zip([9000, 9000, 100, 900_100]) {
        writer.push(&packet.data, packet.key, timestamp).unwrap();
    }
    assert_eq!(writer.ticks(), 900_002);
    let samples = read(&finished(writer, 0)).0;
    assert_eq!(samples.iter().map(|sample| sample.duration).collect::<Vec<_>>(), [1, 1, 900_000, 1]);
}

#[test]
fn nothing_is_written_before_a_key() {
    let packets = stream([64, 64], 2, |_| false);
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    assert!(matches!(writer.push(&packets[1].data, false, 0), Err(Mp4Error::NoKey)));
    assert!(matches!(writer.push(b"\0\0\0\x01\x65garbage", true, 0), Err(Mp4Error::NoKey)));
    assert!(matches!(writer.push(b"\0\0\x01\x67\0\0\x01\x68\x80", true, 0), Err(Mp4Error::Parameters(_))));
    assert_eq!(finished(writer, STEP), []);
}

#[test]
fn another_size_is_refused_and_harms_nothing() {
    let (small, large) = (stream([64, 64], 10, |_| false), stream(SIZE, 1, |_| false));
    let mut writer = write(&small, 0, STEP);
    assert!(matches!(writer.push(&large[0].data, true, 10 * STEP), Err(Mp4Error::OtherFormat)));
    assert_eq!((writer.size(), writer.ticks()), (Some([64, 64]), 9 * u64::from(STEP)));
    assert_eq!(read(&finished(writer, STEP)).0.len(), 10);
}

/// A disk with so much room.
struct Disk {
    file: Cursor<Vec<u8>>,
    room: usize,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let at = self.file.position() as usize;
        let fits = bytes.len().min(self.room.saturating_sub(at));
        if fits == 0 { Err(io::ErrorKind::StorageFull.into()) } else { self.file.write(&bytes[..fits]) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[test]
fn a_full_disk_costs_the_fragment_that_does_not_fit() {
    let packets = stream([64, 64], 100, |_| false);
    let whole = finished(write(&packets, 0, STEP), STEP);
    let room = boxes(&whole, b"moof")[2].0 + 50;
    let mut writer = Writer::new(Disk { file: Cursor::new(Vec::new()), room });
    let failed = packets.iter().zip(0..).find_map(|(packet, index)| {
        writer.push(&packet.data, packet.key, index * STEP).err().map(|error| (index, error))
    });
    let (index, error) = failed.unwrap();
    assert!(matches!(&error, Mp4Error::Io(error) if error.kind() == io::ErrorKind::StorageFull), "{error}");
    assert_eq!(index, 90, "the third fragment is due with this picture");
    let (disk, bytes) = writer.give_up();
    let mut file = disk.file.into_inner();
    assert_eq!(read(&file).0.len(), 60, "what lies behind is no fragment");
    file.truncate(bytes as usize);
    assert_eq!(read(&file).0.len(), 60);
    let at = file.windows(4).position(|window| window == b"mehd").unwrap();
    assert_eq!(file[at + 8..at + 16], (60 * u64::from(STEP)).to_be_bytes());
}

#[test]
fn sequence_parameter_sets_of_high_profiles_are_understood() {
    // x264, 1920x1080, high profile, level 4.0: cropped from 1088 rows.
    let unit = [
        0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0, 0x44, 0x00, 0x00, 0x03, 0x00,
        0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc6, 0x58,
    ];
    let said = sps::read(&unit).unwrap();
    assert_eq!((said.profile, said.chroma, said.size), ([0x64, 0, 0x28], Some([1, 0, 0]), [1920, 1080]));
    for cut in 1..10 {
        assert!(sps::read(&unit[..cut]).is_err(), "{cut}");
    }
}
