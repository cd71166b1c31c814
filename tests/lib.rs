//! The whole product, outside in.
//!
//! What measurements need to stand where many users stand. Never links the server, never decodes a picture.

pub mod crowd;
pub mod figures;
pub mod inputs;
pub mod link;
pub mod mjpeg;
pub mod offers;
pub mod through;
pub mod watcher;
