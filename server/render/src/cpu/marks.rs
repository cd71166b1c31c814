//! Edges and corners of triangles, found where surfaces are shaded: what is hidden has none.
//!
//! Distances are on the screen, in pixels. An edge is drawn from both of its sides, half of it each, and a triangle of
//! few pixels in a fainter line, so that a dense mesh does not become one blot.

use super::simd::{Float, three};

/// Which parts of a triangle are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its sides.
    Edges,
    /// Its corners.
    Corners,
}

/// How a frame's triangles are marked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marks {
    /// What is marked.
    pub part: Part,
    /// There is nothing but the marks: surfaces only hide what lies behind them.
    pub is_bare: bool,
    /// Linear colours of a mark on something dark and on something bright.
    pub inks: [[f32; 3]; 2],
}

/// Half the width of an edge, and the radius of a corner, in pixels.
const REACH: [f32; 2] = [0.55, 2.6];
/// How much of a lit surface a mark covers.
const OVER_SURFACES: f32 = 0.7;
/// Triangles that are lower than this many pixels have fainter marks, down to [`FAINTEST`].
const SMALL: f32 = 5.0;
/// See [`SMALL`].
const FAINTEST: f32 = 0.2;
/// Surfaces that are brighter than this get the dark ink.
const BRIGHT: f32 = 0.16;

/// How much of eight pixels is marked. `corners` are the triangles' corners on the screen relative to the pixel and still
/// times `w`; `weights` and their `slopes` a step to the right and down are those of the corners.
#[inline(always)]
pub fn cover<F: Float>(
    part: Part,
    corners: [[F; 2]; 3],
    w: [F; 3],
    weights: [F; 3],
    slopes: [[F; 3]; 2],
) -> F {
    let (one, least) = (F::splat(1.0), F::splat(1e-20));
    // The reciprocal of the triangle's height over each side.
    let steep = three!(k => {
        let (x, y) = (slopes[0][k], slopes[1][k]);
        x.mul_add(x, y.mul_add(y, least)).sqrt()
    });
    let (distance, reach) = match part {
        Part::Edges => {
            let [a, b, c] = three!(k => weights[k] / steep[k]);
            (a.min(b).min(c), REACH[0])
        }
        Part::Corners => {
            let [a, b, c] = three!(k => {
                let [x, y] = corners[k];
                let away = x.mul_add(x, y * y).sqrt() / w[k].max(F::splat(1e-12));
                // Behind the eye there is no corner to see.
                F::select(w[k].gt(F::splat(1e-12)), away, F::splat(1e9))
            });
            (a.min(b).min(c), REACH[1])
        }
    };
    let lowest = one / steep[0].max(steep[1]).max(steep[2]);
    let strength = (lowest * F::splat(1.0 / SMALL)).clamp(FAINTEST, 1.0);
    (F::splat(reach + 0.5) - distance).clamp(0.0, 1.0) * strength
}

/// The mark alone, ready to be laid over what is behind.
#[inline(always)]
pub fn bare<F: Float>(marks: &Marks, mark: F) -> [F; 3] {
    three!(i => F::splat(marks.inks[0][i]) * mark)
}

/// The mark over lit pixels.
#[inline(always)]
pub fn over<F: Float>(marks: &Marks, mark: F, rgb: [F; 3]) -> [F; 3] {
    let light = rgb[0].mul_add(F::splat(0.21), rgb[1].mul_add(F::splat(0.72), rgb[2] * F::splat(0.07)));
    let bright = light.gt(F::splat(BRIGHT));
    let ink = F::select3(bright, F::splat3(marks.inks[1]), F::splat3(marks.inks[0]));
    let share = mark * F::splat(OVER_SURFACES);
    three!(i => (ink[i] - rgb[i]).mul_add(share, rgb[i]))
}
