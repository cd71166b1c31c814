//! The border to every backend.

use std::sync::Arc;

use telestage_scene::{ChangedRows, PrimId, Scene};

use crate::view::{Aov, View};

/// What a source can do; clients hide what it cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The backend's name as `--renderer` or `--source` takes it.
    pub name: &'static str,
    /// Planes on offer.
    pub aovs: Vec<Aov>,
    /// Heeds [`View::style`].
    pub can_style: bool,
    /// Answers [`Command::Pick`] and [`Command::Within`].
    pub can_pick: bool,
    /// Pictures change without a change of the view (a moving pattern, an upstream): frames come at the full rate.
    pub is_live: bool,
}

/// Turns views into pictures. Only the render thread calls it (I1).
pub trait FrameSource: Send {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// Takes a scene in place of the last one.
    ///
    /// # Errors
    /// If the scene does not fit (memory); the last one is still there then.
    fn load(&mut self, scene: Arc<Scene>) -> Result<(), RenderError>;
    /// Takes the same stage with other rows: another time, an edit. What is selected stays so.
    ///
    /// # Errors
    /// As [`FrameSource::load`].
    fn change(&mut self, scene: Arc<Scene>, rows: &ChangedRows) -> Result<(), RenderError>;
    /// Does something other than drawing.
    ///
    /// # Errors
    /// [`RenderError::Unsupported`] if it is not among the capabilities.
    fn apply(&mut self, command: &Command) -> Result<Outcome, RenderError>;
    /// Draws on this canvas from now on: pictures of different canvases do not disturb each other's samples. Sources
    /// that keep nothing from picture to picture need not care.
    fn turn_to(&mut self, _canvas: CanvasId) {}
    /// Nobody will turn to this canvas again.
    fn forget(&mut self, _canvas: CanvasId) {}
    /// Draws `view`. The same view again adds a sample; another view starts over.
    ///
    /// # Errors
    /// A view without pixels or with a camera that is not finite.
    fn render(&mut self, view: &View) -> Result<Picture, RenderError>;
}

/// Names a canvas; 0 is there from the start.
pub type CanvasId = u32;

/// A drawn picture.
#[derive(Clone)]
pub struct Picture {
    /// 8-bit RGBA, display-encoded, top row first, without padding.
    pub pixels: Arc<[u8]>,
    /// Columns and rows.
    pub size: [u32; 2],
    /// Samples that went into it, 1 or more.
    pub samples: u32,
    /// Another call with the same view would make it better.
    pub refining: bool,
}

/// Requests that are not pictures; in order, never dropped.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// What is at this point of the last picture? Pixels from its top left.
    Pick {
        /// Column.
        x: u32,
        /// Row.
        y: u32,
    },
    /// Which prims are seen in this part of the last picture?
    Within {
        /// The first and the last column and row.
        corners: [[u32; 2]; 2],
    },
    /// Outline these prims (with their descendants).
    Select(Vec<PrimId>),
}

/// Answers to [`Command`]s.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing to tell.
    Done,
    /// What was hit; `None` is the background.
    Picked(Option<Hit>),
    /// What is seen, in the stage's order.
    Within(Vec<PrimId>),
}

/// The surface under a pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The prim.
    pub prim: PrimId,
    /// Index within a point instancer.
    pub instance_index: Option<u32>,
    /// In stage space.
    pub position: [f64; 3],
    /// In stage space, unit length.
    pub normal: [f32; 3],
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Zero, odd or too large.
    #[error("cannot draw a picture of {0}x{1} pixels: sizes are even and between 16 and 8192")]
    Size(u32, u32),
    /// NaN or infinite numbers in the view.
    #[error("the camera is not finite")]
    Camera,
    /// Not among the capabilities.
    #[error("{0} cannot do this: {1}")]
    Unsupported(&'static str, &'static str),
    /// The scene does not fit.
    #[error("the scene does not fit: {0}")]
    TooLarge(String),
}
