//! Everything that the stage says of one prim: its properties with their values at a time, and where it all comes from.
//!
//! Read from the open stage when somebody asks, never kept. Values are told as JSON text, long arrays in pieces, so that
//! the answer is as small as the asker wants it.

mod json;
mod read;

use serde::{Deserialize, Serialize};

pub use read::read;

/// What to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// Of which prim.
    pub path: String,
    /// Only this property.
    pub name: Option<String>,
    /// Elements of arrays to leave out.
    pub offset: u64,
    /// Elements of each array to tell.
    pub elements: u64,
    /// Bytes that all properties together may take.
    pub max_bytes: u64,
}

/// A prim, as the stage has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PrimSheet {
    /// USD's type name; empty for a typeless prim.
    pub type_name: String,
    /// `def`, `over` or `class`.
    pub specifier: String,
    /// `kind`, if it has one.
    pub kind: Option<String>,
    /// Applied API schemas, built-in ones included.
    pub api_schemas: Vec<String>,
    /// Metadata other than what has a field here, as JSON text.
    pub metadata: Vec<(String, String)>,
    /// Specs that contribute to it, strongest first.
    pub stack: Vec<Opinion>,
    /// Path of the material that is bound for all purposes.
    pub material: Option<String>,
    /// Points of a mesh.
    pub points: Option<u64>,
    /// Faces of a mesh.
    pub faces: Option<u64>,
    /// Properties, in the stage's order.
    pub properties: Vec<Property>,
    /// Properties that are left out, because the answer would be too large.
    pub omitted: u64,
}

/// A spec.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// Identifier of its layer.
    pub layer: String,
    /// Its path in that layer.
    pub path: String,
    /// The composition arc that brings it in, such as `reference`; `root` for the stage's own layers.
    pub arc: String,
}

/// A property.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Property {
    /// With its namespaces.
    pub name: String,
    /// USD's name of the value type; `rel` for a relationship.
    pub type_name: String,
    /// The value at the time, as JSON text; `null` if it has none.
    pub value: String,
    /// It has more than one time sample.
    pub time_samples: u64,
    /// No schema knows it.
    pub custom: bool,
    /// Some layer says something about it; otherwise the schema's fallback is told.
    pub authored: bool,
    /// It may not change over time.
    pub uniform: bool,
    /// Of a primvar.
    pub interpolation: Option<String>,
    /// Targets of a relationship, or what an attribute is connected to.
    pub targets: Vec<String>,
    /// Specs that contribute to it, strongest first.
    pub stack: Vec<Opinion>,
    /// Metadata that is authored, as JSON text.
    pub metadata: Vec<(String, String)>,
}
