//! The flat scene: what rendering, picking and `inspect` read.
//!
//! World space is the stage's own (units, up axis), right-handed. Matrices are USD's 16 numbers (row-major, row
//! vectors), which in memory are glam's column-major [`DMat4`] acting on column vectors: `world_from_local`.
//! Indices (`u32`) point into the table that their type names. Colours are linear Rec. 709.

use std::sync::Arc;

use glam::{DMat4, DVec3};
use serde::{Deserialize, Serialize};
pub use telestage_protocol::DiagnosticCode;

use crate::arena::{Arena, Span};
use crate::details::Details;

/// Index into [`Tables::prims`].
pub type PrimId = u32;
/// Index into [`Tables::geometries`].
pub type GeometryId = u32;
/// Index into [`Tables::materials`].
pub type MaterialId = u32;
/// Index into [`Tables::textures`].
pub type TextureId = u32;

/// A whole stage at one time: small tables and the big arrays they point into.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The tables.
    pub tables: Tables,
    /// The arrays.
    pub arena: Arena,
}

/// Everything but the big arrays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tables {
    /// Stage metadata.
    pub stage: StageInfo,
    /// Every defined, active, loaded, non-abstract prim, instance proxies included, in traversal order
    /// (a parent comes before its children); the pseudo-root is not in it.
    pub prims: Arc<Vec<Prim>>,
    /// Prims that are there and not composed: inactive, or with a payload that is not loaded. In traversal order.
    pub dormant: Arc<Vec<Dormant>>,
    /// What may change of each prim while the stage stays the same; as many as there are prims.
    pub states: Vec<PrimState>,
    /// Shapes, each once, however often it is drawn.
    pub geometries: Vec<Geometry>,
    /// What is drawn: one row for each (prim, instance, material).
    pub draws: Vec<Draw>,
    /// Materials; row 0 is the fallback for everything unbound.
    pub materials: Vec<Material>,
    /// Decoded pictures.
    pub textures: Vec<Texture>,
    /// Lights that a renderer understands or must say that it does not.
    pub lights: Vec<Light>,
    /// Cameras on the stage.
    pub cameras: Vec<Camera>,
    /// World bounds of all visible draws of purpose default and render; `None` if nothing is drawn.
    pub bounds: Option<Bounds>,
    /// What was missing, refused or not understood.
    pub diagnostics: Vec<Diagnostic>,
    /// What the stage says beyond what is drawn.
    pub details: Arc<Details>,
}

/// Stage metadata. `time_codes_per_second` and the range as USD resolves them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageInfo {
    /// The root layer as opened.
    pub identifier: String,
    /// The stage's up axis.
    pub up_axis: UpAxis,
    /// Metres in one stage unit.
    pub meters_per_unit: f64,
    /// Time codes per second.
    pub time_codes_per_second: f64,
    /// First time code of the authored range.
    pub start_time_code: f64,
    /// Last time code of the authored range.
    pub end_time_code: f64,
    /// Path of the default prim, if it exists.
    pub default_prim: Option<String>,
    /// Path of the camera that the stage asks for (`customLayerData`), if any.
    pub default_camera: Option<String>,
    /// Number of USD's implicit prototypes.
    pub prototype_count: u32,
    /// The time code at which the tables were read; `None` is USD's default time.
    pub time: Option<f64>,
    /// True if any attribute that rendering reads has time samples.
    pub animated: bool,
}

/// The stage's up axis. `X` is not valid USD; it is read as Y and diagnosed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpAxis {
    /// +Y is up.
    #[default]
    Y,
    /// +Z is up.
    Z,
}

/// USD's purposes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Always drawn.
    #[default]
    Default,
    /// For final pictures.
    Render,
    /// A light stand-in.
    Proxy,
    /// Helpers, off unless asked for.
    Guide,
}

impl Purpose {
    /// `None` for a purpose that USD does not know; it counts as the default one.
    pub(crate) fn from_token(token: &str) -> Option<Self> {
        match token {
            "default" => Some(Self::Default),
            "render" => Some(Self::Render),
            "proxy" => Some(Self::Proxy),
            "guide" => Some(Self::Guide),
            _ => None,
        }
    }
}

/// Triangles with their attributes. Positions are the authored points; a gprim's are generated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Geometry {
    /// Points in local space.
    pub points: Span<[f32; 3]>,
    /// Point indices of each triangle, counter-clockwise seen from outside (`leftHanded` is already turned).
    /// Sorted by subset, so that a [`Draw`] is a range.
    pub triangles: Span<[u32; 3]>,
    /// Authored or computed; empty means: use the triangle's own plane.
    pub normals: Attribute<[f32; 3]>,
    /// The primvar that textures use (`st` or the one its primvar reader names).
    pub uv: Attribute<[f32; 2]>,
    /// `displayColor`, linear.
    pub color: Attribute<[f32; 3]>,
    /// `displayOpacity`.
    pub opacity: Attribute<f32>,
    /// Both sides are drawn.
    pub double_sided: bool,
    /// Bounds of `points` in local space.
    pub bounds: Option<Bounds>,
}

/// Values spread over a geometry. USD's interpolations, resolved: indices expanded, faces turned into triangles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute<T> {
    /// How `values` are indexed.
    pub domain: Domain,
    /// One value for all, or one for each triangle, point or corner.
    pub values: Span<T>,
}

impl<T> Default for Attribute<T> {
    fn default() -> Self {
        Self { domain: Domain::None, values: Span::default() }
    }
}

/// What an attribute's values belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Domain {
    /// There are no values.
    #[default]
    None,
    /// `values[0]` (USD `constant`).
    Constant,
    /// `values[triangle]` (USD `uniform`).
    Triangle,
    /// `values[triangles[t][k]]` (USD `vertex`, `varying`).
    Point,
    /// `values[3 * t + k]` (USD `faceVarying`).
    Corner,
}

/// One thing to draw. Native instances and point instances are further rows with the same geometry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// The shape.
    pub geometry: GeometryId,
    /// Range of [`Geometry::triangles`].
    pub first_triangle: u32,
    /// Length of the range.
    pub triangle_count: u32,
    /// The bound material.
    pub material: MaterialId,
    /// The prim that a pick of this draw names: the gprim or its instance proxy; for point instances the instancer.
    pub prim: PrimId,
    /// Index within the point instancer.
    pub instance_index: Option<u32>,
    /// Stage space from local space.
    pub world_from_local: DMat4,
    /// Computed purpose.
    pub purpose: Purpose,
    /// Computed visibility.
    pub visible: bool,
}

/// UsdPreviewSurface, evaluated as far as constants and textures go (specification 2.6).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Material {
    /// Path of the Material prim; empty for the fallback.
    pub path: String,
    /// `diffuseColor`; `None` takes the geometry's `displayColor` (0.18 grey without one).
    pub diffuse: Option<Input<[f32; 3]>>,
    /// `emissiveColor`.
    pub emissive: Input<[f32; 3]>,
    /// `metallic` (with `useSpecularWorkflow` = 0).
    pub metallic: Input<f32>,
    /// `specularColor`, if `useSpecularWorkflow` = 1.
    pub specular: Option<Input<[f32; 3]>>,
    /// `roughness`.
    pub roughness: Input<f32>,
    /// `opacity`.
    pub opacity: Input<f32>,
    /// `opacityThreshold`: above 0 the material is cut out, else blended.
    pub opacity_threshold: f32,
    /// `occlusion`.
    pub occlusion: Input<f32>,
    /// Tangent-space normal after scale and bias; `None` without a normal map.
    pub normal: Option<TextureInput>,
    /// `ior`.
    pub ior: f32,
    /// `clearcoat`.
    pub clearcoat: f32,
    /// `clearcoatRoughness`.
    pub clearcoat_roughness: f32,
}

/// A constant or a texture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Input<T> {
    /// The same everywhere.
    Constant(T),
    /// Read from a picture.
    Texture(TextureInput),
}

/// UsdUVTexture with UsdTransform2d, resolved: `value = texel * scale + bias`, at `uv' = rotate(uv * uv_scale) + uv_offset`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextureInput {
    /// The picture.
    pub texture: TextureId,
    /// The channel for scalar inputs; colours start at it (0).
    pub channel: Channel,
    /// USD's `scale`.
    pub scale: [f32; 4],
    /// USD's `bias`.
    pub bias: [f32; 4],
    /// Wrapping in s and t.
    pub wrap: [Wrap; 2],
    /// 2x3 matrix, rows: `u' = m[0] · (u, v, 1)`, `v' = m[1] · (u, v, 1)`; v points up as in USD.
    pub uv_transform: [[f32; 3]; 2],
}

/// Which output of a UsdUVTexture is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// `rgb`.
    Rgb,
    /// `r`.
    R,
    /// `g`.
    G,
    /// `b`.
    B,
    /// `a`.
    A,
}

/// `wrapS`, `wrapT`. `useMetadata` is resolved to repeat... or black, as the file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wrap {
    /// 0 outside.
    Black,
    /// The border texel.
    Clamp,
    /// Tiled.
    #[default]
    Repeat,
    /// Tiled, every second one mirrored.
    Mirror,
}

/// A decoded picture: 8 bits, RGBA, top row first, straight alpha.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Texture {
    /// Where it came from.
    pub path: String,
    /// Columns and rows.
    pub size: [u32; 2],
    /// `size[0] * size[1]` texels.
    pub texels: Span<[u8; 4]>,
    /// Colour channels are sRGB-encoded (alpha never is).
    pub srgb: bool,
    /// A dome light's picture in linear half floats is tone-compressed to 8 bits with this factor; 1 otherwise.
    pub scale: f32,
}

/// A light of the stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Light {
    /// The light's prim.
    pub prim: PrimId,
    /// What it is.
    pub kind: LightKind,
    /// Stage space from light space (USD lights shine along their -Z).
    pub world_from_local: DMat4,
    /// `color * intensity * 2^exposure` (temperature applied), linear.
    pub radiance: [f32; 3],
    /// As authored, for `inspect`.
    pub intensity: f32,
    /// As authored.
    pub exposure: f32,
    /// As authored.
    pub color: [f32; 3],
    /// Computed visibility.
    pub visible: bool,
}

/// Kinds of light.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum LightKind {
    /// Parallel rays; `angle` in degrees.
    Distant {
        /// Angular diameter in degrees.
        angle: f32,
    },
    /// The sky; latitude-longitude picture, if any.
    Dome {
        /// The picture.
        texture: Option<TextureId>,
    },
    /// A sphere of this radius.
    Sphere {
        /// In local units.
        radius: f32,
        /// `normalize`: divide by the surface.
        normalize: bool,
    },
    /// A rectangle in the XY plane.
    Rect {
        /// In local units.
        size: [f32; 2],
        /// `normalize`.
        normalize: bool,
    },
    /// A disk in the XY plane.
    Disk {
        /// In local units.
        radius: f32,
        /// `normalize`.
        normalize: bool,
    },
    /// A cylinder along X.
    Cylinder {
        /// In local units.
        radius: f32,
        /// In local units.
        length: f32,
        /// `normalize`.
        normalize: bool,
    },
    /// Any other prim with LightAPI: listed, not evaluated.
    Other,
}

/// UsdGeomCamera. Apertures and focal length in tenths of a stage unit, as USD has them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    /// The camera's prim.
    pub prim: PrimId,
    /// Stage space from camera space (looks along -Z, +Y up).
    pub world_from_local: DMat4,
    /// Parallel projection.
    pub orthographic: bool,
    /// `focalLength`.
    pub focal_length: f32,
    /// `horizontalAperture`.
    pub horizontal_aperture: f32,
    /// `verticalAperture`.
    pub vertical_aperture: f32,
    /// `horizontalApertureOffset`.
    pub horizontal_aperture_offset: f32,
    /// `verticalApertureOffset`.
    pub vertical_aperture_offset: f32,
    /// `clippingRange` in stage units.
    pub clipping_range: [f32; 2],
}

/// An axis-aligned box.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Smallest corner.
    pub min: DVec3,
    /// Largest corner.
    pub max: DVec3,
}

/// Something that the user should know about the stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// What kind of trouble.
    pub code: DiagnosticCode,
    /// The prim it concerns.
    pub prim_path: Option<String>,
    /// The file it concerns.
    pub path: Option<String>,
    /// One sentence: the cause and the remedy.
    pub message: String,
}

/// A prim. `path` is spelled out: it is asked for far more often than it costs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Prim {
    /// Absolute path.
    pub path: String,
    /// The parent's row; `None` below the pseudo-root.
    pub parent: Option<PrimId>,
    /// USD's type name; empty for a typeless prim.
    pub type_name: String,
    /// `IsInstance`.
    pub instance: bool,
    /// `IsInstanceProxy`.
    pub instance_proxy: bool,
    /// Computed purpose.
    pub purpose: Purpose,
}

/// A prim that is not composed, and so draws nothing and has no children.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dormant {
    /// Absolute path.
    pub path: String,
    /// The parent's row in [`Tables::prims`]; `None` below the pseudo-root.
    pub parent: Option<PrimId>,
    /// How many siblings come before it.
    pub place: u32,
    /// USD's type name, as far as it is known.
    pub type_name: String,
    /// False: `active` says so. Otherwise its payload is not loaded.
    pub active: bool,
}

/// What edits and time change of a prim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PrimState {
    /// Computed visibility.
    pub visible: bool,
    /// Its own opinion, whatever its ancestors say: it is not invisible itself.
    pub shown: bool,
    /// World bounds of what the prim and its descendants draw.
    pub bounds: Option<Bounds>,
}
