//! One picture as it was encoded.

use std::time::Instant;

use bytes::Bytes;

/// An access unit, or a picture of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessUnit {
    /// Annex B (start codes), save for delimiters and filler; or a JPEG.
    pub data: Bytes,
    /// What `data` is.
    pub format: Format,
    /// Can be decoded without any before it.
    pub key: bool,
    /// 90 kHz.
    pub rtp_timestamp: u32,
    /// The frame's number, where the transport tells; over WebRTC it comes with `frameInfo`.
    pub frame: Option<u32>,
    /// The highest `seq` of this client that the picture shows, where the transport tells; 0 for none.
    pub input_seq: Option<u32>,
    /// When its last byte was here.
    pub arrived: Instant,
    /// What happened to packets on the way here, since the connection began.
    pub losses: Losses,
}

/// How a unit is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// H.264.
    H264,
    /// JPEG.
    Jpeg,
}

/// Counts packets. All zero where a transport repairs its losses by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Came after a later one: sent again, or overtaken.
    pub late: u64,
    /// Were waited for and never came.
    pub lost: u64,
}
