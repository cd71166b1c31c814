//! The TypeScript types of crate `protocol`, written and compared by that crate's own generator.

use anyhow::Result;

use crate::process::{cargo, run};

/// Writes `ui/src/protocol/`.
pub fn write() -> Result<()> {
    generator(&[])
}

/// Fails if the committed types are not those of the crate.
pub fn check() -> Result<()> {
    generator(&["--", "--check"])
}

fn generator(args: &[&str]) -> Result<()> {
    let package =
        ["--package", "telestage-protocol", "--features", "typescript", "--bin", "telestage-codegen"];
    run(cargo("run").arg("--quiet").args(package).args(args))
}
