//! Position and direction of a camera.

use glam::{DMat3, DMat4, DQuat, DVec3};

use super::direction;

/// Where the eye is, which way it looks, and how far away the point of interest is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// In stage space.
    pub eye: DVec3,
    /// Stage space from view space, unit length.
    pub rotation: DQuat,
    /// From the eye to the point of interest, in stage units, above 0.
    pub distance: f64,
}

impl Pose {
    /// Looks from `eye` at `target`. `up` is made square to the view; where it points along the view, any direction that
    /// is square to it will do. `None` if eye and target are the same, `up` is zero, or something is not finite.
    #[must_use]
    pub fn look_at(eye: DVec3, target: DVec3, up: DVec3) -> Option<Self> {
        let forward = direction(target - eye)?;
        let up = direction(up)?;
        let right = direction(forward.cross(up))
            .filter(|_| forward.cross(up).length() > 1e-6)
            .unwrap_or_else(|| forward.any_orthonormal_vector());
        let rotation = rotation_from(right, forward);
        let pose = Self { eye, rotation, distance: (target - eye).length() };
        pose.is_finite().then_some(pose)
    }

    /// The pose of a camera's matrix, without its scale, shear and mirroring. `None` if it is degenerate.
    #[must_use]
    pub fn from_matrix(world_from_view: &DMat4, distance: f64) -> Option<Self> {
        let forward = direction(-world_from_view.z_axis.truncate())?;
        let right = direction(forward.cross(direction(world_from_view.y_axis.truncate())?))?;
        let pose = Self {
            eye: world_from_view.w_axis.truncate(),
            rotation: rotation_from(right, forward),
            distance,
        };
        pose.is_finite().then_some(pose)
    }

    /// The direction of view, unit length.
    #[must_use]
    pub fn forward(&self) -> DVec3 {
        self.rotation * DVec3::NEG_Z
    }

    /// Right in the picture, unit length.
    #[must_use]
    pub fn right(&self) -> DVec3 {
        self.rotation * DVec3::X
    }

    /// Up in the picture, unit length.
    #[must_use]
    pub fn up(&self) -> DVec3 {
        self.rotation * DVec3::Y
    }

    /// The point of interest.
    #[must_use]
    pub fn target(&self) -> DVec3 {
        self.eye + self.forward() * self.distance
    }

    /// True if every number is finite and the distance above 0.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.eye.is_finite()
            && self.rotation.is_finite()
            && self.rotation.length_squared() > 0.5
            && self.distance.is_finite()
            && self.distance > 0.0
    }
}

/// View axes from two of them; both unit length and square to each other.
fn rotation_from(right: DVec3, forward: DVec3) -> DQuat {
    DQuat::from_mat3(&DMat3::from_cols(right, right.cross(forward), -forward)).normalize()
}
