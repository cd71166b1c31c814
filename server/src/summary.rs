//! A scene's tables, told to the session in its own words.

use std::sync::Arc;

use telestage_protocol::Diagnostic;
use telestage_scene::{self as scene, Scene};
use telestage_session::camera::{Bounds, StageCamera, Surroundings, UpAxis};
use telestage_session::{PrimSummary, Prims, StageSummary};

/// What the session needs to know of a scene.
#[must_use]
pub fn summary(scene: &Arc<Scene>) -> StageSummary {
    let tables = &scene.tables;
    StageSummary {
        up_axis: up_axis(scene),
        bounds: tables.bounds.map(bounds),
        cameras: cameras(scene),
        default_camera: tables.stage.default_camera.clone(),
        root_prim_path: root_prim_path(scene),
        diagnostics: tables.diagnostics.iter().map(diagnostic).collect(),
        prims: Arc::new(Lookup(scene.clone())),
    }
}

/// The scene's size and up axis.
#[must_use]
pub fn surroundings(scene: &Scene) -> Surroundings {
    Surroundings::new(up_axis(scene), scene.tables.bounds.map(bounds))
}

/// The scene's cameras.
#[must_use]
pub fn cameras(scene: &Scene) -> Vec<StageCamera> {
    let path = |prim: scene::PrimId| scene.tables.prims.get(prim as usize).map(|prim| prim.path.clone());
    scene
        .tables
        .cameras
        .iter()
        .filter_map(|camera| {
            Some(StageCamera {
                path: path(camera.prim)?,
                world_from_view: camera.world_from_local,
                orthographic: camera.orthographic,
                focal_length: camera.focal_length.into(),
                aperture: [camera.horizontal_aperture.into(), camera.vertical_aperture.into()],
                aperture_offset: [
                    camera.horizontal_aperture_offset.into(),
                    camera.vertical_aperture_offset.into(),
                ],
                clipping_range: camera.clipping_range.map(f64::from),
            })
        })
        .collect()
}

fn up_axis(scene: &Scene) -> UpAxis {
    match scene.tables.stage.up_axis {
        scene::UpAxis::Y => UpAxis::Y,
        scene::UpAxis::Z => UpAxis::Z,
    }
}

fn bounds(bounds: scene::Bounds) -> Bounds {
    Bounds { min: bounds.min, max: bounds.max }
}

/// `/World`, else the default prim, else the first root prim.
fn root_prim_path(scene: &Scene) -> Option<String> {
    let mut roots = scene.tables.prims.iter().filter(|prim| prim.parent.is_none()).map(|prim| &prim.path);
    let world = roots.clone().find(|path| *path == "/World");
    world.or(scene.tables.stage.default_prim.as_ref()).or_else(|| roots.next()).cloned()
}

fn diagnostic(entry: &scene::Diagnostic) -> Diagnostic {
    Diagnostic {
        code: entry.code,
        prim_path: entry.prim_path.clone(),
        path: entry.path.clone(),
        message: entry.message.clone(),
    }
}

/// The session's view into the prim table.
struct Lookup(Arc<Scene>);

impl Prims for Lookup {
    fn find(&self, path: &str) -> Option<PrimSummary> {
        let prim = self.0.tables.prims.iter().find(|prim| prim.path == path)?;
        Some(PrimSummary { bounds: prim.bounds.map(bounds) })
    }
}
