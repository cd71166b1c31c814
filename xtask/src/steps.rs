//! Named steps with their durations: what a long task did, and where its time went.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The steps of one task so far.
#[derive(Default)]
pub struct Steps {
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Runs one step; the first failure ends the task and names the step.
    pub fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("\n── {name}");
        let start = Instant::now();
        let result = step();
        let took = start.elapsed();
        println!(
            "── {name}: {} after {:.1} s",
            if result.is_ok() { "done" } else { "failed" },
            took.as_secs_f64()
        );
        self.done.push((name, took));
        result.with_context(|| format!("step `{name}`"))
    }

    /// Prints the table of durations.
    pub fn report(&self) {
        println!("\n── all steps passed");
        for (name, took) in &self.done {
            println!("{:8.1} s  {name}", took.as_secs_f64());
        }
        println!("{:8.1} s  in all", self.done.iter().map(|(_, took)| took.as_secs_f64()).sum::<f64>());
    }
}
