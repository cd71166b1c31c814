//! The path of a frame on this machine: render thread → slot of one → encode thread → stream, once for each view.
//!
//! Everything here runs on named std threads and never awaits. Each thread owns its backend alone.

mod aside;
pub mod encode;
pub mod jpeg;
pub mod ladder;
mod lane;
pub mod lanes;
pub mod latest;
pub mod mailbox;
pub mod meters;
pub mod motion;
pub mod pace;
pub mod render;
pub mod words;

pub use mailbox::{Mailbox, Order};
