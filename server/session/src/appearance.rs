//! How pictures look, as values: what the renderer is told with each view.

/// An enum whose values have names on the wire.
macro_rules! choices {
    ($(#[$meta:meta])* $Enum:ident { $first:ident = $first_name:literal, $($Variant:ident = $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each is what its name on the wire says; the renderer describes them")]
        pub enum $Enum {
            #[default]
            $first,
            $($Variant,)*
        }

        impl $Enum {
            /// Names of all, in the order in which they are offered.
            pub const NAMES: &[&str] = &[$first_name, $($name),*];

            /// Its name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    Self::$first => $first_name,
                    $(Self::$Variant => $name,)*
                }
            }

            /// The one of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $first_name => Some(Self::$first),
                    $($name => Some(Self::$Variant),)*
                    _ => None,
                }
            }
        }
    };
}

choices! {
    /// Which plane of the picture is shown.
    Aov { Color = "color", Depth = "depth", Normal = "normal", Id = "id", }
}
choices! {
    /// How surfaces are shown.
    Shading {
        Shaded = "shaded",
        Wireframe = "wireframe",
        ShadedWireframe = "shaded_wireframe",
        Points = "points",
    }
}
choices! {
    /// Whose light shines.
    Lights { Authored = "authored", Viewer = "viewer", Off = "off", }
}
choices! {
    /// From light to what a display shows.
    ToneMapping { Neutral = "neutral", Filmic = "filmic", Linear = "linear", }
}
choices! {
    /// What is behind everything.
    Background {
        Stage = "stage",
        Gradient = "gradient",
        Dark = "dark",
        Light = "light",
        White = "white",
        Black = "black",
    }
}

/// How a picture looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Appearance {
    /// Which plane is shown.
    pub aov: Aov,
    /// How surfaces are shown.
    pub shading: Shading,
    /// Surfaces for final pictures are there.
    pub purpose_render: bool,
    /// Stand-ins are there.
    pub purpose_proxy: bool,
    /// Helpers are there.
    pub purpose_guide: bool,
    /// Whose light shines.
    pub lights: Lights,
    /// All light times two to the power of this.
    pub exposure: f64,
    /// From light to what a display shows.
    pub tone_mapping: ToneMapping,
    /// What is behind everything.
    pub background: Background,
    /// Lines on the ground.
    pub grid: bool,
}

impl Default for Appearance {
    fn default() -> Self {
        Self {
            aov: Aov::default(),
            shading: Shading::default(),
            purpose_render: true,
            purpose_proxy: false,
            purpose_guide: false,
            lights: Lights::default(),
            exposure: 0.0,
            tone_mapping: ToneMapping::default(),
            background: Background::default(),
            grid: false,
        }
    }
}
