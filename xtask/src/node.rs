//! The browser client's tools: Node modules, the built client and the client library, each renewed only when its inputs
//! changed.

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
    build("ui/dist", "index.html", &["dist", "node_modules", "tests", "lib"], "build")
}

/// Builds the library for other people's pages into `ui/lib/dist` if anything it is made of is newer.
pub fn build_library() -> Result<()> {
    build("ui/lib/dist", "types/lib/src/index.d.ts", &["dist", "node_modules", "tests"], "build:lib")
}

/// Runs the client's `script` unless `last`, the file that it writes last, is newer than all but what is `left_out`.
fn build(folder: &str, last: &str, left_out: &[&str], script: &str) -> Result<()> {
    let ui = root().join("ui");
    let built = modified(&root().join(folder).join(last));
    let mut inputs = Vec::new();
    collect(&ui, left_out, &mut inputs)?;
    let newest = inputs.iter().filter_map(|file| modified(file)).max();
    if built.is_some() && built >= newest {
        println!("{folder} is up to date");
        return Ok(());
    }
    npm(&ui, &["run", script])
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

/// What is in `folder`, at any depth, but for what goes by the names that are `left_out`.
fn collect(folder: &Path, left_out: &[&str], files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.file_name().and_then(|name| name.to_str()).is_none_or(|name| left_out.contains(&name)) {
            continue;
        }
        if path.is_dir() {
            collect(&path, left_out, files)?;
            // A folder that holds what is built is changed by building; any other one when something in it was removed.
            if left_out.iter().any(|name| path.join(name).exists()) {
                continue;
            }
        }
        files.push(path);
    }
    Ok(())
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_no_input_nor_is_the_folder_that_holds_it() {
        let root = std::env::temp_dir().join(format!("telestage-node-{}", std::process::id()));
        for folder in ["src/core", "lib/src", "lib/dist/types", "node_modules/vite"] {
            fs::create_dir_all(root.join(folder)).unwrap();
            fs::write(root.join(folder).join("file.ts"), "").unwrap();
        }
        let inputs = |left_out: &[&str]| {
            let mut files = Vec::new();
            collect(&root, left_out, &mut files).unwrap();
            let mut names: Vec<_> =
                files.iter().map(|file| file.strip_prefix(&root).unwrap().display().to_string()).collect();
            names.sort();
            names
        };
        assert_eq!(
            inputs(&["dist", "node_modules"]),
            ["lib/src", "lib/src/file.ts", "src", "src/core", "src/core/file.ts"]
        );
        assert_eq!(inputs(&["dist", "node_modules", "lib"]), ["src", "src/core", "src/core/file.ts"]);
        fs::remove_dir_all(root).unwrap();
    }
}
