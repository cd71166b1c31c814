//! The 16 bytes before each picture, little-endian.

/// A picture, as the client needs to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// It can be decoded without those before it.
    pub is_key: bool,
    /// A JPEG instead of an access unit.
    pub is_jpeg: bool,
    /// Its number in its view.
    pub frame: u32,
    /// As in `frameInfo`.
    pub rtp_timestamp: u32,
    /// The highest `seq` of this client that it shows.
    pub input_seq: u32,
}

/// Bytes of a header.
pub const BYTES: usize = 16;
const VERSION: u8 = 1;
const KEY: u8 = 1;
const JPEG: u8 = 2;

impl Header {
    /// As on the wire.
    #[must_use]
    pub fn bytes(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        bytes[0] = VERSION;
        bytes[1] = if self.is_key { KEY } else { 0 } | if self.is_jpeg { JPEG } else { 0 };
        for (at, value) in [(4, self.frame), (8, self.rtp_timestamp), (12, self.input_seq)] {
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_sixteen_bytes_little_endian() {
        let header =
            Header { is_key: true, is_jpeg: true, frame: 0x0102_0304, rtp_timestamp: 5, input_seq: 0xff00 };
        assert_eq!(header.bytes(), [1, 3, 0, 0, 4, 3, 2, 1, 5, 0, 0, 0, 0, 0xff, 0, 0]);
        let plain = Header { is_key: false, is_jpeg: false, ..header };
        assert_eq!(plain.bytes()[1], 0);
    }
}
