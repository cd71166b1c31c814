//! Named steps with their durations: what a long task did, and where its time went.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The steps of one task so far.
pub struct Steps {
    goes_on: bool,
    done: Vec<(&'static str, Duration, bool)>,
}

impl Steps {
    /// The first failure ends the task.
    pub fn fail_fast() -> Self {
        Self { goes_on: false, done: Vec::new() }
    }

    /// Every step runs; [`Self::finish`] fails if one did.
    pub fn all() -> Self {
        Self { goes_on: true, done: Vec::new() }
    }

    /// Runs one step.
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
        self.done.push((name, took, result.is_ok()));
        match result {
            Err(error) if self.goes_on => {
                println!("{error:#}");
                Ok(())
            }
            other => other.with_context(|| format!("step `{name}`")),
        }
    }

    /// Prints the table of durations; fails if a step failed.
    pub fn finish(&self) -> Result<()> {
        println!();
        for (name, took, passed) in &self.done {
            println!("{:8.1} s  {}{name}", took.as_secs_f64(), if *passed { "" } else { "FAILED: " });
        }
        println!("{:8.1} s  in all", self.done.iter().map(|(_, took, _)| took.as_secs_f64()).sum::<f64>());
        let failed: Vec<_> =
            self.done.iter().filter(|(.., passed)| !passed).map(|(name, ..)| *name).collect();
        if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fail_fast_stops_and_all_goes_on() {
        let mut fast = Steps::fail_fast();
        assert!(fast.run("a", || bail!("no")).is_err());
        let mut all = Steps::all();
        all.run("a", || bail!("no")).unwrap();
        all.run("b", || Ok(())).unwrap();
        assert_eq!(all.finish().unwrap_err().to_string(), "failed: a");
    }
}
