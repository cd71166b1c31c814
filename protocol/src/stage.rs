//! Opening stages and what is wrong with them.

use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;
use crate::link::Outcome;

/// `openStageRequest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OpenStageRequest {
    /// Relative to an asset root, absolute, or `file:`.
    pub url: String,
}

/// `openStageResult`: to the client that asked (with its `id`) and to all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct OpenStageResult {
    /// As it was asked for.
    pub url: String,
    /// `error` leaves the stage that was open before.
    pub result: Outcome,
    /// One sentence: the cause and the remedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What kind of trouble.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// Where a tree of the stage starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_prim_path: Option<String>,
    /// The generation of the stage that is current now; 0 without one.
    pub stage_generation: u32,
    /// What is missing, refused or not understood in the stage; at most 100 entries.
    pub diagnostics: Vec<Diagnostic>,
    /// How many there are in all, if more than are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnostics_total: Option<u32>,
}

/// Something that the user should know about the stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct Diagnostic {
    /// What kind of trouble.
    pub code: DiagnosticCode,
    /// The prim it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prim_path: Option<String>,
    /// The file it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// One sentence: the cause and the remedy.
    pub message: String,
}

/// Codes of diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DiagnosticCode {
    /// A layer or texture lies outside the asset roots.
    OutsideRoots,
    /// A layer that is referred to does not exist or cannot be read.
    MissingLayer,
    /// A texture does not exist or cannot be decoded.
    MissingTexture,
    /// A reference, payload or relationship points at nothing.
    MissingTarget,
    /// Data that contradicts itself.
    InvalidData,
    /// Valid USD that Telestage does not draw yet.
    Unsupported,
    /// A limit (memory, prims, texture size) was reached.
    Limit,
    /// The stage has no light of its own; the viewer's own light is on.
    NoLights,
    /// Nothing is visible.
    NothingVisible,
}

/// `loadingStateResponse`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LoadingStateResponse {
    /// What is being loaded, else what is open; empty for nothing.
    pub url: String,
    /// Whether something is being loaded.
    pub loading_state: LoadingState,
}

/// Whether something is being loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum LoadingState {
    /// No.
    Idle,
    /// Yes.
    Busy,
}

/// `updateProgressAmount`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProgressAmount {
    /// From 0 to 1.
    pub amount: f64,
}

/// `updateProgressActivity`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProgressActivity {
    /// A few words, e.g. `reading textures`.
    pub activity: String,
}

/// `listStagesRequest`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct ListStagesRequest {
    /// A folder under the asset roots; absent: the roots themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// `listStagesResult`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct ListStagesResult {
    /// The folder; empty for the roots.
    pub path: String,
    /// Folders first, then stages, each by name.
    pub entries: Vec<StageEntry>,
    /// True if there are more than are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}

/// One row of `listStagesResult`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct StageEntry {
    /// The last part of the path.
    pub name: String,
    /// What `openStageRequest.url` or `listStagesRequest.path` takes.
    pub path: String,
    /// What it is.
    pub kind: StageEntryKind,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
    /// Milliseconds since 1970, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<f64>,
}

/// What a row of `listStagesResult` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum StageEntryKind {
    /// Can be listed.
    Folder,
    /// Can be opened.
    Stage,
}
