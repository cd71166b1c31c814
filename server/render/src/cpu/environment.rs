//! The picture of a dome light, made ready for shading: octahedral maps (Engelhardt and Dachsbacher, "Octahedron
//! environment maps", 2008), one for each of a few roughnesses, and spherical harmonics for everything diffuse.
//!
//! Built once at load. Looking up a direction takes no `atan2`. Texels are RGB9E5: 32 bits for any brightness.

use std::f32::consts::{PI, TAU};

use glam::{Mat3, Vec3};

use super::math::srgb_to_linear;
use super::pyramid::Pyramid;
use super::simd::{Float, Int, Mask, three};
use super::sky::Sky;
use super::threads::Team;

/// Maps, from a mirror to fully rough.
const LEVELS: usize = 5;
/// Largest side of the sharpest map.
const LARGEST: u32 = 1024;
/// Lobe samples of a prefiltered texel.
const SAMPLES: u32 = 48;

/// A dome's light by direction in stage space.
#[derive(Debug, Default)]
pub struct Environment {
    /// Words of all maps, one after the other.
    words: Vec<u32>,
    starts: [u32; LEVELS],
    sides: [u32; LEVELS],
    /// The same, coarse.
    pub sky: Sky,
}

/// A latitude-longitude picture of which to read at load.
struct Panorama<'a> {
    pyramid: &'a Pyramid,
    base: &'a [[u8; 4]],
    local_from_world: Mat3,
    tint: Vec3,
    linear: [f32; 256],
}

impl Panorama<'_> {
    /// Light from a direction, averaged over about `texels` of level 0.
    fn light(&self, direction: Vec3, texels: f32) -> Vec3 {
        let d = (self.local_from_world * direction).normalize_or(Vec3::Y);
        // USD: +Y is up, the middle of the picture is +Z, a quarter to the left of it +X.
        let u = (d.z.atan2(d.x) + 0.5 * PI) / TAU;
        let v = d.y.clamp(-1.0, 1.0).acos() / PI;
        let last = self.pyramid.levels.saturating_sub(1);
        let level = (texels.max(1.0).log2() as u32).min(last) as usize;
        let (width, height) = (self.pyramid.widths[level], self.pyramid.heights[level]);
        let (x, y) = (u * width as f32 - 0.5, v * height as f32 - 0.5);
        let (fx, fy) = (x - x.floor(), y - y.floor());
        let texel = |dx: i64, dy: i64| {
            let column = (x.floor() as i64 + dx).rem_euclid(i64::from(width));
            let row = (y.floor() as i64 + dy).clamp(0, i64::from(height) - 1);
            let at = (row * i64::from(width) + column) as usize;
            let row = if level == 0 {
                self.base.get(at)
            } else {
                self.pyramid.texels.get(self.pyramid.starts[level] as usize + at)
            };
            row.map_or(Vec3::ZERO, |t| Vec3::new(self.decode(t[0]), self.decode(t[1]), self.decode(t[2])))
        };
        let top = texel(0, 0).lerp(texel(1, 0), fx);
        let bottom = texel(0, 1).lerp(texel(1, 1), fx);
        top.lerp(bottom, fy) * self.tint
    }

    fn decode(&self, byte: u8) -> f32 {
        self.linear[usize::from(byte)]
    }
}

impl Environment {
    /// Reads a dome's picture. `tint` multiplies it.
    #[must_use]
    pub fn build(
        pyramid: &Pyramid,
        base: &[[u8; 4]],
        world_from_local: Mat3,
        tint: [f32; 3],
        team: &mut Team,
    ) -> Self {
        let decode = |i: usize| {
            let value = i as f32 / 255.0;
            pyramid.scale * if pyramid.srgb { srgb_to_linear(value) } else { value }
        };
        let panorama = Panorama {
            pyramid,
            base,
            local_from_world: world_from_local.inverse(),
            tint: tint.into(),
            linear: std::array::from_fn(decode),
        };
        let sharp = (pyramid.widths[0] / 2).next_power_of_two().clamp(64, LARGEST);
        let mut built = Self::default();
        for level in 0..LEVELS {
            let side = if level == 0 { sharp } else { 128 >> (level - 1) };
            built.starts[level] = built.words.len() as u32;
            built.sides[level] = side;
            let roughness = level as f32 / (LEVELS - 1) as f32;
            // Texels of the picture on one of the map's.
            let share = pyramid.widths[0] as f32 / (side * 2) as f32;
            let rows = team.map(side as usize, &|y| {
                let texel = |x: u32| {
                    let at = |n: u32| (n as f32 + 0.5) / side as f32 * 2.0 - 1.0;
                    let direction = unfold(at(x), at(y as u32));
                    pack(if level == 0 {
                        panorama.light(direction, share)
                    } else {
                        blurred(&panorama, direction, roughness)
                    })
                };
                (0..side).map(texel).collect::<Vec<u32>>()
            });
            built.words.extend(rows.into_iter().flatten());
        }
        built.sky = coarse(&panorama);
        built
    }

    /// Light around the direction `d`, as a surface of this roughness (0 to 1) mirrors it.
    #[inline(always)]
    pub fn radiance<F: Float>(&self, d: [F; 3], roughness: F) -> [F; 3] {
        let one = F::splat(1.0);
        let zero = F::splat(0.0);
        let sum = d[0].abs() + d[1].abs() + d[2].abs();
        let inverse = one / sum.max(F::splat(1e-6));
        let (x, y) = (d[0] * inverse, d[1] * inverse);
        // The lower half is folded over the edges.
        let below = d[2].lt(zero);
        let sign_x = F::select(x.lt(zero), F::splat(-1.0), one);
        let sign_y = F::select(y.lt(zero), F::splat(-1.0), one);
        let fx = F::select(below, (one - y.abs()) * sign_x, x).mul_add(F::splat(0.5), F::splat(0.5));
        let fy = F::select(below, (one - x.abs()) * sign_y, y).mul_add(F::splat(0.5), F::splat(0.5));
        let place = roughness.clamp(0.0, 1.0) * F::splat((LEVELS - 1) as f32);
        let low = place.floor();
        let between = place - low;
        let level = low.round_int();
        let mut light = self.bilinear(level, fx, fy);
        if between.gt(F::splat(0.01)).any() {
            let next = (level + F::Int::splat(1)).min(F::Int::splat(LEVELS as i32 - 1));
            let other = self.bilinear(next, fx, fy);
            light = three!(i => (other[i] - light[i]).mul_add(between, light[i]));
        }
        light
    }

    #[inline(always)]
    fn bilinear<F: Float>(&self, level: F::Int, fx: F, fy: F) -> [F; 3] {
        let side = F::Int::gather_few(&self.sides, level);
        let start = F::Int::gather_few(&self.starts, level);
        let n = side.to_float();
        let zero = F::splat(0.0);
        let last = n - F::splat(1.0);
        let x = fx.mul_add(n, F::splat(-0.5)).max(zero).min(last);
        let y = fy.mul_add(n, F::splat(-0.5)).max(zero).min(last);
        let (x0, y0) = (x.floor(), y.floor());
        let (wx, wy) = (x - x0, y - y0);
        let mut light = [zero; 3];
        for corner in 0..4 {
            let (right, down) = (corner & 1 == 1, corner >> 1 == 1);
            let column = if right { (x0 + F::splat(1.0)).min(last) } else { x0 };
            let row = if down { (y0 + F::splat(1.0)).min(last) } else { y0 };
            let weight =
                (if right { wx } else { F::splat(1.0) - wx }) * (if down { wy } else { F::splat(1.0) - wy });
            let word = F::Int::gather(&self.words, start + row.round_int().mul(side) + column.round_int());
            // 2^(e - 24), written as the bits of a float.
            let weight = (word.shr::<27>() + F::Int::splat(127 - 24)).shl::<23>().as_float() * weight;
            let mask = F::Int::splat(0x1ff);
            light[0] = (word & mask).to_float().mul_add(weight, light[0]);
            light[1] = (word.shr::<9>() & mask).to_float().mul_add(weight, light[1]);
            light[2] = (word.shr::<18>() & mask).to_float().mul_add(weight, light[2]);
        }
        light
    }
}

/// RGB9E5, rounded.
fn pack(light: Vec3) -> u32 {
    let light = light.clamp(Vec3::ZERO, Vec3::splat(65000.0));
    let peak = light.max_element();
    if peak < 1e-6 {
        return 0;
    }
    let exponent = (peak.log2().floor() as i32 + 16).clamp(0, 31);
    let scale = (24.0 - exponent as f32).exp2();
    let mantissa = |c: f32| ((c * scale + 0.5) as u32).min(511);
    mantissa(light.x) | mantissa(light.y) << 9 | mantissa(light.z) << 18 | (exponent as u32) << 27
}

/// The direction of a place in the unfolded octahedron, both coordinates from -1 to 1.
fn unfold(x: f32, y: f32) -> Vec3 {
    let z = 1.0 - x.abs() - y.abs();
    let d = if z >= 0.0 {
        Vec3::new(x, y, z)
    } else {
        Vec3::new((1.0 - y.abs()).copysign(x), (1.0 - x.abs()).copysign(y), z)
    };
    d.normalize()
}

/// The mean over the GGX lobe around a direction that is seen head-on (Karis, "Real shading in Unreal Engine 4", 2013).
fn blurred(panorama: &Panorama<'_>, direction: Vec3, roughness: f32) -> Vec3 {
    let (tangent, bitangent) = direction.any_orthonormal_pair();
    let alpha2 = roughness.powi(4);
    let whole = (panorama.pyramid.widths[0] * panorama.pyramid.heights[0]) as f32;
    let (mut sum, mut weights) = (Vec3::ZERO, 0.0);
    for i in 0..SAMPLES {
        let a = (i as f32 + 0.5) / SAMPLES as f32;
        let phi = TAU * (i as f32 * 0.618_034).fract();
        let cosine = ((1.0 - a) / (1.0 + (alpha2 - 1.0) * a)).sqrt();
        let sine = (1.0 - cosine * cosine).max(0.0).sqrt();
        let half = tangent * (sine * phi.cos()) + bitangent * (sine * phi.sin()) + direction * cosine;
        let light = half * (2.0 * cosine) - direction;
        let n_l = light.dot(direction);
        if n_l <= 0.0 {
            continue;
        }
        // Each sample stands for a solid angle; read a level whose texels are about as large.
        let bell = (cosine * cosine * (alpha2 - 1.0) + 1.0).powi(2);
        let density = alpha2 / (PI * bell) * 0.25;
        let solid = 1.0 / (SAMPLES as f32 * density.max(1e-6));
        let texels = (solid / (4.0 * PI) * whole).sqrt();
        sum += panorama.light(light, texels) * n_l;
        weights += n_l;
    }
    sum / weights.max(1e-6)
}

/// Second-order spherical harmonics of the picture.
fn coarse(panorama: &Panorama<'_>) -> Sky {
    const ROWS: u32 = 48;
    let mut sky = Sky::default();
    let share = panorama.pyramid.widths[0] as f32 / (ROWS * 2) as f32;
    for row in 0..ROWS {
        let theta = (row as f32 + 0.5) / ROWS as f32 * PI;
        let solid = theta.sin() * (PI / ROWS as f32).powi(2);
        for column in 0..ROWS * 2 {
            let phi = (column as f32 + 0.5) / ROWS as f32 * PI;
            let d = Vec3::new(theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos());
            let light = panorama.light(d, share) * solid;
            let [x, y, z] = d.to_array();
            // Each basis function times its own factor again: the sky is a plain polynomial.
            let basis = [
                0.079_577_47,
                0.238_732_4 * x,
                0.238_732_4 * y,
                0.238_732_4 * z,
                1.193_662 * x * y,
                1.193_662 * y * z,
                1.193_662 * x * z,
                0.099_471_84 * (3.0 * z * z - 1.0),
                0.298_415_5 * (x * x - y * y),
            ];
            for (row, light) in sky.coefficients.iter_mut().zip(light.to_array()) {
                for (c, b) in row.iter_mut().zip(basis) {
                    *c += light * b;
                }
            }
        }
    }
    sky
}

#[cfg(test)]
mod tests {
    use telestage_scene::arena::ArenaBuilder;
    use telestage_scene::{Scene, Texture};

    use super::super::simd::portable::F8;
    use super::*;

    /// A panorama that is red above, and below blue but for a green half around +X.
    fn build() -> Environment {
        let (width, height) = (64, 32);
        let texel = |i: u32| match (i / width < height / 2, i % width < width / 2) {
            (true, _) => [255u8, 0, 0, 255],
            (false, true) => [0, 255, 0, 255],
            (false, false) => [0, 0, 255, 255],
        };
        let texels: Vec<[u8; 4]> = (0..width * height).map(texel).collect();
        let mut builder = ArenaBuilder::default();
        let texture = Texture {
            path: String::new(),
            size: [width, height],
            texels: builder.push(&texels),
            srgb: true,
            scale: 2.0,
        };
        let scene = Scene { arena: builder.finish(), ..Scene::default() };
        let pyramid = Pyramid::build(&scene, &texture);
        Environment::build(&pyramid, &texels, Mat3::IDENTITY, [0.5; 3], &mut Team::new(2))
    }

    #[test]
    fn directions_find_their_place_in_the_picture() {
        let environment = build();
        let at = |d: Vec3, roughness: f32| {
            environment
                .radiance(d.normalize().to_array().map(F8::splat), F8::splat(roughness))
                .map(|c| c.array()[0])
        };
        let near = |a: [f32; 3], b: [f32; 3]| assert!(Vec3::from(a).distance(b.into()) < 0.03, "{a:?} {b:?}");
        near(at(Vec3::Y, 0.0), [1.0, 0.0, 0.0]);
        near(at(Vec3::new(1.0, -1.0, 0.0), 0.0), [0.0, 1.0, 0.0]);
        near(at(Vec3::new(-1.0, -1.0, 0.1), 0.0), [0.0, 0.0, 1.0]);
        let rough = at(Vec3::Y, 1.0);
        assert!(rough[0] > 0.8 && rough[1] + rough[2] < 0.2, "{rough:?}");
    }

    #[test]
    fn the_coarse_sky_keeps_mean_and_direction() {
        let sky = build().sky;
        assert!((sky.coefficients[0][0] - 0.5).abs() < 0.02);
        let up = sky.irradiance([0.0, 1.0, 0.0].map(F8::splat)).map(|c| c.array()[0]);
        let down = sky.irradiance([0.0, -1.0, 0.0].map(F8::splat)).map(|c| c.array()[0]);
        assert!(up[0] > 0.9 && up[1] < 0.1 && down[0] < 0.1 && down[1] > 0.4, "{up:?} {down:?}");
    }
}
