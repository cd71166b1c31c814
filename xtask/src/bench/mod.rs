//! `cargo xtask bench`: the figures of BENCHMARKS.md, as a table on standard output and as JSON under `target/bench`.
//!
//! `telestage bench` measures the server alone. What a viewer sees is measured from outside by a script that opens the
//! page in Chromium, drags, and times changed pictures; each figure is the median of three runs. Nothing else should
//! run on the machine meanwhile: the column `others` says how much did.

pub mod crowd;
pub mod net;
mod table;
pub mod tree;
mod viewers;
mod want;
pub mod ways;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{cargo, output_of, program, run as run_command};
use crate::root::{root, target};
use crate::{assets, node, product, setup, test};

/// How much to measure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything, three times.
    Full,
    /// Everything, once.
    Quick,
}

impl Extent {
    /// One of two numbers, as text: the whole, or what is enough to see that a row works.
    fn count(self, full: u32, quick: u32) -> String {
        match self {
            Self::Full => full,
            Self::Quick => quick,
        }
        .to_string()
    }
}

/// Sets up and builds the client, the server and the viewers of `telestage-tests`; the folder where the programs are then
/// and the profile's name.
fn build_programs(extent: Extent) -> Result<(PathBuf, &'static str)> {
    setup::run(setup::Need::Tests)?;
    node::build_client()?;
    let mut build = cargo("build");
    build.args(["--package", "telestage", "--package", "telestage-tests", "--bins"]);
    let profile = match extent {
        Extent::Full => {
            build.arg("--release");
            "release"
        }
        Extent::Quick => "debug",
    };
    run_command(&mut build)?;
    Ok((target().join(profile), profile))
}

/// `[--quick] [ROW]`: how much to measure, and a part of the names of the rows that are wanted.
fn asked<'a>(args: &[&'a str]) -> Result<(Extent, Option<&'a str>)> {
    match *args {
        ["--quick"] => Ok((Extent::Quick, None)),
        ["--quick", only] => Ok((Extent::Quick, Some(only))),
        [] => Ok((Extent::Full, None)),
        [only] => Ok((Extent::Full, Some(only))),
        _ => bail!("one row, or a part of its name, is expected: {}", args.join(" ")),
    }
}

/// A stage to measure; those that are not there are left out with a word.
struct Stage {
    name: &'static str,
    path: PathBuf,
    /// Also as seen by a viewer, not only by the server.
    is_viewed: bool,
}

fn stages() -> Vec<Stage> {
    let stage = |name, path: &str, is_viewed| Stage { name, path: root().join(path), is_viewed };
    let generated = |name, file: &str, is_viewed| Stage {
        name,
        path: root().join(assets::GENERATED).join(file),
        is_viewed,
    };
    let all = vec![
        stage("robot cell (sample)", assets::SAMPLE, true),
        stage("Teapot (2.5k triangles)", "../shared/stages/full_assets/Teapot/Teapot.usd", true),
        generated("torus, 1M triangles", "torus_1m.usda", true),
        generated("20k small meshes", "meshes_20k.usda", false),
        generated("100k prims of layout", "layout_100k.usda", false),
    ];
    let (there, missing): (Vec<_>, Vec<_>) = all.into_iter().partition(|stage| stage.path.is_file());
    for stage in missing {
        println!("left out: {} ({} is not there)", stage.name, stage.path.display());
    }
    there
}

/// Builds and measures.
pub fn run(extent: Extent) -> Result<()> {
    setup::run(setup::Need::Tests)?;
    node::build_client()?;
    run_command(cargo("build").args(["--release", "--package", "telestage"]))?;
    assets::write_bench()?;
    let out = target().join("bench");
    fs::create_dir_all(&out).with_context(|| format!("cannot create {}", out.display()))?;
    let stages = stages();
    server_alone(&stages, &out)?;
    viewers::measure(&out)?;
    seen_by_a_viewer(&stages, &out, if extent == Extent::Full { 3 } else { 1 })
}

fn server_alone(stages: &[Stage], out: &Path) -> Result<()> {
    // Loading a large stage takes seconds: a few times are enough.
    for (kind, count) in [("load", "10"), ("render", "100"), ("encode", "100")] {
        for stage in stages {
            let mut command = program(&product::release_binary().to_string_lossy());
            let text = output_of(command.args(["bench", kind, "--frames", count]).arg(&stage.path))?;
            println!("{kind} · {}\n  {}", stage.name, text.trim());
            let file = out.join(format!("{kind}-{}.json", slug(stage.name)));
            fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
    }
    Ok(())
}

fn seen_by_a_viewer(stages: &[Stage], out: &Path, runs: usize) -> Result<()> {
    let Some((script, modules)) = browser_script() else {
        println!(
            "left out: figures in the browser (TELESTAGE_MEASURE names no measure.mjs, or playwright-core is not installed)"
        );
        return Ok(());
    };
    println!(
        "\n| stage | start to first frame | changed frames/s (inputs/s, decoded/s) | input to changed frame p50 / p95 | server CPU, RSS | browser CPU | missed | idle changes/s | others |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let port = "49190";
    let floor = script.with_file_name("floor.mjs");
    let floor_start = format!("node {} {port}", floor.display());
    let mut rows: Vec<(&str, String)> = vec![("the harness's own floor", floor_start)];
    rows.extend(stages.iter().filter(|stage| stage.is_viewed).map(|stage| {
        let binary = product::release_binary();
        (
            stage.name,
            format!("{} serve {} --port {port} --no-announce", binary.display(), stage.path.display()),
        )
    }));
    for (name, start) in rows {
        let mut results = Vec::new();
        for run in 1..=runs {
            let file = out.join(format!("browser-{}-{run}.json", slug(name)));
            let mut command = program("node");
            command.arg(&script).args(["--url", &format!("http://127.0.0.1:{port}/"), "--start", &start]);
            command.args(["--name", name, "--selector", "video", "--clients", "1", "--out"]).arg(&file);
            command.env("NODE_PW", &modules);
            if let Some(chromium) = test::chromium() {
                command.env("CHROMIUM", chromium);
            }
            output_of(&mut command)?;
            let text =
                fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            results
                .push(serde_json::from_str(&text).with_context(|| format!("not JSON: {}", file.display()))?);
        }
        println!("{}", row(name, &results));
    }
    Ok(())
}

/// The measuring script and a folder whose `node_modules` has playwright-core.
fn browser_script() -> Option<(PathBuf, PathBuf)> {
    let script = measuring_tool("TELESTAGE_MEASURE", "measure.mjs");
    let named = std::env::var_os("NODE_PW").map(PathBuf::from);
    let modules = named
        .into_iter()
        .chain(["tests/browser", "ui"].map(|folder| root().join(folder)))
        .find(|folder| folder.join("node_modules/playwright-core").is_dir())?;
    script.is_file().then_some((script, modules))
}

/// A program that measures and is no part of this repository: what `variable` names, else the one beside it.
fn measuring_tool(variable: &str, file: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| root().join("../shared/measure").join(file), PathBuf::from)
}

fn row(name: &str, results: &[Value]) -> String {
    let figure = |pointer: &str| match median(results, pointer) {
        Some(value) => format!("{}", (value * 10.0).round() / 10.0),
        None => "–".to_owned(),
    };
    format!(
        "| {name} | {} ms | {} ({}, {}) | {} / {} ms | {} %, {} MB | {} % | {} | {} | {} % |",
        figure("/start_to_first_frame_ms"),
        figure("/drag/changed_fps"),
        figure("/drag/input_hz"),
        figure("/webrtc/decoded_fps"),
        figure("/latency_ms/p50"),
        figure("/latency_ms/p95"),
        figure("/drag/server/cpu_pct"),
        figure("/drag/server/rss_mb"),
        figure("/drag/browser_cpu_pct"),
        figure("/latency_ms/missed"),
        figure("/idle/changed_per_s"),
        figure("/drag/other_cpu_pct"),
    )
}

/// The middle one of a figure's values; `None` if no run has it.
fn median(results: &[Value], pointer: &str) -> Option<f64> {
    let mut values: Vec<f64> =
        results.iter().filter_map(|result| result.pointer(pointer)?.as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn slug(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_median_is_taken_figure_by_figure() {
        let results = [json!({"a": {"b": 3}}), json!({"a": {"b": 1}}), json!({"a": {"b": 2}, "c": 9})];
        assert_eq!(median(&results, "/a/b"), Some(2.0));
        assert_eq!(median(&results, "/c"), Some(9.0));
        assert_eq!(median(&results, "/d"), None);
    }

    #[test]
    fn a_missing_figure_is_a_dash() {
        assert!(
            row("x", &[json!({"drag": {"changed_fps": 59.94}})])
                .contains("| – ms | 59.9 (–, –) | – / – ms |")
        );
    }

    #[test]
    fn file_names_come_from_stage_names() {
        assert_eq!(slug("torus, 1M triangles"), "torus-1m-triangles");
    }
}
