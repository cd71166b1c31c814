//! Fitting the camera to bounds, and its clipping range to the scene.

use super::{Bounds, Camera, Lens, Pose, Surroundings};

/// Room around what is framed: the picture is this much larger.
const MARGIN: f64 = 1.1;
/// A free view starts this far round to the right and this far up, in degrees.
const OPENING_AZIMUTH_DEG: f64 = 35.0;
const OPENING_ELEVATION_DEG: f64 = 22.0;

/// Everything in the picture, seen from the front, a little from the right and from above.
#[must_use]
pub fn framed(surroundings: &Surroundings, aspect: f64) -> Camera {
    let axis = surroundings.up_axis;
    let (sin_a, cos_a) = OPENING_AZIMUTH_DEG.to_radians().sin_cos();
    let (sin_e, cos_e) = OPENING_ELEVATION_DEG.to_radians().sin_cos();
    let toward_eye = (axis.right() * sin_a + axis.front() * cos_a) * cos_e + axis.up() * sin_e;
    let eye = surroundings.center + toward_eye * (3.0 * surroundings.radius);
    // The fallback is never taken: the direction is a constant and the sphere finite.
    let pose = Pose::look_at(eye, surroundings.center, axis.up()).unwrap_or(Pose {
        eye,
        rotation: glam::DQuat::IDENTITY,
        distance: surroundings.radius,
    });
    let camera = Camera { path: None, pose, lens: Lens::default(), authored_clip: None };
    fit(&camera, &surroundings.bounds, surroundings, aspect)
}

/// The same direction of view, moved so that `bounds` fills the picture of this aspect (width over height). Its middle is
/// the new point of interest, and the picture's middle lies on the view axis.
#[must_use]
pub fn fit(camera: &Camera, bounds: &Bounds, surroundings: &Surroundings, aspect: f64) -> Camera {
    let pose = camera.pose;
    let (right, up, back) = (pose.right(), pose.up(), -pose.forward());
    let center = bounds.center();
    let corners = bounds.corners().map(|corner| corner - center);
    let least = bounds.radius().max(1e-4 * surroundings.radius);
    let (lens, distance) = match camera.lens {
        Lens::Perspective { fov_y_deg, .. } => {
            let tan_y = (0.5 * fov_y_deg).to_radians().tan() / MARGIN;
            let needed = corners.iter().map(|corner| {
                let across = (corner.dot(right).abs() / aspect).max(corner.dot(up).abs());
                corner.dot(back) + across / tan_y
            });
            (Lens::Perspective { fov_y_deg, shift: [0.0; 2] }, needed.fold(0.0, f64::max).max(least))
        }
        Lens::Orthographic { .. } => {
            let half = corners
                .iter()
                .map(|corner| (corner.dot(right).abs() / aspect).max(corner.dot(up).abs()))
                .fold(0.0, f64::max);
            let height = 2.0 * MARGIN * half.max(1e-3 * least);
            // Far enough out that nothing lies behind the eye.
            (Lens::Orthographic { height, shift: [0.0; 2] }, 2.0 * least + surroundings.radius)
        }
    };
    let fitted = Camera {
        path: None,
        pose: Pose { eye: center + back * distance, rotation: pose.rotation, distance },
        lens,
        authored_clip: None,
    };
    if fitted.is_sound(surroundings) { fitted } else { camera.clone() }
}

/// Nearest and farthest distance that hold the whole scene: 0 < near < far. Depth keeps its precision, since `near` is
/// only small when the eye is inside the scene. An authored range that cuts into the scene is kept.
#[must_use]
pub fn clip_range(pose: &Pose, authored: Option<[f64; 2]>, surroundings: &Surroundings) -> [f64; 2] {
    let depth = (surroundings.center - pose.eye).dot(pose.forward());
    let radius = surroundings.radius * 1.01;
    // With everything behind the eye there is nothing to hold: any range that includes the point of interest.
    let far = (depth + radius).max(2.0 * pose.distance);
    let least = (far * 1e-4).min(0.02 * pose.distance).max(far * 1e-6);
    let near = (depth - radius).max(least).min(0.5 * far);
    match authored {
        Some([low, high]) => {
            let near = near.max(low);
            [near, far.min(high).max(near * 1.001)]
        }
        None => [near, far],
    }
}
