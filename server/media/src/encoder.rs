//! What an encoder is: a handful of verbs, one file for each backend.

use bytes::Bytes;

use crate::frame::{Frame, Timings};

/// What a stream should look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rendition {
    /// Columns and rows; both even.
    pub size: [u32; 2],
    /// Highest frame rate, in frames a second.
    pub fps: f32,
    /// Target, in bits a second.
    pub bitrate_bps: u32,
}

/// One encoded access unit (H.264 Annex B) or one JPEG.
#[derive(Clone, Debug)]
pub struct Packet {
    /// The bytes, shared by all viewers.
    pub data: Bytes,
    /// Can be decoded without any before it.
    pub key: bool,
    /// [`Frame::number`].
    pub frame: u32,
    /// [`Frame::view_version`].
    pub view_version: u64,
    /// Columns and rows.
    pub size: [u32; 2],
    /// Where the time went so far.
    pub timings: Timings,
}

/// Turns frames into packets. One thread owns it; it keeps no frame after `encode` returns.
pub trait Encoder: Send {
    /// The backend's name as `--encoder` takes it.
    fn name(&self) -> &'static str;
    /// Changes size, rate or bitrate, live where the backend can.
    ///
    /// # Errors
    /// The backend's refusal, with the setting it refused.
    fn configure(&mut self, rendition: &Rendition) -> Result<(), EncodeError>;
    /// Encodes one frame; `want_key` asks for a packet that a new viewer can start with.
    ///
    /// # Errors
    /// The backend's failure; the encoder can be used again after it.
    fn encode(&mut self, frame: &Frame, want_key: bool) -> Result<Packet, EncodeError>;
}

/// Why there is no packet.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The size is not even, zero, or too large.
    #[error("{backend} cannot encode {0}x{1}: sizes are even and between 16 and 4096", size[0], size[1])]
    Size {
        /// Who refused.
        backend: &'static str,
        /// Columns and rows.
        size: [u32; 2],
    },
    /// The library said no.
    #[error("{backend} failed: {reason}")]
    Backend {
        /// Who failed.
        backend: &'static str,
        /// The library's words.
        reason: String,
    },
}
