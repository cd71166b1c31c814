//! The whole product, outside in.
//!
//! What measurements need to stand where many users stand. Never links the server, never decodes a picture.

pub mod browse;
pub mod crowd;
pub mod cycles;
pub mod figures;
pub mod frozen;
pub mod fuzz;
pub mod idlers;
pub mod inputs;
pub mod link;
pub mod mjpeg;
pub mod offers;
pub mod subject;
pub mod through;
pub mod watcher;
