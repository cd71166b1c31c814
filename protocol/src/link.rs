//! About the connection: greeting, heartbeats, frames, statistics, picture size.

use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;

/// A payload without fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "Record<string, never>"))]
pub struct Empty {}

/// `hello`: the first message on `control`, within 5 s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct Hello {
    /// The protocol version that the client speaks.
    pub protocol: u32,
    /// What the client is, e.g. `telestage-web`.
    pub client: String,
    /// The client's own version.
    pub version: String,
    /// What others see this client called, at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `welcome.session` of a connection that was lost: this one takes its place, with its view and its control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// `welcome`: the handshake worked; the full state follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Welcome {
    /// The protocol version that the server speaks.
    pub protocol: u32,
    /// What the server is: `telestage`.
    pub server: String,
    /// The server's own version.
    pub version: String,
    /// This client's number; never used twice while the server runs.
    pub client_id: u32,
    /// A secret of this client's: with it in `hello`, a new connection goes on where this one was lost, for 30 s.
    #[serde(default)]
    pub session: String,
    /// What this client may do now; `controlState` tells of changes.
    pub role: Role,
    /// What works on this server; ignore names that you do not know.
    pub capabilities: Vec<Capability>,
    /// Width and height of the view: the unit of all picture coordinates.
    pub size: [u32; 2],
    /// Highest frame rate, in frames a second.
    pub fps: f64,
}

/// What a client may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Watches the shared view, and may ask to drive it.
    Viewer,
    /// Drives the shared view and chooses the stage: one client at a time.
    Controller,
}

/// Names in `welcome.capabilities`: only what works is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// `openStageRequest`, `resetStageRequest`.
    OpenStage,
    /// `listStagesRequest`.
    ListStages,
    /// `cameraCommandRequest`, `setCameraRequest`, `adjustCameraRequest`, `fitCameraRequest`, `resetCameraRequest`,
    /// `set_camera`.
    Camera,
    /// `resizeViewport`.
    Resize,
    /// `getStatsRequest`.
    Stats,
    /// `viewRequest` with `pause` and `resume`.
    PauseView,
    /// `controlRequest`, `controlState`.
    Control,
    /// `viewRequest` with `own` and `shared`.
    OwnView,
    /// `recordRequest`.
    Record,
    /// `getChildrenRequest`, `searchPrimsRequest`.
    Tree,
    /// `selectPrimsRequest`, `pickRequest`, `marqueeRequest`, `makePrimsPickable`.
    Select,
    /// `timelineControlRequest`.
    Timeline,
    /// `getPropertiesRequest`.
    Properties,
    /// `setVisibilityRequest` and the other edits, `undoRequest`, `redoRequest`, `exportSessionRequest`.
    Edit,
    /// `getRenderSettingsRequest`, `setRenderSettingRequest`.
    Settings,
    /// `getAvailableAOVs`, `changeAOVRequest`.
    Aov,
    /// `listBookmarksRequest`, `saveBookmarkRequest`, `deleteBookmarkRequest`.
    Bookmarks,
}

/// `detail` of a `version_mismatch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct VersionDetail {
    /// What the client speaks.
    pub client: u32,
    /// What the server speaks.
    pub server: u32,
    /// Oldest version that the server understands.
    pub min: u32,
    /// Newest version that the server understands.
    pub max: u32,
}

impl From<VersionDetail> for serde_json::Value {
    fn from(detail: VersionDetail) -> Self {
        let VersionDetail { client, server, min, max } = detail;
        serde_json::json!({ "client": client, "server": server, "min": min, "max": max })
    }
}

/// `ping` and `pong`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Ping {
    /// Any number; comes back unchanged.
    pub t: f64,
}

/// `heartbeat`: twice a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Heartbeat {
    /// Milliseconds since the server started.
    pub t: f64,
    /// What the server does.
    pub status: Status,
    /// The newest frame that was sent, 0 before the first: a still picture shows this one, a lost one an older one.
    pub last_frame: u32,
}

/// What the server does, as in `GET /health`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// No picture yet.
    Starting,
    /// No stage; the picture says so.
    Idle,
    /// A stage is being opened; the last picture stays.
    Loading,
    /// A stage is shown.
    Streaming,
    /// The stage could not be opened; the picture says why.
    Error,
    /// Shutting down.
    Stopping,
}

impl Status {
    /// As on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Idle => "idle",
            Self::Loading => "loading",
            Self::Streaming => "streaming",
            Self::Error => "error",
            Self::Stopping => "stopping",
        }
    }
}

/// `frameInfo`: about one frame as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FrameInfo {
    /// Counts up from 1.
    pub frame: u32,
    /// What `requestVideoFrameCallback` reports as `rtpTimestamp`.
    pub rtp_timestamp: u32,
    /// The highest `seq` of this client that the frame shows; 0 for none.
    pub input_seq: u32,
    /// Drawing, in milliseconds.
    pub render_ms: f64,
    /// Colour conversion, in milliseconds.
    pub convert_ms: f64,
    /// Encoding, in milliseconds.
    pub encode_ms: f64,
    /// Waiting between stages, in milliseconds.
    pub queue_ms: f64,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The stream's bit rate now, in bits a second.
    pub bitrate_bps: f64,
    /// What keeps the frame rate below the wanted one; `null`: nothing.
    pub limited_by: Option<LimitedBy>,
    /// Samples for each pixel so far.
    pub samples: u32,
    /// More samples follow while the picture stands still.
    pub refining: bool,
}

/// What keeps the frame rate down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum LimitedBy {
    /// Drawing and converting.
    Render,
    /// Encoding.
    Encode,
    /// The network.
    Network,
}

/// `getStatsResult`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Stats {
    /// Frames sent within the last second.
    pub fps: f64,
    /// From the newest input to the encoded frame, for the last frame, in milliseconds.
    pub latency_ms: f64,
    /// Frames sent since the start.
    pub frames: u32,
    /// The stream's bit rate now, in bits a second.
    pub bitrate_bps: f64,
    /// Clients that said hello.
    pub viewers: u32,
}

/// `resizeViewport`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ResizeViewport {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// `resizeViewportResult`, with what is in force now: even numbers within the server's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ResizeViewportResult {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Whether the size was changed as far as the limits allow.
    pub result: Outcome,
}

/// `result` in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Success,
    /// Not done; `error` and `code` say why.
    Error,
}

/// `recordRequest`: begin or end a recording of what is streamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct RecordRequest {
    /// What to do.
    pub action: RecordAction,
    /// The file's name without its ending, for `start`; without one it is named for the stage and the date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// `action` of a `recordRequest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RecordAction {
    /// Begin; refused as `busy` while another recording runs.
    Start,
    /// End; without one, the answer says so and nothing changes.
    Stop,
}

/// `recordState`, to all: when a recording begins and ends, and about once a second between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct RecordState {
    /// Whether pictures go into a file now.
    pub recording: bool,
    /// The file on the server; after the end, the one that was written last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Bytes of this recording so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<f64>,
    /// For how long it has run, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed_secs: Option<f64>,
    /// Why it ended, or did not begin, if nobody asked for that. The file plays up to there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// `no_space`: the disk is full. `too_large`: the recording has reached its limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}
