//! How a picture looks beyond what it looks at: shading, light, what is shown at all, what is behind it.
//!
//! Part of a [`View`](crate::View), so that two equal views show the same picture and a frame says all of what it shows.

/// How surfaces, light and ground are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Style {
    /// How surfaces are shown.
    pub shading: Shading,
    /// Surfaces of which purposes are there; those of the default purpose always are.
    pub purposes: Purposes,
    /// Whose light.
    pub lighting: Lighting,
    /// All light times two to the power of this.
    pub exposure: f32,
    /// From light to what a display shows.
    pub tone: Tone,
    /// What is behind everything.
    pub backdrop: Background,
    /// Lines on the ground.
    pub grid: bool,
}

/// How surfaces are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shading {
    /// Lit.
    #[default]
    Shaded,
    /// The edges of triangles, those hidden by surfaces left out.
    Wireframe,
    /// Edges over lit surfaces.
    ShadedWireframe,
    /// The corners of triangles, those hidden by surfaces left out.
    Points,
}

impl Shading {
    /// Surfaces are seen in their light.
    #[must_use]
    pub fn is_lit(self) -> bool {
        match self {
            Self::Shaded | Self::ShadedWireframe => true,
            Self::Wireframe | Self::Points => false,
        }
    }
}

/// USD's purposes besides the default one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purposes {
    /// For final pictures.
    pub render: bool,
    /// Light stand-ins.
    pub proxy: bool,
    /// Helpers.
    pub guide: bool,
}

impl Default for Purposes {
    fn default() -> Self {
        Self { render: true, proxy: false, guide: false }
    }
}

/// Whose light shines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lighting {
    /// The stage's; the viewer's own if it has none.
    #[default]
    Authored,
    /// The viewer's own: over the shoulder, and a soft sky.
    Viewer,
    /// None: even light from everywhere, so that surfaces have their plain colours.
    Off,
}

/// From light to what a display shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Colours stay as they are, highlights bend below white.
    #[default]
    Neutral,
    /// An S-curve as of film: more contrast, softer highlights.
    Filmic,
    /// No curve: what is too bright is white.
    Linear,
}

/// What is behind everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// The picture of the stage's dome light, or else the gradient.
    #[default]
    Stage,
    /// A quiet gradient.
    Gradient,
    /// A dark grey.
    Dark,
    /// A light grey.
    Light,
    /// White.
    White,
    /// Black.
    Black,
}
