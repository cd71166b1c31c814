//! Reading textures: trilinear, eight pixels at a time.
//!
//! Texels are filtered as they are encoded and decoded once; levels were averaged in linear light, so what is far away
//! keeps its brightness.

use telestage_scene::{TextureInput, Wrap};

use super::math::{log2, srgb_decode};
use super::pyramid::Pyramid;
use super::simd::{Float, Int, LANES, Mask, three};

/// Texture coordinates of eight pixels and how they change from pixel to pixel.
#[derive(Clone, Copy, Debug)]
pub struct Coordinates {
    /// u and v (up).
    pub uv: [[f32; LANES]; 2],
    /// Change of u and v with a step right.
    pub right: [[f32; LANES]; 2],
    /// Change of u and v with a step down.
    pub down: [[f32; LANES]; 2],
}

/// A picture of which to read.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Its levels.
    pub pyramid: &'a Pyramid,
    /// Level 0, as words.
    pub base: &'a [u32],
}

/// Levels that slanted surfaces may be sharper than their longest extent asks for.
const SLANT_LEVELS: f32 = 1.0;

/// Neighbouring levels fade into each other over one part in so many of the way between them. Half of all reads are
/// saved where only one level is seen, and no edge between levels shows.
const BLEND: f32 = 3.0;

/// Where two neighbouring texels lie on an axis, and whether they count.
#[inline(always)]
fn neighbours<F: Float>(position: F, size: F, wrap: Wrap) -> ([F; 2], F, [F::Mask; 2]) {
    let one = F::splat(1.0);
    let zero = F::splat(0.0);
    let low = position.floor();
    let weight = position - low;
    let last = size - one;
    let always = F::Mask::from_bits(0xff);
    let pair = [low, low + one];
    let (pair, counts) = match wrap {
        Wrap::Repeat => {
            let inverse = one / size;
            let a = pair[0] - (pair[0] * inverse).floor() * size;
            let b = pair[1] - (pair[1] * inverse).floor() * size;
            ([a, b], [always; 2])
        }
        Wrap::Mirror => {
            let period = size + size;
            let inverse = one / period;
            let a = pair[0] - (pair[0] * inverse).floor() * period;
            let b = pair[1] - (pair[1] * inverse).floor() * period;
            ([a.min(period - one - a), b.min(period - one - b)], [always; 2])
        }
        Wrap::Clamp => (pair, [always; 2]),
        Wrap::Black => (pair, [pair[0].ge(zero) & pair[0].le(last), pair[1].ge(zero) & pair[1].le(last)]),
    };
    let a = pair[0].max(zero).min(last);
    let b = pair[1].max(zero).min(last);
    ([a, b], weight, counts)
}

/// One level, bilinear: R, G, B, A from 0 to 255, still encoded.
#[inline(always)]
fn bilinear<F: Float>(source: Source<'_>, level: F::Int, u: F, v: F, wrap: [Wrap; 2]) -> [F; 4] {
    let pyramid = source.pyramid;
    let width = F::Int::gather_few(&pyramid.widths, level);
    let height = F::Int::gather_few(&pyramid.heights, level);
    let start = F::Int::gather_few(&pyramid.starts, level);
    let (w, h) = (width.to_float(), height.to_float());
    let half = F::splat(-0.5);
    let (xs, fx, in_x) = neighbours(u.mul_add(w, half), w, wrap[0]);
    // v points up, rows go down.
    let (ys, fy, in_y) = neighbours((F::splat(1.0) - v).mul_add(h, half), h, wrap[1]);
    let zero = F::Int::splat(0);
    let on_base = level.same(zero);
    let base_only = on_base.bits() == 0xff;
    let any_base = on_base.any();
    let mut sum = [F::splat(0.0); 4];
    for corner in 0..4 {
        let (i, j) = (corner & 1, corner >> 1);
        let index = start + ys[j].round_int().mul(width) + xs[i].round_int();
        let word = if base_only {
            F::Int::gather(source.base, index)
        } else {
            let small = F::Int::gather(bytemuck::cast_slice(&pyramid.texels), index);
            if any_base { F::Int::select(on_base, F::Int::gather(source.base, index), small) } else { small }
        };
        let word = F::Int::select(in_x[i] & in_y[j], word, zero);
        let wx = if i == 0 { F::splat(1.0) - fx } else { fx };
        let wy = if j == 0 { F::splat(1.0) - fy } else { fy };
        let weight = wx * wy;
        let byte = F::Int::splat(0xff);
        sum[0] = (word & byte).to_float().mul_add(weight, sum[0]);
        sum[1] = (word.shr::<8>() & byte).to_float().mul_add(weight, sum[1]);
        sum[2] = (word.shr::<16>() & byte).to_float().mul_add(weight, sum[2]);
        sum[3] = word.shr::<24>().to_float().mul_add(weight, sum[3]);
    }
    sum
}

/// Reads a texture: linear R, G, B and alpha after the input's scale and bias. Compiled once for each kind of vector,
/// as [`Kernel::sample`](super::kernels::Kernel::sample).
#[inline(always)]
pub fn sample<F: Float>(
    source: Source<'_>,
    input: &TextureInput,
    at: &Coordinates,
    out: &mut [[f32; LANES]; 4],
) {
    let m = &input.uv_transform;
    let pyramid = source.pyramid;
    let (s, t) = (F::load(&at.uv[0]), F::load(&at.uv[1]));
    let mut u = s.mul_add(F::splat(m[0][0]), t.mul_add(F::splat(m[0][1]), F::splat(m[0][2])));
    let mut v = s.mul_add(F::splat(m[1][0]), t.mul_add(F::splat(m[1][1]), F::splat(m[1][2])));
    // Far from 0 the fractions lose their digits: whole periods first.
    u = near(u, input.wrap[0]);
    v = near(v, input.wrap[1]);

    let size = [pyramid.widths[0] as f32, pyramid.heights[0] as f32];
    let [right, down] = [&at.right, &at.down];
    let right = step::<F>(right, m, size);
    let down = step::<F>(down, m, size);
    let tiny = F::splat(1e-12);
    let a = (right[0] * right[0] + right[1] * right[1]).max(tiny).min(F::splat(1e12));
    let b = (down[0] * down[0] + down[1] * down[1]).max(tiny).min(F::splat(1e12));
    let long = log2(a.max(b)) * F::splat(0.5);
    let short = log2(a.min(b)) * F::splat(0.5);
    let slant = ((long - short) * F::splat(0.5)).min(F::splat(SLANT_LEVELS));
    let last = pyramid.levels.saturating_sub(1) as f32;
    let lod = (long - slant).clamp(0.0, last);
    let whole = lod.floor();
    let between = (lod - whole - F::splat(0.5)).mul_add(F::splat(BLEND), F::splat(0.5)).clamp(0.0, 1.0);
    // Wholly in the next level: that one alone.
    let next = between.ge(F::splat(0.99));
    let one = F::splat(1.0);
    let level = F::select(next, whole + one, whole).round_int();
    let between = F::select(next, F::splat(0.0), between);
    let mut rgba = bilinear::<F>(source, level, u, v, input.wrap);
    if between.gt(F::splat(0.01)).any() {
        let next = (level + F::Int::splat(1)).min(F::Int::splat(last as i32));
        let other = bilinear::<F>(source, next, u, v, input.wrap);
        for c in 0..4 {
            rgba[c] = (other[c] - rgba[c]).mul_add(between, rgba[c]);
        }
    }
    let byte = F::splat(1.0 / 255.0);
    let mut rgb = three!(c => rgba[c] * byte);
    if pyramid.srgb {
        rgb = three!(c => srgb_decode(rgb[c]));
    }
    let linear = [rgb[0], rgb[1], rgb[2], rgba[3] * byte];
    for c in 0..4 {
        let scale = if c < 3 { pyramid.scale * input.scale[c] } else { input.scale[c] };
        linear[c].mul_add(F::splat(scale), F::splat(input.bias[c])).store(&mut out[c]);
    }
}

/// Without whole periods.
#[inline(always)]
fn near<F: Float>(x: F, wrap: Wrap) -> F {
    match wrap {
        Wrap::Repeat => x - x.floor(),
        Wrap::Mirror => x - (x * F::splat(0.5)).floor() * F::splat(2.0),
        Wrap::Clamp | Wrap::Black => x.clamp(-4.0, 4.0),
    }
}

/// A step of texture coordinates in texels.
#[inline(always)]
fn step<F: Float>(by: &[[f32; LANES]; 2], m: &[[f32; 3]; 2], size: [f32; 2]) -> [F; 2] {
    let (s, t) = (F::load(&by[0]), F::load(&by[1]));
    let along = |row: &[f32; 3], size: f32| [row[0] * size, row[1] * size];
    let (a, b) = (along(&m[0], size[0]), along(&m[1], size[1]));
    [s.mul_add(F::splat(a[0]), t * F::splat(a[1])), s.mul_add(F::splat(b[0]), t * F::splat(b[1]))]
}

#[cfg(test)]
mod tests {
    use telestage_scene::arena::ArenaBuilder;
    use telestage_scene::{Channel, Scene, Texture};

    use super::super::simd::portable::F8;
    use super::*;

    /// Red of a texture of two columns, black and white, and one row, at these u.
    fn red(wrap: Wrap, u: [f32; LANES], footprint: f32) -> [f32; LANES] {
        let mut builder = ArenaBuilder::default();
        let texels = builder.push(&[[0u8, 0, 0, 255], [255, 255, 255, 255]]);
        let texture = Texture { path: String::new(), size: [2, 1], texels, srgb: false, scale: 1.0 };
        let scene = Scene { arena: builder.finish(), ..Scene::default() };
        let pyramid = Pyramid::build(&scene, &texture);
        let base = bytemuck::cast_slice(scene.arena.get(texels));
        let input = TextureInput {
            texture: 0,
            channel: Channel::Rgb,
            scale: [1.0; 4],
            bias: [0.0; 4],
            wrap: [wrap; 2],
            uv_transform: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        };
        let at = Coordinates {
            uv: [u, [0.5; LANES]],
            right: [[footprint; LANES], [0.0; LANES]],
            down: [[0.0; LANES], [footprint; LANES]],
        };
        let mut out = [[0.0; LANES]; 4];
        sample::<F8>(Source { pyramid: &pyramid, base }, &input, &at, &mut out);
        out[0]
    }

    fn close(a: [f32; LANES], b: [f32; LANES]) {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3), "{a:?} {b:?}");
    }

    #[test]
    fn each_wrap_mode_continues_as_usd_says() {
        let u = [0.25, 0.75, 0.5, 1.25, 1.75, -0.25, -0.75, 2.25];
        close(red(Wrap::Repeat, u, 1e-4), [0.0, 1.0, 0.5, 0.0, 1.0, 1.0, 0.0, 0.0]);
        close(red(Wrap::Mirror, u, 1e-4), [0.0, 1.0, 0.5, 1.0, 0.0, 0.0, 1.0, 0.0]);
        close(red(Wrap::Clamp, u, 1e-4), [0.0, 1.0, 0.5, 1.0, 1.0, 0.0, 0.0, 1.0]);
        close(red(Wrap::Black, u, 1e-4), [0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn what_is_far_away_is_the_mean() {
        close(red(Wrap::Repeat, [0.25; LANES], 4.0), [0.5; LANES].map(|v| v + 0.002));
    }
}
