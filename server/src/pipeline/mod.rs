//! The path of a frame on this machine: render thread → slot of one → encode thread → stream.
//!
//! Everything here runs on named std threads and never awaits. Each thread owns its backend alone.

pub mod encode;
pub mod jpeg;
pub mod ladder;
pub mod latest;
pub mod mailbox;
pub mod meters;
pub mod motion;
pub mod pace;
pub mod render;

pub use mailbox::{Mailbox, Order};
