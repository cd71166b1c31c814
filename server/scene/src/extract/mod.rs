//! USD stage → [`Scene`] at one time.
//!
//! Reads a composed stage once, front to back, on the thread that owns it, and leaves plain tables behind: no
//! handle to the stage outlives the call. It never opens a file itself ([`TextureSource`] does), never fails on
//! bad data (a [`Diagnostic`](crate::Diagnostic) and a skipped prim instead), and knows no clock and no viewer.

mod binding;
mod bounds;
mod camera;
mod diagnostics;
mod expand;
mod gprims;
mod instances;
mod kinds;
mod light;
mod material;
mod mesh;
mod normals;
mod pictures;
mod primvars;
mod read;
mod shading;
mod stage;
mod subsets;
mod texture_source;
mod triangulate;
mod variants;
mod walk;

use openusd::pcp::CompositionDiagnostic;
use openusd::usd::Stage;

pub use texture_source::{ColorSpace, LoadedTexture, NoTextures, TextureError, TextureRequest, TextureSource};

use crate::tables::{DiagnosticCode, LightKind, Purpose, Scene, Tables};
use diagnostics::Diagnoses;
use walk::Walk;

/// Reads `stage` at the time code `time` (`None` is USD's default time).
///
/// `progress` is told how far it is (0 to 1, never back) and what it is doing. Nothing fails: what cannot be shown is
/// in [`Tables::diagnostics`].
pub fn extract(
    stage: &Stage,
    time: Option<f64>,
    textures: &mut dyn TextureSource,
    progress: &mut dyn FnMut(f32, &str),
) -> Scene {
    progress(0.0, "composing");
    let mut walk = Walk::new(stage, time, textures);
    let (info, up_axis) = stage::read(stage, time, &mut walk.diagnoses);
    walk.tables.stage = info;
    walk.tables.details.up_axis = up_axis;
    progress(0.3, "reading prims");
    walk.stage(progress);
    progress(0.9, "placing instances");
    expand::expand(&mut walk);
    let Walk { mut tables, mut diagnoses, reader, arena, .. } = walk;
    tables.stage.animated = reader.saw_animation();
    bounds::measure(&mut tables);
    for error in stage.composition_errors() {
        tell_composition(&error, &mut diagnoses);
    }
    tell_darkness(&tables, &mut diagnoses);
    tables.diagnostics = diagnoses.finish();
    progress(1.0, "done");
    Scene { tables, arena: arena.finish() }
}

fn tell_composition(error: &CompositionDiagnostic, diagnoses: &mut Diagnoses) {
    match error {
        CompositionDiagnostic::UnresolvedLayer { asset_path, site_path, .. } => diagnoses.file(
            DiagnosticCode::MissingLayer,
            Some(site_path.as_str()),
            asset_path,
            format!("the layer {asset_path} is not found: put the file there or correct the path"),
        ),
        CompositionDiagnostic::MalformedLayer { asset_path, site_path, reason, .. } => diagnoses.file(
            DiagnosticCode::MissingLayer,
            Some(site_path.as_str()),
            asset_path,
            format!("the layer {asset_path} cannot be read: {reason}"),
        ),
        // openusd's enum, not ours: what it says about the rest is as good as what could be said here.
        other => diagnoses.stage(DiagnosticCode::MissingTarget, other.to_string()),
    }
}

/// Why the picture may be dark or empty.
fn tell_darkness(tables: &Tables, diagnoses: &mut Diagnoses) {
    let shines = tables.lights.iter().any(|light| {
        light.visible
            && match light.kind {
                LightKind::Distant { .. } | LightKind::Dome { .. } => true,
                LightKind::Sphere { .. }
                | LightKind::Rect { .. }
                | LightKind::Disk { .. }
                | LightKind::Cylinder { .. }
                | LightKind::Other => false,
            }
    });
    if !shines {
        let message = "the stage has no light that can be shown, so the viewer's own light is on";
        diagnoses.stage(DiagnosticCode::NoLights, message);
    }
    let is_seen = |purpose| match purpose {
        Purpose::Default | Purpose::Render | Purpose::Proxy => true,
        Purpose::Guide => false,
    };
    if !tables.draws.iter().any(|draw| draw.visible && is_seen(draw.purpose)) {
        let message = "nothing on the stage is visible: it has no drawable prims, or all of them are hidden";
        diagnoses.stage(DiagnosticCode::NothingVisible, message);
    }
}
