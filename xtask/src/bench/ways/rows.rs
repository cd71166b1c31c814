//! What is looked at, and what is wanted of it.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Bench;
use crate::bench::browser_script;
use crate::bench::want::{Want, figure};
use crate::process::{output_of, program};
use crate::root::target;
use crate::test;

/// Figures, and everything that they were taken from.
type Measured = Result<(Vec<Want>, Value)>;

/// One row.
pub struct Row {
    /// As the table names it.
    pub name: &'static str,
    /// It takes namespaces and a link between them.
    pub is_apart: bool,
    /// Does it.
    pub measure: fn(&Bench) -> Measured,
}

const LOSSY: &str = r#"{"loss": 3, "delay": 20}"#;
const NARROW: &str = r#"{"kbps": 1000, "delay": 20, "queue_ms": 300}"#;

/// All rows.
pub fn all() -> Vec<Row> {
    let apart = |name, measure| Row { name, is_apart: true, measure };
    vec![
        apart("WebSocket, 3 % loss", |bench| aged(bench, "ws", LOSSY)),
        apart("WebSocket, 1 Mbps", |bench| aged(bench, "ws", NARROW)),
        apart("MJPEG, 3 % loss", |bench| aged(bench, "mjpeg", LOSSY)),
        apart("MJPEG, 1 Mbps", |bench| aged(bench, "mjpeg", NARROW)),
        apart("UDP blocked, browser", blocked),
        Row { name: "hand to eye, 720p60, browser", is_apart: false, measure: hand_to_eye },
    ]
}

/// Of a viewer who comes over the bad link; and of one who is there when it turns bad: what the system has taken by then
/// still has to leave, which is told apart.
fn aged(bench: &Bench, way: &str, link: &str) -> Measured {
    let seen = bench.apart(&["picture-age.mjs", way, &bench.extent.count(40, 8), link])?;
    let is_watched = ["bad", "turned"].iter().all(|viewer| seen[viewer]["ending"] == "watched");
    let wants = vec![
        Want::most("picture's age p95, ms", figure(&seen, "/bad/age_ms/p95"), 1000.0),
        Want::most(
            "from 5 s after the link turned bad p95, ms",
            figure(&seen, "/turned/settled_age_ms/p95"),
            1000.0,
        ),
        Want::most("while it turned bad p95, ms", figure(&seen, "/turned/age_ms/p95"), 3000.0),
        Want::least("still connected at the end (1: yes)", Some(f64::from(u8::from(is_watched))), 1.0),
    ];
    Ok((wants, seen))
}

fn blocked(bench: &Bench) -> Measured {
    let seen = bench.apart(&["udp-blocked.mjs", &bench.extent.count(4, 1)])?;
    let failures = seen["failures"].as_array().map(|failures| failures.len() as f64);
    let wants = vec![
        Want::most("first picture, slowest, ms", figure(&seen, "/first_picture_ms/max"), 4000.0),
        Want::most("says another way than UDP, slowest, ms", figure(&seen, "/said_ms/max"), 4000.0),
        Want::most("back on UDP, slowest, ms", figure(&seen, "/back_on_udp_ms/max"), 30_000.0),
        Want::most("visits that failed", failures, 0.0),
    ];
    Ok((wants, seen))
}

/// The bound is above what the harness alone takes at that moment on that machine, with every picture read back as the
/// harness does, and for whoever only looks.
fn hand_to_eye(bench: &Bench) -> Measured {
    let trials = bench.extent.count(100, 10);
    let floor = floor(&trials)?;
    let read = bench.script(&["hand-to-eye.mjs", &trials])?;
    let unread = bench.script(&["hand-to-eye.mjs", &trials, "unread"])?;
    let tcp = bench.script(&["hand-to-eye.mjs", &trials, "unread", "tcp"])?;
    let is_tcp = tcp["transport"].as_str().map(|transport| f64::from(u8::from(transport == "tcp")));
    let times_udp = |rank: &str| {
        let of = |seen| figure(seen, &format!("/hand_to_eye_ms/{rank}"));
        Some(of(&tcp)? / of(&unread)?)
    };
    let above = |seen: &Value, rank: &str| {
        let hand_to_eye = figure(seen, &format!("/hand_to_eye_ms/{rank}"))?;
        Some(hand_to_eye - figure(&floor, &format!("/latency_ms/{rank}"))?)
    };
    let wants = vec![
        Want::most("p50 above the floor, ms", above(&read, "p50"), 2.0),
        Want::most("p95 above the floor, ms", above(&read, "p95"), 10.0),
        Want::most("p50 above the floor, only looked at, ms", above(&unread, "p50"), 2.0),
        Want::most("p95 above the floor, only looked at, ms", above(&unread, "p95"), 10.0),
        Want::most("TCP p50 / UDP p50, only looked at", times_udp("p50"), 1.3),
        Want::most("TCP p95 / UDP p95, only looked at", times_udp("p95"), 1.3),
        Want::least("it was TCP (1: yes)", is_tcp, 1.0),
        Want::most("missed", figure(&read, "/missed"), 0.0),
        // With more than that the two cannot be compared: run again.
        Want::most("others beside the floor, % of a core", figure(&floor, "/drag/other_cpu_pct"), 15.0),
    ];
    Ok((wants, json!({"telestage": read, "only_looked_at": unread, "tcp": tcp, "floor": floor})))
}

/// A page without network, renderer and codec, measured by the harness that the figures of BENCHMARKS.md come from.
fn floor(trials: &str) -> Result<Value> {
    const PORT: &str = "49193";
    let (script, modules) = browser_script()
        .context("TELESTAGE_MEASURE names no measure.mjs, or playwright-core is not installed")?;
    let out = target().join("bench/floor.json");
    fs::create_dir_all(target().join("bench")).context("cannot create target/bench")?;
    let start = format!("node {} {PORT}", script.with_file_name("floor.mjs").display());
    let mut command = program("node");
    command.arg(&script).args(["--url", &format!("http://127.0.0.1:{PORT}/"), "--start", &start]);
    command
        .args(["--selector", "video", "--clients", "1", "--drag", "2", "--trials", trials, "--out"])
        .arg(&out);
    command.env("NODE_PW", &modules);
    command.env("CHROMIUM", test::chromium().context("Chromium is missing: run `cargo xtask setup`")?);
    output_of(&mut command)?;
    let text = fs::read_to_string(&out).with_context(|| format!("cannot read {}", out.display()))?;
    serde_json::from_str(&text).with_context(|| format!("not JSON: {}", out.display()))
}
