//! What an encoder is: a handful of verbs, one file for each backend; and how one is chosen.

use bytes::Bytes;

use crate::convert::PictureError;
use crate::frame::{Frame, Timings};
use crate::h264::OpenH264;

/// What a stream should look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rendition {
    /// Columns and rows; both even.
    pub size: [u32; 2],
    /// The rate at which frames really come, in frames a second: the budget of one frame is `bitrate_bps / fps`.
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
    /// Changes size, rate or bitrate, live where the backend can; a new size starts with a key.
    ///
    /// # Errors
    /// The backend's refusal, with the setting it refused; the old rendition stays in force then.
    fn configure(&mut self, rendition: &Rendition) -> Result<(), EncodeError>;
    /// The same frame once more would look better: a still picture is not finished yet.
    fn refines(&self) -> bool {
        false
    }
    /// Encodes one frame, scaled to the rendition's size; `want_key` asks for a packet that a new viewer can start with.
    ///
    /// # Errors
    /// The backend's failure; the encoder can be used again after it.
    fn encode(&mut self, frame: &Frame, want_key: bool) -> Result<Packet, EncodeError>;
}

/// Why there is no packet.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The size is not even, zero, or too large.
    #[error("{backend} cannot encode {}x{}: sizes are even and between 16 and {max}", size[0], size[1])]
    Size {
        /// Who refused.
        backend: &'static str,
        /// Columns and rows.
        size: [u32; 2],
        /// Most columns or rows.
        max: u32,
    },
    /// The rate or the bitrate makes no sense.
    #[error("{backend} cannot encode {bitrate_bps} bits and {fps} frames a second: both are above zero")]
    Rate {
        /// Who refused.
        backend: &'static str,
        /// Frames a second.
        fps: f32,
        /// Bits a second.
        bitrate_bps: u32,
    },
    /// The frame's pixels do not make a picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// No such encoder.
    #[error("there is no encoder {0:?}: choose one of auto, {names}", names = NAMES.join(", "))]
    Unknown(String),
    /// `auto` found none that works here.
    #[error("no encoder works on this machine: {0}")]
    NoneUsable(String),
    /// The library said no.
    #[error("{backend} failed: {reason}")]
    Backend {
        /// Who failed.
        backend: &'static str,
        /// The library's words.
        reason: String,
    },
}

/// What `--encoder` takes besides `auto`, in the order in which `auto` tries them.
pub const NAMES: [&str; 1] = [OpenH264::NAME];

/// Opens the encoder called `kind`, or with `auto` the first of [`NAMES`] that works.
///
/// # Errors
/// [`EncodeError::Unknown`] for a name that is not in the list, the backend's own refusal for an explicit choice,
/// [`EncodeError::NoneUsable`] with every refusal for `auto`.
pub fn open(kind: &str, rendition: &Rendition) -> Result<Box<dyn Encoder>, EncodeError> {
    if kind != "auto" {
        let encoder = open_named(kind, rendition)?;
        tracing::info!(encoder = encoder.name(), "encoder chosen by name");
        return Ok(encoder);
    }
    let mut refusals = Vec::new();
    for name in NAMES {
        match open_named(name, rendition) {
            Ok(encoder) => {
                tracing::info!(encoder = name, "encoder chosen");
                return Ok(encoder);
            }
            Err(error) => {
                tracing::info!(encoder = name, %error, "encoder refused");
                refusals.push(error.to_string());
            }
        }
    }
    Err(EncodeError::NoneUsable(refusals.join("; ")))
}

fn open_named(name: &str, rendition: &Rendition) -> Result<Box<dyn Encoder>, EncodeError> {
    match name {
        OpenH264::NAME => Ok(Box::new(OpenH264::new(rendition)?)),
        other => Err(EncodeError::Unknown(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Rendition = Rendition { size: [64, 64], fps: 30.0, bitrate_bps: 1_000_000 };

    #[test]
    fn auto_takes_the_first_that_works_and_a_name_takes_that_one() {
        assert_eq!(open("auto", &SMALL).unwrap().name(), "openh264");
        assert_eq!(open("openh264", &SMALL).unwrap().name(), "openh264");
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_names_that_exist() {
        let error = open("nvenc", &SMALL).err().unwrap();
        assert!(matches!(&error, EncodeError::Unknown(name) if name == "nvenc"));
        assert_eq!(error.to_string(), "there is no encoder \"nvenc\": choose one of auto, openh264");
    }

    #[test]
    fn auto_names_every_refusal_when_none_works() {
        let error = open("auto", &Rendition { size: [63, 64], ..SMALL }).err().unwrap();
        assert!(matches!(&error, EncodeError::NoneUsable(reasons) if reasons.contains("63x64")));
    }
}
