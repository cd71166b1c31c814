//! Lines on the ground: the plane through the origin, across the stage's up axis.
//!
//! Each pixel's ray meets the plane or not; nothing is rasterized. Cells are powers of ten of a unit that follow the
//! eye's height, three sizes of them, which fade into each other, so that nothing pops while one flies up. Lines that
//! come too close fade as well. What lies on the ground hides it, and so do surfaces in front; glass does not.

use glam::DVec3;
use telestage_scene::UpAxis;

use super::accumulate::Canvas;
use super::backdrop::Backdrop;
use super::bin::TILE;
use super::camera::Camera;
use super::simd::{Float, Int, LANES, Mask, three};
use super::visibility::{NOTHING, Tile};

/// Cells of the smallest size that the eye's height spans, at least.
const CELLS: f64 = 3.0;
/// How much of the backdrop a line covers, between the large cells and the small ones.
const STRENGTHS: [f32; 2] = [0.5, 0.22];
/// Half a line's width and half an axis' width, in pixels.
const REACH: [f32; 2] = [0.45, 0.9];
/// Lines that are closer than the first fade, and are gone at the second; in pixels.
const CROWDED: [f32; 2] = [14.0, 4.0];
/// A surface at the height of the ground is in front of it, though its depth has only so many digits.
const BIAS: f32 = 1.0 + 5e-4;

/// A value of each pixel: at the picture's corner, and what a column and a row add.
type Ramp = [f32; 3];

/// The ground of one picture, in coordinates along it (u, v) and upwards, from the eye.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Where rays begin: u, v, up.
    base: [Ramp; 3],
    /// Where they go for each unit along the view axis.
    way: [Ramp; 3],
    /// The eye's height.
    height: f32,
    /// The eye's u and v, less whole cells of the largest size.
    within: [f32; 2],
    /// The eye's u and v.
    eye: [f32; 2],
    /// Sizes of cells, and what their lines cover.
    cells: [[f32; 2]; 3],
    /// Depth keys from distances: of the near plane, and per unit; none in perspective.
    keys: Option<[f32; 2]>,
    near: f32,
    /// Linear colours: lines, the u axis, the v axis.
    inks: [[f32; 3]; 3],
}

impl Grid {
    /// The ground as `camera` sees it.
    #[must_use]
    pub fn new(camera: &Camera, up: UpAxis, backdrop: &Backdrop) -> Self {
        // Into u, v and up.
        let turn = |p: DVec3| match up {
            UpAxis::Y => DVec3::new(p.x, p.z, p.y),
            UpAxis::Z => p,
        };
        let world = &camera.world_from_view;
        let [x, y, z] = [world.x_axis, world.y_axis, world.z_axis].map(|axis| turn(axis.truncate()));
        let m = &camera.raster_from_view;
        let (right, down) = (x / m.x_axis.x, y / m.y_axis.y);
        let (base, way) = if camera.perspective {
            ([DVec3::ZERO; 3], [right * m.z_axis.x + down * m.z_axis.y - z, right, down])
        } else {
            ([-(right * m.w_axis.x + down * m.w_axis.y), right, down], [-z, DVec3::ZERO, DVec3::ZERO])
        };
        let ramps = |of: [DVec3; 3]| [0, 1, 2].map(|axis| of.map(|v| v[axis] as f32));
        let eye = turn(camera.eye);
        let span = if camera.perspective {
            eye.z.abs().max(camera.clip[1] * 1e-4)
        } else {
            f64::from(camera.size[1]) * down.length()
        };
        let level = (span / CELLS).max(f64::MIN_POSITIVE).log10();
        let (size, part) = (10f64.powf(level.floor()), (level - level.floor()) as f32);
        let [strong, faint] = STRENGTHS;
        let largest = size * 100.0;
        let depth = camera.clip[1] - camera.clip[0];
        Self {
            base: ramps(base),
            way: ramps(way),
            height: eye.z as f32,
            within: [eye.x, eye.y].map(|at| at.rem_euclid(largest) as f32),
            eye: [eye.x as f32, eye.y as f32],
            cells: [
                [size as f32, faint * (1.0 - part)],
                [(size * 10.0) as f32, strong + (faint - strong) * part],
                [largest as f32, strong],
            ],
            keys: (!camera.perspective)
                .then(|| [(1.0 + camera.clip[0] / depth) as f32, (-1.0 / depth) as f32]),
            near: camera.clip[0] as f32,
            inks: backdrop.grid_inks(match up {
                UpAxis::Y => 2,
                UpAxis::Z => 1,
            }),
        }
    }

    /// Draws the ground's lines over what `canvas` holds, where `planes` hold nothing in front of it.
    #[inline(always)]
    pub fn lay<F: Float>(&self, at: [u32; 2], planes: &Tile, canvas: &mut Canvas) {
        let origin = at.map(|n| (n * TILE as u32) as f32 + 0.5);
        for row in 0..TILE {
            let y = F::splat(row as f32 + origin[1]);
            for column in (0..TILE).step_by(LANES) {
                let x = F::ramp() + F::splat(column as f32 + origin[0]);
                let start = row * TILE + column;
                let (ink, share) = self.pixels::<F>(x, y, planes, start);
                if !share.gt(F::splat(0.0)).any() {
                    continue;
                }
                for (plane, ink) in canvas.rgb.iter_mut().zip(ink) {
                    let below = F::load_at(plane.as_slice(), start);
                    (ink - below).mul_add(share, below).store_at(plane.as_mut_slice(), start);
                }
            }
        }
    }

    /// Colours of eight pixels, and how much they cover.
    #[inline(always)]
    fn pixels<F: Float>(&self, x: F, y: F, planes: &Tile, start: usize) -> ([F; 3], F) {
        let zero = F::splat(0.0);
        let value =
            |ramp: &Ramp| x.mul_add(F::splat(ramp[1]), y.mul_add(F::splat(ramp[2]), F::splat(ramp[0])));
        let [bu, bv, bn] = [value(&self.base[0]), value(&self.base[1]), value(&self.base[2])];
        let [wu, wv, wn] = [value(&self.way[0]), value(&self.way[1]), value(&self.way[2])];
        let inverse = F::splat(-1.0) / wn;
        let distance = (bn + F::splat(self.height)) * inverse;
        let key = match self.keys {
            None => F::splat(1.0) / distance,
            Some([first, slope]) => distance.mul_add(F::splat(slope), F::splat(first)),
        };
        let empty = F::Int::load_at(planes.slots.as_slice(), start).same(F::Int::splat(NOTHING as i32));
        let front = key.gt(F::load_at(planes.keys.as_slice(), start) * F::splat(BIAS));
        let seen = (empty | front) & distance.gt(F::splat(self.near)) & distance.lt(F::splat(1e12));
        if !seen.any() {
            return ([zero; 3], zero);
        }
        // How far u and v move for a pixel: along the ray with it, and by what the distance changes.
        let step = |along: &[Ramp; 2], ray: F| {
            let [base, way] = along;
            let part = |k: usize| {
                let up = distance.mul_add(F::splat(self.way[2][k]), F::splat(self.base[2][k]));
                let own = distance.mul_add(F::splat(way[k]), F::splat(base[k]));
                up.mul_add(ray * inverse, own)
            };
            let (right, down) = (part(1), part(2));
            right.mul_add(right, down.mul_add(down, F::splat(1e-30))).sqrt()
        };
        let from_eye = [wu.mul_add(distance, bu), wv.mul_add(distance, bv)];
        let steps = [step(&[self.base[0], self.way[0]], wu), step(&[self.base[1], self.way[1]], wv)];
        let mut share = zero;
        for axis in 0..2 {
            let place = from_eye[axis] + F::splat(self.within[axis]);
            for [size, strength] in self.cells {
                let cell = place * F::splat(1.0 / size);
                let away = (cell - (cell + F::splat(0.5)).floor()).abs() * F::splat(size);
                let line = (F::splat(REACH[0] + 0.5) - away / steps[axis]).clamp(0.0, 1.0);
                let room = F::splat(size) / steps[axis] - F::splat(CROWDED[1]);
                let room = (room * F::splat(1.0 / (CROWDED[0] - CROWDED[1]))).clamp(0.0, 1.0);
                share = share.max(line * room * F::splat(strength));
            }
        }
        let mut ink = F::splat3(self.inks[0]);
        // The u axis is where v is nothing.
        for axis in 0..2 {
            let away = (from_eye[axis] + F::splat(self.eye[axis])).abs();
            let line = (F::splat(REACH[1] + 0.5) - away / steps[axis]).clamp(0.0, 1.0);
            let room = F::splat(self.cells[2][0]) / steps[axis] * F::splat(1.0 / CROWDED[0]);
            let line = line * room.clamp(0.0, 0.85);
            let wins = line.gt(share);
            let colour = self.inks[2 - axis];
            ink = three!(i => F::select(wins, F::splat(colour[i]), ink[i]));
            share = share.max(line);
        }
        (ink, F::select(seen, share, zero))
    }
}
