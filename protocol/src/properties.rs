//! What the stage says of one prim.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `getPropertiesRequest`: answered by `getPropertiesResponse`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct GetPropertiesRequest {
    /// Of which prim.
    pub prim_path: String,
    /// Bytes that the properties may take together, about; 256 KiB at most, and without it 48 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u32>,
    /// Values at this time code; without it, as the picture shows the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<f64>,
    /// Only this property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Elements of arrays to leave out; 0 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// Most elements of each array; 8 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `getPropertiesResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct GetPropertiesResponse {
    /// Of which prim.
    pub prim_path: String,
    /// The prim itself.
    pub prim: PrimSheet,
    /// In the stage's order.
    pub properties: Vec<PropertyRow>,
    /// Some are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted_count: Option<u32>,
    /// Of the stage.
    pub stage_generation: u32,
}

/// The prim in a `getPropertiesResponse`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct PrimSheet {
    /// USD's type name; empty for a typeless prim.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "typescript", ts(rename = "type"))]
    pub type_name: String,
    /// `def`, `over` or `class`.
    pub specifier: String,
    /// `kind`, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Applied API schemas, built-in ones included.
    pub api_schemas: Vec<String>,
    /// Metadata that has no field here.
    pub metadata: Vec<MetadataRow>,
    /// Specs that contribute to it, strongest first.
    pub stack: Vec<OpinionRow>,
    /// Path of the material that is bound for all purposes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<String>,
    /// World bounds of what it and its descendants draw: smallest and largest corner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[[f64; 3]; 2]>,
    /// Points of a mesh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<u32>,
    /// Faces of a mesh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faces: Option<u32>,
}

/// Metadata of a prim or a property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MetadataRow {
    /// Its name.
    pub name: String,
    /// Its value, as property values are told.
    #[cfg_attr(feature = "typescript", ts(type = "unknown"))]
    pub value: Value,
}

/// A spec that contributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OpinionRow {
    /// Its layer; `session` for the edits of this session.
    pub layer: String,
    /// Its path in that layer.
    pub path: String,
    /// The composition arc that brings it in: `root`, `inherit`, `variant`, `relocate`, `reference`, `payload`, `specialize`.
    pub arc: String,
}

/// A property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct PropertyRow {
    /// With its namespaces.
    pub name: String,
    /// USD's name of the value type; `rel` for a relationship.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "typescript", ts(rename = "type"))]
    pub type_name: String,
    /// The value at the time; `null` if it has none. Arrays are `{length, offset?, preview, truncated}`; NaN, infinities
    /// and 64-bit integers are texts.
    #[cfg_attr(feature = "typescript", ts(type = "unknown"))]
    pub value: Value,
    /// It has time samples.
    pub time_sampled: bool,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_samples: Option<u32>,
    /// No schema knows it.
    pub custom: bool,
    /// Some layer says something about it; otherwise the value is its schema's fallback.
    pub authored: bool,
    /// It may not change over time.
    pub uniform: bool,
    /// Of a primvar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpolation: Option<String>,
    /// Targets of a relationship, or what an attribute is connected to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<String>>,
    /// Specs that contribute to it, strongest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<Vec<OpinionRow>>,
    /// What else is authored on it.
    pub metadata: Vec<MetadataRow>,
}
