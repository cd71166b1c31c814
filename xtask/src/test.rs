//! `cargo xtask test`: every test, from pure functions to a real browser against the built server.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, exists, program, run as run_command};
use crate::root::root;
use crate::steps::Steps;
use crate::{interop, node, product, setup, usd};

/// Sets up and runs everything.
pub fn run() -> Result<()> {
    let mut steps = Steps::fail_fast();
    steps.run("setup", || setup::run(setup::Need::Tests))?;
    all(&mut steps)?;
    steps.finish()
}

/// Everything but the set-up.
pub fn all(steps: &mut Steps) -> Result<()> {
    steps.run("client: types and unit tests", node::test_client)?;
    steps.run("client: build", node::build_client)?;
    steps.run("client library: build", node::build_library)?;
    steps.run("build", build)?;
    steps.run("tests of the crates", rust_tests)?;
    steps.run("tests against OpenUSD", usd::test)?;
    steps.run("tests with other players", interop::test)?;
    steps.run("tests in the browser", browser_tests)
}

/// Binaries and tests together: built apart, they could want different features of the same dependency.
fn build() -> Result<()> {
    run_command(cargo("build").args(["--workspace", "--lib", "--bins", "--tests"]))
}

fn rust_tests() -> Result<()> {
    run_command(cargo("test").args(["--workspace", "--lib", "--bins", "--tests"]))
}

fn browser_tests() -> Result<()> {
    let folder = root().join("tests/browser");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.to_str().is_some_and(|name| name.ends_with(".test.mjs")));
    files.sort();
    if files.is_empty() {
        bail!("there are no browser tests in {}", folder.display());
    }
    let Some(chromium) = chromium() else { bail!("Chromium is missing: run `cargo xtask setup`") };
    // One file after the other: two cores cannot serve several browsers without disturbing each other's timing.
    run_command(
        program("node")
            .args(["--test", "--test-concurrency=1"])
            .args(files)
            .env("TELESTAGE_BIN", product::test_binary())
            .env("CHROMIUM", chromium),
    )
}

/// The browser that the tests drive: `CHROMIUM`, else the first of the usual names.
pub fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM").map(PathBuf::from) {
        return named.is_file().then_some(named);
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let path = std::env::var_os("PATH")?;
    let mac = PathBuf::from("/Applications/Chromium.app/Contents/MacOS/Chromium");
    let found = names
        .iter()
        .filter(|name| exists(name))
        .find_map(|name| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()));
    found.or_else(|| mac.is_file().then_some(mac))
}
