//! ARCHITECTURE.md against the tree: each invariant names tests that exist, each foreign crate has its line.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{output_of, program};
use crate::root::root;

const DOCUMENT: &str = "ARCHITECTURE.md";
/// I1 to I10.
const INVARIANTS: std::ops::RangeInclusive<u32> = 1..=10;

/// Fails with every line that is missing or no longer true.
pub fn check() -> Result<()> {
    let document =
        std::fs::read_to_string(root().join(DOCUMENT)).with_context(|| format!("cannot read {DOCUMENT}"))?;
    let read = |file: &str| std::fs::read_to_string(root().join(file)).ok();
    let mut faults = invariants(&document, read);
    for krate in foreign_crates()?.iter().chain(&foreign_modules()?) {
        if !document.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{krate}`"))) {
            faults.push(format!(
                "{DOCUMENT} gives no reason for `{krate}`: add a line to its list of dependencies"
            ));
        }
    }
    if faults.is_empty() { Ok(()) } else { bail!("{}", faults.join("\n")) }
}

/// Rows look like `| I3 | what holds | `file` · `test`, `test` |`; a `test` belongs to the `file` before it.
fn invariants(document: &str, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for number in INVARIANTS {
        let Some(row) = document.lines().find(|line| line.starts_with(&format!("| I{number} |"))) else {
            faults.push(format!("{DOCUMENT} has no row for I{number}"));
            continue;
        };
        let tests = row.split('|').nth(3).unwrap_or_default();
        let mut source: Option<(&str, String)> = None;
        let mut found = 0;
        for quoted in tests.split('`').skip(1).step_by(2) {
            if quoted.contains('/') {
                source = read(quoted).map(|text| (quoted, text));
                if source.is_none() {
                    faults.push(format!("{DOCUMENT}, I{number}: there is no {quoted}"));
                }
            } else if let Some((file, text)) = &source {
                let is_there = text.contains(&format!("fn {quoted}("))
                    || ['\'', '"'].iter().any(|mark| text.contains(&format!("{mark}{quoted}{mark}")));
                if is_there {
                    found += 1;
                } else {
                    faults.push(format!("{DOCUMENT}, I{number}: {file} has no test `{quoted}`"));
                }
            }
        }
        if found == 0 {
            faults.push(format!("{DOCUMENT}, I{number} names no test"));
        }
    }
    faults
}

/// Names of foreign crates that a crate of the workspace depends on directly.
fn foreign_crates() -> Result<BTreeSet<String>> {
    let text = output_of(program("cargo").args(["metadata", "--locked", "--no-deps", "--format-version=1"]))?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata is not JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let dependencies = packages.iter().filter_map(|package| package["dependencies"].as_array()).flatten();
    Ok(dependencies
        .filter(|dependency| dependency["path"].is_null())
        .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
        .collect())
}

/// Names of the Node modules that the client and its tests ask for.
fn foreign_modules() -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for file in ["ui/package.json", "tests/browser/package.json"] {
        let Ok(text) = std::fs::read_to_string(root().join(file)) else { continue };
        let package: Value = serde_json::from_str(&text).with_context(|| format!("{file} is not JSON"))?;
        for kind in ["dependencies", "devDependencies"] {
            names.extend(package[kind].as_object().into_iter().flat_map(|modules| modules.keys().cloned()));
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of_first(row: &str) -> Vec<String> {
        let read = |file: &str| (file == "a/b.rs").then(|| "fn it_holds() {".to_owned());
        let mut faults = invariants(row, read);
        faults.retain(|fault| fault.contains("I1 ") || fault.contains("I1:") || fault.ends_with("I1"));
        faults
    }

    #[test]
    fn an_invariant_with_a_test_that_exists_is_fine() {
        assert_eq!(faults_of_first("| I1 | x | `a/b.rs` · `it_holds` |"), Vec::<String>::new());
    }

    #[test]
    fn missing_rows_files_and_tests_are_found() {
        assert_eq!(faults_of_first("").len(), 1);
        assert_eq!(faults_of_first("| I1 | x | none |").len(), 1);
        assert_eq!(faults_of_first("| I1 | x | `a/c.rs` · `it_holds` |").len(), 2);
        assert!(faults_of_first("| I1 | x | `a/b.rs` · `gone` |")[0].contains("has no test `gone`"));
    }
}
