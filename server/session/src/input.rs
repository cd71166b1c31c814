//! Everything that can happen to a session: the one enum in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use telestage_protocol::{
    Bookmark, ClientMessage, Diagnostic, Envelope, ErrorCode, ListStagesResult, PrimRow, Rejection,
    ViewerError,
};

use crate::camera::{Bounds, StageCamera, UpAxis};
use crate::editing::{AskOrder, Asked};
use crate::output::{MarqueeOrder, PickOrder};
use crate::search::{Found, SearchOrder};
use crate::time::Span;
use crate::views::ViewId;

/// Names one connection that can speak; given out by the server, never twice.
pub type ClientId = u32;

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// A client can speak now (its `control` channel or WebSocket is open). It has 5 s for its `hello`.
    Joined {
        /// The new one.
        client: ClientId,
        /// A secret that nobody can guess; the client's way back after its connection was lost.
        token: String,
    },
    /// A client is gone.
    Left {
        /// Who.
        client: ClientId,
    },
    /// A client said something.
    Message {
        /// Who.
        client: ClientId,
        /// What.
        envelope: Envelope<ClientMessage>,
    },
    /// A client said something that is no message.
    Rejected {
        /// Who.
        client: ClientId,
        /// What to answer.
        rejection: Rejection,
    },
    /// The server itself wants a stage (`serve STAGE`).
    Open {
        /// As on the command line.
        url: String,
    },
    /// News about a stage that is being opened or shown.
    Stage {
        /// The generation of [`crate::Output::Open`]; news about any other are ignored.
        generation: u32,
        /// What happened.
        event: StageEvent,
    },
    /// The first frame exists, whether or not anybody is there to see it.
    Drawn,
    /// A frame was encoded and sent.
    Frame(FrameSent),
    /// A client gets another rendition of its view.
    Rendition {
        /// Who.
        client: ClientId,
        /// Which; 0 is the best, and what everybody gets at first.
        rendition: u8,
    },
    /// A frame went to one client in a coding of its own.
    Shown {
        /// To whom.
        client: ClientId,
        /// What.
        frame: FrameSent,
    },
    /// What [`crate::Output::Pick`] found.
    Picked {
        /// What was asked.
        order: PickOrder,
        /// What was hit; `None` is the background.
        result: Result<Option<PickHit>, ViewerError>,
    },
    /// The answer to [`crate::Output::Ask`]; what it changed was told before.
    Asked {
        /// What was asked.
        order: AskOrder,
        /// What came of it, or why not.
        result: Result<Asked, ViewerError>,
    },
    /// What [`crate::Output::Marquee`] found.
    Marqueed {
        /// What was asked.
        order: MarqueeOrder,
        /// The prims of which at least one pixel is seen there, each once.
        result: Result<Vec<PrimId>, ViewerError>,
    },
    /// A part of what [`crate::Output::Search`] found.
    Found {
        /// What was asked.
        order: SearchOrder,
        /// The part.
        found: Found,
    },
    /// A view of a client's own cannot be shown after all.
    ViewLost {
        /// Which.
        view: ViewId,
        /// The cause and the remedy.
        message: String,
    },
    /// The answer to [`crate::Output::ListStages`].
    Listed {
        /// Who asked.
        client: ClientId,
        /// The request's `id`.
        id: Option<String>,
        /// The folder, or why not.
        result: Result<ListStagesResult, ViewerError>,
    },
    /// News of what [`crate::Output::Record`] began.
    Recording(RecordingEvent),
    /// What [`crate::Output::Keep`] asked for could not be done.
    SettingsUnkept {
        /// Why.
        message: String,
    },
    /// News of what [`crate::Output::Bookmarks`] asked for.
    Bookmarks(BookmarkNews),
    /// The time of [`crate::Session::next_wake`] has come. Any other input does as well.
    Tick,
    /// The server is about to stop.
    Draining,
}

/// News about a stage.
#[derive(Debug)]
pub enum StageEvent {
    /// It is still loading.
    Progress {
        /// From 0 to 1.
        amount: f64,
        /// A few words.
        activity: String,
    },
    /// It is loaded and can be drawn.
    Opened {
        /// The root layer as opened.
        url: String,
        /// What the session needs to know of it.
        summary: StageSummary,
    },
    /// It cannot be opened. The stage before it stays.
    Failed {
        /// What kind of trouble.
        code: ErrorCode,
        /// The cause and the remedy.
        message: String,
        /// What else was found on the way.
        diagnostics: Vec<Diagnostic>,
    },
    /// It is the same stage, and it looks otherwise now: another time, an edit.
    Changed {
        /// What the session needs to know of it now.
        summary: StageSummary,
        /// Prims have come or gone: those that were known have other places now.
        is_restructured: bool,
    },
    /// What [`crate::Output::Evaluate`] asked for is done, or cannot be done.
    Evaluated,
    /// The scene process ended without a word.
    WorkerLost,
}

/// News of the files that bookmarks are in.
#[derive(Clone, Debug, PartialEq)]
pub enum BookmarkNews {
    /// What there is.
    Loaded {
        /// Of the stage.
        generation: u32,
        /// As they were kept; they may be anything.
        bookmarks: Vec<Bookmark>,
        /// What is the matter with the file: the cause and what was done.
        trouble: Option<String>,
    },
    /// The end of [`crate::BookmarkOrder::Store`].
    Stored {
        /// Of the stage.
        generation: u32,
        /// Whether they are kept, or why not.
        result: Result<(), String>,
    },
}

/// News of the recorder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingEvent {
    /// Pictures go into this file from now on; a recording may go on in another one.
    Began {
        /// The file.
        path: String,
    },
    /// It has become larger.
    Grew {
        /// Bytes of the whole recording.
        bytes: u64,
    },
    /// It has ended; whatever could be written plays. The last event.
    Ended {
        /// Bytes of the whole recording.
        bytes: u64,
        /// Why, if nobody asked for it.
        failure: Option<RecordingFailure>,
    },
}

/// Why a recording ended by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingFailure {
    /// What kind of trouble.
    pub code: ErrorCode,
    /// The cause and the remedy.
    pub message: String,
}

/// A stage as far as the session cares.
#[derive(Clone, Debug)]
pub struct StageSummary {
    /// The stage's up axis.
    pub up_axis: UpAxis,
    /// Of everything visible; `None` if nothing is.
    pub bounds: Option<Bounds>,
    /// In traversal order.
    pub cameras: Vec<StageCamera>,
    /// Path of the camera that the stage asks for (`customLayerData`).
    pub default_camera: Option<String>,
    /// Where a tree of the stage starts: `/World`, else the default prim, else the first root prim.
    pub root_prim_path: Option<String>,
    /// What is missing, refused or not understood; the missing lights among them.
    pub diagnostics: Vec<Diagnostic>,
    /// The range of its time.
    pub span: Span,
    /// The time code that it shows; `None` is USD's default time.
    pub time: Option<f64>,
    /// Looks prims up in the stage's tables.
    pub prims: Arc<dyn Prims>,
}

/// A look into the tables of a stage: a plain function of them, no I/O.
pub trait Prims: Send + Sync {
    /// The prim at this path.
    fn find(&self, path: &str) -> Option<PrimId>;
    /// Where a prim that was found is.
    fn path(&self, prim: PrimId) -> Option<&str>;
    /// World bounds of what a prim and its descendants draw, if they draw anything.
    fn bounds(&self, prim: PrimId) -> Option<Bounds>;
    /// The children of a prim, or the root prims, in the stage's order.
    fn children(&self, parent: Option<PrimId>) -> &[PrimId];
    /// A prim as a tree shows it.
    fn row(&self, prim: PrimId) -> Option<PrimRow>;
}

/// A prim's place in the stage's tables.
pub type PrimId = u32;

impl fmt::Debug for dyn Prims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prims")
    }
}

/// The surface under a pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PickHit {
    /// The prim.
    pub prim: PrimId,
    /// Index within a point instancer.
    pub instance_index: Option<u32>,
    /// In stage space.
    pub position: [f64; 3],
    /// In stage space, unit length, towards the eye.
    pub normal: [f64; 3],
}

/// One frame that went out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameSent {
    /// Whose picture.
    pub view: ViewId,
    /// In which rendition.
    pub rendition: u8,
    /// Counts up from 1.
    pub number: u32,
    /// The same for all viewers.
    pub rtp_timestamp: u32,
    /// [`crate::ViewPose::version`] that it shows.
    pub view_version: u64,
    /// Columns and rows.
    pub size: [u32; 2],
    /// Samples for each pixel so far.
    pub samples: u32,
    /// More samples follow while the picture stands still.
    pub refining: bool,
    /// Drawn with fewer pixels than it has, because drawing takes too long.
    pub reduced: bool,
    /// Waiting between stages.
    pub queue: Duration,
    /// Drawing.
    pub render: Duration,
    /// Colour conversion.
    pub convert: Duration,
    /// Encoding.
    pub encode: Duration,
    /// The stream's target, in bits a second.
    pub bitrate_bps: u32,
    /// The network keeps the stream below what was asked for.
    pub network_limits: bool,
}
