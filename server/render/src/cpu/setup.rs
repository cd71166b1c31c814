//! The first stage: points of a cluster to the screen, its triangles into bins, eight at a time.
//!
//! Triangles that face away, miss every pixel's centre or lie outside are dropped; tiny ones (at most 2x2 pixel
//! centres) are covered right here and leave as fragments; the rest is binned. Corners are snapped to 1/256 pixel and
//! edges follow the top-left rule, so triangles that share an edge neither overlap nor leave a gap.

use super::bin::{Bins, SUBPIXELS, ScreenTriangle};
use super::clip::{Corner, GUARD, clip};
use super::cluster::{Cluster, MAX_POINTS};
use super::geometry::Mesh;
use super::instance::Instance;
use super::material::Pass;
use super::simd::{Float, Int, LANES, Mask};

/// Column, row (in [`SUBPIXELS`]), depth key, and 1 if the point has no place on the screen.
pub type ScreenPoint = [f32; 4];

/// Memory for the points of one cluster.
pub struct Scratch(Box<[ScreenPoint; MAX_POINTS + LANES]>);

impl Default for Scratch {
    fn default() -> Self {
        Self(Box::new([[0.0; 4]; MAX_POINTS + LANES]))
    }
}

/// A cluster to draw and its surroundings.
pub struct Draw<'a> {
    /// The instance.
    pub instance: &'a Instance,
    /// Its index.
    pub slot: u32,
    /// Its mesh.
    pub mesh: &'a Mesh,
    /// The mesh's points.
    pub points: &'a [[f32; 3]],
    /// As in [`Camera::key`](super::camera::Camera::key).
    pub key: [f32; 2],
}

/// `row · (p, 1)`.
#[inline(always)]
pub fn affine<F: Float>(row: &[f32; 4], p: [F; 3]) -> F {
    let [x, y, z] = p;
    let sum = z.mul_add(F::splat(row[2]), F::splat(row[3]));
    x.mul_add(F::splat(row[0]), y.mul_add(F::splat(row[1]), sum))
}

/// Transforms the points of `cluster` into `screen`.
#[inline(always)]
fn transform<F: Float>(draw: &Draw<'_>, cluster: &Cluster, screen: &mut Scratch) {
    let used = draw.mesh.clusters.points.get(cluster.first_point as usize..).unwrap_or(&[]);
    let used = used.get(..cluster.points as usize).unwrap_or(&[]);
    let rows = &draw.instance.raster;
    let center = F::splat3(draw.mesh.center.to_array());
    let scale = F::splat(SUBPIXELS as f32);
    let low = F::splat(GUARD[0] * SUBPIXELS as f32);
    let high = F::splat(GUARD[1] * SUBPIXELS as f32);
    for (eight, out) in used.chunks(LANES).zip(screen.0.chunks_exact_mut(LANES)) {
        let mut index = [eight[0]; LANES];
        index[..eight.len()].copy_from_slice(eight);
        let [x, y, z] = F::gather3(draw.points, &index);
        let p = [x - center[0], y - center[1], z - center[2]];
        let (x, y) = (affine(&rows[0], p), affine(&rows[1], p));
        let (z, w) = (affine(&rows[2], p), affine(&rows[3], p));
        let inverse = F::splat(1.0) / w;
        let column = (x * inverse).mul_add(scale, F::splat(0.5)).floor();
        let row = (y * inverse).mul_add(scale, F::splat(0.5)).floor();
        let key = z.mul_add(F::splat(draw.key[1]), F::splat(draw.key[0])) * inverse;
        let good = z.ge(F::splat(0.0))
            & column.gt(low)
            & column.lt(high)
            & row.gt(low)
            & row.lt(high)
            & key.gt(F::splat(-1.0));
        let bad = F::select(good, F::splat(0.0), F::splat(1.0));
        if let Some(out) = out.first_chunk_mut::<LANES>() {
            F::scatter4(out, [column, row, key, bad]);
        }
    }
}

/// Draws one cluster into `bins`.
#[inline(always)]
pub fn cluster<F: Float>(draw: &Draw<'_>, cluster: &Cluster, screen: &mut Scratch, bins: &mut Bins) {
    transform::<F>(draw, cluster, screen);
    let first = cluster.first_triangle as usize;
    let corners = draw.mesh.clusters.corners.get(first..first + cluster.triangles as usize).unwrap_or(&[]);
    for (batch, eight) in corners.chunks(LANES).enumerate() {
        triangles::<F>(draw, cluster, eight, cluster.first_triangle + (batch * LANES) as u32, screen, bins);
    }
}

/// Smallest and largest of three.
#[inline(always)]
fn range<F: Float>(a: F, b: F, c: F) -> [F; 2] {
    [a.min(b).min(c), a.max(b).max(c)]
}

/// Half a unit more for edges that own the centres on them: those of a triangle's top and left.
#[inline(always)]
fn owns<F: Float>(dx: F, dy: F) -> F {
    let zero = F::splat(0.0);
    let top_left = dy.lt(zero) | (dy.le(zero) & dx.gt(zero));
    F::select(top_left, F::splat(0.5), F::splat(-0.5))
}

#[inline(always)]
fn triangles<F: Float>(
    draw: &Draw<'_>,
    cluster: &Cluster,
    corners: &[[u8; 3]],
    first: u32,
    screen: &mut Scratch,
    bins: &mut Bins,
) {
    let zero = F::splat(0.0);
    let one = F::splat(1.0);
    let mut index = [[0u32; LANES]; 3];
    for (lane, corner) in corners.iter().enumerate() {
        for k in 0..3 {
            index[k][lane] = u32::from(corner[k]);
        }
    }
    let points = screen.0.as_slice();
    let [x0, y0, k0, bad0] = F::gather4(points, &index[0]);
    let [x1, y1, k1, bad1] = F::gather4(points, &index[1]);
    let [x2, y2, k2, bad2] = F::gather4(points, &index[2]);
    let live = F::Mask::from_bits((0xffu32 >> (LANES - corners.len())) as u8);
    let bad = live & (bad0 + bad1 + bad2).gt(zero);
    let late = draw.instance.pass != Pass::Solid;
    if bad.any() {
        clip_lanes(draw, cluster, corners, (bad.bits(), first), screen, bins);
    }

    // Integers all: exact up to differences of 16 pixels, and beyond that `push_triangle` decides again.
    let (ax, ay, bx, by) = (x1 - x0, y1 - y0, x2 - x0, y2 - y0);
    let area = ax * by - ay * bx;
    let [left, right] = range(x0, x1, x2);
    let [top, bottom] = range(y0, y1, y2);
    let pixel = F::splat(1.0 / SUBPIXELS as f32);
    let to_first = F::splat(SUBPIXELS as f32 / 2.0 - 1.0);
    let to_last = F::splat(SUBPIXELS as f32 / 2.0);
    let [width, height] = bins.size();
    let (width, height) = (F::splat(width as f32 - 1.0), F::splat(height as f32 - 1.0));
    let column0 = ((left + to_first) * pixel).floor();
    let column1 = ((right - to_last) * pixel).floor();
    let row0 = ((top + to_first) * pixel).floor();
    let row1 = ((bottom - to_last) * pixel).floor();
    let hit = column0.le(column1)
        & row0.le(row1)
        & column1.ge(zero)
        & row1.ge(zero)
        & column0.le(width)
        & row0.le(height)
        & live
        & !bad;
    let tiny = (column1 - column0).le(one) & (row1 - row0).le(one);
    let facing = if draw.instance.double_sided { 0.0 } else { draw.instance.facing };
    let front = if draw.instance.double_sided {
        area.gt(zero) | area.lt(zero)
    } else {
        (area * F::splat(facing)).gt(zero)
    };
    let large = hit & !tiny;
    if large.any() {
        let (cols, rows, keys) = (
            [x0.array(), x1.array(), x2.array()],
            [y0.array(), y1.array(), y2.array()],
            [k0.array(), k1.array(), k2.array()],
        );
        let mut lanes = large.bits();
        while lanes != 0 {
            let lane = lanes.trailing_zeros() as usize;
            lanes &= lanes - 1;
            let triangle = ScreenTriangle {
                corners: [0, 1, 2].map(|k| [cols[k][lane] as i32, rows[k][lane] as i32]),
                keys: [0, 1, 2].map(|k| keys[k][lane]),
                slot: draw.slot,
                triangle: first + lane as u32,
            };
            bins.push_triangle(late, triangle, facing);
        }
    }
    let tiny = hit & tiny & front;
    if !tiny.any() {
        return;
    }

    // Turn clockwise ones around, so that inside is positive.
    let turned = area.lt(zero);
    let (ax, bx) = (F::select(turned, bx, ax), F::select(turned, ax, bx));
    let (ay, by) = (F::select(turned, by, ay), F::select(turned, ay, by));
    let (k1, k2) = (F::select(turned, k2, k1), F::select(turned, k1, k2));
    let area = area.abs();
    let (own01, own12, own20) = (owns(ax, ay), owns(bx - ax, by - ay), owns(-bx, -by));
    let inverse = one / area;
    let (slope1, slope2) = ((k1 - k0) * inverse, (k2 - k0) * inverse);
    let subpixels = F::splat(SUBPIXELS as f32);
    let half = F::splat(SUBPIXELS as f32 / 2.0);
    for (step_x, step_y) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
        let (column, row) = (column0 + F::splat(step_x), row0 + F::splat(step_y));
        let px = column.mul_add(subpixels, half) - x0;
        let py = row.mul_add(subpixels, half) - y0;
        let e01 = ax * py - ay * px;
        let e20 = by * px - bx * py;
        let e12 = area - e01 - e20;
        let inside = tiny
            & (e01 + own01).gt(zero)
            & (e12 + own12).gt(zero)
            & (e20 + own20).gt(zero)
            & column.ge(zero)
            & column.le(width)
            & row.ge(zero)
            & row.le(height);
        let mut lanes = inside.bits();
        if lanes == 0 {
            continue;
        }
        let key = e20.mul_add(slope1, e01.mul_add(slope2, k0)).array();
        let (column, row) = (column.round_int().array(), row.round_int().array());
        while lanes != 0 {
            let lane = lanes.trailing_zeros() as usize;
            lanes &= lanes - 1;
            let at = [column[lane] as u32, row[lane] as u32];
            bins.push_fragment(late, at, key[lane], draw.slot, first + lane as u32);
        }
    }
}

/// Hands the marked triangles to the clipper.
#[cold]
fn clip_lanes(
    draw: &Draw<'_>,
    cluster: &Cluster,
    corners: &[[u8; 3]],
    (lanes, first): (u8, u32),
    screen: &Scratch,
    bins: &mut Bins,
) {
    let facing = if draw.instance.double_sided { 0.0 } else { draw.instance.facing };
    let late = draw.instance.pass != Pass::Solid;
    let corner = |k: u8| {
        let index = draw.mesh.clusters.points.get(cluster.first_point as usize + usize::from(k));
        let point = index.and_then(|i| draw.points.get(*i as usize)).copied().unwrap_or_default();
        let p = (glam::Vec3::from(point) - draw.mesh.center).extend(1.0);
        let raster = draw.instance.raster.map(|row| glam::Vec4::from(row).dot(p));
        let [x, y, key, bad] = screen.0[usize::from(k)];
        Corner { raster, screen: (bad == 0.0).then_some([x, y, key]) }
    };
    for (lane, triangle) in corners.iter().enumerate() {
        if lanes >> lane & 1 != 0 && triangle[0] != triangle[1] {
            clip(triangle.map(corner), draw.key, (draw.slot, first + lane as u32), (late, facing), bins);
        }
    }
}
