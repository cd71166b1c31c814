//! The view as the rasterizer uses it: matrices to pixels, depth keys, frustum planes.
//!
//! **Raster space** is homogeneous: `(x, y, z, w)` with pixels `x / w` (right) and `y / w` (down) from the picture's top
//! left corner, and `z` the distance past the near plane. The **depth key** is linear on the screen and grows towards
//! the eye: `1 / distance` in perspective, 1 (near) to 0 (far) in parallel projection. All of it is composed in f64, so
//! that large coordinates only cancel here.

use glam::{DMat4, DVec3, DVec4};

use crate::source::RenderError;
use crate::view::{Projection, View};

/// Largest width and height.
pub const MAX_SIZE: u32 = 8192;

/// A checked view.
#[derive(Clone, Debug)]
pub struct Camera {
    /// Columns and rows.
    pub size: [u32; 2],
    /// Where the eye is, in stage space.
    pub eye: DVec3,
    /// Stage space from view space, without scale.
    pub world_from_view: DMat4,
    /// Raster space from stage space.
    pub raster_from_world: DMat4,
    /// Raster space from view space.
    pub raster_from_view: DMat4,
    /// The frustum in stage space: left, right, top, bottom, near, far; inside is positive. It has a pixel to spare
    /// and does not move with the jitter, so that all samples of a picture see the same instances.
    pub planes: [DVec4; 6],
    /// Distances of the near and far planes.
    pub clip: [f64; 2],
    /// Rays meet in the eye.
    pub perspective: bool,
}

/// Directions of the picture's pixels in stage space: `origin + right * x + down * y`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Through the top left corner.
    pub origin: [f32; 3],
    /// One pixel to the right.
    pub right: [f32; 3],
    /// One pixel down.
    pub down: [f32; 3],
}

impl Camera {
    /// Where the pixels look; all the same in parallel projection.
    #[must_use]
    pub fn rays(&self) -> Ray {
        let [x, y, z] =
            [self.world_from_view.x_axis, self.world_from_view.y_axis, self.world_from_view.z_axis]
                .map(|axis| axis.truncate());
        let m = &self.raster_from_view;
        if !self.perspective {
            return Ray { origin: (-z).as_vec3().to_array(), right: [0.0; 3], down: [0.0; 3] };
        }
        let right = x / m.x_axis.x;
        let down = y / m.y_axis.y;
        let origin = right * m.z_axis.x + down * m.z_axis.y - z;
        Ray {
            origin: origin.as_vec3().to_array(),
            right: right.as_vec3().to_array(),
            down: down.as_vec3().to_array(),
        }
    }

    /// Checks `view`; its picture is moved by `jitter` pixels.
    ///
    /// # Errors
    /// Sizes out of range or odd, numbers that are not finite, or a camera matrix that cannot be inverted.
    pub fn new(view: &View, jitter: [f64; 2]) -> Result<Self, RenderError> {
        let [width, height] = view.size;
        let fits = |n: u32| (16..=MAX_SIZE).contains(&n) && n.is_multiple_of(2);
        if !fits(width) || !fits(height) {
            return Err(RenderError::Size(width, height));
        }
        let [near, far] = view.clip;
        let axes = [view.world_from_view.x_axis, view.world_from_view.y_axis, view.world_from_view.z_axis];
        let axes = axes.map(|axis| axis.truncate().normalize_or_zero());
        let eye = view.world_from_view.w_axis.truncate();
        let finite = view.world_from_view.is_finite() && near.is_finite() && far.is_finite() && near < far;
        if !finite || axes.contains(&DVec3::ZERO) || axes[0].dot(axes[1].cross(axes[2])).abs() < 1e-6 {
            return Err(RenderError::Camera);
        }
        let (w, h) = (f64::from(width), f64::from(height));
        let perspective = matches!(view.projection, Projection::Perspective { .. });
        let (scale, shift) = match view.projection {
            Projection::Perspective { fov_y_deg, shift } => {
                (0.5 * h / (fov_y_deg.to_radians() * 0.5).tan(), shift)
            }
            Projection::Orthographic { height } => (h / height, [0.0; 2]),
        };
        if !(scale.is_finite() && scale > 0.0 && shift.iter().all(|s| s.is_finite())) {
            return Err(RenderError::Camera);
        }
        // A near plane at or behind the eye has no perspective.
        let near = if perspective { near.max(far.abs() * 1e-6) } else { near };
        if near >= far {
            return Err(RenderError::Camera);
        }
        let still = [w * 0.5 - shift[0] * h, h * 0.5 + shift[1] * h];
        let middle = [still[0] + jitter[0], still[1] + jitter[1]];
        // Columns are what x, y, z and 1 of view space contribute.
        let raster = |middle: [f64; 2]| {
            if perspective {
                DMat4::from_cols(
                    DVec4::new(scale, 0.0, 0.0, 0.0),
                    DVec4::new(0.0, -scale, 0.0, 0.0),
                    DVec4::new(-middle[0], -middle[1], -1.0, -1.0),
                    DVec4::new(0.0, 0.0, -near, 0.0),
                )
            } else {
                DMat4::from_cols(
                    DVec4::new(scale, 0.0, 0.0, 0.0),
                    DVec4::new(0.0, -scale, 0.0, 0.0),
                    DVec4::new(0.0, 0.0, -1.0, 0.0),
                    DVec4::new(middle[0], middle[1], -near, 1.0),
                )
            }
        };
        let world_from_view =
            DMat4::from_cols(axes[0].extend(0.0), axes[1].extend(0.0), axes[2].extend(0.0), eye.extend(1.0));
        let raster_from_view = raster(middle);
        let view_from_world = world_from_view.inverse();
        let raster_from_world = raster_from_view * view_from_world;
        let frustum = raster(still) * view_from_world;
        let [x, y, z, across] = [0, 1, 2, 3].map(|i| frustum.row(i));
        let depth = DVec4::new(0.0, 0.0, 0.0, far - near);
        let planes = [x + across, across * (w + 1.0) - x, y + across, across * (h + 1.0) - y, z, depth - z];
        Ok(Self {
            size: view.size,
            eye,
            world_from_view,
            raster_from_world,
            raster_from_view,
            planes,
            clip: [near, far],
            perspective,
        })
    }

    /// The depth key is `(key[0] + key[1] * z) / w`.
    #[must_use]
    pub fn key(&self) -> [f32; 2] {
        if self.perspective { [1.0, 0.0] } else { [1.0, (-1.0 / (self.clip[1] - self.clip[0])) as f32] }
    }

    /// The depth key of the far plane; nothing behind it is drawn.
    #[must_use]
    pub fn far_key(&self) -> f32 {
        if self.perspective { (1.0 / self.clip[1]) as f32 } else { 0.0 }
    }

    /// Distance along the view axis of a depth key.
    #[must_use]
    pub fn distance(&self, key: f32) -> f64 {
        let key = f64::from(key);
        if self.perspective { 1.0 / key } else { self.clip[0] + (1.0 - key) * (self.clip[1] - self.clip[0]) }
    }

    /// The point of stage space at pixel coordinates (centres at .5) and a distance along the view axis.
    #[must_use]
    pub fn unproject(&self, pixel: [f64; 2], distance: f64) -> DVec3 {
        let m = &self.raster_from_view;
        let at = if self.perspective {
            let x = (pixel[0] + m.z_axis.x) / m.x_axis.x;
            let y = (pixel[1] + m.z_axis.y) / m.y_axis.y;
            DVec3::new(x * distance, y * distance, -distance)
        } else {
            DVec3::new((pixel[0] - m.w_axis.x) / m.x_axis.x, (pixel[1] - m.w_axis.y) / m.y_axis.y, -distance)
        };
        self.world_from_view.transform_point3(at)
    }
}

#[cfg(test)]
mod tests {
    use glam::DMat4;

    use super::*;
    use crate::view::Aov;

    fn view(projection: Projection) -> View {
        View {
            version: 0,
            size: [640, 480],
            world_from_view: DMat4::from_translation(DVec3::new(1.0, 2.0, 3.0)),
            projection,
            clip: [0.1, 100.0],
            aov: Aov::Color,
            style: crate::Style::default(),
            samples: 1,
        }
    }

    #[test]
    fn unprojecting_a_projected_point_gives_it_back() {
        let perspective = Projection::Perspective { fov_y_deg: 50.0, shift: [0.1, -0.2] };
        for projection in [perspective, Projection::Orthographic { height: 8.0 }] {
            let camera = Camera::new(&view(projection), [0.0; 2]).unwrap();
            let point = DVec3::new(0.5, 2.5, -4.0);
            let raster = camera.raster_from_world * point.extend(1.0);
            let key = f64::from(camera.key()[0]) + f64::from(camera.key()[1]) * raster.z;
            let distance = camera.distance((key / raster.w) as f32);
            assert!((distance - 7.0).abs() < 1e-4);
            let back = camera.unproject([raster.x / raster.w, raster.y / raster.w], distance);
            assert!(back.distance(point) < 1e-4, "{back}");
        }
    }

    #[test]
    fn the_window_shifts_in_picture_heights_right_and_up() {
        let camera =
            |shift| Camera::new(&view(Projection::Perspective { fov_y_deg: 50.0, shift }), [0.0; 2]).unwrap();
        let ahead = |camera: &Camera| {
            let raster = camera.raster_from_world * DVec4::new(1.0, 2.0, 0.0, 1.0);
            [raster.x / raster.w, raster.y / raster.w]
        };
        assert_eq!(ahead(&camera([0.0, 0.0])), [320.0, 240.0]);
        let [x, y] = ahead(&camera([0.25, 0.5]));
        assert!((x - 200.0).abs() < 1e-9 && (y - 480.0).abs() < 1e-9, "{x} {y}");
    }

    #[test]
    fn views_without_pixels_or_sense_are_refused() {
        let good = view(Projection::Orthographic { height: 8.0 });
        for size in [[0, 480], [640, 481], [640, 9000], [8, 8]] {
            assert!(matches!(
                Camera::new(&View { size, ..good.clone() }, [0.0; 2]),
                Err(RenderError::Size(..))
            ));
        }
        let nan = DMat4::from_translation(DVec3::NAN);
        let bad = [
            View { world_from_view: nan, ..good.clone() },
            View { world_from_view: DMat4::ZERO, ..good.clone() },
            View { clip: [1.0, 1.0], ..good.clone() },
            View { projection: Projection::Orthographic { height: 0.0 }, ..good.clone() },
            View { projection: Projection::Perspective { fov_y_deg: f64::NAN, shift: [0.0; 2] }, ..good },
        ];
        assert!(bad.iter().all(|view| matches!(Camera::new(view, [0.0; 2]), Err(RenderError::Camera))));
    }
}
