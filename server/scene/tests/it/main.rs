//! Integration tests of the scene crate.

mod hostile;
#[path = "../../src/scratch.rs"]
mod scratch;
mod truth;
mod worker;
