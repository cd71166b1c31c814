//! `cargo xtask bench net`: bad networks, and whether a viewer gets through them what it must.
//!
//! The test pattern moves all the time; a native viewer that decodes nothing watches it through a seeded link of the
//! project's own (`bad_link` of `telestage-tests`), all on the loopback interface. The profile is the one that tests
//! use, since nothing here depends on how fast the machine is as long as it keeps up.

mod rows;
mod seen;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use self::rows::{Bound, Row, Want};
use self::seen::Seen;
use super::Extent;
use super::viewers::Server;
use crate::process::{cargo, output_of, program, run as run_command};
use crate::product;
use crate::root::target;

const ADDRESS: &str = "127.0.0.1:49192";

/// Measures all rows, or those whose names contain `only`; prints a table and keeps the figures in `target/bench`.
pub fn run(extent: Extent, only: Option<&str>) -> Result<()> {
    run_command(cargo("build").args(["--package", "telestage", "--package", "telestage-tests", "--bins"]))?;
    let out = target().join("bench");
    fs::create_dir_all(&out).with_context(|| format!("cannot create {}", out.display()))?;
    let is_wanted = |row: &Row| only.is_none_or(|only| row.name.contains(only));
    let rows: Vec<Row> = rows::all(extent == Extent::Quick).into_iter().filter(is_wanted).collect();
    if rows.is_empty() {
        bail!("no network is named like that");
    }
    println!(
        "\nprofile: dev (the tests' own)\n\n| network | figure | measured | wanted | holds |\n|---|---|---|---|---|"
    );
    let (mut kept, mut missed) = (Vec::new(), 0);
    for row in rows {
        let wants = (row.wants)(&watch(&row)?);
        missed += wants.iter().filter(|want| !want.holds()).count();
        for want in &wants {
            println!("{}", line(row.name, want));
        }
        let figures: Vec<Value> = wants
            .iter()
            .map(|want| json!({"what": want.what, "measured": want.measured, "holds": want.holds()}))
            .collect();
        kept.push(json!({"network": row.name, "figures": figures}));
    }
    keep(&out, &json!(kept))?;
    println!("\n{missed} figures are not as wanted");
    Ok(())
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

fn line(name: &str, want: &Want) -> String {
    let wanted = match want.bound {
        Bound::Least(least) => format!("≥ {least}"),
        Bound::Most(most) => format!("≤ {most}"),
    };
    let holds = if want.holds() { "yes" } else { "NO" };
    format!("| {name} | {} | {:.1} | {wanted} | {holds} |", want.what, want.measured)
}

fn keep(out: &Path, figures: &Value) -> Result<()> {
    fs::write(out.join("net.json"), figures.to_string()).context("cannot write net.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_wanted_and_whether_it_is_so() {
        let want = Want { what: "fps", measured: 26.96, bound: Bound::Least(27.0) };
        assert_eq!(line("bad", &want), "| bad | fps | 27.0 | ≥ 27 | NO |");
        let want = Want { what: "gap, ms", measured: f64::INFINITY, bound: Bound::Most(500.0) };
        assert!(line("bad", &want).ends_with("| inf | ≤ 500 | NO |"));
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
