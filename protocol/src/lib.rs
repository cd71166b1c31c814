//! What client and server say to each other: one vocabulary for data channels, WebSocket and the desktop.
//!
//! A message is `{"event_type": NAME, "id"?: STRING, "payload": {…}}`. [`ClientMessage`] and [`ServerMessage`] list every
//! name that works; [`decode_client`] turns untrusted text into one of them or into a [`Rejection`] that says what was
//! wrong. The golden samples in `protocol/samples` hold one message of each kind; Rust and TypeScript tests read them, so
//! that a change on the wire shows as a diff there (I9). The TypeScript types in `ui/src/protocol` and the
//! page `docs/protocol.md` are generated from this crate by `cargo xtask codegen`.
//!
//! Numbers are `f64` or at most `u32`: JavaScript reads both exactly. Angles are degrees, lengths stage units, picture
//! coordinates start at the top left.
//!
//! This crate must never do I/O, read a clock, or know who is connected: it is data and its checks.

pub mod bookmarks;
pub mod camera;
pub mod client;
pub mod control;
pub mod decode;
pub mod edit;
pub mod envelope;
pub mod error;
pub mod link;
mod message;
pub mod parts;
pub mod prims;
pub mod properties;
#[cfg(any(test, feature = "codegen"))]
pub mod reference;
pub mod server;
pub mod setting;
pub mod stage;
pub mod time;
#[cfg(feature = "typescript")]
pub mod typescript;

pub use bookmarks::{
    Bookmark, BookmarkList, DeleteBookmarkRequest, MAX_BOOKMARK_NAME_CHARS, SaveBookmarkRequest,
};
pub use camera::{
    AdjustCameraRequest, CameraChanged, CameraCommand, CameraCommandRequest, CameraList, CameraRow,
    CameraState, FitCameraRequest, ProjectionKind, ResetCameraRequest, SetCamera, SetCameraRequest, Side,
};
pub use client::ClientMessage;
pub use control::{
    ControlAction, ControlRequest, ControlState, RetryDetail, ViewAction, ViewKind, ViewRequest, ViewResult,
    ViewerRow,
};
pub use decode::{
    MAX_CLIENT_MESSAGE_BYTES, MAX_COORDINATE, MAX_ID_BYTES, MAX_TOTAL, Rejection, decode_client,
};
pub use edit::{
    EditResult, ExportSessionResult, GetVariantsRequest, GetVariantsResponse, RuntimeTransformRequest,
    SetActiveRequest, SetAttributeRequest, SetPayloadRequest, SetVariantRequest, SetVisibilityRequest,
    StageChanged, TransformSpace, VariantChoice,
};
pub use envelope::Envelope;
pub use error::{ErrorCode, ViewerError};
pub use link::{
    Capability, Empty, FrameInfo, Heartbeat, Hello, LimitedBy, Outcome, Ping, RecordAction, RecordRequest,
    RecordState, ResizeViewport, ResizeViewportResult, Role, Stats, Status, VersionDetail, Welcome,
};
pub use parts::MAX_SERVER_MESSAGE_BYTES;
pub use prims::{
    GetChildrenRequest, GetChildrenResult, MakePrimsPickable, MarqueeRequest, PickMode, PickRequest,
    PickResult, PrimClass, PrimRow, SearchPrimsRequest, SearchPrimsResult, SelectPrimsRequest,
    SelectionChanged,
};
pub use properties::{
    GetPropertiesRequest, GetPropertiesResponse, MetadataRow, OpinionRow, PrimSheet, PropertyRow,
};
pub use server::ServerMessage;
pub use setting::{
    ActiveAovState, AppliesAt, AvailableAovsResult, ChangeAovRequest, RenderSetting, RenderSettingsChanged,
    SetRenderSettingRequest, SettingType, SettingValue,
};
pub use stage::{
    Diagnostic, DiagnosticCode, ListStagesRequest, ListStagesResult, LoadingState, LoadingStateResponse,
    OpenStageRequest, OpenStageResult, ProgressActivity, ProgressAmount, StageEntry, StageEntryKind,
};
pub use time::{TimelineAction, TimelineControlRequest, TimelineStatus};

/// The version that this build speaks. It grows when a message changes in a way that the other side cannot ignore.
pub const PROTOCOL_VERSION: u32 = 1;
/// The oldest client version that this build's server still understands.
pub const MIN_PROTOCOL_VERSION: u32 = 1;
/// By how much one unit of `zoom` (one wheel notch) multiplies the distance to the point of interest.
/// A pinch by factor `s` is `-ln(s) / ln(ZOOM_PER_UNIT)` units.
pub const ZOOM_PER_UNIT: f64 = 1.2;
/// A `fly` velocity ends this long after the last command, in milliseconds.
pub const FLY_TIMEOUT_MS: u32 = 250;
/// A client has this long for its `hello`, in milliseconds.
pub const HELLO_TIMEOUT_MS: u32 = 5000;
/// Silence grants a request for control after this long, in milliseconds.
pub const CONTROL_ANSWER_MS: u32 = 10_000;
/// Control that was not used for this long may be taken, in milliseconds.
pub const CONTROL_TAKE_MS: u32 = 5000;
/// A client that was lost finds its view and its control again for this long, in milliseconds.
pub const SESSION_KEPT_MS: u32 = 30_000;
/// Time between two heartbeats, in milliseconds.
pub const HEARTBEAT_MS: u32 = 500;
