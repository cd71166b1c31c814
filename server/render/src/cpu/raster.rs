//! Triangles to pixels of one tile: integer edge functions (Pineda, "A parallel algorithm for polygon rasterization",
//! 1988), eight pixels of a row at a time.
//!
//! Edges are exact: corners are integers, and the tile's own 32 bits hold every value that can change sign within it.

use super::bin::{Fragment, SUBPIXELS, ScreenTriangle, TILE};
use super::simd::{Float, Int, LANES, Mask, three};
use super::visibility::Tile;

/// What happens with covered pixels.
pub trait Sink<F: Float> {
    /// Eight pixels of a row, from `pixel` on, where `inside`, at depth keys `key`.
    fn cover(&mut self, pixel: usize, inside: F::Mask, key: F, id: (u32, u32));
}

/// Keeps the nearest.
pub struct Nearest<'a>(pub &'a mut Tile);

impl<F: Float> Sink<F> for Nearest<'_> {
    #[inline(always)]
    fn cover(&mut self, pixel: usize, inside: F::Mask, key: F, id: (u32, u32)) {
        let tile = &mut *self.0;
        let old = F::load_at(tile.keys.as_slice(), pixel);
        let mut nearer = inside & key.gt(old);
        let ties = inside & key.ge(old) & !nearer;
        if ties.any() {
            let lanes = (0..LANES).filter(|k| ties.bits() >> k & 1 != 0);
            let won = lanes.fold(0, |won, k| {
                let at = pixel + k;
                won | u8::from(id < (tile.slots[at], tile.triangles[at])) << k
            });
            nearer = nearer | F::Mask::from_bits(won);
        }
        if !nearer.any() {
            return;
        }
        F::select(nearer, key, old).store_at(tile.keys.as_mut_slice(), pixel);
        put::<F>(tile.slots.as_mut_slice(), pixel, nearer, id.0);
        put::<F>(tile.triangles.as_mut_slice(), pixel, nearer, id.1);
    }
}

/// Writes `value` where `mask`.
#[inline(always)]
fn put<F: Float>(row: &mut [u32], pixel: usize, mask: F::Mask, value: u32) {
    let old = F::Int::load_at(row, pixel);
    F::Int::select(mask, F::Int::splat(value as i32), old).store_at(row, pixel);
}

/// Keeps all that is in front of what is solid.
pub struct Collect<'a> {
    /// The solid surfaces.
    pub tile: &'a Tile,
    /// What lies in front of them.
    pub fragments: &'a mut Vec<Fragment>,
}

impl<F: Float> Sink<F> for Collect<'_> {
    #[inline(always)]
    fn cover(&mut self, pixel: usize, inside: F::Mask, key: F, id: (u32, u32)) {
        let seen = inside & key.ge(F::load_at(self.tile.keys.as_slice(), pixel));
        let keys = key.array();
        let mut lanes = seen.bits();
        while lanes != 0 {
            let lane = lanes.trailing_zeros() as usize;
            lanes &= lanes - 1;
            if self.tile.is_nearer(pixel + lane, keys[lane], id) {
                let pixel = (pixel + lane) as u32;
                self.fragments.push(Fragment { pixel, key: keys[lane], slot: id.0, triangle: id.1 });
            }
        }
    }
}

/// An edge within a tile: its value at the first pixel's centre and what a step right and down adds.
struct Edge {
    value: i32,
    right: i32,
    down: i32,
}

/// Draws the part of `triangle` that lies in the tile at column and row `origin` (in tiles).
#[inline(always)]
pub fn triangle<F: Float>(triangle: &ScreenTriangle, origin: [u32; 2], sink: &mut impl Sink<F>) {
    let last = TILE as i32 - 1;
    let base = origin.map(|n| n as i32 * TILE as i32);
    let [a, b, c] = triangle.corners;
    let span = |axis: usize| {
        let low = a[axis].min(b[axis]).min(c[axis]);
        let high = a[axis].max(b[axis]).max(c[axis]);
        let first = (low + SUBPIXELS / 2 - 1).div_euclid(SUBPIXELS) - base[axis];
        let end = (high - SUBPIXELS / 2).div_euclid(SUBPIXELS) - base[axis];
        (first.max(0), end.min(last))
    };
    let ((left, right), (top, bottom)) = (span(0), span(1));
    if left > right || top > bottom {
        return;
    }
    let center = base.map(|n| n * SUBPIXELS + SUBPIXELS / 2);
    let edge = |from: [i32; 2], to: [i32; 2]| {
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let value =
            i64::from(dx) * i64::from(center[1] - from[1]) - i64::from(dy) * i64::from(center[0] - from[0]);
        // A centre on an edge belongs to the triangle whose top or left edge it is.
        let bias = if dy < 0 || (dy == 0 && dx > 0) { 0 } else { -1 };
        // Steps are whole pixels, so only whole pixels of the value can decide; what is beyond 2^30 keeps its sign.
        let value = ((value + bias) >> SUBPIXELS.trailing_zeros()).clamp(-(1 << 30), 1 << 30) as i32;
        Edge { value, right: -dy, down: dx }
    };
    let edges = [edge(b, c), edge(c, a), edge(a, b)];
    if edges.iter().any(|e| e.value + (e.right * last).max(0) + (e.down * last).max(0) < 0) {
        return;
    }

    // The plane of the depth key, from the corner `a`, in pixels.
    let pixels = |p: [i32; 2]| [0, 1].map(|k| (p[k] - a[k]) as f32 / SUBPIXELS as f32);
    let ([bx, by], [cx, cy]) = (pixels(b), pixels(c));
    let [ka, kb, kc] = triangle.keys;
    let inverse = 1.0 / (bx * cy - by * cx);
    let slope_x = ((kb - ka) * cy - (kc - ka) * by) * inverse;
    let slope_y = ((kc - ka) * bx - (kb - ka) * cx) * inverse;
    let from_a = [0, 1].map(|k| (center[k] - a[k]) as f32 / SUBPIXELS as f32);
    let key = ka + slope_x * from_a[0] + slope_y * from_a[1];
    let (low, high) = (ka.min(kb).min(kc), ka.max(kb).max(kc));

    let ramp = F::ramp();
    let lanes = ramp.round_int();
    let steps = three!(i => lanes.mul(F::Int::splat(edges[i].right)));
    let key_steps = ramp * F::splat(slope_x);
    let id = (triangle.slot, triangle.triangle);
    let wide = LANES as i32;
    // Narrow triangles take one unaligned group in a row, wide ones aligned groups.
    let first = if right - left < wide { left.min(last + 1 - wide) } else { left & !(wide - 1) };
    let mut line = three!(i => {
        let e = &edges[i];
        F::Int::splat(e.value + e.right * first + e.down * top) + steps[i]
    });
    let next_row = three!(i => F::Int::splat(edges[i].down));
    let next_group = three!(i => F::Int::splat(edges[i].right * wide));
    for row in top..=bottom {
        let mut column = first;
        let mut at = line;
        line = three!(i => line[i] + next_row[i]);
        while column <= right {
            let outside = at[0] | at[1] | at[2];
            let inside = outside.gt(F::Int::splat(-1));
            at = three!(i => at[i] + next_group[i]);
            if inside.any() {
                let start = key + slope_x * column as f32 + slope_y * row as f32;
                let keys = (key_steps + F::splat(start)).clamp(low, high);
                sink.cover((row * TILE as i32 + column) as usize, inside, keys, id);
            }
            column += wide;
        }
    }
}
