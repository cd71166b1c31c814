//! Rows of figures with their bounds: on standard output as a table, and kept as JSON under `target/bench`.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::want::Want;
use crate::root::target;

/// A table that has begun.
pub struct Table {
    kept: Vec<Value>,
    missed: usize,
}

impl Table {
    /// Prints the head.
    pub fn begin(title: &str) -> Self {
        println!("\n{title}\n\n| row | figure | measured | wanted | holds |\n|---|---|---|---|---|");
        Self { kept: Vec::new(), missed: 0 }
    }

    /// Prints a row's figures; `seen` is what they were taken from.
    pub fn add(&mut self, row: &str, wants: &[Want], seen: &Value) {
        for want in wants {
            println!("{}", want.line(row));
        }
        self.missed += wants.iter().filter(|want| !want.holds()).count();
        let figures: Vec<Value> = wants.iter().map(Want::to_json).collect();
        self.kept.push(json!({"row": row, "figures": figures, "seen": seen}));
    }

    /// Keeps everything in `target/bench`, under this name.
    pub fn keep(self, name: &str) -> Result<()> {
        let out = target().join("bench");
        fs::create_dir_all(&out).with_context(|| format!("cannot create {}", out.display()))?;
        fs::write(out.join(name), json!(self.kept).to_string())
            .with_context(|| format!("cannot write {name}"))?;
        println!("\n{} figures are not as wanted", self.missed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_counts_as_missed_and_is_kept() {
        let mut table = Table::begin("figures");
        table.add(
            "row",
            &[Want::most("age", None, 1.0), Want::most("gap", Some(1.0), 1.0)],
            &json!({"x": 1}),
        );
        assert_eq!((table.missed, &table.kept[0]["seen"]["x"]), (1, &json!(1)));
    }
}
