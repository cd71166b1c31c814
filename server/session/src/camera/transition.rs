//! From one camera to another in a given time.

use std::time::Duration;

use super::projection::of_kind;
use super::{Camera, Lens, Pose};

/// Longest transition.
pub const LONGEST: Duration = Duration::from_secs(10);

/// A move that time makes, fast at first, gentle at the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    from: Camera,
    to: Camera,
    started: Duration,
    lasts: Duration,
}

impl Transition {
    /// From `from` at `now` to `to`, at most [`LONGEST`]. From one projection to the other there is no way in between: the
    /// whole of it is made in the projection of the goal.
    #[must_use]
    pub fn new(from: &Camera, to: Camera, now: Duration, lasts: Duration) -> Self {
        Self { from: of_kind(from, &to), to, started: now, lasts: lasts.min(LONGEST) }
    }

    /// When it ends.
    #[must_use]
    pub fn ends(&self) -> Duration {
        self.started + self.lasts
    }

    /// The camera at `now`; exactly the goal from the end on.
    #[must_use]
    pub fn at(&self, now: Duration) -> Camera {
        if now >= self.ends() {
            return self.to.clone();
        }
        let t = now.saturating_sub(self.started).as_secs_f64() / self.lasts.as_secs_f64();
        let t = 1.0 - (1.0 - t).powi(3);
        let (from, to) = (&self.from.pose, &self.to.pose);
        let target = from.target().lerp(to.target(), t);
        let mut pose = Pose {
            eye: target,
            rotation: from.rotation.slerp(to.rotation, t).normalize(),
            distance: from.distance * (to.distance / from.distance).powf(t),
        };
        pose.eye -= pose.forward() * pose.distance;
        let camera = Camera { pose, lens: between(self.from.lens, self.to.lens, t), ..self.to.clone() };
        // Distances beyond every proportion: no way in between, only the goal.
        if camera.pose.is_finite() && camera.lens.is_finite() { camera } else { self.to.clone() }
    }
}

/// Lenses of one kind blend; from one kind to the other there is nothing in between.
fn between(from: Lens, to: Lens, t: f64) -> Lens {
    let mix = |a: f64, b: f64| a + (b - a) * t;
    let mix2 = |a: [f64; 2], b: [f64; 2]| [mix(a[0], b[0]), mix(a[1], b[1])];
    match (from, to) {
        (Lens::Perspective { fov_y_deg: a, shift: s }, Lens::Perspective { fov_y_deg: b, shift: r }) => {
            Lens::Perspective { fov_y_deg: mix(a, b), shift: mix2(s, r) }
        }
        (Lens::Orthographic { height: a, shift: s }, Lens::Orthographic { height: b, shift: r }) => {
            Lens::Orthographic { height: a * (b / a).powf(t), shift: mix2(s, r) }
        }
        (Lens::Perspective { .. }, Lens::Orthographic { .. })
        | (Lens::Orthographic { .. }, Lens::Perspective { .. }) => to,
    }
}
