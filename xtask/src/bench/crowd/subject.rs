//! The server that is measured: a process of its own for each row, so that no row inherits what the last one did to it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Bench;
use crate::bench::viewers::cpu_ticks;
use crate::process::{output_of, program};

/// Clock ticks a second in `/proc/*/stat` on every Linux that matters.
const TICKS: f64 = 100.0;

/// A server that shows the pattern; killed when dropped.
pub struct Subject {
    child: Child,
    url: String,
}

impl Subject {
    /// Starts it and waits until it is ready.
    pub fn start(bench: &Bench, options: &[&str]) -> Result<Self> {
        let mut command = Command::new(bench.program("telestage"));
        command.args(["serve", "--source", "pattern", "--no-announce", "--port", "0", "--log", "error"]);
        command.args(options).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start the server")?;
        let output = child.stdout.take();
        let mut subject = Self { child, url: String::new() };
        let mut line = String::new();
        BufReader::new(output.context("the server has no standard output")?).read_line(&mut line)?;
        let Some(url) = line.trim().strip_prefix("telestage ready: ") else {
            bail!("the server is not ready: it said {line:?}");
        };
        url.clone_into(&mut subject.url);
        Ok(subject)
    }

    /// What the load tool prints.
    pub fn load(&self, bench: &Bench, options: &[&str]) -> Result<Value> {
        let mut load = program(&bench.program("load").to_string_lossy());
        read(&output_of(load.arg(&self.url).args(options))?)
    }

    /// What the endurance tool prints.
    pub fn endure(&self, bench: &Bench, options: &[&str]) -> Result<Value> {
        let mut endure = program(&bench.program("endure").to_string_lossy());
        let pid = self.child.id().to_string();
        read(&output_of(endure.arg(&self.url).args(["--pid", &pid]).args(options))?)
    }

    /// The same as `work`, and percent of one core meanwhile.
    pub fn cpu_while(&self, work: impl FnOnce() -> Result<Value>) -> Result<(Value, f64)> {
        let (before, start) = (self.cpu_secs()?, Instant::now());
        let done = work()?;
        Ok((done, (self.cpu_secs()? - before) / start.elapsed().as_secs_f64() * 100.0))
    }

    fn cpu_secs(&self) -> Result<f64> {
        let stat =
            fs::read_to_string(format!("/proc/{}/stat", self.child.id())).context("the server ended")?;
        cpu_ticks(&stat).map(|ticks| ticks / TICKS).context("/proc has another form")
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        // Gone already is just as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(text: &str) -> Result<Value> {
    serde_json::from_str(text).with_context(|| format!("no JSON: {text}"))
}
