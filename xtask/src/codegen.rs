//! What is made from crate `protocol`, the TypeScript types and the page `docs/protocol.md`, written and compared by that crate's own generator.

use anyhow::Result;

use crate::process::{cargo, run};

/// Writes `ui/src/protocol/` and `docs/protocol.md`.
pub fn write() -> Result<()> {
    generator(&[])
}

/// Fails if what is committed is not what the crate says.
pub fn check() -> Result<()> {
    generator(&["--", "--check"])
}

fn generator(args: &[&str]) -> Result<()> {
    let package = ["--package", "telestage-protocol", "--features", "codegen", "--bin", "telestage-codegen"];
    run(cargo("run").arg("--quiet").args(package).args(args))
}
