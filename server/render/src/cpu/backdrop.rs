//! What is behind everything: a quiet vertical gradient.

use super::math::srgb_to_linear;

/// Linear colours of the top and the bottom row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backdrop {
    top: [f32; 3],
    bottom: [f32; 3],
}

impl Default for Backdrop {
    fn default() -> Self {
        let linear = |rgb: [u8; 3]| rgb.map(|c| srgb_to_linear(f32::from(c) / 255.0));
        Self { top: linear([0x30, 0x35, 0x41]), bottom: linear([0x12, 0x14, 0x19]) }
    }
}

impl Backdrop {
    /// Linear colour of a row.
    #[must_use]
    pub fn row(&self, row: u32, height: u32) -> [f32; 3] {
        let t = row as f32 / height.max(1) as f32;
        // Even steps to the eye, near enough: interpolated as squares.
        [0, 1, 2].map(|i| {
            let (a, b) = (self.top[i].sqrt(), self.bottom[i].sqrt());
            (a + (b - a) * t).powi(2)
        })
    }
}
