//! `telestage shot`: one picture, or a sequence, without a server.
//!
//! A sequence is one file and one line of JSON for each time, in order. The time goes into the file's name: `-o out.png
//! --times 1:3` writes `out.0001.png` to `out.0003.png`; with parts of a time code, `out.0001_50.png`. A stage's camera
//! moves as it is animated; where none is looked through, the eye stays where it was for the first picture.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use telestage_render::cpu::{CpuSource, Plane};
use telestage_render::{Aov, FrameSource, Picture, View};
use telestage_scene::Scene;

use crate::cli::{AovArg, Renderer, ShotArgs};
use crate::commands::print;
use crate::exit::{Exit, Failure};
use crate::look::{self, Look};
use crate::picture_file::{self, Format};
use crate::stage::{Access, Opened};
use crate::times::Times;

/// Runs the command.
///
/// # Errors
/// Exit 2 for wrong options, 4 if the stage cannot be opened, 5 without a renderer, 6 if the file cannot be written.
pub fn run(args: &ShotArgs) -> Result<(), Failure> {
    if args.renderer == Renderer::Gpu {
        return Err(Failure::new(
            Exit::NoBackend,
            "there is no GPU renderer in this version",
            "use --renderer cpu",
        ));
    }
    let format = Format::of(&args.output)?;
    let times = Times::of(args)?;
    let mut opened = Opened::open(&args.stage, &Access::of_user(&args.asset_root), times.at(0))?;
    let mut source = CpuSource::new(None);
    let mut eye = None;
    for index in 0..times.count() {
        let scene = if index == 0 { opened.scene() } else { opened.at(times.at(index))? };
        let look = match eye.take() {
            Some(eye) => look::seen(&scene, eye, args.size)?,
            None => look::choose(&scene, args.camera.as_deref(), args.size)?,
        };
        let report = shot(&mut source, &scene, args, format, &times.name(&args.output, index), &look)?;
        print(&report.to_string())?;
        // A stage that moves must not drag along the eye that framed it.
        eye = look.free;
    }
    Ok(())
}

fn shot(
    source: &mut CpuSource,
    scene: &Arc<Scene>,
    args: &ShotArgs,
    format: Format,
    output: &Path,
    look: &Look,
) -> Result<Value, Failure> {
    let fail = |error| Failure::new(Exit::NoBackend, error, "");
    source.load(scene.clone()).map_err(fail)?;
    let (aov, name) = match args.aov {
        AovArg::Color => (Aov::Color, "color"),
        AovArg::Depth => (Aov::Depth, "depth"),
        AovArg::Normal => (Aov::Normal, "normal"),
        AovArg::Id => (Aov::Id, "id"),
    };
    // Only colour is averaged: the mean of two depths or two ids is neither.
    let samples = if aov == Aov::Color { args.samples } else { 1 };
    let view = View { aov, samples, ..look.view.clone() };
    let picture = finish(source, &view).map_err(fail)?;
    let plane = source.plane().ok_or_else(|| Failure::new(Exit::Unexpected, "there is no picture", ""))?;
    picture_file::write(output, format, args.aov, &plane, &picture)?;
    let mut report = json!({
        "camera": look.camera,
        "size": picture.size,
        "aov": name,
        "stage": args.stage,
        "time": scene.tables.stage.time,
        "file": output,
        "viewer_light": source.uses_viewer_light(),
        "diagnostics": scene.tables.diagnostics,
    });
    if let (AovArg::Id, Some(report)) = (args.aov, report.as_object_mut()) {
        report.insert("ids".into(), Value::Object(ids(&plane, scene)));
    }
    Ok(report)
}

fn finish(source: &mut CpuSource, view: &View) -> Result<Picture, telestage_render::RenderError> {
    loop {
        let picture = source.render(view)?;
        if !picture.refining {
            return Ok(picture);
        }
    }
}

/// Which prim each number in the picture stands for.
fn ids(plane: &Plane, scene: &Scene) -> Map<String, Value> {
    let mut seen = plane.prims.clone();
    seen.sort_unstable();
    seen.dedup();
    seen.into_iter()
        .filter_map(|id| {
            let prim = scene.tables.prims.get(id.checked_sub(1)? as usize)?;
            Some((id.to_string(), Value::String(prim.path.clone())))
        })
        .collect()
}
