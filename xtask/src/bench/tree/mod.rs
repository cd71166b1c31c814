//! `cargo xtask bench tree`: how long somebody waits who browses a stage of 100,000 prims, looks for some, hides some, and
//! picks some; and what the tree of prims costs in memory.
//!
//! The viewer is a process of its own (`browse` of `telestage-tests`), as the server is. Edits and picks are measured on
//! this stage, which has little to draw, and on the sample, which has more. Nothing else should run on the machine
//! meanwhile.

mod rows;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use self::rows::Row;
use super::table::Table;
use super::{Extent, build_programs};
use crate::assets;
use crate::process::{output_of, program};
use crate::root::root;

/// Where the binaries are, and how much is done with them.
pub struct Bench {
    binaries: PathBuf,
    extent: Extent,
}

impl Bench {
    fn program(&self, name: &str) -> Command {
        program(&self.binaries.join(name).to_string_lossy())
    }

    /// What the browsing viewer prints, of a server of its own that has opened nothing yet.
    fn browse(&self, stage: &Path, options: &[String]) -> Result<Value> {
        let server = Server::start(&self.binaries.join("telestage"), stage)?;
        let mut browse = self.program("browse");
        read(&output_of(browse.arg(&server.url).arg(stage).args(options))?)
    }

    /// What `telestage bench tree` prints.
    fn alone(&self, stage: &Path) -> Result<Value> {
        read(&output_of(self.program("telestage").args(["bench", "tree"]).arg(stage))?)
    }
}

/// The stage with many rows.
fn large() -> PathBuf {
    root().join(assets::GENERATED).join("tree_100k.usda")
}

/// A server; killed when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(binary: &Path, stage: &Path) -> Result<Self> {
        let mut command = Command::new(binary);
        command.args(["serve", "--no-announce", "--port", "0", "--log", "error", "--size", "1280x720"]);
        command.arg("--asset-root").arg(stage.parent().context("the stage lies nowhere")?);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start the server")?;
        let output = child.stdout.take();
        let mut server = Self { child, url: String::new() };
        let mut line = String::new();
        BufReader::new(output.context("the server has no standard output")?).read_line(&mut line)?;
        let Some(url) = line.trim().strip_prefix("telestage ready: ") else {
            bail!("the server is not ready: it said {line:?}");
        };
        url.clone_into(&mut server.url);
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already is just as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(text: &str) -> Result<Value> {
    serde_json::from_str(text.trim()).with_context(|| format!("no JSON: {text}"))
}

/// `cargo xtask bench tree [--quick] [ROW]`: all rows, or those whose names contain `ROW`. [`Extent::Quick`] takes the
/// profile of the tests.
pub fn task(args: &[&str]) -> Result<()> {
    let (extent, only) = super::asked(args)?;
    let rows: Vec<Row> =
        rows::all().into_iter().filter(|row| only.is_none_or(|only| row.name.contains(only))).collect();
    if rows.is_empty() {
        let names: Vec<_> = rows::all().iter().map(|row| row.name).collect();
        bail!("no row is named like that; there are: {}", names.join(", "));
    }
    let (binaries, profile) = build_programs(extent)?;
    assets::write_bench()?;
    let bench = Bench { binaries, extent };
    let mut table = Table::begin(&format!("profile: {profile}"));
    for row in rows {
        let (wants, seen) = (row.measure)(&bench).with_context(|| row.name)?;
        table.add(row.name, &wants, &seen);
    }
    table.keep("tree.json")
}
