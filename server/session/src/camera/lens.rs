//! How a view becomes a picture.

/// Vertical field of view of a free camera, in degrees.
pub const DEFAULT_FOV_Y_DEG: f64 = 45.0;

/// Perspective or parallel. The picture's aspect is that of its size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lens {
    /// Far things are smaller.
    Perspective {
        /// Whole vertical angle in degrees.
        fov_y_deg: f64,
        /// How far the picture's middle lies off the view axis, in picture heights, right and up.
        shift: [f64; 2],
    },
    /// Far things are as large.
    Orthographic {
        /// Of the picture, in stage units.
        height: f64,
        /// As above.
        shift: [f64; 2],
    },
}

impl Default for Lens {
    fn default() -> Self {
        Self::Perspective { fov_y_deg: DEFAULT_FOV_Y_DEG, shift: [0.0; 2] }
    }
}

impl Lens {
    /// Height of the picture at `distance` along the view axis, in stage units.
    #[must_use]
    pub fn height_at(&self, distance: f64) -> f64 {
        match self {
            Self::Perspective { fov_y_deg, .. } => 2.0 * distance * (0.5 * fov_y_deg).to_radians().tan(),
            Self::Orthographic { height, .. } => *height,
        }
    }

    /// Where the picture's middle lies, in picture heights.
    #[must_use]
    pub fn shift(&self) -> [f64; 2] {
        match self {
            Self::Perspective { shift, .. } | Self::Orthographic { shift, .. } => *shift,
        }
    }

    /// True if every number is finite and the picture has a height.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let is_open = match self {
            Self::Perspective { fov_y_deg, .. } => *fov_y_deg > 0.0 && *fov_y_deg < 180.0,
            Self::Orthographic { height, .. } => *height > 0.0 && height.is_finite(),
        };
        is_open && self.shift().iter().all(|s| s.is_finite())
    }
}
