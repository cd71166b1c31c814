//! The whole product, outside in.
//!
//! What tests and measurements need to stand where a user stands. Never links the server.

pub mod assembler;
pub mod link;
pub mod receiver;
pub mod whep;
pub mod wire;
