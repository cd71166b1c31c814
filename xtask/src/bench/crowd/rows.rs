//! What is done to the server, and what is wanted of it.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Bench;
use super::subject::Subject;
use crate::bench::want::{Want, figure};
use crate::process::{output_of, program};
use crate::root::root;
use crate::test;

/// Figures, and everything that they were taken from.
type Measured = Result<(Vec<Want>, Value)>;

/// One row.
pub struct Row {
    /// As the table names it.
    pub name: &'static str,
    /// Options of `serve`.
    pub serve: &'static [&'static str],
    /// Does it.
    pub measure: fn(&Bench, &Subject) -> Measured,
}

const SMALL: &[&str] = &["--size", "640x360", "--fps", "30"];
const LARGE: &[&str] = &["--size", "1280x720", "--fps", "30"];
const FAST: &[&str] = &["--size", "1280x720", "--fps", "60"];

/// All rows.
pub fn all() -> Vec<Row> {
    let row = |name, serve, measure| Row { name, serve, measure };
    vec![
        row("25 viewers, 360p", SMALL, |bench, subject| {
            let (mut wants, seen, cpu) = crowd(bench, subject, &["--udp", "25"], 28.5)?;
            wants.push(Want::most("slowest 99th percentile of gaps, ms", worst(&seen, "gap_p99_ms"), 100.0));
            wants.push(Want::most("server, % of a core", Some(cpu), 100.0));
            Ok((wants, seen))
        }),
        row("8 viewers, 720p", LARGE, |bench, subject| {
            let (wants, seen, _) = crowd(bench, subject, &["--udp", "8"], 28.0)?;
            Ok((wants, seen))
        }),
        row("10 WebRTC, 5 WebSocket, 5 MJPEG, 360p", SMALL, |bench, subject| {
            let mix = ["--udp", "10", "--ws", "5", "--mjpeg", "5"];
            let (wants, seen, _) = crowd(bench, subject, &mix, 25.0)?;
            Ok((wants, seen))
        }),
        row("100 offers in 5 s", LARGE, offers),
        row("input to access unit, 720p60", FAST, inputs),
        row("500 idle connections, 200 offers", SMALL, idlers),
        row("1000 come and go", SMALL, cycles),
        row("stopped: udp", SMALL, |bench, subject| frozen(bench, subject, "udp")),
        row("stopped: tcp", SMALL, |bench, subject| frozen(bench, subject, "tcp")),
        row("stopped: ws", SMALL, |bench, subject| frozen(bench, subject, "ws")),
        row("stopped: mjpeg", SMALL, |bench, subject| frozen(bench, subject, "mjpeg")),
        row("killed and started again, browser", SMALL, restarts),
    ]
}

/// Viewers together: everybody's rate, and no errors.
fn crowd(bench: &Bench, subject: &Subject, viewers: &[&str], fps: f64) -> Result<(Vec<Want>, Value, f64)> {
    let secs = bench.extent.count(20, 4);
    let options = [viewers, &["--seconds", &secs]].concat();
    let (seen, cpu) = subject.cpu_while(|| subject.load(bench, &options))?;
    let errors = seen["errors"].as_object().map(|errors| errors.len() as f64);
    let wants = vec![
        Want::least("slowest viewer, frames/s", least(&seen, "fps"), fps),
        Want::most("kinds of errors", errors, 0.0),
    ];
    Ok((wants, seen, cpu))
}

fn offers(bench: &Bench, subject: &Subject) -> Measured {
    let seen = subject
        .load(bench, &["--offers", &bench.extent.count(100, 10), "--over", &bench.extent.count(5, 1)])?;
    let refusals = seen["refusals"].as_object().context("load tells of no refusals")?;
    let others: f64 = refusals
        .iter()
        .filter(|(reason, _)| *reason != "503_retry_after")
        .filter_map(|(_, count)| count.as_f64())
        .fold(0.0, |sum, count| sum + count);
    let wants = vec![
        Want::most("first frame p95, ms", figure(&seen, "/first_frame_ms/p95"), 1500.0),
        Want::most("errors but 503 with Retry-After", Some(others), 0.0),
    ];
    Ok((wants, seen))
}

fn inputs(bench: &Bench, subject: &Subject) -> Measured {
    let by = |transport| {
        subject.load(bench, &["--inputs", &bench.extent.count(300, 20), "--transport", transport])
    };
    let (udp, tcp) = (by("udp")?, by("tcp")?);
    let (p50, p95) = ("/input_to_unit_ms/p50", "/input_to_unit_ms/p95");
    let ratio = |at| figure(&tcp, at).zip(figure(&udp, at)).map(|(tcp, udp)| tcp / udp);
    let missed = figure(&udp, "/missed").zip(figure(&tcp, "/missed")).map(|(udp, tcp)| udp + tcp);
    let wants = vec![
        Want::most("UDP p50, ms", figure(&udp, p50), 12.0),
        Want::most("UDP p95, ms", figure(&udp, p95), 22.0),
        Want::most("TCP p50 / UDP p50", ratio(p50), 1.3),
        Want::most("TCP p95 / UDP p95", ratio(p95), 1.3),
        Want::most("missed", missed, 0.0),
    ];
    Ok((wants, json!({"udp": udp, "tcp": tcp})))
}

fn idlers(bench: &Bench, subject: &Subject) -> Measured {
    let (connections, offers) = (bench.extent.count(500, 60), bench.extent.count(200, 40));
    let seen = subject.endure(bench, &["idlers", "--connections", &connections, "--offers", &offers])?;
    let held = seen["held_secs"].as_object().context("endure tells of no times")?;
    let longest = held.values().filter_map(Value::as_f64).max_by(f64::total_cmp);
    let failures = seen["good_viewer"]["failures"].as_object().map(|failures| failures.len() as f64);
    let wants = vec![
        Want::most("connections never closed", figure(&seen, "/never_closed"), 0.0),
        Want::most("longest held connection, s", longest, 30.0),
        Want::most("offers' places free again, s", figure(&seen, "/places_free_secs"), 30.0),
        Want::most(
            "good viewer's first frame, slowest, ms",
            figure(&seen, "/good_viewer/first_frame_ms/max"),
            1000.0,
        ),
        Want::most("kinds of a good viewer's failures", failures, 0.0),
    ];
    Ok((wants, seen))
}

fn cycles(bench: &Bench, subject: &Subject) -> Measured {
    let (warm_up, count) = (bench.extent.count(200, 10), bench.extent.count(1000, 20));
    let seen = subject.endure(bench, &["cycles", "--warm-up", &warm_up, "--count", &count])?;
    let held = seen["is_as_before"].as_bool().map(|is_as_before| f64::from(u8::from(is_as_before)));
    let wants = vec![
        Want::most("memory at rest, grown by KiB", figure(&seen, "/grown_kib"), 1024.0),
        Want::least("descriptors, sockets, threads, tasks as before (1: yes)", held, 1.0),
    ];
    Ok((wants, seen))
}

fn frozen(bench: &Bench, subject: &Subject, kind: &str) -> Measured {
    let load = bench.program("load");
    let seen = subject.endure(bench, &["frozen", "--kind", kind, "--load", &load.to_string_lossy()])?;
    // What the stopped program's own system still takes for it is out of the server's reach, and takes its time.
    let cut = if kind == "mjpeg" { 30.0 } else { 12.0 };
    let wants = vec![
        Want::most("cut after, s", figure(&seen, "/cut_after_secs"), cut),
        Want::most("others lose, % of their frames/s", figure(&seen, "/others_lose_pct"), 2.0),
    ];
    Ok((wants, seen))
}

/// The server of this row is not the one that is killed: the script starts its own.
fn restarts(bench: &Bench, _: &Subject) -> Measured {
    let mut script = program("node");
    script.arg(root().join("tests/browser/tools/restarts.mjs")).arg(bench.extent.count(50, 3));
    script.env("TELESTAGE_BIN", bench.program("telestage"));
    script.env("CHROMIUM", test::chromium().context("Chromium is missing: run `cargo xtask setup`")?);
    let text = output_of(&mut script)?;
    let seen: Value = serde_json::from_str(text.trim()).with_context(|| format!("no JSON: {text}"))?;
    let failed = figure(&seen, "/times").zip(figure(&seen, "/came_back")).map(|(all, well)| all - well);
    let wants = vec![
        Want::most("not come back", failed, 0.0),
        Want::most("\"reconnecting\" after the kill, slowest, ms", figure(&seen, "/noticed_ms/max"), 1500.0),
        Want::most("picture after the port listens, slowest, ms", figure(&seen, "/picture_ms/max"), 3000.0),
    ];
    Ok((wants, seen))
}

fn of_all(seen: &Value, name: &str) -> Vec<Option<f64>> {
    seen["viewers"]
        .as_array()
        .map_or_else(Vec::new, |all| all.iter().map(|viewer| viewer[name].as_f64()).collect())
}

/// Over all viewers; `None` if one of them has no such figure.
fn least(seen: &Value, name: &str) -> Option<f64> {
    of_all(seen, name).into_iter().collect::<Option<Vec<f64>>>()?.into_iter().min_by(f64::total_cmp)
}

fn worst(seen: &Value, name: &str) -> Option<f64> {
    of_all(seen, name).into_iter().collect::<Option<Vec<f64>>>()?.into_iter().max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_served_viewer_counts_and_one_without_a_figure_too() {
        let seen = json!({"viewers": [{"fps": 29.9, "gap": 40.0}, {"fps": 27.5, "gap": null}]});
        assert_eq!((least(&seen, "fps"), worst(&seen, "fps")), (Some(27.5), Some(29.9)));
        assert_eq!((worst(&seen, "gap"), least(&json!({}), "fps")), (None, None));
    }
}
