//! What a camera needs to know about the scene: which way is up, and how large it is.

use glam::DVec3;

/// The stage's up axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpAxis {
    /// +Y is up, +Z comes toward the viewer.
    #[default]
    Y,
    /// +Z is up, -Y comes toward the viewer.
    Z,
}

impl UpAxis {
    /// Up, unit length.
    #[must_use]
    pub fn up(self) -> DVec3 {
        match self {
            Self::Y => DVec3::Y,
            Self::Z => DVec3::Z,
        }
    }

    /// From the scene toward a viewer who stands in front of it.
    #[must_use]
    pub fn front(self) -> DVec3 {
        match self {
            Self::Y => DVec3::Z,
            Self::Z => DVec3::NEG_Y,
        }
    }

    /// That viewer's right.
    #[must_use]
    pub fn right(self) -> DVec3 {
        DVec3::X
    }
}

/// An axis-aligned box in stage space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Smallest corner.
    pub min: DVec3,
    /// Largest corner.
    pub max: DVec3,
}

impl Bounds {
    /// The box, unless it is inside out or not finite (or too large to measure).
    #[must_use]
    pub fn sane(self) -> Option<Self> {
        let is_sane = self.min.is_finite()
            && self.max.is_finite()
            && self.min.cmple(self.max).all()
            && (self.max - self.min).length().is_finite();
        is_sane.then_some(self)
    }

    /// The middle.
    #[must_use]
    pub fn center(&self) -> DVec3 {
        self.min + 0.5 * (self.max - self.min)
    }

    /// Half the diagonal.
    #[must_use]
    pub fn radius(&self) -> f64 {
        0.5 * (self.max - self.min).length()
    }

    /// The eight corners.
    #[must_use]
    pub fn corners(&self) -> [DVec3; 8] {
        std::array::from_fn(|i| {
            let pick = |bit: usize, low: f64, high: f64| if i >> bit & 1 == 0 { low } else { high };
            DVec3::new(
                pick(0, self.min.x, self.max.x),
                pick(1, self.min.y, self.max.y),
                pick(2, self.min.z, self.max.z),
            )
        })
    }
}

/// Which way is up, and the sphere that holds everything.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surroundings {
    /// The stage's up axis.
    pub up_axis: UpAxis,
    /// Of everything visible; a box of two units around the origin where there is nothing.
    pub bounds: Bounds,
    /// The middle of the bounds.
    pub center: DVec3,
    /// Half the diagonal of the bounds, above 0: the unit of flying and of the limits.
    pub radius: f64,
}

impl Surroundings {
    /// From a stage's axis and bounds; missing or broken bounds become a box of two units around the origin.
    #[must_use]
    pub fn new(up_axis: UpAxis, bounds: Option<Bounds>) -> Self {
        let bounds = bounds.and_then(Bounds::sane).unwrap_or(Bounds { min: DVec3::NEG_ONE, max: DVec3::ONE });
        let center = bounds.center();
        // A single point has no size: take what is surely visible and harmless at its distance from the origin.
        let least = (center.length() * 1e-6).max(1e-6);
        Self { up_axis, bounds, center, radius: bounds.radius().max(least) }
    }
}

impl Default for Surroundings {
    fn default() -> Self {
        Self::new(UpAxis::Y, None)
    }
}
