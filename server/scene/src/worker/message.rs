//! What host and worker say to each other. Both are the same build of the same program: no versions.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::OpenError;
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
    /// Read the open stage again at another time.
    Evaluate {
        /// Time code; `None` is USD's default time.
        time: Option<f64>,
    },
}

/// What to open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenRequest {
    /// The root layer or package.
    pub path: PathBuf,
    /// Where files may be read.
    pub roots: Roots,
    /// Time code to read at; `None` is USD's default time.
    pub time: Option<f64>,
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
    /// It did not work.
    Failed(OpenError),
}
