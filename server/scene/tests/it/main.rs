//! Integration tests of the scene crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod editing;
mod extraction;
mod hostile;
mod lights;
mod moving;
mod properties;
#[path = "../../src/scratch.rs"]
mod scratch;
mod truth;
mod worker;
