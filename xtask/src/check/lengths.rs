//! File lengths: at 300 lines think, beyond 500 have a reason.

use anyhow::{Result, bail};

use crate::root::{root, tracked};

const THINK: usize = 300;
const LIMIT: usize = 500;

/// Source files beyond the limit, each with its reason. A row that no file needs any more is an error.
const LONG: &[(&str, &str)] = &[];

/// Files that a program writes.
const GENERATED: &[&str] = &["ui/src/protocol/"];

/// Fails for files beyond the limit without a reason; names those that should be thought about.
pub fn check() -> Result<()> {
    let mut faults = Vec::new();
    let mut needed = Vec::new();
    for file in tracked()? {
        let name = file.to_string_lossy();
        let extension = file.extension().and_then(|extension| extension.to_str());
        let is_source = matches!(extension, Some("rs" | "ts" | "svelte" | "mjs" | "js" | "css" | "wgsl"));
        if !is_source || GENERATED.iter().any(|folder| name.starts_with(folder)) {
            continue;
        }
        let lines = std::fs::read_to_string(root().join(&file))?.lines().count();
        if lines > LIMIT {
            match LONG.iter().find(|(long, _)| *long == name) {
                Some((long, reason)) => {
                    needed.push(*long);
                    println!("{lines:5} {name}: {reason}");
                }
                None => faults.push(format!(
                    "{name} has {lines} lines: split it, or give its reason in xtask/src/check/lengths.rs"
                )),
            }
        } else if lines > THINK {
            println!("{lines:5} {name}");
        }
    }
    for (long, _) in LONG.iter().filter(|(long, _)| !needed.contains(long)) {
        faults.push(format!("{long} needs no reason any more: remove its row in xtask/src/check/lengths.rs"));
    }
    if faults.is_empty() { Ok(()) } else { bail!("{}", faults.join("\n")) }
}
