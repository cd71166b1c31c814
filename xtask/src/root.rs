//! Where things lie: the repository and the build's target folder.

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Cargo's target folder, as the environment or the default has it.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Files that git knows or would take, relative to the root, in order.
pub fn tracked() -> anyhow::Result<Vec<PathBuf>> {
    let list =
        crate::process::output("git", &["ls-files", "--cached", "--others", "--exclude-standard", "-z"])?;
    let mut files: Vec<PathBuf> = list.split('\0').filter(|f| !f.is_empty()).map(PathBuf::from).collect();
    files.retain(|file| root().join(file).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}
