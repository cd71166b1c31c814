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
    pub fn shade(&mut self, color: impl FnMut(u32, u32) -> [u8; 3]) {
        self.shade_part([0, 0], self.size, color);
    }

    /// Sets every pixel from column and row `from` up to and without `to`, row by row.
    pub fn shade_part(&mut self, from: [u32; 2], to: [u32; 2], mut color: impl FnMut(u32, u32) -> [u8; 3]) {
        let [right, bottom] = [to[0].min(self.size[0]), to[1].min(self.size[1])];
        if from[0] >= right {
            return;
        }
        let width = self.size[0] as usize * 4;
        for y in from[1]..bottom {
            let row = &mut self.pixels[y as usize * width..][..width];
            let part = &mut row[from[0] as usize * 4..right as usize * 4];
            for (x, pixel) in (from[0]..).zip(part.chunks_exact_mut(4)) {
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
        let share = (f32::from(color.alpha) * coverage.clamp(0.0, 1.0)) as i32;
        // Most of what a glyph's box holds is empty.
        if share == 0 {
            return;
        }
        let at = (y as usize * self.size[0] as usize + x as usize) * 4;
        for (below, above) in self.pixels[at..at + 3].iter_mut().zip(color.rgb) {
            let change = (i32::from(above) - i32::from(*below)) * share;
            *below = (i32::from(*below) + (change + change.signum() * 127) / 255) as u8;
        }
    }

    /// Fills whole pixels from column and row `from` up to and without `to`.
    pub fn rectangle(&mut self, from: [i32; 2], to: [i32; 2], color: Color) {
        for y in from[1].max(0)..to[1].min(self.size[1] as i32) {
            self.span(y, from[0], to[0], color);
        }
    }

    /// Fills whole pixels of one row.
    fn span(&mut self, y: i32, from: i32, to: i32, color: Color) {
        let clip = |x: i32| x.clamp(0, self.size[0] as i32) as usize;
        let (left, right) = (clip(from), clip(to));
        if left >= right || y < 0 || y >= self.size[1] as i32 {
            return;
        }
        let row = y as usize * self.size[0] as usize;
        let pixels = self.pixels[(row + left) * 4..(row + right) * 4].chunks_exact_mut(4);
        let [r, g, b] = color.rgb;
        if color.alpha == 255 {
            pixels.for_each(|pixel| pixel.copy_from_slice(&[r, g, b, 255]));
            return;
        }
        let (share, rest) = (u16::from(color.alpha), 255 - u16::from(color.alpha));
        let above = [r, g, b, 255].map(|value| u16::from(value) * share + 127);
        for pixel in pixels {
            for (below, above) in pixel.iter_mut().zip(above) {
                *below = ((u16::from(*below) * rest + above) / 255) as u8;
            }
        }
    }

    /// Fills a rectangle with round corners and smooth edges, in pixels from the top left.
    pub fn rounded(&mut self, from: [f32; 2], to: [f32; 2], radius: f32, color: Color) {
        let half = [(to[0] - from[0]) / 2.0, (to[1] - from[1]) / 2.0];
        let centre = [from[0] + half[0], from[1] + half[1]];
        let radius = radius.min(half[0]).min(half[1]).max(0.0);
        let first = from[1].max(0.0).floor() as i32;
        let last = to[1].min(self.size[1] as f32).ceil() as i32;
        for y in first..last {
            let from_middle = (y as f32 + 0.5 - centre[1]).abs();
            let dy = from_middle - half[1] + radius;
            // The part of the row that is covered whole is filled at once; only the edges need their distance.
            let inner = radius - 0.5;
            let solid = if from_middle > half[1] - 0.5 || dy > inner {
                f32::NEG_INFINITY
            } else {
                half[0] - radius + if dy <= 0.0 { inner } else { (inner * inner - dy * dy).sqrt() }
            };
            let start = from[0].max(0.0).floor() as i32;
            let end = to[0].min(self.size[0] as f32).ceil() as i32;
            let (mut low, mut high) =
                ((centre[0] - solid - 0.5).ceil() as i32, (centre[0] + solid + 0.5).floor() as i32);
            (low, high) = if low < high { (low.max(start), high.min(end)) } else { (start, start) };
            self.span(y, low, high, color);
            for x in (start..low).chain(high.max(start)..end) {
                let dx = (x as f32 + 0.5 - centre[0]).abs() - half[0] + radius;
                let outside = if dx <= 0.0 || dy <= 0.0 { dx.max(dy) } else { (dx * dx + dy * dy).sqrt() };
                let coverage = 0.5 + radius - outside;
                if coverage > 0.0 {
                    self.blend(x, y, color, coverage);
                }
            }
        }
    }

    /// Draws a line with round ends and smooth edges.
    pub fn line(&mut self, from: [f32; 2], to: [f32; 2], width: f32, color: Color) {
        let along = [to[0] - from[0], to[1] - from[1]];
        let squared = (along[0] * along[0] + along[1] * along[1]).max(1e-6);
        let reach = width / 2.0 + 1.0;
        let first = (from[1].min(to[1]) - reach).max(0.0) as i32;
        let last = (from[1].max(to[1]) + reach).min(self.size[1] as f32).ceil() as i32;
        for y in first..last {
            // Only the columns that the line passes in this row, or a long diagonal would visit the whole picture.
            let passes = |row: f32| {
                let share = if along[1] == 0.0 { 0.0 } else { ((row - from[1]) / along[1]).clamp(0.0, 1.0) };
                from[0] + along[0] * share
            };
            let (above, below) = (passes(y as f32 - reach), passes(y as f32 + 1.0 + reach));
            let (left, right) = if along[1].abs() < 0.5 {
                (from[0].min(to[0]), from[0].max(to[0]))
            } else {
                (above.min(below), above.max(below))
            };
            let start = (left - reach).max(0.0) as i32;
            let end = (right + reach).min(self.size[0] as f32).ceil() as i32;
            for x in start..end {
                let [dx, dy] = [x as f32 + 0.5 - from[0], y as f32 + 0.5 - from[1]];
                let share = ((dx * along[0] + dy * along[1]) / squared).clamp(0.0, 1.0);
                let [off_x, off_y] = [dx - share * along[0], dy - share * along[1]];
                let coverage = 0.5 + width / 2.0 - (off_x * off_x + off_y * off_y).sqrt();
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
        let mut pixels = [7; 4 * 4 * 4];
        let mut canvas = Canvas::new(&mut pixels, [4, 4]).unwrap();
        canvas.shade_part([3, 2], [9, 9], |x, y| [x as u8, y as u8, 0]);
        canvas.shade_part([4, 0], [9, 9], |_, _| [99; 3]);
        let set: Vec<_> = pixels.chunks(4).enumerate().filter(|(_, pixel)| pixel != &[7; 4]).collect();
        assert_eq!(set, [(11, &[3, 2, 0, 255][..]), (15, &[3, 3, 0, 255])]);
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
    fn a_line_is_whole_in_every_direction() {
        for angle in 0..32_u8 {
            let (sine, cosine) = (std::f32::consts::TAU * f32::from(angle) / 32.0).sin_cos();
            let mut pixels = vec![0; 64 * 64 * 4];
            let at = |reach: f32| [32.0 + cosine * reach, 32.0 + sine * reach];
            Canvas::new(&mut pixels, [64, 64]).unwrap().line(at(0.0), at(28.0), 3.0, Color::hex(0xff_ffff));
            for step in 0..28_u8 {
                let [x, y] = at(f32::from(step)).map(|v| v as usize);
                assert!(pixels[(y * 64 + x) * 4] > 150, "{angle}/32 at {step}");
            }
            let lit = pixels.chunks(4).map(|p| f32::from(p[0]) / 255.0).sum::<f32>();
            assert!((lit - (28.0 * 3.0 + 7.0)).abs() < 6.0, "{angle}/32: {lit}");
        }
    }

    #[test]
    fn round_shapes_cover_their_area_and_nothing_twice() {
        let gray = Color { rgb: [255; 3], alpha: 128 };
        for (to, radius, area) in
            [([44.0, 44.0], 20.0, 1256.6), ([44.5, 30.5], 6.0, 1042.3), ([50.0, 8.0], 0.0, 184.0)]
        {
            let mut pixels = vec![0; 64 * 64 * 4];
            Canvas::new(&mut pixels, [64, 64]).unwrap().rounded([4.0, 4.0], to, radius, gray);
            let lit = pixels.chunks(4).map(|p| f32::from(p[0]) / 128.0).sum::<f32>();
            assert!((lit - area).abs() < area * 0.02, "{to:?}: {lit}");
            assert!(pixels.chunks(4).all(|p| p[0] <= 128));
        }
    }

    #[test]
    fn opacity_mixes() {
        let mut pixels = vec![100; 4];
        Canvas::new(&mut pixels, [1, 1]).unwrap().rectangle(
            [0, 0],
            [1, 1],
            Color { rgb: [200, 0, 100], alpha: 128 },
        );
        assert_eq!(pixels[..3], [150, 50, 100]);
    }
}
