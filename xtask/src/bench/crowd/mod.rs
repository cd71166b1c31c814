//! `cargo xtask bench crowd`: many viewers, viewers that come and go, get stuck or stop, and a server that is killed:
//! whether everybody gets what they must. All on the loopback interface, with the test pattern.
//!
//! The viewers are processes of their own (`load` and `endure` of `telestage-tests`, a script with Chromium); the server's
//! CPU time and memory are read from `/proc`. Nothing else should run on the machine meanwhile.

mod rows;
mod subject;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use self::rows::Row;
use self::subject::Subject;
use super::table::Table;
use super::{Extent, build_programs};

/// Where the binaries are, and how much is done with them.
pub struct Bench {
    /// Of the profile that is measured.
    binaries: PathBuf,
    extent: Extent,
}

impl Bench {
    /// A program of the profile that is measured.
    fn program(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }
}

/// `cargo xtask bench crowd [--quick] [ROW]`: all rows, or those whose names contain `ROW`.
pub fn task(args: &[&str]) -> Result<()> {
    let (extent, only) = super::asked(args)?;
    run(extent, only)
}

/// Measures; prints a table and keeps the figures in `target/bench`. [`Extent::Quick`] does little of everything with the
/// profile of the tests: its figures say nothing.
fn run(extent: Extent, only: Option<&str>) -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("left out: crowds (the server's process is looked at through /proc)");
        return Ok(());
    }
    let rows: Vec<Row> =
        rows::all().into_iter().filter(|row| only.is_none_or(|only| row.name.contains(only))).collect();
    if rows.is_empty() {
        bail!("no row is named like that; there are: {}", names(&rows::all()));
    }
    let (binaries, profile) = build_programs(extent)?;
    let bench = Bench { binaries, extent };
    let mut table = Table::begin(&format!("profile: {profile}"));
    for row in rows {
        let subject = Subject::start(&bench, row.serve)?;
        let (wants, seen) = (row.measure)(&bench, &subject).with_context(|| row.name)?;
        table.add(row.name, &wants, &seen);
    }
    table.keep("crowd.json")
}

fn names(rows: &[Row]) -> String {
    rows.iter().map(|row| row.name).collect::<Vec<_>>().join(", ")
}
