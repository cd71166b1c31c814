//! Drawing into RGBA pixels: rectangles, rounded ones, lines. For test cards, placeholders and overlays.
//!
//! Borrows the pixels, clips everything, blends display-encoded values, keeps alpha at 255.

use crate::convert::{PictureError, check};

/// A display-encoded colour with its opacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    /// Red, green, blue.
    pub rgb: [u8; 3],
    /// 0 is invisible, 255 covers.
    pub alpha: u8,
}

impl Color {
    /// An opaque colour from its six hexadecimal digits.
    #[must_use]
    pub const fn hex(rgb: u32) -> Self {
        let [_, r, g, b] = rgb.to_be_bytes();
        Self { rgb: [r, g, b], alpha: 255 }
    }

    /// The same colour, this opaque.
    #[must_use]
    pub const fn with_alpha(self, alpha: u8) -> Self {
        Self { alpha, ..self }
    }
}

/// A picture that is being drawn.
pub struct Canvas<'a> {
    pixels: &'a mut [u8],
    size: [u32; 2],
}

impl<'a> Canvas<'a> {
    /// Draws into `pixels`, RGBA without padding.
    ///
    /// # Errors
    /// Pixels that do not match the size.
    pub fn new(pixels: &'a mut [u8], size: [u32; 2]) -> Result<Self, PictureError> {
        check(size, 4, pixels.len())?;
        Ok(Self { pixels, size })
    }

    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Sets every pixel from its column and row.
    pub fn shade(&mut self, mut color: impl FnMut(u32, u32) -> [u8; 3]) {
        let width = self.size[0] as usize * 4;
        for (y, row) in (0..).zip(self.pixels.chunks_exact_mut(width)) {
            for (x, pixel) in (0..).zip(row.chunks_exact_mut(4)) {
                let [r, g, b] = color(x, y);
                pixel.copy_from_slice(&[r, g, b, 255]);
            }
        }
    }

    /// Blends one pixel; `coverage` from 0 to 1 scales the colour's opacity.
    pub fn blend(&mut self, x: i32, y: i32, color: Color, coverage: f32) {
        if x < 0 || y < 0 || x >= self.size[0] as i32 || y >= self.size[1] as i32 {
            return;
        }
        let at = (y as usize * self.size[0] as usize + x as usize) * 4;
        let share = (f32::from(color.alpha) * coverage.clamp(0.0, 1.0)) as i32;
        for (below, above) in self.pixels[at..at + 3].iter_mut().zip(color.rgb) {
            let change = (i32::from(above) - i32::from(*below)) * share;
            *below = (i32::from(*below) + (change + change.signum() * 127) / 255) as u8;
        }
    }

    /// Fills whole pixels from column and row `from` up to and without `to`.
    pub fn rectangle(&mut self, from: [i32; 2], to: [i32; 2], color: Color) {
        let clip = |value: i32, side: u32| value.clamp(0, side as i32) as usize;
        let (left, right) = (clip(from[0], self.size[0]), clip(to[0], self.size[0]));
        let (top, bottom) = (clip(from[1], self.size[1]), clip(to[1], self.size[1]));
        if left >= right {
            return;
        }
        let opaque = [color.rgb[0], color.rgb[1], color.rgb[2], 255];
        for y in top..bottom {
            if color.alpha == 255 {
                let row = y * self.size[0] as usize;
                for pixel in self.pixels[(row + left) * 4..(row + right) * 4].chunks_exact_mut(4) {
                    pixel.copy_from_slice(&opaque);
                }
            } else {
                (left..right).for_each(|x| self.blend(x as i32, y as i32, color, 1.0));
            }
        }
    }

    /// Fills a rectangle with round corners and smooth edges, in pixels from the top left.
    pub fn rounded(&mut self, from: [f32; 2], to: [f32; 2], radius: f32, color: Color) {
        let half = [(to[0] - from[0]) / 2.0, (to[1] - from[1]) / 2.0];
        let centre = [from[0] + half[0], from[1] + half[1]];
        let radius = radius.min(half[0]).min(half[1]).max(0.0);
        self.distance(from, to, color, |x, y| {
            let [dx, dy] =
                [(x - centre[0]).abs() - half[0] + radius, (y - centre[1]).abs() - half[1] + radius];
            dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
        });
    }

    /// Draws a line with round ends and smooth edges.
    pub fn line(&mut self, from: [f32; 2], to: [f32; 2], width: f32, color: Color) {
        let along = [to[0] - from[0], to[1] - from[1]];
        let squared = (along[0] * along[0] + along[1] * along[1]).max(1e-6);
        let low = [from[0].min(to[0]) - width, from[1].min(to[1]) - width];
        let high = [from[0].max(to[0]) + width, from[1].max(to[1]) + width];
        self.distance(low, high, color, |x, y| {
            let [dx, dy] = [x - from[0], y - from[1]];
            let share = ((dx * along[0] + dy * along[1]) / squared).clamp(0.0, 1.0);
            (dx - share * along[0]).hypot(dy - share * along[1]) - width / 2.0
        });
    }

    /// Fills where `distance` (in pixels, at pixel centres) is negative, smoothly over one pixel.
    fn distance(&mut self, from: [f32; 2], to: [f32; 2], color: Color, distance: impl Fn(f32, f32) -> f32) {
        let low = |value: f32| value.max(0.0).floor() as i32;
        let high = |value: f32, side: u32| value.min(side as f32).ceil() as i32;
        for y in low(from[1])..high(to[1], self.size[1]) {
            for x in low(from[0])..high(to[0], self.size[0]) {
                let coverage = 0.5 - distance(x as f32 + 0.5, y as f32 + 0.5);
                if coverage > 0.0 {
                    self.blend(x, y, color, coverage);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_clipped_at_the_edges() {
        let mut pixels = vec![0; 8 * 8 * 4];
        let mut canvas = Canvas::new(&mut pixels, [8, 8]).unwrap();
        let white = Color::hex(0xff_ffff);
        canvas.rectangle([-5, -5], [2, 20], white);
        canvas.rectangle([7, 7], [3, 3], white);
        canvas.rounded([6.0, 6.0], [40.0, 40.0], 1.0, white);
        canvas.line([-100.0, 4.0], [100.0, 4.0], 1.0, white);
        canvas.blend(-1, 3, white, 1.0);
        canvas.blend(8, 3, white, 1.0);
        assert_eq!(pixels[..4], [255; 4]);
        assert_eq!(pixels[2 * 4..2 * 4 + 3], [0; 3]);
        assert_eq!(pixels[(7 * 8 + 7) * 4..][..3], [255; 3]);
    }

    #[test]
    fn opacity_mixes() {
        let mut pixels = vec![100; 4];
        Canvas::new(&mut pixels, [1, 1]).unwrap().rectangle(
            [0, 0],
            [1, 1],
            Color { rgb: [200, 0, 100], alpha: 128 },
        );
        assert_eq!(pixels, [150, 50, 100, 100]);
    }
}
