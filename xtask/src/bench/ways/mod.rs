//! `cargo xtask bench ways`: what somebody sees to whom the server is hard to reach, without WebRTC over a bad link, and
//! where no UDP gets through; and how long a hand's move takes to the eye where nothing is in the way.
//!
//! The bad links lie between two network namespaces that only the row's own processes are in: that takes root, and a link
//! emulator that is no part of this repository. Nothing else should run on the machine meanwhile.

mod rows;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use self::rows::Row;
use super::table::Table;
use super::{Extent, measuring_tool};
use crate::process::{cargo, exists, output_of, program, run as run_command};
use crate::root::root;
use crate::{node, product, setup, test};

/// What is measured, and how much of it.
pub struct Bench {
    binary: PathBuf,
    extent: Extent,
}

impl Bench {
    /// What a script of `tests/browser/tools` prints.
    fn script(&self, words: &[&str]) -> Result<Value> {
        self.read(program("node"), words)
    }

    /// The same, in namespaces of its own.
    fn apart(&self, words: &[&str]) -> Result<Value> {
        let mut command = program("unshare");
        // Node.js 20 has a WebSocket, and must be asked for it.
        command.args(["--net", "--mount", "node", "--experimental-websocket"]);
        command.env("TELESTAGE_NETEM", emulator());
        self.read(command, words)
    }

    fn read(&self, mut command: Command, words: &[&str]) -> Result<Value> {
        let [tool, args @ ..] = words else { bail!("no script is named") };
        command.arg(root().join("tests/browser/tools").join(tool)).args(args);
        command.env("TELESTAGE_BIN", &self.binary);
        command.env("CHROMIUM", test::chromium().context("Chromium is missing: run `cargo xtask setup`")?);
        let text = output_of(&mut command)?;
        serde_json::from_str(text.trim()).with_context(|| format!("no JSON: {text}"))
    }
}

fn emulator() -> PathBuf {
    measuring_tool("TELESTAGE_NETEM", "netem.py")
}

/// `cargo xtask bench ways [--quick] [ROW]`: all rows, or those whose names contain `ROW`. `TELESTAGE_BIN` names a program
/// that is there already, else the release profile is built.
pub fn task(args: &[&str]) -> Result<()> {
    let (extent, only) = super::asked(args)?;
    let mut rows: Vec<Row> =
        rows::all().into_iter().filter(|row| only.is_none_or(|only| row.name.contains(only))).collect();
    if rows.is_empty() {
        let names: Vec<_> = rows::all().iter().map(|row| row.name).collect();
        bail!("no row is named like that; there are: {}", names.join(", "));
    }
    if let Some(why) = no_namespaces() {
        rows.retain(|row| {
            if row.is_apart {
                println!("left out: {} ({why})", row.name);
            }
            !row.is_apart
        });
    }
    setup::run(setup::Need::Tests)?;
    let bench = Bench { binary: binary()?, extent };
    let mut table = Table::begin(&format!("program: {}", bench.binary.display()));
    for row in rows {
        let (wants, seen) = (row.measure)(&bench).with_context(|| row.name)?;
        table.add(row.name, &wants, &seen);
    }
    table.keep("ways.json")
}

fn binary() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("TELESTAGE_BIN") {
        return Ok(named.into());
    }
    node::build_client()?;
    run_command(cargo("build").args(["--release", "--package", "telestage"]))?;
    Ok(product::release_binary())
}

/// Why there can be no bad link here, if there cannot.
fn no_namespaces() -> Option<String> {
    if let Some(missing) = ["unshare", "ip", "python3"].into_iter().find(|name| !exists(name)) {
        return Some(format!("{missing} is not there"));
    }
    if !emulator().is_file() {
        return Some("TELESTAGE_NETEM names no link emulator".to_owned());
    }
    let tried = output_of(program("unshare").args(["--net", "--mount", "true"]));
    tried.is_err().then(|| "network namespaces take root".to_owned())
}
