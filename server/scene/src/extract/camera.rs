//! UsdGeomCamera → a row.

use glam::DMat4;
use openusd::usd::Prim;

use super::read::Reader;
use crate::tables::{Camera, PrimId};

/// Reads a camera. Numbers are as authored, NaN included: `inspect` shows them, and views refuse them.
pub(super) fn read(reader: &Reader<'_>, prim: &Prim, row: PrimId, world_from_local: DMat4) -> Camera {
    let float = |name: &str, fallback: f32| reader.float(prim, name).unwrap_or(fallback);
    Camera {
        prim: row,
        world_from_local,
        orthographic: reader.text(prim, "projection").as_deref() == Some("orthographic"),
        focal_length: float("focalLength", 50.0),
        horizontal_aperture: float("horizontalAperture", 20.955),
        vertical_aperture: float("verticalAperture", 15.2908),
        horizontal_aperture_offset: float("horizontalApertureOffset", 0.0),
        vertical_aperture_offset: float("verticalApertureOffset", 0.0),
        clipping_range: reader.vec2(prim, "clippingRange").unwrap_or([1.0, 1_000_000.0]),
    }
}
