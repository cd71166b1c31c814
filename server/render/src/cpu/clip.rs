//! Triangles that cross the near plane or leave the range of raster coordinates, cut by Sutherland and Hodgman's
//! algorithm ("Reentrant polygon clipping", 1974). Rare, so scalar.

use super::bin::{Bins, SUBPIXELS, ScreenTriangle};

/// Raster coordinates lie between these pixels: products of their differences fit the tile stage's 32 bits.
pub const GUARD: [f32; 2] = [-4096.0, 12288.0];

/// A corner: raster space, and where the transform kernel put it if it could.
#[derive(Clone, Copy, Debug, Default)]
pub struct Corner {
    /// Homogeneous raster space.
    pub raster: [f32; 4],
    /// Snapped column and row, and the depth key.
    pub screen: Option<[f32; 3]>,
}

/// Distances of a point from the planes: positive inside.
fn distances(p: &[f32; 4], low: [f32; 2], high: [f32; 2]) -> [f32; 5] {
    let [x, y, z, w] = *p;
    [z, x - low[0] * w, high[0] * w - x, y - low[1] * w, high[1] * w - y]
}

/// Clips one triangle and bins what is left of it. `key` as in [`Camera::key`](super::camera::Camera::key).
pub fn clip(
    corners: [Corner; 3],
    key: [f32; 2],
    (slot, number): (u32, u32),
    (late, facing): (bool, f32),
    bins: &mut Bins,
) {
    let size = bins.size().map(|n| n as f32);
    let outside = corners.map(|c| distances(&c.raster, [0.0; 2], size).map(|d| d.is_nan() || d <= 0.0));
    if (0..5).any(|plane| outside.iter().all(|corner| corner[plane])) {
        return;
    }
    if corners.iter().any(|c| c.raster.iter().any(|v| !v.is_finite())) {
        return;
    }
    // A triangle cut by five planes has at most eight corners.
    let mut polygon = [Corner::default(); 9];
    let mut count = 3;
    polygon[..3].copy_from_slice(&corners);
    for plane in 0..5 {
        let source = polygon;
        let distance = |c: &Corner| distances(&c.raster, [GUARD[0]; 2], [GUARD[1]; 2])[plane];
        let mut kept = 0;
        for i in 0..count {
            let (from, to) = (source[i], source[(i + 1) % count]);
            let (a, b) = (distance(&from), distance(&to));
            let mut push = |corner| {
                if let Some(place) = polygon.get_mut(kept) {
                    *place = corner;
                    kept += 1;
                }
            };
            if a >= 0.0 {
                push(from);
            }
            if (a >= 0.0) != (b >= 0.0) {
                // Always from the inner to the outer end, so that neighbours find the same point.
                let (inner, outer, t) =
                    if a >= 0.0 { (from, to, a / (a - b)) } else { (to, from, b / (b - a)) };
                let mut raster = [0.0; 4];
                for (k, value) in raster.iter_mut().enumerate() {
                    *value = inner.raster[k] + (outer.raster[k] - inner.raster[k]) * t;
                }
                push(Corner { raster, screen: None });
            }
        }
        count = kept;
        if count < 3 {
            return;
        }
    }
    let screen = |c: &Corner| {
        c.screen.unwrap_or_else(|| {
            let [x, y, z, w] = c.raster;
            let pixel = |v: f32| (v / w).clamp(GUARD[0], GUARD[1]) * SUBPIXELS as f32;
            [pixel(x).round(), pixel(y).round(), (key[0] + key[1] * z) / w]
        })
    };
    for i in 1..count - 1 {
        let [a, b, c] = [0, i, i + 1].map(|k| screen(&polygon[k]));
        if [a, b, c].iter().flatten().all(|v| v.is_finite()) {
            let triangle = ScreenTriangle {
                corners: [a, b, c].map(|p| [p[0] as i32, p[1] as i32]),
                keys: [a[2], b[2], c[2]],
                slot,
                triangle: number,
            };
            bins.push_triangle(late, triangle, facing);
        }
    }
}
