//! Pictures in memory: drawn pixel by pixel from a formula, written as PNG.

use std::io::Cursor;

use anyhow::Result;

/// 8-bit samples, top row first, without padding.
pub struct Picture {
    size: [usize; 2],
    channels: usize,
    samples: Vec<u8>,
}

impl Picture {
    /// One grey value for each pixel; the formula gets `u` right and `v` up, from 0 to 1, and returns 0 to 1.
    pub fn grey(size: [usize; 2], mut formula: impl FnMut(f64, f64) -> f64) -> Self {
        Self::drawn(size, |u, v| [formula(u, v)])
    }

    /// As [`Self::grey`] with red, green, blue.
    pub fn rgb(size: [usize; 2], formula: impl FnMut(f64, f64) -> [f64; 3]) -> Self {
        Self::drawn(size, formula)
    }

    fn drawn<const CHANNELS: usize>(
        size: [usize; 2],
        mut formula: impl FnMut(f64, f64) -> [f64; CHANNELS],
    ) -> Self {
        let mut samples = Vec::with_capacity(size[0] * size[1] * CHANNELS);
        for row in 0..size[1] {
            for column in 0..size[0] {
                let u = (column as f64 + 0.5) / size[0] as f64;
                let v = 1.0 - (row as f64 + 0.5) / size[1] as f64;
                samples.extend(formula(u, v).map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8));
            }
        }
        Self { size, channels: CHANNELS, samples }
    }

    /// The bytes of a PNG file.
    pub fn png(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.size[0] as u32, self.size[1] as u32);
        encoder.set_color(if self.channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.samples)?;
        writer.finish()?;
        Ok(bytes)
    }
}

/// A number from 0 to 1 that looks random and is always the same for the same place (integer hash).
pub fn hash(x: i64, y: i64, seed: u64) -> f64 {
    let mut h = (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F)
        ^ seed;
    h = (h ^ (h >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((h ^ (h >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Smooth noise that repeats after 1 in both directions, with `cells` bumps along each, from 0 to 1.
pub fn noise(u: f64, v: f64, cells: [i64; 2], seed: u64) -> f64 {
    let (x, y) = (u * cells[0] as f64, v * cells[1] as f64);
    let (column, row) = (x.floor(), y.floor());
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (fx, fy) = (ease(x - column), ease(y - row));
    let at = |dx: i64, dy: i64| {
        hash((column as i64 + dx).rem_euclid(cells[0]), (row as i64 + dy).rem_euclid(cells[1]), seed)
    };
    let below = at(0, 0) + (at(1, 0) - at(0, 0)) * fx;
    let above = at(0, 1) + (at(1, 1) - at(0, 1)) * fx;
    below + (above - below) * fy
}

/// Noise over several scales, from 0 to 1.
pub fn clouds(u: f64, v: f64, cells: i64, octaves: u32, seed: u64) -> f64 {
    let mut sum = 0.0;
    let mut whole = 0.0;
    for octave in 0..octaves {
        let weight = 0.5_f64.powi(octave as i32);
        let cells = cells << octave;
        sum += weight * noise(u, v, [cells, cells], seed + u64::from(octave));
        whole += weight;
    }
    sum / whole
}

/// 0 below `from`, 1 above `to`, smooth between.
pub fn step(from: f64, to: f64, x: f64) -> f64 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Between two colours.
pub fn mix(a: [f64; 3], b: [f64; 3], t: f64) -> [f64; 3] {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t)
}

/// Whether both are PNGs of the same picture. Their bytes may differ: which compressor the `png` crate gets depends on
/// what else is built with it.
pub fn is_same_png(a: &[u8], b: &[u8]) -> bool {
    let pixels = |file: &[u8]| {
        let mut reader = png::Decoder::new(Cursor::new(file.to_vec())).read_info().ok()?;
        let mut pixels = vec![0; reader.output_buffer_size()?];
        let info = reader.next_frame(&mut pixels).ok()?;
        Some((info.width, info.height, info.color_type, pixels))
    };
    pixels(a).is_some_and(|a| pixels(b) == Some(a))
}
