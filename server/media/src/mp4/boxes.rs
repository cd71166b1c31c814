//! Boxes of a fragmented file (ISO/IEC 14496-12; clause numbers as in its edition of 2022), written as bytes.

use super::nal::Parameters;

/// Ticks a second of the movie and of its one track: RTP's clock of video, so that nothing is rounded.
pub const TIMESCALE: u32 = 90_000;
/// The one track.
const TRACK: u32 = 1;
/// `sample_flags` of a picture that needs none before it: depends on no other.
const SYNC: u32 = 0x0200_0000;
/// `sample_flags` of any other: depends on others, no place to start.
const NON_SYNC: u32 = 0x0101_0000;

/// One picture in a fragment.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// In ticks.
    pub duration: u32,
    /// Its bytes in `mdat`.
    pub size: u32,
    /// Can be decoded without any before it.
    pub is_key: bool,
}

/// A place to start.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// In ticks since the start of the file.
    pub time: u64,
    /// Of the fragment whose first picture it is, in bytes from the start of the file.
    pub offset: u64,
}

/// What comes before the first fragment, and where in it the length of the movie belongs.
pub struct Header {
    /// `ftyp` and `moov`.
    pub bytes: Vec<u8>,
    /// Where [`length`] goes once it is known, in bytes from the start. Until then an empty box of the same size is there.
    pub length_at: u64,
}

/// Writes a box: its size, its name, what `content` writes.
fn boxed(out: &mut Vec<u8>, name: &[u8; 4], content: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; 4]);
    out.extend(name);
    content(out);
    let size = (out.len() - start) as u32;
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}

/// A box with a version and flags.
fn full(out: &mut Vec<u8>, name: &[u8; 4], version: u8, flags: u32, content: impl FnOnce(&mut Vec<u8>)) {
    boxed(out, name, |out| {
        out.extend((u32::from(version) << 24 | flags).to_be_bytes());
        content(out);
    });
}

fn words(out: &mut Vec<u8>, values: &[u32]) {
    out.extend(values.iter().flat_map(|value| value.to_be_bytes()));
}

fn halves(out: &mut Vec<u8>, values: &[u16]) {
    out.extend(values.iter().flat_map(|value| value.to_be_bytes()));
}

/// No rotation, no scaling (6.2.2).
const UPRIGHT: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// The start of a file of pictures with these parameter sets.
pub fn header(parameters: &Parameters) -> Header {
    let mut bytes = Vec::new();
    let mut length_at = 0;
    boxed(&mut bytes, b"ftyp", |out| {
        out.extend(b"iso5");
        words(out, &[0x200]);
        // No `isom`: fragments count from their own start (8.8.7), which came with `iso5`.
        out.extend(b"iso5iso6mp41");
    });
    boxed(&mut bytes, b"moov", |out| {
        full(out, b"mvhd", 0, 0, |out| {
            words(out, &[0, 0, TIMESCALE, 0, 0x1_0000, 0x0100_0000, 0, 0]);
            words(out, &UPRIGHT);
            words(out, &[0, 0, 0, 0, 0, 0, TRACK + 1]);
        });
        boxed(out, b"trak", |out| track(out, parameters));
        boxed(out, b"mvex", |out| {
            length_at = out.len() as u64;
            boxed(out, b"free", |out| words(out, &[0, 0, 0]));
            full(out, b"trex", 0, 0, |out| words(out, &[TRACK, 1, 0, 0, 0]));
        });
    });
    Header { bytes, length_at }
}

/// `mehd` (8.8.2): how long all fragments are together. As long as the empty box that it replaces.
pub fn length(ticks: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    full(&mut bytes, b"mehd", 1, 0, |out| out.extend(ticks.to_be_bytes()));
    bytes
}

fn track(out: &mut Vec<u8>, parameters: &Parameters) {
    let size = parameters.said.size;
    // Enabled, part of the movie.
    full(out, b"tkhd", 0, 3, |out| {
        words(out, &[0, 0, TRACK, 0, 0, 0, 0, 0, 0]);
        words(out, &UPRIGHT);
        words(out, &[size[0] << 16, size[1] << 16]);
    });
    boxed(out, b"mdia", |out| {
        full(out, b"mdhd", 0, 0, |out| {
            words(out, &[0, 0, TIMESCALE, 0]);
            // Language `und`, five bits a letter (8.4.2).
            halves(out, &[0x55c4, 0]);
        });
        full(out, b"hdlr", 0, 0, |out| {
            words(out, &[0]);
            out.extend(b"vide");
            words(out, &[0, 0, 0]);
            out.extend(b"Telestage\0");
        });
        boxed(out, b"minf", |out| {
            full(out, b"vmhd", 0, 1, |out| halves(out, &[0; 4]));
            boxed(out, b"dinf", |out| {
                full(out, b"dref", 0, 0, |out| {
                    words(out, &[1]);
                    full(out, b"url ", 0, 1, |_| {});
                });
            });
            boxed(out, b"stbl", |out| {
                full(out, b"stsd", 0, 0, |out| {
                    words(out, &[1]);
                    boxed(out, b"avc1", |out| entry(out, parameters));
                });
                // Samples are in fragments alone.
                for name in [b"stts", b"stsc", b"stco"] {
                    full(out, name, 0, 0, |out| words(out, &[0]));
                }
                full(out, b"stsz", 0, 0, |out| words(out, &[0, 0]));
            });
        });
    });
}

/// The visual sample entry (12.1.3) with its decoder configuration (14496-15 5.3.3.1).
fn entry(out: &mut Vec<u8>, Parameters { sps, pps, said }: &Parameters) {
    words(out, &[0]);
    halves(out, &[0, 1]);
    words(out, &[0; 4]);
    halves(out, &said.size.map(|side| side as u16));
    // 72 dots an inch, one picture a sample, no name, 24 bits a pixel.
    words(out, &[0x48_0000, 0x48_0000, 0]);
    halves(out, &[1]);
    out.extend([0; 32]);
    halves(out, &[24, 0xffff]);
    boxed(out, b"avcC", |out| {
        out.push(1);
        out.extend(said.profile);
        // Lengths of four bytes; one set of each kind.
        out.extend([0xff, 0xe1]);
        halves(out, &[sps.len() as u16]);
        out.extend(sps);
        out.push(1);
        halves(out, &[pps.len() as u16]);
        out.extend(pps);
        if let Some([format, luma, chroma]) = said.chroma {
            out.extend([0xfc | format, 0xf8 | luma, 0xf8 | chroma, 0]);
        }
    });
}

/// A fragment (8.8.4 to 8.8.8): `moof` and `mdat` with `data`, the samples one after the other.
pub fn fragment(number: u32, time: u64, samples: &[Sample], data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len() + 12 * samples.len() + 128);
    let mut offset_at = 0;
    boxed(&mut bytes, b"moof", |out| {
        full(out, b"mfhd", 0, 0, |out| words(out, &[number]));
        boxed(out, b"traf", |out| {
            // Offsets count from the fragment's own start.
            full(out, b"tfhd", 0, 0x02_0000, |out| words(out, &[TRACK]));
            full(out, b"tfdt", 1, 0, |out| out.extend(time.to_be_bytes()));
            // An offset, and of each sample its duration, size and flags.
            full(out, b"trun", 0, 0x701, |out| {
                words(out, &[samples.len() as u32]);
                offset_at = out.len();
                words(out, &[0]);
                for sample in samples {
                    let flags = if sample.is_key { SYNC } else { NON_SYNC };
                    words(out, &[sample.duration, sample.size, flags]);
                }
            });
        });
    });
    let offset = bytes.len() as u32 + 8;
    bytes[offset_at..offset_at + 4].copy_from_slice(&offset.to_be_bytes());
    boxed(&mut bytes, b"mdat", |out| out.extend(data));
    bytes
}

/// Makes one empty box (8.1.2) of `bytes`, whatever boxes they are, and returns what their first eight bytes were: with
/// these in place they are those boxes again.
pub fn disguise(bytes: &mut [u8]) -> [u8; 8] {
    let size = (bytes.len() as u32).to_be_bytes();
    let mut head = [0; 8];
    let mut empty = [0; 8];
    empty[..4].copy_from_slice(&size);
    empty[4..].copy_from_slice(b"free");
    if let Some(start) = bytes.first_chunk_mut() {
        head = std::mem::replace(start, empty);
    }
    head
}

/// `mfra` (8.8.9 to 8.8.11), the last box of a finished file: where it can be entered.
pub fn index(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    boxed(&mut bytes, b"mfra", |out| {
        full(out, b"tfra", 1, 0, |out| {
            words(out, &[TRACK, 0, entries.len() as u32]);
            for entry in entries {
                out.extend(entry.time.to_be_bytes());
                out.extend(entry.offset.to_be_bytes());
                // The first fragment of the track, run and sample in it, one byte each.
                out.extend([1, 1, 1]);
            }
        });
        let size = out.len() as u32 + 16;
        full(out, b"mfro", 0, 0, |out| words(out, &[size]));
    });
    bytes
}
