//! What each further viewer costs the server: the test pattern, watched by viewers that decode nothing.
//!
//! The viewers are a process of their own (`load` of `telestage-tests`); the server's CPU time is read from `/proc`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::process::{cargo, output_of, program, run as run_command};
use crate::product;
use crate::root::target;

const ADDRESS: &str = "127.0.0.1:49191";
const SECS: &str = "10";
const COUNTS: [u32; 4] = [1, 2, 4, 8];
/// Clock ticks a second in `/proc/*/stat` on every Linux that matters.
const TICKS: f64 = 100.0;

/// Measures, prints a table, and keeps the figures in `out`.
pub fn measure(out: &Path) -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("left out: the cost of further viewers (CPU time is read from /proc)");
        return Ok(());
    }
    run_command(cargo("build").args(["--release", "--package", "telestage-tests", "--bin", "load"]))?;
    let server = Server::start(&product::release_binary(), ADDRESS)?;
    println!("\n| viewers | server CPU | each further viewer | slowest: frames/s, Mbps |\n|---|---|---|---|");
    let (mut rows, mut first) = (Vec::new(), None);
    for count in COUNTS {
        let mut seen = String::new();
        let cpu_pct = server.cpu_while(|| {
            let mut load = program(&target().join("release/load").to_string_lossy());
            seen = output_of(load.args([ADDRESS, "--udp", &count.to_string(), "--seconds", SECS]))?;
            Ok(())
        })?;
        let slowest = |name: &str| least(&seen, name).with_context(|| format!("no {name} in {seen}"));
        let (fps, mbps) = (slowest("fps")?, slowest("mbps")?);
        let first = *first.get_or_insert(cpu_pct);
        let each = if count > 1 {
            format!("{:.2} %", (cpu_pct - first) / f64::from(count - 1))
        } else {
            "–".to_owned()
        };
        println!("| {count} | {cpu_pct:.1} % | {each} | {fps:.1}, {mbps:.2} |");
        rows.push(json!({"viewers": count, "cpu_pct": cpu_pct, "fps": fps, "mbps": mbps}));
    }
    let text = json!(rows).to_string();
    fs::write(out.join("viewers.json"), text).context("cannot write viewers.json")
}

/// The least of a figure over all viewers, from what `load` prints.
fn least(seen: &str, name: &str) -> Option<f64> {
    let seen: serde_json::Value = serde_json::from_str(seen).ok()?;
    seen["viewers"].as_array()?.iter().filter_map(|viewer| viewer[name].as_f64()).min_by(f64::total_cmp)
}

/// A server that shows the pattern; killed when dropped.
pub struct Server(Child);

impl Server {
    /// Starts `binary` on the port of `address` and waits until it is ready.
    pub fn start(binary: &Path, address: &str) -> Result<Self> {
        let port = address.rsplit(':').next().unwrap_or_default();
        let mut command = Command::new(binary);
        command.args([
            "serve",
            "--source",
            "pattern",
            "--size",
            "1280x720",
            "--fps",
            "30",
            "--bitrate",
            "8000000",
        ]);
        command.args(["--no-announce", "--port", port]);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot start the server")?;
        let output = child.stdout.take();
        let server = Self(child);
        let mut line = String::new();
        BufReader::new(output.context("the server has no standard output")?).read_line(&mut line)?;
        if !line.starts_with("telestage ready: ") {
            bail!("the server is not ready: it said {line:?}");
        }
        Ok(server)
    }

    /// Percent of one core while `load` runs.
    fn cpu_while(&self, load: impl FnOnce() -> Result<()>) -> Result<f64> {
        let (before, start) = (self.cpu_secs()?, Instant::now());
        load()?;
        Ok((self.cpu_secs()? - before) / start.elapsed().as_secs_f64() * 100.0)
    }

    fn cpu_secs(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).context("the server ended")?;
        cpu_ticks(&stat).map(|ticks| ticks / TICKS).context("/proc has another form")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already is just as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// User and system time from a line of `/proc/*/stat`; the name in parentheses may contain anything.
pub(super) fn cpu_ticks(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some(next()? + next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_served_viewer_counts() {
        let seen = r#"{"viewers": [{"fps": 29.9, "mbps": 8.0}, {"fps": 27.5, "mbps": 8.1}]}"#;
        assert_eq!((least(seen, "fps"), least(seen, "mbps")), (Some(27.5), Some(8.0)));
        assert_eq!(least("", "fps"), None);
    }

    #[test]
    fn cpu_time_is_read_behind_any_name() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 4 0";
        assert_eq!(cpu_ticks(stat), Some(300.0));
    }
}
