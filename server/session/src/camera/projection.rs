//! From perspective to parallel and back, and looking along the axes of a stage.
//!
//! The point of interest stays where it is, and as large as it is: what is lost in depth is made up in distance.

use telestage_protocol::Side;

use super::{Camera, Lens, Pose, Surroundings};

/// Room between the eye of a parallel view and the scene, in scene radii: nothing lies behind the eye.
const CLEARANCE: f64 = 2.0;

/// The same view in perspective with this vertical field of view in degrees.
#[must_use]
pub fn perspective(camera: &Camera, fov_y_deg: f64) -> Camera {
    let lens = Lens::Perspective { fov_y_deg, shift: camera.lens.shift() };
    let distance = camera.height_at_target() / lens.height_at(1.0);
    Camera { lens, pose: at_distance(&camera.pose, distance), ..free(camera) }
}

/// The same view in parallel, from far enough out that the whole scene lies in front.
#[must_use]
pub fn orthographic(camera: &Camera, surroundings: &Surroundings) -> Camera {
    let lens = Lens::Orthographic { height: camera.height_at_target(), shift: camera.lens.shift() };
    let off_center = (camera.pose.target() - surroundings.center).length();
    let distance = (off_center + CLEARANCE * surroundings.radius).max(camera.pose.distance);
    Camera { lens, pose: at_distance(&camera.pose, distance), ..free(camera) }
}

/// The same point of interest as far away, from a side of the stage.
#[must_use]
pub fn from_side(camera: &Camera, side: Side, surroundings: &Surroundings) -> Camera {
    let axis = surroundings.up_axis;
    let (toward_eye, up) = match side {
        Side::Front => (axis.front(), axis.up()),
        Side::Back => (-axis.front(), axis.up()),
        Side::Right => (axis.right(), axis.up()),
        Side::Left => (-axis.right(), axis.up()),
        Side::Top => (axis.up(), -axis.front()),
        Side::Bottom => (-axis.up(), axis.front()),
    };
    let target = camera.pose.target();
    // Eye and point of interest are apart, and the axes square to each other: there is always such a pose.
    let pose = Pose::look_at(target + toward_eye * camera.pose.distance, target, up);
    let shift = [0.0; 2];
    let lens = match camera.lens {
        Lens::Perspective { fov_y_deg, .. } => Lens::Perspective { fov_y_deg, shift },
        Lens::Orthographic { height, .. } => Lens::Orthographic { height, shift },
    };
    Camera { pose: pose.unwrap_or(camera.pose), lens, ..free(camera) }
}

/// `camera` with the kind of lens that `like` has, so that a way leads from one to the other.
#[must_use]
pub fn of_kind(camera: &Camera, like: &Camera) -> Camera {
    let shift = camera.lens.shift();
    match (camera.lens, like.lens) {
        (Lens::Orthographic { .. }, Lens::Perspective { fov_y_deg, .. }) => {
            Camera { path: camera.path.clone(), ..perspective(camera, fov_y_deg) }
        }
        (Lens::Perspective { .. }, Lens::Orthographic { .. }) => {
            let lens = Lens::Orthographic { height: camera.height_at_target(), shift };
            Camera { lens, ..camera.clone() }
        }
        (Lens::Perspective { .. }, Lens::Perspective { .. })
        | (Lens::Orthographic { .. }, Lens::Orthographic { .. }) => camera.clone(),
    }
}

fn free(camera: &Camera) -> Camera {
    Camera { path: None, authored_clip: None, ..camera.clone() }
}

fn at_distance(pose: &Pose, distance: f64) -> Pose {
    Pose { eye: pose.target() - pose.forward() * distance, distance, ..*pose }
}
