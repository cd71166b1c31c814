//! Pixels without a scene: frames, colour conversion, encoders.

pub mod encoder;
pub mod frame;

pub use encoder::{EncodeError, Encoder, Packet, Rendition};
pub use frame::{Frame, Timings};
