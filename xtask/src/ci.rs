//! `cargo xtask ci`: what `.ci/run` runs on a clean clone, cheapest first.

use anyhow::Result;

use crate::steps::Steps;
use crate::{check, setup, test};

/// Sets up, checks, builds and tests; prints where the time went.
pub fn run() -> Result<()> {
    let mut steps = Steps::fail_fast();
    steps.run("setup", || setup::run(setup::Need::Tests))?;
    check::all(&mut steps)?;
    test::all(&mut steps)?;
    steps.finish()
}
