//! `cargo xtask check`: what can be said about the sources without running the product.

mod documents;
mod lengths;
mod reach;
mod sources;

use anyhow::Result;

use crate::process::{cargo, exists, program, run as run_command};
use crate::steps::Steps;
use crate::{codegen, setup};

/// All checks, after the set-up.
pub fn run() -> Result<()> {
    let mut steps = Steps::all();
    steps.run("setup", || setup::run(setup::Need::Tests))?;
    all(&mut steps)?;
    steps.finish()
}

/// All checks; the cheap ones first.
pub fn all(steps: &mut Steps) -> Result<()> {
    steps.run("formatting", || run_command(program("cargo").args(["fmt", "--all", "--check"])))?;
    steps.run("who reaches whom", reach::check)?;
    steps.run("who says what", sources::check)?;
    steps.run("ARCHITECTURE.md", documents::check)?;
    steps.run("file lengths", lengths::check)?;
    steps.run("licences and advisories", deny)?;
    steps.run("generated types", codegen::check)?;
    steps.run("lints", lints)
}

fn lints() -> Result<()> {
    run_command(cargo("clippy").args(["--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// `cargo deny` where it is installed. Set-up does not install it: building it takes longer than all of CI.
fn deny() -> Result<()> {
    if !exists("cargo-deny") {
        println!("skipped: cargo-deny is not installed (`cargo install --locked cargo-deny`)");
        return Ok(());
    }
    run_command(program("cargo").args(["deny", "--locked", "check"]))
}
