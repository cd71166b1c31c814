//! Where things lie: the repository and the build's target folder.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The repository's root: of the checkout that cargo runs this for. What was known when this was compiled is only the
/// second choice, because checkouts that share a target folder share this program.
pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let built_in = || PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(built_in, PathBuf::from);
        xtask.parent().unwrap_or(&xtask).to_owned()
    });
    &ROOT
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
