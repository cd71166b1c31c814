//! What stands in the card's world: sky, a floor of tiles, a cube. Seen through the view's camera, with no scene.

use std::ops::{Add, Div, Mul};

use glam::{DVec3, Vec3};
use telestage_media::canvas::{Canvas, Color};

use super::eye::Eye;
use crate::cpu::Isa;

const SKY_TOP: [f32; 3] = [18.0, 24.0, 38.0];
const HORIZON: [f32; 3] = [78.0, 98.0, 128.0];
const FLOOR: [[f32; 3]; 2] = [[44.0, 52.0, 66.0], [92.0, 104.0, 122.0]];

/// Sky and a floor of tiles at height 0 that fades to the horizon, in squares of 2x2 pixels.
pub(super) fn draw(pixels: &mut [u8], size: [u32; 2], eye: &Eye) {
    let tile = eye.tile();
    let at = |point: DVec3| (point / tile).as_vec3();
    // Rays are linear in the picture: three of its corners give them all. Positions count from a tile corner near
    // the eye, so that 32 bits are exact however far away the camera is.
    let (corner, below, beside) = (eye.ray(-1.0, 1.0), eye.ray(-1.0, -1.0), eye.ray(1.0, 1.0));
    let anchor = (corner.0 / (2.0 * tile)).floor() * (2.0 * tile) * DVec3::new(1.0, 0.0, 1.0);
    let [columns, rows] = size.map(|side| side as usize / 2);
    let across =
        Slope { start: at(beside.0 - corner.0), towards: (beside.1 - corner.1).as_vec3() } / columns as f32;
    let down = Slope { start: at(below.0 - corner.0), towards: (below.1 - corner.1).as_vec3() } / rows as f32;
    let first = Slope { start: at(corner.0 - anchor), towards: corner.1.as_vec3() };
    let isa = Isa::detect();
    let mut squares = vec![0; columns];
    let width = size[0] as usize * 4;
    for (row, lines) in pixels.chunks_exact_mut(width * 2).enumerate() {
        let ray = first + down * (row as f32 + 0.5) + across * 0.5;
        match isa {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: detected.
            Isa::Avx2 => unsafe { line_avx2(&mut squares, ray, across, down) },
            #[cfg(not(target_arch = "x86_64"))]
            Isa::Avx2 => line(&mut squares, ray, across, down),
            Isa::Portable => line(&mut squares, ray, across, down),
        }
        let (upper, lower) = lines.split_at_mut(width);
        for (pair, square) in upper.chunks_exact_mut(8).zip(&squares) {
            pair.copy_from_slice(&(u64::from(*square) << 32 | u64::from(*square)).to_le_bytes());
        }
        lower.copy_from_slice(upper);
    }
}

/// The colours of a row of squares; `ray` goes through the first.
#[inline(always)]
fn line(squares: &mut [u32], ray: Slope, across: Slope, down: Slope) {
    for (column, square) in squares.iter_mut().enumerate() {
        *square = backdrop(ray + across * column as f32, across, down);
    }
}

/// The same instructions twice as wide. Nothing is fused, so that every machine draws the same card.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn line_avx2(squares: &mut [u32], ray: Slope, across: Slope, down: Slope) {
    line(squares, ray, across, down);
}

/// A ray, or how rays change from square to square.
#[derive(Clone, Copy)]
struct Slope {
    /// In tiles.
    start: Vec3,
    towards: Vec3,
}

impl Add for Slope {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { start: self.start + other.start, towards: self.towards + other.towards }
    }
}

impl Mul<f32> for Slope {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        Self { start: self.start * factor, towards: self.towards * factor }
    }
}

impl Div<f32> for Slope {
    type Output = Self;
    fn div(self, divisor: f32) -> Self {
        self * (1.0 / divisor)
    }
}

/// The colour that `ray` sees, as RGBA bytes in little-endian order. Without branches, so that the compiler makes
/// vectors of it.
#[inline(always)]
fn backdrop(ray: Slope, across: Slope, down: Slope) -> u32 {
    /// Adding it rounds to whole numbers, whose lowest bits are then the lowest of the float.
    const ROUND: f32 = 12_582_912.0;
    let Slope { start, towards } = ray;
    let steepness = towards.y.abs() / (towards.x.abs() + towards.z.abs() + towards.y.abs() + 1e-9);
    let distance = -start.y / towards.y;
    let is_floor = distance > 0.0 && distance < 1e6;
    // One for a light tile, minus one for a dark one, in between where a square sees both: along one direction, for
    // a place and the squares' steps there.
    let stripe = |place: f32, step: f32| {
        let rounded = place + ROUND;
        let to_edge = 0.5 - (place - (rounded - ROUND)).abs();
        let sign = if rounded.to_bits() & 1 == 0 { 1.0 } else { -1.0 };
        sign * (2.0 * to_edge / (step + 1e-9)).min(1.0) * (1.0 - step).clamp(0.0, 1.0)
    };
    let further = distance * (down.towards.y.abs() + across.towards.y.abs()) / (towards.y.abs() + 1e-9);
    let step = |direction: f32, across: f32, down: f32| {
        distance.abs() * (across.abs() + down.abs()) + (direction * further).abs()
    };
    let x = stripe(start.x + towards.x * distance, step(towards.x, across.towards.x, down.towards.x));
    let z = stripe(start.z + towards.z * distance, step(towards.z, across.towards.z, down.towards.z));
    let light = 0.5 + 0.5 * x * z;
    let haze = 1.0 - (steepness * 4.0).min(1.0);
    let height = (steepness * 2.2).min(1.0);
    let channel = |index: usize| {
        let floor = FLOOR[0][index] + (FLOOR[1][index] - FLOOR[0][index]) * light;
        let floor = floor + (HORIZON[index] - floor) * haze;
        let sky = HORIZON[index] + (SKY_TOP[index] - HORIZON[index]) * height;
        ((if is_floor { floor } else { sky }) + ROUND).to_bits() & 0xff
    };
    channel(0) | channel(1) << 8 | channel(2) << 16 | 0xff00_0000
}

/// The edges of a cube of four tiles on the floor at the origin; red along x, green along y, blue along z.
pub(super) fn cube(canvas: &mut Canvas<'_>, eye: &Eye) {
    let size = canvas.size();
    let side = eye.position().length().clamp(1e-6, 1e9) / 6.0;
    let width = (size[1] as f32 / 180.0).max(1.0);
    for (axis, color) in [0xff_5c5c, 0x4f_d67a, 0x5b_9dff].into_iter().enumerate() {
        for edge in 0..4_u32 {
            let mut from = DVec3::new(-0.5, 0.0, -0.5);
            let (first, second) = ((axis + 1) % 3, (axis + 2) % 3);
            from[first] += f64::from(edge & 1);
            from[second] += f64::from(edge >> 1);
            let mut to = from;
            to[axis] += 1.0;
            if let (Some(from), Some(to)) = (eye.project(from * side, size), eye.project(to * side, size)) {
                canvas.line(from, to, width, Color::hex(color));
            }
        }
    }
}
