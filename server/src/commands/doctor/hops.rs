//! The report on a way: each hop by its name, in order, and what to do about those that fail.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

/// How a hop went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Passed.
    Ok,
    /// Not passed.
    Failed,
    /// Not tried, because of an earlier one.
    Skipped,
}

/// One hop.
#[derive(Clone, Debug, Serialize)]
pub struct Hop {
    /// A short name that stays.
    pub name: &'static str,
    /// How it went.
    pub state: State,
    /// Milliseconds that it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<f64>,
    /// What was found.
    pub detail: String,
    /// What to do; empty if there is nothing to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}

impl Hop {
    /// Passed within `took`.
    pub fn ok(name: &'static str, took: Duration, detail: impl Into<String>) -> Self {
        Self::new(name, State::Ok, Some(took), detail, "")
    }

    /// Not passed; given up after `took`.
    pub fn failed(name: &'static str, took: Duration, detail: impl Into<String>, remedy: &str) -> Self {
        Self::new(name, State::Failed, Some(took), detail, remedy)
    }

    /// Not tried.
    pub fn skipped(name: &'static str, after: &str) -> Self {
        Self::new(name, State::Skipped, None, format!("not tried: {after} failed"), "")
    }

    fn new(
        name: &'static str,
        state: State,
        took: Option<Duration>,
        detail: impl Into<String>,
        remedy: &str,
    ) -> Self {
        let ms = took.map(|took| (took.as_secs_f64() * 10_000.0).round() / 10.0);
        Self { name, state, ms, detail: detail.into(), remedy: remedy.to_owned() }
    }

    /// As a line for people.
    fn line(&self) -> String {
        let mark = match self.state {
            State::Ok => "ok     ",
            State::Failed => "FAILED ",
            State::Skipped => "skipped",
        };
        let ms = self.ms.map(|ms| format!("{ms:.1} ms")).unwrap_or_default();
        let remedy = if self.remedy.is_empty() { String::new() } else { format!("; {}", self.remedy) };
        format!("{mark}  {:<12} {ms:>10}  {}{remedy}", self.name, self.detail)
    }
}

/// All hops.
#[derive(Debug, Default)]
pub struct Report {
    hops: Vec<Hop>,
}

impl Report {
    /// One more.
    pub fn add(&mut self, hop: Hop) {
        self.hops.push(hop);
    }

    /// Whether the hop of that name was passed.
    #[must_use]
    pub fn passed(&self, name: &str) -> bool {
        self.hops.iter().any(|hop| hop.name == name && hop.state == State::Ok)
    }

    /// The first that failed.
    #[must_use]
    pub fn failed(&self) -> Option<&Hop> {
        self.hops.iter().find(|hop| hop.state == State::Failed)
    }

    /// Lines for people.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.hops.iter().map(Hop::line)
    }

    /// For programs.
    #[must_use]
    pub fn json(&self, url: &str, is_well: bool) -> Value {
        json!({"ok": is_well, "url": url, "version": env!("CARGO_PKG_VERSION"), "hops": self.hops})
    }
}
