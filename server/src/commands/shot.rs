//! `telestage shot`: one picture, or a sequence, without a server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use telestage_render::cpu::{CpuSource, Plane};
use telestage_render::{Aov, FrameSource, Picture, View};
use telestage_scene::Scene;

use crate::cli::{AovArg, Renderer, ShotArgs};
use crate::commands::print;
use crate::exit::{Exit, Failure};
use crate::look;
use crate::picture_file::{self, Format};
use crate::stage::{Access, Opened};

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
    let times = times(args)?;
    let mut opened =
        Opened::open(&args.stage, &Access::of_user(&args.asset_root), times.first().copied().flatten())?;
    let mut source = CpuSource::new(None);
    for (index, time) in times.iter().enumerate() {
        let scene = if index == 0 { opened.scene() } else { opened.at(*time)? };
        let output = if args.times.is_some() {
            numbered(&args.output, time.unwrap_or(0.0))
        } else {
            args.output.clone()
        };
        let report = shot(&mut source, &scene, args, format, &output)?;
        print(&report.to_string())?;
    }
    Ok(())
}

fn shot(
    source: &mut CpuSource,
    scene: &Arc<Scene>,
    args: &ShotArgs,
    format: Format,
    output: &Path,
) -> Result<Value, Failure> {
    let fail = |error| Failure::new(Exit::NoBackend, error, "");
    source.load(scene.clone()).map_err(fail)?;
    let look = look::choose(scene, args.camera.as_deref(), args.size)?;
    let (aov, name) = match args.aov {
        AovArg::Color => (Aov::Color, "color"),
        AovArg::Depth => (Aov::Depth, "depth"),
        AovArg::Normal => (Aov::Normal, "normal"),
        AovArg::Id => (Aov::Id, "id"),
    };
    // Only colour is averaged: the mean of two depths or two ids is neither.
    let samples = if aov == Aov::Color { args.samples } else { 1 };
    let view = View { aov, samples, ..look.view };
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

/// The time codes asked for; `None` is USD's default time.
fn times(args: &ShotArgs) -> Result<Vec<Option<f64>>, Failure> {
    let Some(text) = &args.times else { return Ok(vec![args.time]) };
    let wrong = |why: &str| {
        Failure::new(
            Exit::Usage,
            format_args!("--times {text}: {why}"),
            "write FIRST:LAST or FIRST:LAST:STEP",
        )
    };
    let numbers: Vec<f64> = text
        .split(':')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| wrong("these are no numbers"))?;
    let (first, last, step) = match numbers[..] {
        [first, last] => (first, last, 1.0),
        [first, last, step] => (first, last, step),
        _ => return Err(wrong("two or three numbers are needed")),
    };
    let count = ((last - first) / step).floor();
    if !(step > 0.0 && (0.0..100_000.0).contains(&count)) {
        return Err(wrong("the range is empty, endless or longer than 100000 pictures"));
    }
    Ok((0..=count as u32).map(|index| Some(first + f64::from(index) * step)).collect())
}

/// `shot.png` at time 12 is `shot.0012.png`; parts of a frame follow with `_`.
fn numbered(path: &Path, time: f64) -> PathBuf {
    let number =
        if time.fract() == 0.0 { format!("{time:04}") } else { format!("{time:08.3}").replace('.', "_") };
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    path.with_extension(format!("{number}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn args(options: &[&str]) -> ShotArgs {
        let words = ["telestage", "shot", "a.usda", "-o", "b.png"].iter().chain(options);
        match crate::cli::Cli::parse_from(words).command {
            crate::cli::Command::Shot(args) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_range_of_times_includes_both_ends() {
        assert_eq!(times(&args(&["--times", "1:3"])).unwrap(), [Some(1.0), Some(2.0), Some(3.0)]);
        assert_eq!(times(&args(&["--times", "-1:1:0.5"])).unwrap().len(), 5);
        assert_eq!(times(&args(&[])).unwrap(), [None]);
        for wrong in ["1", "a:b", "3:1", "1:2:0", "1:2:-1", "0:1e9", "nan:1", "1:2:3:4"] {
            assert!(times(&args(&["--times", wrong])).is_err(), "{wrong}");
        }
    }

    #[test]
    fn pictures_of_a_sequence_are_numbered() {
        assert_eq!(numbered(Path::new("x/shot.png"), 12.0), Path::new("x/shot.0012.png"));
        assert_eq!(numbered(Path::new("shot.exr"), 1.5), Path::new("shot.0001_500.exr"));
    }
}
