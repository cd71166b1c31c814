//! The vocabulary as a page for people: `docs/protocol.md`, written from this crate's own sources and samples.
//!
//! Doc comments are not there when a program runs, so the sources are read as text (`vocabulary`) and told again as
//! Markdown (`page`). Nothing is listed here: a message is on the page because it is in one of the two enums.

mod page;
mod vocabulary;

use std::collections::BTreeMap;

pub use self::vocabulary::Unreadable;

/// Where the page belongs, from the repository's root.
pub const FILE: &str = "docs/protocol.md";

/// The page. `sources` are the texts of this crate's modules by their names, `samples` those in `protocol/samples` by
/// their files' names.
///
/// # Errors
/// A source that is no Rust, or a message enum that is missing.
pub fn generate(
    sources: &BTreeMap<String, String>,
    samples: &BTreeMap<String, String>,
) -> Result<String, Unreadable> {
    Ok(page::write(&vocabulary::Vocabulary::read(sources)?, samples))
}

#[cfg(test)]
mod tests;
