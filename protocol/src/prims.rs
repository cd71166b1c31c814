//! The prims of the stage: its tree, and which of them are selected.

use serde::{Deserialize, Serialize};

/// `getChildrenRequest`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct GetChildrenRequest {
    /// Whose children; `/` has the root prims.
    pub prim_path: String,
    /// Only prims of these classes or types, such as `geom` or `Mesh`; names that mean nothing are ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<String>>,
    /// How many rows to leave out; 0 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// Most rows; the server may send fewer than there are in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The stage that is meant; refused with `stage_changed` if it is no longer the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `getChildrenResult`: some of the rows, in the stage's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct GetChildrenResult {
    /// Whose children.
    pub prim_path: String,
    /// How many rows come before these.
    pub offset: u32,
    /// The rows.
    pub children: Vec<PrimRow>,
    /// How many there are in all.
    pub total: u32,
    /// The stage that they are of.
    pub stage_generation: u32,
}

/// `searchPrimsRequest`. A newer one of the same client ends an older one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct SearchPrimsRequest {
    /// Words that all must fit, in any case: a part of the name, with a `/` in it a part of the path, `type:mesh`,
    /// `class:light`, `has:payload`, `has:variants`, `has:instance`.
    pub query: String,
    /// Only prims of these classes or types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<String>>,
    /// Most rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The stage that is meant; refused with `stage_changed` if it is no longer the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `searchPrimsResult`: some of what was found, in the stage's order; several come while it is looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SearchPrimsResult {
    /// As it was asked for.
    pub query: String,
    /// What was found since the last one.
    pub prims: Vec<PrimRow>,
    /// There are more than are told.
    pub truncated: bool,
    /// The last one.
    pub done: bool,
    /// The stage that they are of.
    pub stage_generation: u32,
}

/// One prim in a tree or a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct PrimRow {
    /// Last part of its path.
    pub name: String,
    /// Absolute path.
    pub path: String,
    /// USD's type name; empty for a typeless prim.
    #[serde(rename = "type")]
    pub type_name: String,
    /// What kind of thing that is.
    pub class: PrimClass,
    /// It has children.
    pub children: bool,
    /// It is active.
    pub active: bool,
    /// It and all above it are visible.
    pub visible: bool,
    /// It is an instance: what is below it is shared with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<bool>,
    /// It has a payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<bool>,
    /// `false`: its payload is not loaded, so nobody knows what is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loaded: Option<bool>,
    /// It has variant sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variants: Option<bool>,
}

/// Kinds of prims, for icons and filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PrimClass {
    /// A transform, alone.
    Xform,
    /// A folder.
    Scope,
    /// Something that can be drawn.
    Geom,
    /// A light.
    Light,
    /// A camera.
    Camera,
    /// A material.
    Material,
    /// Everything else.
    Other,
}

impl PrimClass {
    /// The class of a type of USD's own schemas.
    #[must_use]
    pub fn of_type(type_name: &str) -> Self {
        match type_name {
            "Xform" => Self::Xform,
            "Scope" => Self::Scope,
            "Mesh" | "Cube" | "Sphere" | "Cylinder" | "Cylinder_1" | "Capsule" | "Capsule_1" | "Cone"
            | "Plane" | "PointInstancer" | "Points" | "BasisCurves" | "NurbsCurves" | "HermiteCurves"
            | "NurbsPatch" | "TetMesh" | "Volume" => Self::Geom,
            "Camera" => Self::Camera,
            "Material" => Self::Material,
            light if light.ends_with("Light") || light.starts_with("DomeLight_") => Self::Light,
            _ => Self::Other,
        }
    }

    /// As it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Xform => "xform",
            Self::Scope => "scope",
            Self::Geom => "geom",
            Self::Light => "light",
            Self::Camera => "camera",
            Self::Material => "material",
            Self::Other => "other",
        }
    }
}

/// `selectPrimsRequest`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct SelectPrimsRequest {
    /// These, and no others; empty clears the selection.
    pub paths: Vec<String>,
    /// The stage that is meant; refused with `stage_changed` if it is no longer the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `stageSelectionChanged`: what is selected, after every request that could change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SelectionChanged {
    /// In the order in which they were selected.
    pub prims: Vec<String>,
    /// The stage that they are of.
    pub stage_generation: u32,
}

/// `pickRequest`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct PickRequest {
    /// To the right, in units of the view's size.
    pub x: f64,
    /// Down.
    pub y: f64,
    /// The frame that the user saw; without it, what is shown now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u32>,
    /// What becomes of the selection.
    pub mode: PickMode,
    /// The stage that is meant; refused with `stage_changed` if it is no longer the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `marqueeRequest`: a rectangle of the picture, its corners in any order. What lies outside the picture does not count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct MarqueeRequest {
    /// One corner: to the right, in units of the view's size.
    pub x0: f64,
    /// Down.
    pub y0: f64,
    /// The opposite corner: to the right.
    pub x1: f64,
    /// Down.
    pub y1: f64,
    /// The frame that the user saw; without it, what is shown now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u32>,
    /// What becomes of the selection; `none` is a bad request, because nothing else tells what was found.
    pub mode: PickMode,
    /// The stage that is meant; refused with `stage_changed` if it is no longer the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `makePrimsPickable`: from now on, picks and marquees of this client find these prims only, besides those that it listed
/// before. What lies below one of them counts as the nearest that was listed; anything else is a miss, and still hides
/// what is behind it. An empty list makes everything pickable again, and so do another stage and a new connection.
/// `selectPrimsRequest` is not bound by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct MakePrimsPickable {
    /// One that does not exist makes the whole request `not_found`.
    pub paths: Vec<String>,
    /// The stage that is meant; refused with `stage_changed` if it is no longer the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// What a pick or a marquee does to the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PickMode {
    /// Nothing: only tell.
    None,
    /// What was hit, alone; a miss clears.
    Replace,
    /// Out if it is in, in if it is not.
    Toggle,
    /// In, besides what is.
    Add,
}

/// `pickResult`. Nothing was hit if there is no `path`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct PickResult {
    /// The prim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Which instance of a point instancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_index: Option<u32>,
    /// Where, in stage space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<[f64; 3]>,
    /// Of the surface there, unit length, towards the eye.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal: Option<[f64; 3]>,
    /// The stage.
    pub stage_generation: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_class_that_their_schema_says() {
        let classes =
            ["Mesh", "DistantLight", "DomeLight_1", "Camera", "", "Shader", "PointInstancer", "Material"]
                .map(|name| PrimClass::of_type(name).as_str());
        assert_eq!(classes, ["geom", "light", "light", "camera", "other", "other", "geom", "material"]);
    }
}
