//! Samples of a still picture: where they are taken and how they add up.

use super::bin::TILE_AREA;
use super::simd::Float;

/// Linear light of a tile, row by row.
pub struct Canvas {
    /// R, G and B.
    pub rgb: [Box<[f32; TILE_AREA]>; 3],
}

impl Default for Canvas {
    fn default() -> Self {
        Self { rgb: [(); 3].map(|()| Box::new([0.0; TILE_AREA])) }
    }
}

/// Light above this counts as this much in a sum: one spark must not outweigh all other samples.
const BRIGHTEST: f32 = 8.0;

/// Adds eight pixels of sample number `sample` (from 0) to the sum and gives the mean.
#[inline(always)]
pub fn add<F: Float>(sum: &mut Canvas, at: usize, rgb: [F; 3], sample: u32) -> [F; 3] {
    let share = F::splat(1.0 / (sample + 1) as f32);
    let mut mean = rgb;
    for (plane, value) in sum.rgb.iter_mut().zip(&mut mean) {
        let value_in = value.clamp(0.0, BRIGHTEST);
        let total = if sample == 0 { value_in } else { F::load_at(plane.as_slice(), at) + value_in };
        total.store_at(plane.as_mut_slice(), at);
        // The first picture shows what was drawn; later ones the mean.
        if sample > 0 {
            *value = total * share;
        }
    }
    mean
}

/// Where in its pixel sample number `sample` is taken, from the middle: the middle first, then Halton's points.
#[must_use]
pub fn offset(sample: u32) -> [f64; 2] {
    if sample == 0 { [0.0; 2] } else { [halton(sample, 2) - 0.5, halton(sample, 3) - 0.5] }
}

/// Digits of `index` in `base`, mirrored at the point.
fn halton(mut index: u32, base: u32) -> f64 {
    let (mut value, mut digit) = (0.0, 1.0);
    while index > 0 {
        digit /= f64::from(base);
        value += digit * f64::from(index % base);
        index /= base;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_spread_evenly_over_the_pixel() {
        assert_eq!(offset(0), [0.0; 2]);
        for axis in 0..2 {
            let mean: f64 = (0..16).map(|i| offset(i)[axis]).sum::<f64>() / 16.0;
            assert!(mean.abs() < 0.05, "{mean}");
            for quarter in 0..4 {
                let low = f64::from(quarter) * 0.25 - 0.5;
                let inside = (0..16).filter(|i| (low..low + 0.25).contains(&offset(*i)[axis])).count();
                assert!((2..=6).contains(&inside));
            }
        }
    }
}
