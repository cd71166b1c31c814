//! What host and worker say to each other. Both are the same build of the same program: no versions.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::OpenError;
use crate::change::Delta;
use crate::details::VariantSet;
use crate::edit::{Edit, EditRefused, Edited};
use crate::properties::{PrimSheet, Wish};
use crate::roots::Roots;
use crate::tables::Tables;

/// To the worker. The first one is `Begin`; the end of the stream means: end.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// Take on the limits.
    Begin {
        /// Most bytes of memory.
        memory: u64,
    },
    /// Open a stage, in place of any that is open.
    Open(OpenRequest),
    /// Something about the open stage. The last answer is [`Answer::Answered`] with the same ticket.
    Ask {
        /// Names the question.
        ticket: Ticket,
        /// What is asked.
        question: Question,
    },
}

/// Names a question to a worker; whoever asks gives it out.
pub type Ticket = u32;

/// What can be asked of an open stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// Show the stage at another time from now on.
    Evaluate {
        /// Time code; `None` is USD's default time.
        time: Option<f64>,
    },
    /// Change something in the session layer.
    Edit {
        /// Whose history it goes into.
        author: u32,
        /// What.
        edit: Edit,
    },
    /// Take back what an author did last.
    Undo {
        /// Whose.
        author: u32,
    },
    /// Do again what an author took back last.
    Redo {
        /// Whose.
        author: u32,
    },
    /// What the stage says of a prim.
    Properties {
        /// Which, and how much.
        wish: Wish,
        /// Values at this time code; `None`: as the scene is shown.
        time: Option<f64>,
    },
    /// The variant sets of a prim.
    Variants {
        /// The prim's path.
        path: String,
    },
    /// The session layer as USD text.
    Export,
}

/// The answer to a [`Question`]. What it changed in the scene was told before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// Done.
    Done,
    /// An edit was made.
    Edited(Edited),
    /// A prim's sheet.
    Properties(Box<PrimSheet>),
    /// The sets, strongest first.
    Variants(Vec<VariantSet>),
    /// A layer as USD text.
    Layer(String),
    /// It makes no sense, and nothing has changed.
    Refused(Refused),
}

/// Why a question was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refused {
    /// No stage is open, or the worker could not go on with it.
    #[error("no stage is open")]
    NothingOpen,
    /// An edit that cannot be made.
    #[error(transparent)]
    Edit(#[from] EditRefused),
    /// The USD library gave up.
    #[error("the USD library failed: {0}")]
    Fault(String),
}

/// What to open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenRequest {
    /// The root layer or package.
    pub path: PathBuf,
    /// Where files may be read.
    pub roots: Roots,
    /// When to read at.
    pub time: Moment,
}

/// A time on a stage that may not be known yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Moment {
    /// USD's default time.
    #[default]
    Default,
    /// The start of the authored range; the default time of a stage without one.
    Start,
    /// This time code.
    Code(f64),
}

impl From<Option<f64>> for Moment {
    /// `None` is USD's default time.
    fn from(time: Option<f64>) -> Self {
        time.map_or(Self::Default, Self::Code)
    }
}

/// From the worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// Still at it.
    Progress {
        /// 0 to 1.
        amount: f32,
        /// For users: what is being done.
        activity: String,
    },
    /// About to read a file: that may take its time.
    Reading {
        /// The file's size.
        bytes: u64,
    },
    /// The scene; its arena comes with this message.
    Loaded(Box<Tables>),
    /// It could not be opened.
    Failed(OpenError),
    /// The scene is another one in these rows; their arrays come with this message.
    Changed(Box<Delta>),
    /// The scene is another one altogether, though the stage is the same; its arena comes with this message.
    Replaced(Box<Tables>),
    /// A question is answered.
    Answered {
        /// Which.
        ticket: Ticket,
        /// How.
        reply: Reply,
    },
}
