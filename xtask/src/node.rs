//! The browser client's tools: Node modules and the built client, each renewed only when its inputs changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::process::{self, program};
use crate::root::root;

/// Folders with a `package.json` of their own.
const PACKAGES: &[&str] = &["ui", "tests/browser"];

/// `npm ci` wherever `package-lock.json` is not the one that was installed last.
pub fn install() -> Result<()> {
    for package in packages() {
        let lock = package.join("package-lock.json");
        let stamp = package.join("node_modules/.telestage-installed");
        let wanted = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
        if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
            continue;
        }
        npm(&package, &["ci", "--no-audit", "--no-fund"])?;
        fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    }
    Ok(())
}

/// Builds the client into `ui/dist` if anything it is made of is newer.
pub fn build_client() -> Result<()> {
    let ui = root().join("ui");
    let built = modified(&ui.join("dist/index.html"));
    let newest = client_inputs(&ui)?.iter().filter_map(|file| modified(file)).max();
    if built.is_some() && built >= newest {
        println!("ui/dist is up to date");
        return Ok(());
    }
    npm(&ui, &["run", "build"])
}

/// Type checks and unit tests of the client.
pub fn test_client() -> Result<()> {
    let ui = root().join("ui");
    npm(&ui, &["run", "check"])?;
    npm(&ui, &["test"])
}

fn packages() -> impl Iterator<Item = PathBuf> {
    PACKAGES
        .iter()
        .map(|package| root().join(package))
        .filter(|package| package.join("package.json").is_file())
}

fn npm(package: &Path, args: &[&str]) -> Result<()> {
    process::run(program("npm").args(args).current_dir(package))
}

fn client_inputs(ui: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(ui).with_context(|| format!("cannot read {}", ui.display()))? {
        let path = entry?.path();
        match path.file_name().and_then(|name| name.to_str()) {
            Some("dist" | "node_modules" | "tests") | None => {}
            Some(_) => collect(&path, &mut files)?,
        }
    }
    Ok(files)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    }
    // A folder's own time tells that something in it was removed.
    files.push(path.to_owned());
    Ok(())
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}
