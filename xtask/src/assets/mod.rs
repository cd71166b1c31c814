//! `cargo xtask assets`: writes the sample stage, and the big stages for benches.
//!
//! The sample stage's files are committed; `--check` (and a test) compares them with what would be written. Shapes come
//! from [`shapes`], materials from [`looks`], pictures from [`textures`], movement from [`motion`].

mod big;
mod cabinet;
mod cell;
mod conveyor;
mod looks;
mod mesh;
mod motion;
mod picture;
mod robot;
mod safety;
mod shapes;
mod textures;
mod usda;
mod vector;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::root::root;
use usda::Prim;

/// The stage that `demo` serves, relative to the root.
pub const SAMPLE: &str = "assets/robot_cell/robot_cell.usda";
/// The sample stage's folder, and how large it may become.
const SAMPLE_DIR: &str = "assets/robot_cell";
const SAMPLE_LIMIT: usize = 5_000_000;
/// Where the stages for benches go; git ignores it.
pub const GENERATED: &str = "assets/generated";

/// Every file of the sample stage: name within its folder, and bytes.
fn sample() -> Result<Vec<(String, Vec<u8>)>> {
    let layers = [
        ("robot_cell.usda", cell::text()),
        ("looks.usda", looks::text()),
        ("robot.usda", robot::text()),
        ("conveyor.usda", conveyor::text()),
        ("parcel.usda", conveyor::parcel_text()),
        ("pallet.usda", conveyor::pallet_text()),
        ("fence_panel.usda", safety::panel_text()),
        ("fence_post.usda", safety::post_text()),
        ("gate.usda", safety::gate_text()),
        ("light_curtain.usda", safety::curtain_text()),
        ("emergency_stop.usda", safety::stop_text()),
        ("signal_lamp.usda", safety::lamp_text()),
        ("control_cabinet.usda", cabinet::text()),
    ];
    let mut files: Vec<_> =
        layers.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect();
    let pictures = textures::all(&cell::footprints())?;
    files.extend(pictures.into_iter().map(|(name, bytes)| (format!("textures/{name}"), bytes)));
    let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    if bytes > SAMPLE_LIMIT {
        bail!("the sample stage has {bytes} bytes; at most {SAMPLE_LIMIT} are meant to be in the repository");
    }
    Ok(files)
}

/// Writes the sample stage.
pub fn write_sample() -> Result<()> {
    let files = sample()?;
    write(&root().join(SAMPLE_DIR), &files)?;
    println!(
        "{SAMPLE_DIR}: {} files, {} KB",
        files.len(),
        files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() / 1000
    );
    Ok(())
}

/// Fails if the committed sample stage is not what would be written.
pub fn check_sample() -> Result<()> {
    let dir = root().join(SAMPLE_DIR);
    for (name, bytes) in sample()? {
        let committed = fs::read(dir.join(&name)).unwrap_or_default();
        if committed != bytes && !picture::is_same_png(&committed, &bytes) {
            bail!(
                "{SAMPLE_DIR}/{name} is not what `cargo xtask assets` writes: run it and commit the result"
            );
        }
    }
    Ok(())
}

/// Writes the big stages.
pub fn write_bench() -> Result<()> {
    write(&root().join(GENERATED), &big::all())?;
    println!("wrote {GENERATED}");
    Ok(())
}

fn write(dir: &Path, files: &[(String, Vec<u8>)]) -> Result<()> {
    for (name, bytes) in files {
        let path = dir.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        }
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// A component's root prim with the materials it uses.
fn part_prim(name: &str, looks: &[&str]) -> Prim {
    Prim::def("Xform", name).meta("kind = \"component\"").child(looks::scope(looks))
}

/// A component's layer.
fn part(name: &str, looks: &[&str], children: impl IntoIterator<Item = Prim>) -> String {
    usda::layer(name, &[], &[part_prim(name, looks).children(children)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_sample_stage_is_what_the_script_writes() {
        check_sample().unwrap();
    }
}
