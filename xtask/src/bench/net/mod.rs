//! `cargo xtask bench net`: bad networks, and whether a viewer gets through them what it must.
//!
//! The test pattern moves all the time; a native viewer that decodes nothing watches it through a seeded link of the
//! project's own (`bad_link` of `telestage-tests`), all on the loopback interface. The profile is the one that tests
//! use, since nothing here depends on how fast the machine is as long as it keeps up.

mod rows;
mod seen;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use self::rows::Row;
use self::seen::Seen;
use super::Extent;
use super::table::Table;
use super::viewers::Server;
use crate::process::{cargo, output_of, program, run as run_command};
use crate::product;
use crate::root::target;

const ADDRESS: &str = "127.0.0.1:49192";

/// Measures all rows, or those whose names contain `only`; prints a table and keeps the figures in `target/bench`.
pub fn run(extent: Extent, only: Option<&str>) -> Result<()> {
    run_command(cargo("build").args(["--package", "telestage", "--package", "telestage-tests", "--bins"]))?;
    let is_wanted = |row: &Row| only.is_none_or(|only| row.name.contains(only));
    let rows: Vec<Row> = rows::all(extent == Extent::Quick).into_iter().filter(is_wanted).collect();
    if rows.is_empty() {
        bail!("no network is named like that");
    }
    let mut table = Table::begin("profile: dev (the tests' own)");
    for row in rows {
        table.add(row.name, &(row.wants)(&watch(&row)?), &Value::Null);
    }
    table.keep("net.json")
}

/// A server of its own for each row: no network inherits what the last one did to it.
fn watch(row: &Row) -> Result<Vec<Seen>> {
    let _server = Server::start(&product::test_binary(), ADDRESS)?;
    let mut viewers = program(&target().join("debug/bad_link").to_string_lossy());
    viewers.args([ADDRESS, &row.secs.to_string()]).args(row.scripts.iter().map(Value::to_string));
    let text = output_of(&mut viewers)?;
    let seen: Value = serde_json::from_str(&text).context("bad_link printed no JSON")?;
    let seen: Vec<Seen> =
        seen["viewers"].as_array().map_or_else(Vec::new, |all| all.iter().map(Seen::read).collect());
    if seen.len() != row.scripts.len() {
        bail!("bad_link told of {} viewers, not {}", seen.len(), row.scripts.len());
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bench::want::Want;

    #[test]
    fn a_line_says_what_is_wanted_and_whether_it_is_so() {
        let want = Want::least("fps", Some(26.96), 27.0);
        assert_eq!(want.line("bad"), "| bad | fps | 27.0 | ≥ 27 | NO |");
        let want = Want::most("gap, ms", Some(f64::INFINITY), 500.0);
        assert!(want.line("bad").ends_with("| inf | ≤ 500 | NO |"));
    }

    #[test]
    fn every_network_is_watched_long_enough_and_wants_something() {
        for row in rows::all(true) {
            let nothing: Vec<Seen> = row.scripts.iter().map(|_| Seen::read(&json!({}))).collect();
            let wants = (row.wants)(&nothing);
            assert!(wants.iter().any(|want| !want.holds()), "{}: nothing seen is not enough", row.name);
        }
    }
}
