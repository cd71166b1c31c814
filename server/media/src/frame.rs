//! A finished picture in memory and where it comes from.

use std::sync::Arc;
use std::time::Duration;

/// One converted picture: 8-bit RGBA, display-encoded (sRGB), top row first, rows without padding, alpha 255.
#[derive(Clone)]
pub struct Frame {
    /// Counts up from 1 for each picture that the render thread hands out.
    pub number: u32,
    /// Columns and rows; both even.
    pub size: [u32; 2],
    /// `size[0] * size[1] * 4` bytes, shared by all who encode or show it.
    pub pixels: Arc<[u8]>,
    /// The version of the view that it shows (grows with every change of the view).
    pub view_version: u64,
    /// Where the time went.
    pub timings: Timings,
}

/// Time spent on one frame, by stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// From the newest input that the frame shows to the start of rendering.
    pub queue: Duration,
    /// Visibility, shading, resolve.
    pub render: Duration,
    /// RGBA to I420.
    pub convert: Duration,
    /// Encoding.
    pub encode: Duration,
}
