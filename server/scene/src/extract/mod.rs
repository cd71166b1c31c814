//! USD stage → [`Scene`](crate::Scene) at one time.
//!
//! Reads a composed stage once, front to back, on the thread that owns it, and leaves plain tables behind: no
//! handle to the stage outlives the call. It never opens a file itself ([`TextureSource`] does), never fails on
//! bad data (a [`Diagnostic`](crate::Diagnostic) and a skipped prim instead), and knows no clock and no viewer.

mod texture_source;

pub use texture_source::{ColorSpace, LoadedTexture, NoTextures, TextureError, TextureRequest, TextureSource};
