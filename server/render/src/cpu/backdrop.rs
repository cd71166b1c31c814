//! What is behind everything, and the inks that can be read on it. Colours are kept as light: the tone curve comes later,
//! and its inverse here makes them look the same under every curve.

use super::math::srgb_to_linear;
use super::tone;
use crate::style::{Background, Tone};

/// Linear colours of the top and the bottom row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backdrop {
    top: [f32; 3],
    bottom: [f32; 3],
    tone: Tone,
    is_bright: bool,
}

impl Default for Backdrop {
    fn default() -> Self {
        Self::new(Background::Gradient, Tone::Neutral)
    }
}

impl Backdrop {
    /// As it is asked for; a dome's picture is drawn over it.
    #[must_use]
    pub fn new(background: Background, tone: Tone) -> Self {
        let [top, bottom] = match background {
            Background::Stage | Background::Gradient => [0x30_3541, 0x12_1419],
            Background::Dark => [0x1b_1d22; 2],
            Background::Light => [0xd9_dce2; 2],
            Background::White => [0xff_ffff; 2],
            Background::Black => [0; 2],
        };
        let is_bright = matches!(background, Background::Light | Background::White);
        Self { top: light(top, tone), bottom: light(bottom, tone), tone, is_bright }
    }

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

    /// Colours of marks on the backdrop (or on something as dark as it), and on something bright.
    #[must_use]
    pub fn mark_inks(&self, is_bare: bool) -> [[f32; 3]; 2] {
        let (pale, dark) = (light(0xd3_dceb, self.tone), light(0x14_1820, self.tone));
        [if is_bare && self.is_bright { dark } else { pale }, dark]
    }

    /// Colours of the ground's lines, its first axis (X) and its second one (1: Y, 2: Z).
    #[must_use]
    pub fn grid_inks(&self, second: usize) -> [[f32; 3]; 3] {
        let lines = if self.is_bright { 0x20_2834 } else { 0x8e_98a8 };
        let axes = if self.is_bright {
            [0xc4_3b40, 0x3d_8a2f, 0x2f_62c9]
        } else {
            [0xe0_5a5f, 0x6c_b35c, 0x5c_8df0]
        };
        [lines, axes[0], axes[second.min(2)]].map(|hex| light(hex, self.tone))
    }
}

/// Light that the display shows as this colour.
fn light(hex: u32, curve: Tone) -> [f32; 3] {
    let shown = [16, 8, 0].map(|shift| srgb_to_linear((hex >> shift & 0xff) as f32 / 255.0));
    tone::undo(shown, curve)
}

#[cfg(test)]
mod tests {
    use super::super::simd::Int;
    use super::super::simd::portable::F8;
    use super::*;

    #[test]
    fn backgrounds_look_the_same_under_every_curve() {
        for (background, expected) in [
            (Background::Black, 0),
            (Background::Dark, 0x1d),
            (Background::Light, 0xdc),
            (Background::White, 0xff),
        ] {
            for curve in [Tone::Neutral, Tone::Filmic, Tone::Linear] {
                let rgb = Backdrop::new(background, curve).row(3, 9);
                let packed = tone::display::<F8>(rgb.map(super::super::simd::Float::splat), curve).array()[0];
                let green = (packed as u32).to_le_bytes()[1];
                assert!(green.abs_diff(expected) <= 11, "{background:?} {curve:?}: {green}");
            }
        }
    }
}
