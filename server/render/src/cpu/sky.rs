//! Light from everywhere: the dome of the stage or the viewer's soft sky.
//!
//! Radiance is kept as second-order spherical harmonics (Ramamoorthi and Hanrahan, "An efficient representation for
//! irradiance environment maps", 2001), written as a polynomial of the direction.

use glam::Vec3;

use super::simd::{Float, three};

/// Radiance by direction: `c0 + c1·(x, y, z) + c2·(xy, yz, xz) + c3 (3z² - 1) + c4 (x² - y²)`, for R, G and B.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sky {
    /// Nine numbers for each of R, G and B.
    pub coefficients: [[f32; 9]; 3],
}

/// How much of each band is left after a cosine lobe, divided by that of the mean.
const DIFFUSE: [f32; 2] = [2.0 / 3.0, 0.25];

impl Sky {
    /// The same from everywhere.
    #[must_use]
    pub fn constant(radiance: [f32; 3]) -> Self {
        Self { coefficients: radiance.map(|c| [c, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]) }
    }

    /// From `ground` below to `zenith` above.
    #[must_use]
    pub fn gradient(zenith: [f32; 3], ground: [f32; 3], up: Vec3) -> Self {
        let mut sky = Self::default();
        for (c, row) in sky.coefficients.iter_mut().enumerate() {
            let slope = up * (0.5 * (zenith[c] - ground[c]));
            row[..4].copy_from_slice(&[0.5 * (zenith[c] + ground[c]), slope.x, slope.y, slope.z]);
        }
        sky
    }

    /// Adds another sky.
    pub fn add(&mut self, other: &Self) {
        for (own, other) in self.coefficients.iter_mut().flatten().zip(other.coefficients.iter().flatten()) {
            *own += other;
        }
    }

    /// Multiplies all light.
    pub fn scale(&mut self, factor: f32) {
        for own in self.coefficients.iter_mut().flatten() {
            *own *= factor;
        }
    }

    #[inline(always)]
    fn evaluate<F: Float>(&self, d: [F; 3], bands: [F; 2]) -> [F; 3] {
        let [x, y, z] = d;
        let linear = [x * bands[0], y * bands[0], z * bands[0]];
        let flat = self.coefficients.iter().all(|row| row[4..].iter().all(|c| *c == 0.0));
        let zz = z * z;
        let square = [x * y, y * z, x * z, zz.mul_add(F::splat(3.0), F::splat(-1.0)), x * x - y * y];
        three!(i => {
            let row = &self.coefficients[i];
            let mut sum = F::splat(row[0]);
            for k in 0..3 {
                sum = linear[k].mul_add(F::splat(row[k + 1]), sum);
            }
            if !flat {
                for k in 0..5 {
                    sum = (square[k] * bands[1]).mul_add(F::splat(row[k + 4]), sum);
                }
            }
            sum.max(F::splat(0.0))
        })
    }

    /// Irradiance of a surface with normal `d`, divided by π.
    #[inline(always)]
    pub fn irradiance<F: Float>(&self, d: [F; 3]) -> [F; 3] {
        self.evaluate(d, [F::splat(DIFFUSE[0]), F::splat(DIFFUSE[1])])
    }

    /// Radiance around direction `d`, blurred as a surface of this roughness does.
    #[inline(always)]
    pub fn radiance<F: Float>(&self, d: [F; 3], roughness: F) -> [F; 3] {
        let one = F::splat(1.0);
        let keep0 = roughness.mul_add(F::splat(DIFFUSE[0] - 1.0), one);
        let keep1 = roughness.mul_add(F::splat(DIFFUSE[1] - 1.0), one);
        self.evaluate(d, [keep0, keep1])
    }
}

#[cfg(test)]
mod tests {
    use super::super::simd::portable::F8;
    use super::*;

    #[test]
    fn a_gradient_is_bright_above_and_dark_below() {
        let sky = Sky::gradient([0.9; 3], [0.1; 3], Vec3::Z);
        let at = |d: [f32; 3]| sky.radiance(d.map(F8::splat), F8::splat(0.0))[1].array()[3];
        assert!((at([0.0, 0.0, 1.0]) - 0.9).abs() < 1e-6);
        assert!((at([0.0, 0.0, -1.0]) - 0.1).abs() < 1e-6);
        assert!((at([1.0, 0.0, 0.0]) - 0.5).abs() < 1e-6);
        let soft = sky.irradiance([0.0, 0.0, 1.0].map(F8::splat))[1].array()[0];
        assert!(soft < 0.9 && soft > 0.5);
    }
}
