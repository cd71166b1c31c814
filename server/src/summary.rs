//! A scene's tables, told to the session in its own words.

use std::sync::Arc;

use telestage_protocol::{Diagnostic, PrimClass, PrimRow};
use telestage_scene::{self as scene, PrimId, Scene, Tree};
use telestage_session::camera::{Bounds, StageCamera, Surroundings, UpAxis};
use telestage_session::time::Span;
use telestage_session::{Prims, StageSummary};

/// What the session needs to know of a scene, with the `tree` of its prims.
#[must_use]
pub fn summary(scene: &Arc<Scene>, tree: Arc<Tree>) -> StageSummary {
    let tables = &scene.tables;
    StageSummary {
        up_axis: up_axis(scene),
        bounds: tables.bounds.map(bounds),
        cameras: cameras(scene),
        default_camera: tables.stage.default_camera.clone(),
        root_prim_path: root_prim_path(scene, &tree),
        diagnostics: tables.diagnostics.iter().map(diagnostic).collect(),
        span: Span {
            start: tables.stage.start_time_code,
            end: tables.stage.end_time_code,
            fps: tables.stage.time_codes_per_second,
            is_animated: tables.stage.animated,
        },
        time: tables.stage.time,
        prims: Arc::new(Lookup { scene: scene.clone(), tree }),
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
    let path = |prim: PrimId| scene.tables.prims.get(prim as usize).map(|prim| prim.path.clone());
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
fn root_prim_path(scene: &Scene, tree: &Tree) -> Option<String> {
    let mut roots =
        tree.children(None).iter().filter_map(|&id| Some(&scene.tables.prims.get(id as usize)?.path));
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

/// A prim that is not composed: it is seen nowhere and has no children.
fn dormant_row(prim: &scene::Dormant) -> PrimRow {
    PrimRow {
        name: prim.path.rsplit('/').next().unwrap_or_default().to_owned(),
        path: prim.path.clone(),
        type_name: prim.type_name.clone(),
        class: PrimClass::of_type(&prim.type_name),
        children: false,
        active: prim.active,
        visible: false,
        instance: None,
        payload: prim.active.then_some(true),
        loaded: prim.active.then_some(false),
        variants: None,
    }
}

/// The session's view into the prim table.
struct Lookup {
    scene: Arc<Scene>,
    tree: Arc<Tree>,
}

impl Lookup {
    fn asleep(&self, prim: PrimId) -> Option<&scene::Dormant> {
        let tables = &self.scene.tables;
        tables.dormant.get((prim as usize).checked_sub(tables.prims.len())?)
    }

    fn prim(&self, prim: PrimId) -> Option<&scene::Prim> {
        self.scene.tables.prims.get(prim as usize)
    }
}

impl Prims for Lookup {
    fn find(&self, path: &str) -> Option<PrimId> {
        let tables = &self.scene.tables;
        let awake = self.tree.find(&tables.prims, path);
        awake.or_else(|| self.tree.find_dormant(&tables.prims, &tables.dormant, path))
    }

    fn path(&self, prim: PrimId) -> Option<&str> {
        self.prim(prim).map(|prim| &*prim.path).or_else(|| self.asleep(prim).map(|prim| &*prim.path))
    }

    fn bounds(&self, prim: PrimId) -> Option<Bounds> {
        self.scene.tables.states.get(prim as usize)?.bounds.map(bounds)
    }

    fn children(&self, parent: Option<PrimId>) -> &[PrimId] {
        self.tree.children(parent)
    }

    fn row(&self, id: PrimId) -> Option<PrimRow> {
        let Some(prim) = self.prim(id) else { return self.asleep(id).map(dormant_row) };
        let details = &self.scene.tables.details;
        // Both lists are in the order of the prims.
        let has_payload = details.payloads.binary_search(&id).is_ok();
        let has_variants = details.variants.binary_search_by_key(&id, |row| row.prim).is_ok();
        Some(PrimRow {
            name: prim.path.rsplit('/').next().unwrap_or_default().to_owned(),
            path: prim.path.clone(),
            type_name: prim.type_name.clone(),
            class: PrimClass::of_type(&prim.type_name),
            children: !self.tree.children(Some(id)).is_empty(),
            active: true,
            visible: self.scene.tables.states.get(id as usize).is_some_and(|state| state.visible),
            instance: prim.instance.then_some(true),
            payload: has_payload.then_some(true),
            loaded: None,
            variants: has_variants.then_some(true),
        })
    }
}
