//! The same stage at another time: reads again only what may be different, and says what is.
//!
//! The walk notes what has time samples (transforms, visibility, meshes, gprims, instancers, lights, cameras). Places,
//! draws and bounds are then computed anew from rows in memory: that costs a few milliseconds for 100k prims and is
//! always right, where following each dependency would have to be.

use std::cell::OnceCell;
use std::rc::Rc;

use openusd::sdf::Path;
use openusd::tf::Token;
use openusd::usd::Stage;

use super::binding::Bindings;
use super::kinds::Kind;
use super::primvars::PrimvarList;
use super::read::Reader;
use super::subsets::{self, Range};
use super::texture_source::NoTextures;
use super::walk::{Kept, Met, Walk};
use super::{bounds, camera, expand, instances, light, mesh};
use crate::arena::Arena;
use crate::change::Delta;
use crate::edit::Placed;
use crate::tables::{Geometry, GeometryId, LightKind, PrimId, PrimState, Tables};
use crate::tree::Tree;

/// What may be different at another time.
#[derive(Default)]
pub(super) struct Moving {
    /// Nodes with their own transform or visibility, ascending, and the prims to read it from.
    pub(super) places: Vec<(usize, Path)>,
    pub(super) meshes: Vec<MovingMesh>,
    pub(super) gprims: Vec<MovingGprim>,
    /// Positions in [`Walk::instancers`], and the prims to read them from.
    pub(super) instancers: Vec<(usize, Path)>,
    /// Rows of the tables.
    pub(super) lights: Vec<usize>,
    /// Rows of the tables.
    pub(super) cameras: Vec<usize>,
}

/// A mesh whose arrays have time samples; its instances share it.
pub(super) struct MovingMesh {
    pub(super) geometry: GeometryId,
    /// Draws are made of these; a mesh that gets others cannot be replaced in place.
    pub(super) ranges: Rc<[Range]>,
    pub(super) kept: KeptMet,
    pub(super) uv_name: String,
}

/// A gprim whose parameters or colours have time samples.
pub(super) struct MovingGprim {
    pub(super) geometry: GeometryId,
    /// Triangles, as its draws have them.
    pub(super) count: u32,
    pub(super) kept: KeptMet,
}

/// A visited prim, kept to be read again.
pub(super) struct KeptMet {
    path: Path,
    home: Path,
    kind: Rc<Kind>,
    names: Vec<Token>,
    node: usize,
    bindings: Option<Rc<Bindings>>,
    primvars: PrimvarList,
}

/// The stage cannot be shown by new rows alone: it has to be read as a whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Outgrown;

/// What the worker remembers of a scene that it sent, to say later what is different.
pub struct Live {
    kept: Kept,
    /// Made when the first path is asked for; prims never change while this lives.
    tree: OnceCell<Tree>,
}

impl Live {
    pub(super) fn new(kept: Kept) -> Self {
        Self { kept, tree: OnceCell::new() }
    }

    /// Number of values that may be different at another time.
    #[must_use]
    pub fn moving_count(&self) -> usize {
        let moving = &self.kept.moving;
        moving.places.len()
            + moving.meshes.len()
            + moving.gprims.len()
            + moving.instancers.len()
            + moving.lights.len()
            + moving.cameras.len()
    }

    /// The row of the prim at `path`.
    #[must_use]
    pub fn row_of(&self, path: &str) -> Option<PrimId> {
        let prims = &self.kept.tables.prims;
        self.tree.get_or_init(|| Tree::new(prims, &[])).find(prims, path)
    }

    /// True if all that a renderer sees of a prim's own attributes is read again after an edit: its place, its visibility,
    /// a light, a camera. A mesh's points and a material's inputs are not.
    #[must_use]
    pub fn rereads(&self, row: PrimId) -> bool {
        let tables = &self.kept.tables;
        let is_light_or_camera = tables.lights.iter().any(|light| light.prim == row)
            || tables.cameras.iter().any(|camera| camera.prim == row);
        is_light_or_camera && self.kept.nodes.get(row as usize).is_some_and(|node| node.shapes.is_empty())
    }

    /// Where the prim of that row is now.
    #[must_use]
    pub fn placed(&self, row: PrimId) -> Option<Placed> {
        let node =
            self.kept.nodes.get(row as usize).filter(|_| (row as usize) < self.kept.tables.prims.len())?;
        let outer = node.parent.map_or(glam::DMat4::IDENTITY, |parent| self.kept.nodes[parent].world);
        let (local, resets_stack) = (node.local.matrix, node.local.resets_stack);
        Some(Placed { local, outer, resets_stack })
    }

    /// What is different at the time code `time`, and where `edited` prims are now. The arrays come with it.
    ///
    /// # Errors
    /// [`Outgrown`]: then this is no longer of use.
    pub fn change(
        &mut self,
        stage: &Stage,
        time: Option<f64>,
        edited: &[PrimId],
    ) -> Result<(Delta, Arena), Outgrown> {
        let kept = std::mem::take(&mut self.kept);
        let (old_draws, old_states) = (kept.tables.draws.clone(), kept.tables.states.clone());
        let (old_lights, old_cameras) = (kept.tables.lights.clone(), kept.tables.cameras.clone());
        let moving_time = kept.tables.stage.time != time;
        let mut textures = NoTextures;
        let mut walk = Walk::resume(stage, time, &mut textures, kept);
        let mut geometries = Vec::new();
        if moving_time {
            walk.reread(&mut geometries)?;
        }
        for &row in edited {
            walk.reread_prim(row as usize);
        }
        walk.settle();
        walk.tables.stage.time = time;
        let arena = std::mem::take(&mut walk.arena).finish();
        let kept = walk.keep();
        let old = Tables {
            draws: old_draws,
            states: old_states,
            lights: old_lights,
            cameras: old_cameras,
            ..Tables::default()
        };
        let delta = Delta::between(&old, &kept.tables, geometries);
        self.kept = kept;
        Ok((delta, arena))
    }
}

impl Walk<'_> {
    /// Reads everything again that time may have changed.
    fn reread(&mut self, geometries: &mut Vec<(GeometryId, Geometry)>) -> Result<(), Outgrown> {
        let moving = std::mem::take(&mut self.moving);
        for (node, path) in &moving.places {
            self.reread_place(*node, path);
        }
        for (at, path) in &moving.instancers {
            let Some(prim) = self.reader.prim(path) else { return Err(Outgrown) };
            let read = instances::read(&self.reader, &prim, &mut self.diagnoses);
            // Prototypes are a relationship, which has no time samples; those of a copy are moved paths.
            self.instancers[*at].instances.rows = read.rows;
        }
        for &at in &moving.lights {
            self.reread_light(at);
        }
        for &at in &moving.cameras {
            self.reread_camera(at);
        }
        for mesh in &moving.meshes {
            let geometry = self.reread_mesh(mesh).ok_or(Outgrown)?;
            self.tables.geometries[mesh.geometry as usize] = geometry.clone();
            geometries.push((mesh.geometry, geometry));
        }
        for gprim in &moving.gprims {
            let geometry = self.reread_gprim(gprim).ok_or(Outgrown)?;
            self.tables.geometries[gprim.geometry as usize] = geometry.clone();
            geometries.push((gprim.geometry, geometry));
        }
        self.moving = moving;
        Ok(())
    }

    /// Reads a listed prim's own place again, and its rows as a light or a camera.
    fn reread_prim(&mut self, row: usize) {
        let Some(path) = self.tables.prims.get(row).and_then(|prim| Path::new(&prim.path).ok()) else {
            return;
        };
        self.reread_place(row, &path);
        for at in 0..self.tables.lights.len() {
            if self.tables.lights[at].prim as usize == row {
                self.reread_light(at);
            }
        }
        for at in 0..self.tables.cameras.len() {
            if self.tables.cameras[at].prim as usize == row {
                self.reread_camera(at);
            }
        }
    }

    fn reread_place(&mut self, node: usize, path: &Path) {
        let Some(prim) = self.reader.prim(path) else { return };
        let Some(kind) = self.kinds.of(&prim, self.reader.stage.schema_registry()) else { return };
        let names = prim.authored_property_names().unwrap_or_default();
        let (local, is_invisible_itself) = self.own_place(&prim, &kind, &names);
        self.nodes[node].local = local;
        self.nodes[node].is_invisible_itself = is_invisible_itself;
    }

    fn reread_light(&mut self, at: usize) {
        let row = self.tables.lights[at].prim;
        let path = self.tables.prims.get(row as usize).and_then(|prim| Path::new(&prim.path).ok());
        let Some(prim) = path.and_then(|path| self.reader.prim(&path)) else { return };
        let type_name = self.tables.prims[row as usize].type_name.clone();
        let known = self.tables.lights[at].clone();
        let (world, visible) = (known.world_from_local, known.visible);
        let mut light =
            light::read(&self.reader, &prim, &type_name, row, world, visible, &mut self.diagnoses);
        // A picture stays what it was: nobody animates the file's name.
        if let (LightKind::Dome { texture }, LightKind::Dome { texture: known }) =
            (&mut light.kind, known.kind)
        {
            *texture = known;
        }
        self.tables.lights[at] = light;
    }

    fn reread_camera(&mut self, at: usize) {
        let row = self.tables.cameras[at].prim;
        let path = self.tables.prims.get(row as usize).and_then(|prim| Path::new(&prim.path).ok());
        let Some(prim) = path.and_then(|path| self.reader.prim(&path)) else { return };
        let world = self.tables.cameras[at].world_from_local;
        self.tables.cameras[at] = camera::read(&self.reader, &prim, row, world);
    }

    fn reread_mesh(&mut self, moving: &MovingMesh) -> Option<Geometry> {
        let prim = self.reader.prim(&moving.kept.home)?;
        let subsets = subsets::gather(&self.reader, &prim);
        let source = mesh::Source {
            prim: &prim,
            names: &moving.kept.names,
            primvars: &moving.kept.primvars,
            subsets: &subsets,
            uv_name: &moving.uv_name,
        };
        let mesh = mesh::read(&self.reader, &source, &mut self.arena, &mut self.diagnoses);
        mesh.geometry.filter(|_| *mesh.ranges == *moving.ranges)
    }

    fn reread_gprim(&mut self, moving: &MovingGprim) -> Option<Geometry> {
        let kept = &moving.kept;
        let prim = self.reader.prim(&kept.path)?;
        let met = Met {
            prim: &prim,
            path: &kept.path,
            home: &kept.home,
            kind: &kept.kind,
            names: &kept.names,
            node: kept.node,
            row: None,
            bindings: kept.bindings.as_ref(),
            primvars: &kept.primvars,
        };
        let gprim = self.parameters(&met)?;
        let geometry = self.build_gprim(&met, gprim);
        (geometry.triangles.len == u64::from(moving.count)).then_some(geometry)
    }

    /// Computes from the nodes where everything is and what is seen.
    pub(super) fn settle(&mut self) {
        self.place();
        self.tables.draws.clear();
        expand::expand(self);
        self.finish_tables();
    }

    /// Places and visibility of nodes, lights and cameras.
    fn place(&mut self) {
        for at in 0..self.nodes.len() {
            let above =
                self.nodes[at].parent.map(|parent| (self.nodes[parent].world, self.nodes[parent].is_visible));
            let (outer, is_visible) = above.unwrap_or((glam::DMat4::IDENTITY, true));
            let node = &mut self.nodes[at];
            node.world = if node.local.resets_stack { node.local.matrix } else { outer * node.local.matrix };
            node.is_visible = is_visible && !node.is_invisible_itself;
        }
        for light in &mut self.tables.lights {
            let node = &self.nodes[light.prim as usize];
            (light.world_from_local, light.visible) = (node.world, node.is_visible);
        }
        for camera in &mut self.tables.cameras {
            camera.world_from_local = self.nodes[camera.prim as usize].world;
        }
    }

    /// What follows from draws and nodes.
    pub(super) fn finish_tables(&mut self) {
        let listed = self.nodes.iter().take(self.tables.prims.len());
        let states = listed.map(|node| PrimState {
            visible: node.is_visible,
            shown: !node.is_invisible_itself,
            bounds: None,
        });
        self.tables.states = states.collect();
        bounds::measure(&mut self.tables);
    }
}

impl Met<'_> {
    /// To be read again later.
    pub(super) fn keep(&self) -> KeptMet {
        KeptMet {
            path: self.path.clone(),
            home: self.home.clone(),
            kind: self.kind.clone(),
            names: self.names.to_vec(),
            node: self.node,
            bindings: self.bindings.cloned(),
            primvars: self.primvars.clone(),
        }
    }

    /// Its colour or opacity has time samples.
    pub(super) fn has_moving_color(&self, reader: &Reader<'_>) -> bool {
        let colors = self.primvars.iter().filter(|p| matches!(&*p.name, "displayColor" | "displayOpacity"));
        reader.take_animated();
        colors.for_each(|primvar| drop(reader.attribute(&primvar.attribute)));
        reader.take_animated()
    }
}
