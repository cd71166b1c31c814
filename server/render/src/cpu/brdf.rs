//! How a surface reflects: Lambert and GGX, in linear light, eight pixels at a time.
//!
//! GGX with Smith's correlated visibility in Hammon's approximation ("PBR diffuse lighting for GGX+Smith
//! microsurfaces", 2017), Schlick's Fresnel, and for light from everywhere the split sum of Karis
//! ("Physically based shading on mobile", 2014).

use super::math::{dot, exp2, mix, normalize};
use super::simd::{Float, three};

/// Eight shaded points.
pub struct Points<F: Float> {
    /// Unit normal, turned towards the eye.
    pub normal: [F; 3],
    /// Unit direction to the eye.
    pub to_eye: [F; 3],
    /// Cosine between them, above 0.
    pub cosine: F,
    /// Diffuse albedo.
    pub diffuse: [F; 3],
    /// Reflection at normal incidence.
    pub f0: [F; 3],
    /// Perceptual roughness.
    pub roughness: F,
    /// Strength and perceptual roughness of a clear coat, if the material has one.
    pub coat: Option<[f32; 2]>,
}

/// Light that leaves towards the eye, in two parts since only one of them is covered by opacity.
pub struct Reflected<F: Float> {
    /// Scattered below the surface.
    pub diffuse: [F; 3],
    /// Mirrored at it.
    pub specular: [F; 3],
}

/// Smallest GGX alpha: sharper highlights than this alias into sparks.
const LEAST_ALPHA: f32 = 0.004;

/// GGX distribution times visibility times π, for unit vectors' cosines.
#[inline(always)]
fn lobe<F: Float>(alpha: F, n_h: F, n_v: F, n_l: F) -> F {
    let alpha2 = alpha * alpha;
    let bell = (n_h * n_h).mul_add(alpha2 - F::splat(1.0), F::splat(1.0));
    let smooth = n_l * n_v;
    let visible = mix(smooth + smooth, n_l + n_v, alpha);
    alpha2 * F::splat(0.5) / (bell * bell * visible).max(F::splat(1e-9))
}

/// `(1 - x)^5`.
#[inline(always)]
fn grazing<F: Float>(x: F) -> F {
    let y = (F::splat(1.0) - x).max(F::splat(0.0));
    let y2 = y * y;
    y2 * y2 * y
}

/// Reflection of light from everywhere: scale of f0, and what is added.
#[inline(always)]
fn split_sum<F: Float>(roughness: F, n_v: F) -> [F; 2] {
    let rx = F::splat(1.0) - roughness;
    let ry = roughness.mul_add(F::splat(-0.0275), F::splat(0.0425));
    let rz = roughness.mul_add(F::splat(-0.572), F::splat(1.04));
    let rw = roughness.mul_add(F::splat(0.022), F::splat(-0.04));
    let a = (rx * rx).min(exp2(n_v * F::splat(-9.28))).mul_add(rx, ry);
    [a.mul_add(F::splat(-1.04), rz), a.mul_add(F::splat(1.04), rw)]
}

impl<F: Float> Points<F> {
    /// Adds what is reflected of light that comes from the unit direction `to_light`; `power` is irradiance over π at
    /// normal incidence.
    #[inline(always)]
    pub fn add_beam(&self, to_light: [F; 3], power: [F; 3], out: &mut Reflected<F>) {
        let zero = F::splat(0.0);
        let n_l = dot(self.normal, to_light).max(zero);
        if !super::simd::Mask::any(n_l.gt(zero)) {
            return;
        }
        let half = normalize(three!(i => to_light[i] + self.to_eye[i]));
        let n_h = dot(self.normal, half).max(zero);
        let rim = grazing(dot(self.to_eye, half));
        let alpha = (self.roughness * self.roughness).max(F::splat(LEAST_ALPHA));
        let shine = lobe(alpha, n_h, self.cosine, n_l);
        let mut keep = F::splat(1.0);
        if let Some([strength, roughness]) = self.coat {
            let alpha = F::splat((roughness * roughness).max(LEAST_ALPHA));
            let fresnel = rim.mul_add(F::splat(0.96), F::splat(0.04)) * F::splat(strength);
            let coat = fresnel * lobe(alpha, n_h, self.cosine, n_l) * n_l;
            for i in 0..3 {
                out.specular[i] = coat.mul_add(power[i], out.specular[i]);
            }
            keep = keep - fresnel;
        }
        for i in 0..3 {
            let light = power[i] * n_l * keep;
            let fresnel = mix(self.f0[i], F::splat(1.0), rim);
            out.diffuse[i] = (self.diffuse[i] * (F::splat(1.0) - fresnel)).mul_add(light, out.diffuse[i]);
            out.specular[i] = (fresnel * shine).mul_add(light, out.specular[i]);
        }
    }

    /// Adds what is reflected of light from everywhere: `irradiance` over π, `radiance` around the mirrored eye, and
    /// `glint` the same for the coat's own roughness; `open` is how much of it no crevice hides.
    #[inline(always)]
    pub fn add_sky(
        &self,
        irradiance: [F; 3],
        radiance: [F; 3],
        glint: [F; 3],
        open: F,
        out: &mut Reflected<F>,
    ) {
        let [scale, add] = split_sum(self.roughness, self.cosine);
        let mut keep = open;
        if let Some([strength, roughness]) = self.coat {
            let [scale, add] = split_sum(F::splat(roughness), self.cosine);
            let fresnel = scale.mul_add(F::splat(0.04), add) * F::splat(strength);
            for i in 0..3 {
                out.specular[i] = (fresnel * open).mul_add(glint[i], out.specular[i]);
            }
            keep = keep - keep * fresnel;
        }
        for i in 0..3 {
            let mirrored = self.f0[i].mul_add(scale, add);
            let kept = self.diffuse[i] * (F::splat(1.0) - mirrored);
            out.diffuse[i] = (kept * keep).mul_add(irradiance[i], out.diffuse[i]);
            out.specular[i] = (mirrored * keep).mul_add(radiance[i], out.specular[i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::simd::portable::F8;
    use super::*;

    fn white(roughness: f32) -> Points<F8> {
        let up = [0.0, 0.0, 1.0].map(F8::splat);
        Points {
            normal: up,
            to_eye: up,
            cosine: F8::splat(1.0),
            diffuse: [F8::splat(0.0); 3],
            f0: [F8::splat(1.0); 3],
            roughness: F8::splat(roughness),
            coat: None,
        }
    }

    fn none() -> Reflected<F8> {
        Reflected { diffuse: [F8::splat(0.0); 3], specular: [F8::splat(0.0); 3] }
    }

    #[test]
    fn a_mirror_loses_little_and_gains_nothing_in_a_uniform_sky() {
        for roughness in [0.0, 0.3, 0.6, 1.0] {
            let mut out = none();
            let one = [F8::splat(1.0); 3];
            white(roughness).add_sky(one, one, one, F8::splat(1.0), &mut out);
            let all = out.specular[0].array()[0];
            assert!(all < 1.05 && all > 0.4, "{roughness}: {all}");
        }
    }

    #[test]
    fn beams_from_all_sides_add_up_to_no_more_than_came_in() {
        // Riemann sum over the hemisphere: reflected light for unit radiance from everywhere.
        for roughness in [0.4, 0.7, 1.0] {
            let mut out = none();
            let steps = 64u16;
            for i in 0..steps {
                let theta = (f32::from(i) + 0.5) / f32::from(steps) * std::f32::consts::FRAC_PI_2;
                let solid =
                    theta.sin() * std::f32::consts::FRAC_PI_2 / f32::from(steps) * std::f32::consts::TAU;
                let power = [F8::splat(solid / std::f32::consts::PI); 3];
                white(roughness).add_beam([theta.sin(), 0.0, theta.cos()].map(F8::splat), power, &mut out);
            }
            let all = out.specular[0].array()[0];
            // Rough lobes lose what would bounce twice.
            assert!(all < 1.02 && all > 0.3, "{roughness}: {all}");
        }
    }
}
