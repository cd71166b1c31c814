//! The camera: pure mathematics in double precision.
//!
//! A [`Camera`] is a [`Pose`] (eye, rotation, distance to the point of interest) and a [`Lens`]. [`moves`] are what hands
//! do to it, [`gesture`] turns totals into moves so that lost messages cost nothing, [`framing`] fits it to bounds and
//! fits its clipping range, [`projection`] turns it along the axes and from perspective to parallel, [`choice`] picks where to start on a stage, [`transition`] goes from one to another.
//!
//! World space is the stage's, right-handed, with +Y or +Z up. View space looks along -Z with +Y up. Every camera that
//! leaves this module is finite.

pub mod choice;
pub mod framing;
pub mod gesture;
pub mod lens;
pub mod moves;
pub mod pose;
pub mod projection;
pub mod stage_camera;
pub mod surroundings;
pub mod transition;

use glam::{DMat4, DVec3};
use telestage_protocol::{CameraState, ProjectionKind};

pub use choice::choose;
pub use framing::{clip_range, framed};
pub use lens::{DEFAULT_FOV_Y_DEG, Lens};
pub use pose::Pose;
pub use stage_camera::StageCamera;
pub use surroundings::{Bounds, Surroundings, UpAxis};

/// Where one looks from, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// The stage's camera that is looked through; `None`: a free one.
    pub path: Option<String>,
    /// Position and direction.
    pub pose: Pose,
    /// How the view becomes a picture.
    pub lens: Lens,
    /// Authored limits along the view axis that cut into the scene on purpose; only while `path` is set.
    pub authored_clip: Option<[f64; 2]>,
}

impl Camera {
    /// The camera with which a stage is shown first: the stage's own choice, else everything framed.
    /// `aspect` is width over height of the picture.
    #[must_use]
    pub fn opening(
        cameras: &[StageCamera],
        default_camera: Option<&str>,
        surroundings: &Surroundings,
        aspect: f64,
    ) -> Self {
        choose(cameras, default_camera, surroundings.up_axis)
            .and_then(|index| cameras.get(index))
            .and_then(|camera| camera.look_through(surroundings, aspect))
            .unwrap_or_else(|| framed(surroundings, aspect))
    }

    /// Stage space from view space.
    #[must_use]
    pub fn world_from_view(&self) -> DMat4 {
        DMat4::from_rotation_translation(self.pose.rotation, self.pose.eye)
    }

    /// Nearest and farthest distance along the view axis, fitted to what is there.
    #[must_use]
    pub fn clip(&self, surroundings: &Surroundings) -> [f64; 2] {
        clip_range(&self.pose, self.authored_clip, surroundings)
    }

    /// Lets go of the stage's camera: from here on the hand moves it.
    pub fn set_free(&mut self) {
        self.path = None;
        self.authored_clip = None;
    }

    /// True if every number is finite and the eye is within `1e6` radii of the scene: what lies beyond is a mistake.
    #[must_use]
    pub fn is_sound(&self, surroundings: &Surroundings) -> bool {
        let reach = 1e6 * surroundings.radius.max(surroundings.center.length() * 1e-3);
        self.pose.is_finite()
            && self.lens.is_finite()
            && (self.pose.eye - surroundings.center).length() <= reach
    }

    /// The state as it goes onto the wire, with the receiver's own `seq`.
    #[must_use]
    pub fn state(&self, surroundings: &Surroundings, seq: u32) -> CameraState {
        let [near, far] = self.clip(surroundings);
        let (projection, fov_y, ortho_height, shift) = match self.lens {
            Lens::Perspective { fov_y_deg, shift } => (ProjectionKind::Perspective, fov_y_deg, None, shift),
            Lens::Orthographic { height, shift } => {
                // What a perspective camera would need to show as much at the point of interest.
                let fov_y = 2.0 * (0.5 * height / self.pose.distance).atan().to_degrees();
                (ProjectionKind::Orthographic, fov_y, Some(height), shift)
            }
        };
        CameraState {
            path: self.path.clone(),
            eye: self.pose.eye.to_array(),
            target: self.pose.target().to_array(),
            up: self.pose.up().to_array(),
            fov_y,
            near,
            far,
            projection,
            ortho_height,
            shift: (shift != [0.0; 2]).then_some(shift),
            seq,
        }
    }

    /// Height of the picture at the point of interest, in stage units.
    #[must_use]
    pub fn height_at_target(&self) -> f64 {
        self.lens.height_at(self.pose.distance)
    }
}

/// `v` scaled to length 1, or `None` if it has no direction.
pub(crate) fn direction(v: DVec3) -> Option<DVec3> {
    v.try_normalize().filter(|n| n.is_finite())
}
