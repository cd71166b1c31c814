//! What viewers change on a stage: in a session layer, never in its files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ErrorCode;
use crate::link::Outcome;

/// `setVisibilityRequest`: answered by `setVisibilityResult`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct SetVisibilityRequest {
    /// Which prims.
    pub paths: Vec<String>,
    /// False: invisible with all that is below them. True: as visible as what they are in.
    pub visible: bool,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `setActiveRequest`: answered by `setActiveResult`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct SetActiveRequest {
    /// Which prims.
    pub paths: Vec<String>,
    /// False: the stage is as if they and what is below them were not there.
    pub active: bool,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `setPayloadRequest`: answered by `setPayloadResult`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct SetPayloadRequest {
    /// Which prims; each has a payload.
    pub paths: Vec<String>,
    /// With all payloads below.
    pub loaded: bool,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `getVariantsRequest`: answered by `getVariantsResponse`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct GetVariantsRequest {
    /// Which prim.
    pub prim_path: String,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `getVariantsResponse`: answer to `getVariantsRequest` and to `setVariantRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct GetVariantsResponse {
    /// Whose.
    pub prim_path: String,
    /// Its sets, by name.
    pub variants: BTreeMap<String, VariantChoice>,
    /// Of the stage.
    pub stage_generation: u32,
}

/// A variant set in `getVariantsResponse`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct VariantChoice {
    /// All variants, sorted.
    pub options: Vec<String>,
    /// The one that is selected; empty if none is.
    pub selection: String,
}

/// `setVariantRequest`: answered by `getVariantsResponse`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct SetVariantRequest {
    /// Which prim.
    pub prim_path: String,
    /// Which of its sets.
    pub variant_set: String,
    /// What to select; empty: as the stage says.
    pub variant_selection: String,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `runtimeTransformRequest`: answered by `runtimeTransformResult`. Either `matrix`, or some of the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct RuntimeTransformRequest {
    /// Which prims.
    pub paths: Vec<String>,
    /// Where each goes: row-major, row vectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<[f64; 16]>,
    /// By so much from where it is, in units of the space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub translate: Option<[f64; 3]>,
    /// By so many degrees about its own origin: about the space's X, then Y, then Z.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<[f64; 3]>,
    /// By these factors along its own axes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<[f64; 3]>,
    /// Whose axes are meant.
    pub space: TransformSpace,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `space` of a `runtimeTransformRequest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TransformSpace {
    /// The parent's.
    Local,
    /// The stage's.
    World,
}

/// `setAttributeRequest`: answered by `setAttributeResult`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct SetAttributeRequest {
    /// Which prim.
    pub prim_path: String,
    /// Which of its attributes.
    pub name: String,
    /// Its default value from now on: a boolean, a number, a text, or a list of numbers, as its type asks.
    #[cfg_attr(feature = "typescript", ts(type = "boolean | number | string | number[]"))]
    pub value: Value,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// Answer to an edit, to whoever asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct EditResult {
    /// Whether it was made.
    pub result: Outcome,
    /// Why not: the cause and the remedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What kind of trouble.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// This client has something that it can take back.
    pub can_undo: bool,
    /// This client has taken something back that it can do again.
    pub can_redo: bool,
}

/// `exportSessionResult`: answer to `exportSessionRequest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct ExportSessionResult {
    /// Whether there is one.
    pub result: Outcome,
    /// The session layer as USD text: laid over the stage (as its first sublayer), it makes the same edits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usda: Option<String>,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What kind of trouble.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}

/// `stageChanged`, to all: an edit was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct StageChanged {
    /// Prims below which others may have come or gone: what is known of them is to be asked for again.
    pub resynced: Vec<String>,
    /// Prims that have other values, such as their place or their visibility. Empty with `resynced` for more than a
    /// message holds.
    pub changed: Vec<String>,
    /// There are more than are listed: anything may be different.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
    /// Of the stage.
    pub stage_generation: u32,
}
