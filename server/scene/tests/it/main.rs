//! Integration tests of the scene crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod extraction;
mod hostile;
#[path = "../../src/scratch.rs"]
mod scratch;
mod truth;
mod worker;
