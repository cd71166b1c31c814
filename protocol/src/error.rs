//! Refusals and failures on the wire.

use serde::{Deserialize, Serialize};

/// `viewerError`. With the `id` of a request: it was refused and changed nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[error("{message}")]
pub struct ViewerError {
    /// What kind of trouble, for programs.
    pub code: ErrorCode,
    /// One sentence for people: the cause and the remedy.
    pub message: String,
    /// Facts for programs; `version_mismatch` has `{client, server, min, max}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(type = "unknown"))]
    pub detail: Option<serde_json::Value>,
}

impl ViewerError {
    /// An error without detail.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: None }
    }

    /// The request is malformed.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }
}

/// Codes of `viewerError` and of a failed `openStageResult`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Client and server speak different versions of the protocol.
    VersionMismatch,
    /// Another message came before `hello`, or none came in time.
    HelloRequired,
    /// A known request that this server cannot serve (yet).
    Unsupported,
    /// Not a message, or one with a payload that makes no sense.
    BadRequest,
    /// No such file, prim or camera.
    NotFound,
    /// The request speaks of a stage that is no longer the current one.
    StageChanged,
    /// A newer open took the place of this one.
    Superseded,
    /// The file lies outside the asset roots.
    OutsideRoots,
    /// The file is not a stage that can be read.
    InvalidStage,
    /// It took longer than the limit allows.
    TimedOut,
    /// The server does not allow it (now).
    Refused,
    /// Another viewer has control.
    NotController,
    /// Too much to do at once; try again later.
    Busy,
    /// A limit on size or memory was passed.
    TooLarge,
    /// The server's disk is full.
    NoSpace,
    /// The scene process ended unexpectedly.
    WorkerLost,
    /// A fault of the server's own.
    Internal,
}
