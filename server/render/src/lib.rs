//! Frame sources: whoever can turn a view into a picture.
//!
//! One thread owns the one [`FrameSource`]; nothing here awaits, opens a socket or knows a viewer.
//! Each backend is a leaf behind the same few methods; `pattern` and `placeholder` need no scene.

pub mod cpu;
pub mod pattern;
pub mod placeholder;
pub mod source;
pub mod style;
pub mod view;

pub use source::{CanvasId, Capabilities, Command, FrameSource, Outcome, Picture, RenderError};
pub use style::Style;
pub use view::{Aov, Projection, View};
