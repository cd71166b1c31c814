//! The protocol's own samples of what clients say, as they lie in the repository.

use anyhow::{Context as _, Result, ensure};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../protocol/samples");

/// All of them.
///
/// # Errors
/// They are not where the sources are.
pub fn client_messages() -> Result<Vec<String>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(FOLDER).with_context(|| format!("cannot read {FOLDER}"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("client.") {
            all.push((name, std::fs::read_to_string(&path)?));
        }
    }
    ensure!(!all.is_empty(), "there are no samples in {FOLDER}");
    // In an order of their own, so that a seed means the same everywhere.
    all.sort();
    Ok(all.into_iter().map(|(_, text)| text).collect())
}
