//! Pixels without a scene: frames, colour conversion, encoders, picture files, text.
//!
//! Everything here takes finished RGBA pixels and knows neither stage nor viewer nor socket.

pub mod canvas;
pub mod convert;
pub mod encoder;
pub mod enlarge;
pub mod exr;
pub mod frame;
pub mod h264;
pub mod hud;
pub mod jpeg;
pub mod mp4;
pub mod png;
pub mod pool;
pub mod scale;
pub mod text;

pub use encoder::{EncodeError, Encoder, Packet, Rendition, open};
pub use enlarge::Doubler;
pub use frame::{Frame, Timings};
pub use pool::Pool;
pub use scale::Scaler;
