//! What hands do to a camera, as small steps.
//!
//! Each step is exact when steps of one gesture are added up in any portions: two half orbits are one whole orbit.
//! Limits (poles, distances) are the caller's: [`super::gesture`] knows a gesture's total and holds those.

use std::f64::consts::PI;

use glam::{DQuat, DVec3};

use super::{Camera, Lens, Pose, Surroundings, direction};

/// How steeply a hand can make the view point up or down, in degrees.
pub const MAX_ELEVATION_DEG: f64 = 89.9;

/// How far the view points above the horizon, in radians.
#[must_use]
pub fn elevation(pose: &Pose, surroundings: &Surroundings) -> f64 {
    let forward = pose.forward();
    let up = surroundings.up_axis.up();
    forward.dot(up).atan2(forward.cross(up).length())
}

/// Turns around the point of interest: `yaw` around the stage's up axis, `pitch` (both in radians) raises the view.
/// A roll of the camera stays as it is.
pub fn orbit(camera: &mut Camera, yaw: f64, pitch: f64, surroundings: &Surroundings) {
    let target = camera.pose.target();
    turn(&mut camera.pose, yaw, pitch, surroundings);
    camera.pose.eye = target - camera.pose.forward() * camera.pose.distance;
}

/// As [`orbit`], around any point. What is seen there becomes the point of interest as far as depth goes: it lies on the
/// view axis, as far away as `pivot` is. Points beside or behind the eye leave the depth as it is.
pub fn orbit_around(camera: &mut Camera, pivot: DVec3, yaw: f64, pitch: f64, surroundings: &Surroundings) {
    let pose = &mut camera.pose;
    let depth = (pivot - pose.eye).dot(pose.forward());
    if depth > 1e-6 * surroundings.radius {
        pose.distance = depth;
    }
    let before = pose.rotation;
    let arm = pose.eye - pivot;
    turn(pose, yaw, pitch, surroundings);
    pose.eye = pivot + (pose.rotation * before.inverse()).normalize() * arm;
}

/// Turns around the eye, otherwise as [`orbit`].
pub fn look(camera: &mut Camera, yaw: f64, pitch: f64, surroundings: &Surroundings) {
    turn(&mut camera.pose, yaw, pitch, surroundings);
}

fn turn(pose: &mut Pose, yaw: f64, pitch: f64, surroundings: &Surroundings) {
    let up = surroundings.up_axis.up();
    let level = pose.forward().cross(up);
    // Straight up or down there is no horizon: the picture's right serves.
    let level = if level.length() > 1e-9 { level } else { pose.right() - up * pose.right().dot(up) };
    let Some(level) = direction(level) else { return };
    let limit = MAX_ELEVATION_DEG.to_radians();
    let now = elevation(pose, surroundings);
    let pitch = (now + pitch).clamp(now.min(-limit), now.max(limit)) - now;
    let turn = DQuat::from_axis_angle(up, yaw % (2.0 * PI)) * DQuat::from_axis_angle(level, pitch);
    pose.rotation = (turn * pose.rotation).normalize();
}

/// Moves along the picture: the scene goes `right` and `down`, in picture heights at the point of interest.
pub fn pan(camera: &mut Camera, right: f64, down: f64) {
    let height = camera.height_at_target();
    let pose = &mut camera.pose;
    pose.eye += (pose.up() * down - pose.right() * right) * height;
}

/// Multiplies the distance to the point of interest (or the height of a parallel picture) by `factor`. What lies under
/// the cursor at the depth of the point of interest stays there; `cursor` from the picture's top left, 0 to 1.
pub fn zoom(camera: &mut Camera, factor: f64, cursor: [f64; 2], aspect: f64) {
    let height = camera.height_at_target();
    let shift = camera.lens.shift();
    let right = ((cursor[0] - 0.5) * aspect + shift[0]) * height;
    let up = (0.5 - cursor[1] + shift[1]) * height;
    let pose = &mut camera.pose;
    let offset = pose.right() * right + pose.up() * up;
    match &mut camera.lens {
        Lens::Perspective { .. } => {
            let fixed = pose.target() + offset;
            pose.eye = fixed + (pose.eye - fixed) * factor;
            pose.distance *= factor;
        }
        Lens::Orthographic { height, .. } => {
            pose.eye += offset * (1.0 - factor);
            *height *= factor;
        }
    }
}

/// What [`zoom`] multiplies: the distance, or a parallel picture's height.
#[must_use]
pub fn zoom_extent(camera: &Camera) -> f64 {
    match camera.lens {
        Lens::Perspective { .. } => camera.pose.distance,
        Lens::Orthographic { height, .. } => height,
    }
}

/// Moves through the scene by `step` in view space, in scene radii.
pub fn fly(camera: &mut Camera, step: DVec3, surroundings: &Surroundings) {
    camera.pose.eye += camera.pose.rotation * step * surroundings.radius;
}
