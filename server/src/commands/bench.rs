//! `telestage bench`: what this machine reaches, as JSON.
//!
//! `render` circles a camera around the stage once; `encode` sends the same pictures through conversion and encoder;
//! `load` opens the stage again and again, each time in a new worker; `tree` makes the tree of its prims. The first repetition warms up and is not counted.

use std::sync::Arc;

use serde_json::{Value, json};
use telestage_media::{Frame, Rendition, Timings, encoder};
use telestage_render::{FrameSource, View, cpu::CpuSource};
use telestage_scene::{Scene, Tree};

use crate::cli::{BenchArgs, BenchKind};
use crate::commands::print;
use crate::exit::{Exit, Failure};
use crate::look;
use crate::measure::{Cost, cost, peak_rss_bytes, rss_bytes, summary};
use crate::stage::{self, Access};

/// Runs the command.
///
/// # Errors
/// Exit 4 if the stage cannot be opened, 5 if nothing can draw or encode.
pub fn run(args: &BenchArgs) -> Result<(), Failure> {
    let open = || stage::open_once(&args.stage, &Access::of_user(&[]), None);
    let scene = Arc::new(open()?);
    let mut report = match args.what {
        BenchKind::Render => render(args, &scene)?,
        BenchKind::Encode => encode(args, &scene)?,
        BenchKind::Tree => tree(args, &scene),
        BenchKind::Load => {
            let mut costs = Vec::new();
            for _ in 0..args.frames.min(20) {
                let (opened, spent) = cost(open);
                opened?;
                costs.push(spent);
            }
            // The worker is another process: its CPU time is not in these figures.
            json!({"load": {"wall_ms": summary(&costs)["wall_ms"]}})
        }
    };
    if let Some(report) = report.as_object_mut() {
        let triangles: u64 = scene
            .tables
            .draws
            .iter()
            .filter(|draw| draw.visible)
            .map(|draw| u64::from(draw.triangle_count))
            .sum();
        report.insert("stage".into(), json!(args.stage));
        report.insert("size".into(), json!(args.size.array()));
        report.insert("frames".into(), json!(args.frames));
        report.insert("triangles".into(), json!(triangles));
        report.insert("draws".into(), json!(scene.tables.draws.len()));
        report.insert("prims".into(), json!(scene.tables.prims.len()));
        report.insert(
            "instruction_set".into(),
            json!(format!("{:?}", telestage_render::cpu::Isa::detect()).to_lowercase()),
        );
        report.insert("peak_rss_bytes".into(), json!(peak_rss_bytes()));
    }
    print(&report.to_string())
}

/// Makes trees of the same stage and keeps all of them: what they have in common is not in what the process grows by.
fn tree(args: &BenchArgs, scene: &Arc<Scene>) -> Value {
    let prims = &scene.tables.prims;
    // The first one also pays for what the allocator keeps.
    let mut kept = vec![Tree::new(prims, &scene.tables.dormant)];
    let before = rss_bytes();
    let mut costs = Vec::new();
    for _ in 0..args.frames.min(20) {
        let (tree, spent) = cost(|| Tree::new(prims, &scene.tables.dormant));
        kept.push(tree);
        costs.push(spent);
    }
    let grown = rss_bytes().zip(before).map(|(after, before)| after.saturating_sub(before) as f64);
    let trees = costs.len().max(1) * prims.len().max(1);
    json!({"tree": summary(&costs), "bytes_per_prim": grown.map(|grown| grown / trees as f64), "kept": kept.len()})
}

fn render(args: &BenchArgs, scene: &Arc<Scene>) -> Result<Value, Failure> {
    let mut costs = Vec::new();
    circle(args, scene, |_, _, spent| {
        costs.push(spent);
        Ok(())
    })?;
    Ok(json!({"render": summary(costs.get(1..).unwrap_or_default())}))
}

fn encode(args: &BenchArgs, scene: &Arc<Scene>) -> Result<Value, Failure> {
    let rendition = Rendition { size: args.size.array(), fps: 60.0, bitrate_bps: 8_000_000 };
    let mut encoder = encoder::open("auto", &rendition)
        .map_err(|error| Failure::new(Exit::NoBackend, error, "see `telestage doctor`"))?;
    let (mut costs, mut convert, mut bytes) = (Vec::new(), 0.0, Vec::new());
    circle(args, scene, |number, pixels, _| {
        let frame = Frame {
            number,
            size: args.size.array(),
            pixels,
            view_version: u64::from(number),
            timings: Timings::default(),
        };
        let (packet, spent) = cost(|| encoder.encode(&frame, number == 0));
        let packet = packet.map_err(|error| Failure::new(Exit::NoBackend, error, ""))?;
        costs.push(spent);
        convert += packet.timings.convert.as_secs_f64() * 1000.0;
        bytes.push(packet.data.len());
        Ok(())
    })?;
    let counted = bytes.get(1..).unwrap_or_default();
    Ok(json!({
        "encode": summary(costs.get(1..).unwrap_or_default()),
        "encoder": encoder.name(),
        "convert_ms_mean": convert / f64::from(args.frames + 1),
        "key_bytes": bytes.first(),
        "bytes_mean": counted.iter().sum::<usize>() / counted.len().max(1),
    }))
}

/// Draws one frame to warm up and then `args.frames` around the stage.
fn circle(
    args: &BenchArgs,
    scene: &Arc<Scene>,
    mut each: impl FnMut(u32, Arc<[u8]>, Cost) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let fail = |error| Failure::new(Exit::NoBackend, error, "");
    let mut source = CpuSource::new(None);
    source.load(scene.clone()).map_err(fail)?;
    for number in 0..=args.frames {
        let turn_deg = 360.0 * f64::from(number) / f64::from(args.frames);
        let view =
            View { version: u64::from(number), samples: 1, ..look::around(scene, args.size, turn_deg) };
        let (picture, spent) = cost(|| source.render(&view));
        each(number, picture.map_err(fail)?.pixels, spent)?;
    }
    Ok(())
}
