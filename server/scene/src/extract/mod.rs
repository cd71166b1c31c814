//! USD stage → [`Scene`] at one time.
//!
//! Reads a composed stage once, front to back, on the thread that owns it, and leaves plain tables behind: no
//! handle to the stage outlives the call. It never opens a file itself ([`TextureSource`] does), never fails on
//! bad data (a [`Diagnostic`](crate::Diagnostic) and a skipped prim instead), and knows no clock and no viewer.
//! What composition itself could not find or read (missing layers, refused files, dead references) is added by the
//! opener from `composition.rs`, which knows what the resolver refused; it is not repeated here.

mod binding;
mod bounds;
mod camera;
mod diagnostics;
mod dormant;
mod expand;
mod gprims;
mod instances;
mod kinds;
mod light;
mod material;
mod mesh;
mod moving;
mod normals;
mod pictures;
mod primvars;
mod read;
mod shading;
mod shapes;
mod stage;
mod stamp;
mod subsets;
mod texture_source;
mod transform;
mod triangulate;
pub(crate) mod variants;
mod walk;

use std::sync::Arc;

use openusd::usd::Stage;

pub use moving::{Live, Outgrown};
pub use stage::check;
pub use texture_source::{
    ColorSpace, LoadedTexture, NoTextures, TextureError, TextureRequest, TextureSource,
};

use crate::tables::{DiagnosticCode, LightKind, Purpose, Scene, Tables};
use diagnostics::Diagnoses;
use walk::Walk;

/// While the stage composes, [`extract`] tells its progress once in so many prims.
pub const COMPOSED: usize = 256;
/// Progress up to here is composing.
pub const COMPOSING_ENDS: f32 = 0.3;

/// Reads `stage` at the time code `time` (`None` is USD's default time).
///
/// Beside the scene comes what is needed to say later what has changed. `progress` is told how far it is (0 to 1, never back) and what it is doing. Nothing fails: what cannot be shown is
/// in [`Tables::diagnostics`], but for what composition did not find: that is told by who opened the stage, because
/// only the resolver knows why.
pub fn extract(
    stage: &Stage,
    time: Option<f64>,
    textures: &mut dyn TextureSource,
    progress: &mut dyn FnMut(f32, &str),
) -> (Scene, Live) {
    progress(0.0, "composing");
    let mut walk = Walk::new(stage, time, textures);
    let (info, up_axis) = stage::read(stage, time, &mut walk.diagnoses);
    walk.tables.stage = info;
    walk.details.up_axis = up_axis;
    walk.stage(progress);
    progress(0.9, "placing instances");
    expand::expand(&mut walk);
    walk.finish_tables();
    walk.tables.stage.animated = walk.reader.saw_animation();
    walk.tables.stage.prototype_count = stage.prototypes().map_or(0, |prototypes| prototypes.len() as u32);
    tell_darkness(&walk.tables, &mut walk.diagnoses);
    let arena = std::mem::take(&mut walk.arena).finish();
    walk.tables.details = Arc::new(std::mem::take(&mut walk.details));
    walk.tables.diagnostics = std::mem::take(&mut walk.diagnoses).finish();
    let kept = walk.keep();
    progress(1.0, "done");
    (Scene { tables: kept.tables.clone(), arena }, Live::new(kept))
}

/// Why the picture may be dark or empty.
fn tell_darkness(tables: &Tables, diagnoses: &mut Diagnoses) {
    let shines = tables.lights.iter().any(|light| {
        light.visible
            && light.radiance.iter().any(|channel| *channel > 0.0)
            && match light.kind {
                LightKind::Distant { .. }
                | LightKind::Dome { .. }
                | LightKind::Sphere { .. }
                | LightKind::Rect { .. }
                | LightKind::Disk { .. }
                | LightKind::Cylinder { .. } => true,
                LightKind::Other => false,
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
