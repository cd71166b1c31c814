//! One figure and its bound.

use serde_json::{Value, json};

/// On which side of the bound a figure must lie.
#[derive(Clone, Copy)]
pub enum Bound {
    /// Not below.
    Least(f64),
    /// Not above.
    Most(f64),
}

/// A figure.
pub struct Want {
    what: String,
    /// `None` where nothing was measured, which is never as wanted.
    measured: Option<f64>,
    bound: Bound,
}

impl Want {
    /// At least so much.
    pub fn least(what: impl Into<String>, measured: Option<f64>, least: f64) -> Self {
        Self { what: what.into(), measured, bound: Bound::Least(least) }
    }

    /// At most so much.
    pub fn most(what: impl Into<String>, measured: Option<f64>, most: f64) -> Self {
        Self { what: what.into(), measured, bound: Bound::Most(most) }
    }

    /// Whether the figure is as wanted.
    pub fn holds(&self) -> bool {
        self.measured.is_some_and(|measured| match self.bound {
            Bound::Least(least) => measured >= least,
            Bound::Most(most) => measured <= most,
        })
    }

    /// As a row of the table.
    pub fn line(&self, row: &str) -> String {
        let wanted = match self.bound {
            Bound::Least(least) => format!("≥ {least}"),
            Bound::Most(most) => format!("≤ {most}"),
        };
        let measured = self.measured.map_or_else(|| "–".to_owned(), |measured| format!("{measured:.1}"));
        let holds = if self.holds() { "yes" } else { "NO" };
        format!("| {row} | {} | {measured} | {wanted} | {holds} |", self.what)
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        json!({"what": self.what, "measured": self.measured, "holds": self.holds()})
    }
}

/// The number at a JSON pointer of what a tool printed.
pub fn figure(seen: &Value, at: &str) -> Option<f64> {
    seen.pointer(at)?.as_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_wanted_and_whether_it_is_so() {
        let line = Want::least("fps", Some(26.96), 27.0).line("crowd");
        assert_eq!(line, "| crowd | fps | 27.0 | ≥ 27 | NO |");
        assert!(Want::most("gap, ms", Some(99.0), 100.0).line("crowd").ends_with("| 99.0 | ≤ 100 | yes |"));
        assert!(!Want::most("gap, ms", None, 100.0).holds(), "what was not measured does not hold");
    }
}
