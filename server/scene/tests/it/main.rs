//! Integration tests of the scene crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod extraction;
mod hostile;
mod lights;
#[path = "../../src/scratch.rs"]
mod scratch;
mod truth;
mod worker;
