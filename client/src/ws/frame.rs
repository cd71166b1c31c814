//! One binary message of `/ws`: 16 bytes little-endian, then an access unit or a JPEG (contract, section 2).
//!
//! | bytes | what |
//! |---|---|
//! | 0 | version, 1 |
//! | 1 | flags: bit 0 key, bit 1 JPEG |
//! | 2, 3 | zero |
//! | 4 to 7 | frame |
//! | 8 to 11 | RTP timestamp, 90 kHz |
//! | 12 to 15 | highest input `seq` that the frame shows |

use std::time::Instant;

use bytes::Bytes;

use crate::unit::{AccessUnit, Format, Losses};

const VERSION: u8 = 1;
const HEADER: usize = 16;
const KEY: u8 = 1;
const JPEG: u8 = 2;

/// Why a message is no frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// No room for a header and a picture.
    #[error("a frame of {0} bytes is too short")]
    Short(usize),
    /// Another layout.
    #[error("frames of version {0} are not understood, only {VERSION}; update this client")]
    Version(u8),
    /// Flags that may change what the picture is.
    #[error("a frame has unknown flags {0:#04x}; update this client")]
    Flags(u8),
    /// The picture is not what the flags say.
    #[error("a frame does not begin as {0} does")]
    Content(&'static str),
}

/// The unit in `message`, which came at `now`.
///
/// # Errors
/// What is wrong with it.
pub fn parse(message: &Bytes, now: Instant) -> Result<AccessUnit, FrameError> {
    let short = FrameError::Short(message.len());
    let version = *message.first().ok_or_else(|| short.clone())?;
    if version != VERSION {
        return Err(FrameError::Version(version));
    }
    if message.len() <= HEADER {
        return Err(short);
    }
    let word =
        |at: usize| u32::from_le_bytes([message[at], message[at + 1], message[at + 2], message[at + 3]]);
    let flags = message[1];
    if flags & !(KEY | JPEG) != 0 {
        return Err(FrameError::Flags(flags));
    }
    let is_jpeg = flags & JPEG != 0;
    let data = message.slice(HEADER..);
    let begins = |with: &[&[u8]]| with.iter().any(|bytes| data.starts_with(bytes));
    if is_jpeg && !begins(&[&[0xff, 0xd8]]) {
        return Err(FrameError::Content("a JPEG"));
    }
    if !is_jpeg && !begins(&[&[0, 0, 1], &[0, 0, 0, 1]]) {
        return Err(FrameError::Content("Annex B"));
    }
    Ok(AccessUnit {
        format: if is_jpeg { Format::Jpeg } else { Format::H264 },
        // A JPEG needs none before it, whatever its flag says.
        key: is_jpeg || flags & KEY != 0,
        rtp_timestamp: word(8),
        frame: Some(word(4)),
        input_seq: Some(word(12)),
        arrived: now,
        losses: Losses::default(),
        data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(head: [u8; 4], rest: &[u8]) -> Bytes {
        let numbers = [7_u32, 90_000, 0xdead_beef].map(u32::to_le_bytes).concat();
        [&head[..], &numbers, rest].concat().into()
    }

    #[test]
    fn a_frame_is_read_field_by_field() {
        let now = Instant::now();
        let unit = parse(&message([1, 1, 0, 0], b"\0\0\0\x01\x65"), now).unwrap();
        assert_eq!((unit.key, unit.format), (true, Format::H264));
        assert_eq!((unit.frame, unit.rtp_timestamp, unit.input_seq), (Some(7), 90_000, Some(0xdead_beef)));
        assert_eq!(&unit.data[..], b"\0\0\0\x01\x65");
        assert!(!parse(&message([1, 0, 0, 0], b"\0\0\x01\x41"), now).unwrap().key);
        let jpeg = parse(&message([1, 2, 0, 0], b"\xff\xd8\xff"), now).unwrap();
        assert_eq!((jpeg.key, jpeg.format), (true, Format::Jpeg));
        assert!(
            parse(&message([1, 1, 9, 9], b"\0\0\x01\x65"), now).is_ok(),
            "what is reserved is not ours to judge"
        );
    }

    #[test]
    fn what_is_no_frame_is_named() {
        let now = Instant::now();
        let good = message([1, 1, 0, 0], b"\0\0\x01\x65");
        for length in [0, 1, 15, 16] {
            assert_eq!(parse(&good.slice(..length), now), Err(FrameError::Short(length)));
        }
        assert_eq!(parse(&message([2, 1, 0, 0], b"\0\0\x01"), now), Err(FrameError::Version(2)));
        assert_eq!(parse(&Bytes::from_static(b"\x02"), now), Err(FrameError::Version(2)));
        assert_eq!(parse(&message([1, 0x85, 0, 0], b"\0\0\x01"), now), Err(FrameError::Flags(0x85)));
        assert_eq!(parse(&message([1, 1, 0, 0], b"\xff\xd8"), now), Err(FrameError::Content("Annex B")));
        assert_eq!(parse(&message([1, 3, 0, 0], b"\0\0\x01"), now), Err(FrameError::Content("a JPEG")));
    }
}
