//! What is done to the stage, and what is wanted of the server.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::{Bench, large};
use crate::assets;
use crate::bench::Extent;
use crate::bench::want::{Want, figure};
use crate::root::root;

/// Figures, and everything that they were taken from.
type Measured = Result<(Vec<Want>, Value)>;

/// One row.
pub struct Row {
    /// As the table names it.
    pub name: &'static str,
    /// Does it.
    pub measure: fn(&Bench) -> Measured,
}

/// All rows.
pub fn all() -> Vec<Row> {
    let row = |name, measure| Row { name, measure };
    vec![
        row("100k prims: rows", rows_of),
        row("100k prims: search", search),
        row("100k prims: memory", memory),
        row("100k prims: edit and pick", |bench| acts(bench, &large(), &cubes(bench))),
        row("sample: edit and pick", |bench| acts(bench, &root().join(assets::SAMPLE), &robots(bench))),
    ]
}

fn option(name: &str, value: impl Into<String>) -> [String; 2] {
    [format!("--{name}"), value.into()]
}

fn times(bench: &Bench, full: u32, quick: u32) -> u32 {
    match bench.extent {
        Extent::Full => full,
        Extent::Quick => quick,
    }
}

fn rows_of(bench: &Bench) -> Measured {
    // Each parent once: nothing that the server could remember.
    let options: Vec<_> = (0..10).flat_map(|at| option("parent", format!("/World/Group_{at}"))).collect();
    let seen = bench.browse(&large(), &options)?;
    let wants = vec![
        Want::most("first rows after the stage is ready, ms", figure(&seen, "/first_rows_ms"), 150.0),
        Want::least("children of one prim", figure(&seen, "/children"), 10_000.0),
        // What somebody sees who unfolds it; a page asks for more when it is scrolled.
        Want::most("their first rows, slowest, ms", figure(&seen, "/first_page_ms/max"), 100.0),
        Want::most("all of them, p50, ms", figure(&seen, "/expand_ms/p50"), 100.0),
    ];
    Ok((wants, seen))
}

fn search(bench: &Bench) -> Measured {
    // Everything, a few, one, one at the end: another word each time.
    let words = ["part", "group_7", "part_0999", "part_00001", "part_09999", "group_3", "7777"];
    let options: Vec<_> = words.into_iter().flat_map(|word| option("word", word)).collect();
    let seen = bench.browse(&large(), &options)?;
    let wants = vec![
        Want::most("first results, p50, ms", figure(&seen, "/search_first_ms/p50"), 200.0),
        Want::most("first results, slowest, ms", figure(&seen, "/search_first_ms/max"), 200.0),
    ];
    Ok((wants, seen))
}

fn memory(bench: &Bench) -> Measured {
    let seen = bench.alone(&large())?;
    let wants = vec![
        Want::least("prims", figure(&seen, "/prims"), 100_000.0),
        Want::most("tree beyond the tables, bytes a prim", figure(&seen, "/bytes_per_prim"), 200.0),
    ];
    Ok((wants, seen))
}

fn cubes(bench: &Bench) -> Vec<String> {
    (0..times(bench, 10, 5)).map(|at| format!("/World/Group_5/Part_{:05}", 5000 + 50 * at)).collect()
}

fn robots(bench: &Bench) -> Vec<String> {
    (0..times(bench, 10, 5)).map(|_| "/World/Robot".to_owned()).collect()
}

fn acts(bench: &Bench, stage: &Path, hidden: &[String]) -> Measured {
    let picks = times(bench, 30, 10);
    let options: Vec<_> = hidden
        .iter()
        .flat_map(|path| option("hide", path.clone()))
        .chain(option("picks", picks.to_string()))
        .collect();
    let seen = bench.browse(stage, &options)?;
    let wants = vec![
        Want::most("hide or show to picture, p50, ms", figure(&seen, "/edit_to_unit_ms/p50"), 50.0),
        Want::least("clicks that hit", figure(&seen, "/hits"), 0.5 * f64::from(picks)),
        Want::most("pick to outline, p50, ms", figure(&seen, "/pick_to_unit_ms/p50"), 60.0),
    ];
    Ok((wants, seen))
}
