//! The view's camera as the card sees through it: rays into the floor, points of the world in the picture.

use glam::{DMat4, DVec3};

use crate::view::{Projection, View};

/// The view's camera, in the terms that drawing needs.
#[derive(PartialEq)]
pub(super) struct Eye {
    world_from_view: DMat4,
    /// View-space directions (or offsets) to the right and upper edges of the picture at unit depth.
    half: [f64; 2],
    is_perspective: bool,
}

impl Eye {
    pub(super) fn new(view: &View) -> Option<Self> {
        let aspect = f64::from(view.size[0]) / f64::from(view.size[1]);
        let (half_height, is_perspective) = match view.projection {
            Projection::Perspective { fov_y_deg, .. } => ((fov_y_deg.to_radians() / 2.0).tan(), true),
            Projection::Orthographic { height } => (height / 2.0, false),
        };
        let is_fine = view.world_from_view.is_finite() && half_height.is_finite() && half_height > 0.0;
        is_fine.then_some(Self {
            world_from_view: view.world_from_view,
            half: [half_height * aspect, half_height],
            is_perspective,
        })
    }

    pub(super) fn position(&self) -> DVec3 {
        self.world_from_view.w_axis.truncate()
    }

    /// Start and direction of the ray through a point of the picture, from -1 to 1 right and up.
    pub(super) fn ray(&self, right: f64, up: f64) -> (DVec3, DVec3) {
        let (x, y) = (right * self.half[0], up * self.half[1]);
        let (start, towards) = if self.is_perspective {
            (DVec3::ZERO, DVec3::new(x, y, -1.0))
        } else {
            (DVec3::new(x, y, 0.0), DVec3::NEG_Z)
        };
        (self.world_from_view.transform_point3(start), self.world_from_view.transform_vector3(towards))
    }

    /// Where a point of the world is in a picture of this size, in pixels from the top left; `None` behind the eye.
    pub(super) fn project(&self, point: DVec3, size: [u32; 2]) -> Option<[f32; 2]> {
        let seen = self.world_from_view.inverse().transform_point3(point);
        let depth = if self.is_perspective { -seen.z } else { 1.0 };
        let [width, height] = size.map(f64::from);
        let x = (seen.x / depth / self.half[0] + 1.0) * width / 2.0;
        let y = (1.0 - seen.y / depth / self.half[1]) * height / 2.0;
        // Lines that leave the picture are clipped by the canvas; points near the eye's plane would make endless ones.
        let is_near = x.abs() < 4.0 * width && y.abs() < 4.0 * height;
        (depth > 1e-6 && is_near).then_some([x as f32, y as f32])
    }

    /// A power of ten near the eye's height over the floor: the floor has tiles of this size.
    pub(super) fn tile(&self) -> f64 {
        10_f64.powf(self.position().y.abs().clamp(1e-6, 1e9).log10().floor())
    }
}
