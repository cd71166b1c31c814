//! A camera that the stage brings along (UsdGeomCamera).

use glam::DMat4;

use super::{Camera, Lens, Pose, Surroundings};

/// USD's fallback clipping range: taken as "nobody thought about it".
const FALLBACK_CLIP: [f64; 2] = [1.0, 1_000_000.0];

/// What UsdGeomCamera says. Apertures and focal length in tenths of a stage unit.
#[derive(Clone, Debug, PartialEq)]
pub struct StageCamera {
    /// The camera's prim.
    pub path: String,
    /// Stage space from camera space (looks along -Z, +Y up).
    pub world_from_view: DMat4,
    /// Parallel projection.
    pub orthographic: bool,
    /// `focalLength`.
    pub focal_length: f64,
    /// `horizontalAperture`, `verticalAperture`.
    pub aperture: [f64; 2],
    /// `horizontalApertureOffset`, `verticalApertureOffset`.
    pub aperture_offset: [f64; 2],
    /// `clippingRange` in stage units.
    pub clipping_range: [f64; 2],
}

impl StageCamera {
    /// The last part of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Width over height of the frame; `None` if the apertures make no sense.
    #[must_use]
    pub fn aspect(&self) -> Option<f64> {
        let [horizontal, vertical] = self.aperture;
        let aspect = horizontal / vertical;
        (horizontal > 0.0 && vertical > 0.0 && aspect.is_finite() && aspect > 0.0).then_some(aspect)
    }

    /// The larger field of view of the two, in degrees; 0 for a parallel projection, which has none.
    #[must_use]
    pub fn widest_fov_deg(&self) -> f64 {
        if self.orthographic {
            return 0.0;
        }
        2.0 * (0.5 * self.aperture[0].max(self.aperture[1]) / self.focal_length).atan().to_degrees()
    }

    /// The lens for a picture of this aspect (width over height). The authored frame is never cropped: what the picture
    /// is wider or higher than the apertures shows more of the scene (USD's conform policy "fit").
    #[must_use]
    pub fn lens(&self, aspect: f64) -> Option<Lens> {
        let [horizontal, vertical] = self.aperture;
        let is_open = horizontal > 0.0 && vertical > 0.0 && aspect > 0.0;
        if !is_open {
            return None;
        }
        let height = vertical.max(horizontal / aspect);
        let shift = self.aperture_offset.map(|offset| offset / height);
        let lens = if self.orthographic {
            Lens::Orthographic { height: 0.1 * height, shift }
        } else if self.focal_length > 0.0 {
            Lens::Perspective {
                fov_y_deg: 2.0 * (0.5 * height / self.focal_length).atan().to_degrees(),
                shift,
            }
        } else {
            return None;
        };
        lens.is_finite().then_some(lens)
    }

    /// The view through this camera; `None` if its matrix or its numbers make no sense.
    #[must_use]
    pub fn look_through(&self, surroundings: &Surroundings, aspect: f64) -> Option<Camera> {
        let pose = Pose::from_matrix(&self.world_from_view, 1.0)?;
        // The stage rarely says what its camera is about: take the depth of the scene's middle, if it is in front.
        let depth = (surroundings.center - pose.eye).dot(pose.forward());
        let distance = if depth > 0.1 * surroundings.radius { depth } else { surroundings.radius };
        let [near, far] = self.clipping_range;
        let is_authored = self.clipping_range != FALLBACK_CLIP && near > 0.0 && far > near && far.is_finite();
        let camera = Camera {
            path: Some(self.path.clone()),
            pose: Pose { distance, ..pose },
            lens: self.lens(aspect)?,
            authored_clip: is_authored.then_some(self.clipping_range),
        };
        camera.is_sound(surroundings).then_some(camera)
    }
}
