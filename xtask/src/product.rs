//! Builds the product: the client first, because the server embeds it.

use std::path::PathBuf;

use anyhow::Result;

use crate::process::{cargo, run};
use crate::root::target;
use crate::{node, setup};

/// `cargo xtask build`.
pub fn release() -> Result<()> {
    setup::run(setup::Need::Product)?;
    node::build_client()?;
    node::build_library()?;
    run(cargo("build").args(["--release", "--package", "telestage"]))?;
    println!("built {}", release_binary().display());
    Ok(())
}

/// The binary of the release profile.
pub fn release_binary() -> PathBuf {
    target().join("release").join(format!("telestage{}", std::env::consts::EXE_SUFFIX))
}

/// The binary of the one profile that tests use.
pub fn test_binary() -> PathBuf {
    target().join("debug").join(format!("telestage{}", std::env::consts::EXE_SUFFIX))
}
