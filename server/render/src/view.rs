//! What to look at: the camera and the picture's size.

use glam::DMat4;

use crate::style::Style;

/// One picture's request. Two equal views (but for `version`) show the same picture.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Grows with every change; the frame carries it back.
    pub version: u64,
    /// Columns and rows; both even.
    pub size: [u32; 2],
    /// Stage space from view space (looks along -Z, +Y up).
    pub world_from_view: DMat4,
    /// How depth becomes a picture.
    pub projection: Projection,
    /// Nearest and farthest distance along the view axis, in stage units.
    pub clip: [f64; 2],
    /// Which plane of the picture.
    pub aov: Aov,
    /// How it looks; sources without a choice leave it.
    pub style: Style,
    /// Samples after which the picture is finished; 1 draws once.
    pub samples: u32,
}

/// Perspective or parallel. The picture's aspect is [`View::size`]'s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Projection {
    /// Vertical field of view in degrees; `shift` moves the window, in picture heights (USD's aperture offsets).
    Perspective {
        /// Vertical, whole angle, in degrees.
        fov_y_deg: f64,
        /// Right and up.
        shift: [f64; 2],
    },
    /// Height of the window in stage units.
    Orthographic {
        /// In stage units.
        height: f64,
    },
}

/// Planes that a source can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Aov {
    /// The shaded picture.
    #[default]
    Color,
    /// Distance along the view axis.
    Depth,
    /// World-space normals.
    Normal,
    /// One colour for each prim.
    Id,
}
