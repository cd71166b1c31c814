//! The one walk over the stage: every prim once, parents first, each turned into rows as it is met.
//!
//! What flows down namespace (transforms, visibility, purpose, primvars, bindings) is carried on a stack instead of
//! being asked of each prim's ancestors again, and only what a prim authors is read. Draws are made afterwards
//! (`expand`), because a point instancer may name prototypes that come later.

use std::collections::HashMap;
use std::rc::Rc;

use glam::DMat4;
use openusd::sdf::Path;
use openusd::tf::Token;
use openusd::usd::{Prim, PrimPredicate, PrimStatus, Stage};
use openusd_schemas::geom::XformQuery;

use super::binding::{self, Bindings, MaterialPaths};
use super::bounds::is_drawable;
use super::diagnostics::Diagnoses;
use super::gprims::{self, Axis, Gprim};
use super::instances::{self, Instances};
use super::kinds::{Class, Kind, Kinds};
use super::material::{self, Bound, Materials};
use super::mesh::{self, Mesh};
use super::pictures::Pictures;
use super::primvars::{self, Counts, PrimvarList};
use super::read::{self, Reader};
use super::subsets;
use super::texture_source::TextureSource;
use super::triangulate::Triangulation;
use super::{camera, light, variants};
use crate::arena::ArenaBuilder;
use crate::details::{
    GprimDetail, InstancerDetail, MaterialPathId, MeshDetail, PrimvarDetail, SubsetDetail, VariantDetail,
};
use crate::tables::{
    Attribute, Bounds, DiagnosticCode, Domain, Geometry, GeometryId, MaterialId, Prim as PrimRow, PrimId,
    Purpose, Tables,
};

/// More prims than this are not read: the tables would not fit a browser's patience.
const MAX_PRIMS: usize = 5_000_000;

/// A prim on its way to draws. The first rows are those of [`Tables::prims`]; prototypes that are not part of the
/// traversal (`over`s and classes that an instancer names) follow.
pub(super) struct Node {
    pub(super) parent: Option<usize>,
    /// One past the last descendant.
    pub(super) end: usize,
    pub(super) local: DMat4,
    pub(super) resets_stack: bool,
    pub(super) world: DMat4,
    pub(super) is_invisible_itself: bool,
    pub(super) is_visible: bool,
    pub(super) purpose: Purpose,
    /// Range of [`Walk::shapes`].
    pub(super) shapes: std::ops::Range<usize>,
    /// Position in [`Walk::instancers`].
    pub(super) instancer: Option<usize>,
    /// Below a point instancer, so not drawn in its own place.
    pub(super) is_inside_instancer: bool,
}

/// A part of a geometry with its material.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) geometry: GeometryId,
    pub(super) first: u32,
    pub(super) count: u32,
    pub(super) material: MaterialId,
}

/// A point instancer met on the walk.
pub(super) struct Instancer {
    pub(super) node: usize,
    pub(super) path: Path,
    pub(super) instances: Instances,
    /// Row of [`crate::details::Details::instancers`], if it is in the tables.
    pub(super) detail: Option<usize>,
}

/// What a prim hands down to its children.
struct Frame {
    path: Path,
    node: usize,
    world: DMat4,
    is_visible: bool,
    purpose: Option<Purpose>,
    primvars: PrimvarList,
    bindings: Option<Rc<Bindings>>,
    is_in_instance: bool,
    is_inside_instancer: bool,
}

/// A mesh shared by instances.
struct Shared {
    mesh: Rc<Mesh>,
    geometry: Option<GeometryId>,
}

/// The walk and everything it has gathered.
pub(super) struct Walk<'s> {
    pub(super) reader: Reader<'s>,
    pub(super) tables: Tables,
    pub(super) arena: ArenaBuilder,
    pub(super) diagnoses: Diagnoses,
    pub(super) nodes: Vec<Node>,
    pub(super) shapes: Vec<Shape>,
    pub(super) instancers: Vec<Instancer>,
    /// Where each path is in `nodes`; filled when the first instancer asks.
    pub(super) rows: HashMap<String, usize>,
    pictures: Pictures<'s>,
    materials: Materials,
    material_paths: MaterialPaths,
    kinds: Kinds,
    meshes: HashMap<String, Shared>,
    gprims: HashMap<String, (GeometryId, u32)>,
    primvar_lists: HashMap<Vec<PrimvarDetail>, u32>,
    material_path_ids: HashMap<Path, MaterialPathId>,
}

impl<'s> Walk<'s> {
    pub(super) fn new(stage: &'s Stage, time: Option<f64>, textures: &'s mut dyn TextureSource) -> Self {
        Self {
            reader: Reader::new(stage, time),
            tables: Tables { materials: vec![material::fallback("")], ..Tables::default() },
            arena: ArenaBuilder::default(),
            diagnoses: Diagnoses::default(),
            nodes: Vec::new(),
            shapes: Vec::new(),
            instancers: Vec::new(),
            rows: HashMap::new(),
            pictures: Pictures::new(textures),
            materials: Materials::default(),
            material_paths: MaterialPaths::default(),
            kinds: Kinds::default(),
            meshes: HashMap::new(),
            gprims: HashMap::new(),
            primvar_lists: HashMap::new(),
            material_path_ids: HashMap::new(),
        }
    }

    /// Walks the whole stage.
    pub(super) fn stage(&mut self, progress: &mut dyn FnMut(f32, &str)) {
        let paths = self.paths(&Path::abs_root(), PrimPredicate::DEFAULT_PROXIES, progress);
        let total = paths.len().max(1);
        let mut frames = Vec::new();
        for (row, path) in paths.iter().enumerate() {
            // Every row: one may be a mesh of millions, and who watches takes silence for a hang.
            progress(super::COMPOSING_ENDS + 0.6 * row as f32 / total as f32, "reading prims");
            self.visit(path, &mut frames, true);
        }
        self.close(&mut frames);
    }

    /// Walks the prototype at `root`, which the traversal of the stage left out; answers with its node.
    pub(super) fn prototype(&mut self, root: &Path) -> Option<usize> {
        self.reader.prim(root)?;
        let required = PrimStatus::ACTIVE.union(PrimStatus::LOADED);
        // A class is abstract and an over is not defined: both serve as prototypes.
        let predicate = PrimPredicate::new(required, PrimStatus::empty()).with_instance_proxies(true);
        let paths = self.paths(root, predicate, &mut |_, _| {});
        let first = self.nodes.len();
        let mut frames = Vec::new();
        for path in &paths {
            self.visit(path, &mut frames, false);
        }
        self.close(&mut frames);
        (self.nodes.len() > first).then_some(first)
    }

    /// Paths below and including `root` that satisfy `predicate`, in USD's order. Composes most of the stage on the
    /// way: `progress` hears of every [`COMPOSED`](super::COMPOSED) prims, of a total that nobody knows yet.
    fn paths(
        &mut self,
        root: &Path,
        predicate: PrimPredicate,
        progress: &mut dyn FnMut(f32, &str),
    ) -> Vec<Path> {
        let mut paths = Vec::new();
        let stage = self.reader.stage;
        let result = if root.is_abs_root() {
            stage.traverse(predicate, |path| {
                if !path.is_abs_root() && paths.len() < MAX_PRIMS {
                    paths.push(path.clone());
                    if paths.len() % super::COMPOSED == 0 {
                        let seen = paths.len() as f32;
                        progress(super::COMPOSING_ENDS * seen / (seen + 20_000.0), "composing");
                    }
                }
            })
        } else {
            descend(stage, root, predicate, &mut paths)
        };
        if let Err(error) = result {
            let message = format!("the stage is read only in part: {error}");
            self.diagnoses.prim(DiagnosticCode::InvalidData, root.as_str(), message);
        }
        if paths.len() >= MAX_PRIMS {
            let message = format!("only the first {MAX_PRIMS} prims are read");
            self.diagnoses.stage(DiagnosticCode::Limit, message);
        }
        paths
    }

    /// Ends every open frame.
    fn close(&mut self, frames: &mut Vec<Frame>) {
        for frame in frames.drain(..) {
            self.nodes[frame.node].end = self.nodes.len();
        }
    }

    fn visit(&mut self, path: &Path, frames: &mut Vec<Frame>, is_listed: bool) {
        while frames.last().is_some_and(|frame| !is_child(path.as_str(), frame.path.as_str())) {
            if let Some(frame) = frames.pop() {
                self.nodes[frame.node].end = self.nodes.len();
            }
        }
        let Ok(prim) = self.reader.stage.prim(path.clone()) else { return };
        let Some(kind) = self.kinds.of(&prim, self.reader.stage.schema_registry()) else { return };
        let names = prim.authored_property_names().unwrap_or_default();
        let above = frames.last();
        let is_proxy = above.is_some_and(|frame| frame.is_in_instance);
        let is_instance = prim.is_instance().unwrap_or(false);
        let (local, resets_stack) = self.local(&prim, &kind, &names);
        let parent_world = above.map_or(DMat4::IDENTITY, |frame| frame.world);
        let world = if resets_stack { local } else { parent_world * local };
        let is_authored = |name: &str| names.iter().any(|other| other.as_str() == name);
        let is_invisible_itself = kind.is_imageable
            && is_authored("visibility")
            && self.reader.text(&prim, "visibility").as_deref() == Some("invisible");
        let is_visible = above.is_none_or(|frame| frame.is_visible) && !is_invisible_itself;
        let own_purpose = if kind.is_imageable && is_authored("purpose") {
            self.reader.text(&prim, "purpose").map(|token| purpose(&token))
        } else {
            None
        };
        let purpose = own_purpose.or_else(|| above.and_then(|frame| frame.purpose));
        let home = if is_proxy { prim.prim_in_prototype().ok().flatten() } else { None };
        let home = home.map_or_else(|| path.clone(), |prim| prim.path().clone());
        let own_primvars = primvars::own(&prim, home.as_str(), &names);
        let none = || Rc::from(Vec::new());
        let inherited = above.map_or_else(none, |frame| frame.primvars.clone());
        let bindings = binding::gather(
            &self.reader,
            &prim,
            &names,
            above.and_then(|frame| frame.bindings.as_ref()),
        );
        let node = self.nodes.len();
        let is_inside_instancer = above.is_some_and(|frame| frame.is_inside_instancer);
        self.nodes.push(Node {
            parent: above.map(|frame| frame.node),
            end: node + 1,
            local,
            resets_stack,
            world,
            is_invisible_itself,
            is_visible,
            purpose: purpose.unwrap_or_default(),
            shapes: 0..0,
            instancer: None,
            is_inside_instancer,
        });
        if is_listed {
            self.tables.prims.push(PrimRow {
                path: path.as_str().to_owned(),
                parent: above.map(|frame| frame.node as PrimId),
                type_name: kind.type_name.clone(),
                instance: is_instance,
                instance_proxy: is_proxy,
                visible: is_visible,
                purpose: purpose.unwrap_or_default(),
                bounds: None,
            });
        }
        let handed_down = primvars::inherit(&inherited, &own_primvars, false);
        let met = Met {
            prim: &prim,
            path,
            home: &home,
            kind: &kind,
            names: &names,
            node,
            row: is_listed.then_some(node as PrimId),
            bindings: bindings.as_ref(),
            primvars: &primvars::inherit(&inherited, &own_primvars, true),
        };
        self.shape(&met);
        self.describe(&met);
        frames.push(Frame {
            path: path.clone(),
            node,
            world,
            is_visible,
            purpose,
            primvars: handed_down,
            bindings,
            is_in_instance: is_proxy || is_instance,
            is_inside_instancer: is_inside_instancer || kind.class == Class::PointInstancer,
        });
    }

    fn local(&mut self, prim: &Prim, kind: &Kind, names: &[Token]) -> (DMat4, bool) {
        if !kind.is_xformable || !names.iter().any(|name| name.as_str() == "xformOpOrder") {
            return (DMat4::IDENTITY, false);
        }
        let query = match XformQuery::for_prim(prim) {
            Ok(query) => query,
            Err(error) => {
                let message = format!("its transform is not used: {error}");
                self.diagnoses.prim(DiagnosticCode::InvalidData, prim.path().as_str(), message);
                return (DMat4::IDENTITY, false);
            }
        };
        if !self.reader.saw_animation() {
            self.reader.note_animation(query.transform_might_be_time_varying().unwrap_or(false));
        }
        let matrix = match query.local_transformation(self.reader.time) {
            Ok(matrix) => DMat4::from_cols_array(&matrix.0),
            Err(error) => {
                let message = format!("its transform is not used: {error}");
                self.diagnoses.prim(DiagnosticCode::InvalidData, prim.path().as_str(), message);
                DMat4::IDENTITY
            }
        };
        (matrix, query.resets_xform_stack())
    }

    /// What the prim draws.
    fn shape(&mut self, met: &Met<'_>) {
        match met.kind.class {
            Class::Mesh => self.mesh(met),
            Class::Gprim => self.gprim(met),
            Class::PointInstancer => self.instancer(met),
            Class::Camera | Class::Subset | Class::Material | Class::Skeleton | Class::Other => {}
        }
        let node = &self.nodes[met.node];
        if !node.shapes.is_empty() && !is_drawable(&node.world) {
            self.nodes[met.node].shapes = 0..0;
            let message = "its transform is NaN or infinite and it is not drawn";
            self.diagnoses.prim(DiagnosticCode::InvalidData, met.path.as_str(), message);
        }
        if met.kind.has_geom_model
            && let Some(mode) = self.reader.text(met.prim, "model:drawMode")
            && !matches!(mode.as_str(), "default" | "inherited")
        {
            self.diagnoses.unsupported("model:drawMode", met.path.as_str(), "the full geometry is shown");
        }
    }

    /// Rows that are about the prim rather than its picture.
    fn describe(&mut self, met: &Met<'_>) {
        let Some(row) = met.row else { return };
        let reader = &self.reader;
        match met.kind.class {
            Class::Camera => {
                let world = self.nodes[met.node].world;
                self.tables.cameras.push(camera::read(reader, met.prim, row, world));
            }
            Class::Subset => {
                let indices = reader.value(met.prim, "indices");
                let detail = SubsetDetail {
                    prim: row,
                    index_count: indices.and_then(|v| v.array_len()).map(|n| n as u64),
                    family: reader.text(met.prim, "familyName").unwrap_or_default(),
                    material: self.material_path(met, ""),
                };
                self.tables.details.subsets.push(detail);
            }
            Class::Material => {
                let detail = material::detail(reader, met.prim, row);
                self.tables.details.materials.push(detail);
            }
            Class::Skeleton => self.tables.details.skeletons.push(row),
            Class::Mesh | Class::Gprim | Class::PointInstancer | Class::Other => {}
        }
        if met.kind.is_light {
            let node = &self.nodes[met.node];
            let (world, visible) = (node.world, node.is_visible);
            let mut sinks = light::Sinks {
                pictures: &mut self.pictures,
                textures: &mut self.tables.textures,
                arena: &mut self.arena,
                diagnoses: &mut self.diagnoses,
            };
            let type_name = &met.kind.type_name;
            let light = light::read(&self.reader, met.prim, type_name, row, world, visible, &mut sinks);
            self.tables.lights.push(light);
        }
        let sets = variants::read(self.reader.stage, met.prim);
        if !sets.is_empty() {
            self.tables.details.variants.push(VariantDetail { prim: row, sets });
        }
        if variants::has_payload(self.reader.stage, met.path) {
            self.tables.details.payloads.push(row);
        }
    }

    fn mesh(&mut self, met: &Met<'_>) {
        let subsets = subsets::gather(&self.reader, met.prim);
        let material = self.bound(met.bindings, met.path);
        let subset_materials: Vec<Bound> = subsets
            .iter()
            .map(|subset| {
                let names = subset.prim.authored_property_names().unwrap_or_default();
                let bindings = binding::gather(&self.reader, &subset.prim, &names, met.bindings);
                self.bound(bindings.as_ref(), subset.prim.path())
            })
            .collect();
        let uv = subset_materials.iter().chain([&material]).find_map(|bound| bound.uv.clone());
        let uv_name = uv.as_deref().unwrap_or("st");
        let key = met.geometry_key(uv_name);
        if !self.meshes.contains_key(&key) {
            let source = mesh::Source {
                prim: met.prim,
                names: met.names,
                primvars: met.primvars,
                subsets: &subsets,
                uv_name,
            };
            let mut mesh = mesh::read(&self.reader, &source, &mut self.arena, &mut self.diagnoses);
            let geometry = mesh.geometry.take().map(|geometry| self.add_geometry(geometry));
            self.meshes.insert(key.clone(), Shared { mesh: Rc::new(mesh), geometry });
        }
        let Some(shared) = self.meshes.get(&key) else { return };
        let (mesh, geometry) = (shared.mesh.clone(), shared.geometry);
        let first = self.shapes.len();
        if let Some(geometry) = geometry {
            self.shapes.extend(mesh.ranges.iter().map(|range| Shape {
                geometry,
                first: range.first,
                count: range.count,
                material: range.subset.and_then(|i| subset_materials.get(i)).unwrap_or(&material).id,
            }));
        }
        self.nodes[met.node].shapes = first..self.shapes.len();
        if let Some(row) = met.row {
            let detail = MeshDetail {
                prim: row,
                world_from_local: self.nodes[met.node].world,
                primvars: self.primvar_list(met.primvars),
                material: self.material_path(met, ""),
                preview_material: self.material_path(met, "preview"),
                ..mesh.detail.clone()
            };
            self.tables.details.meshes.push(detail);
        }
    }

    fn gprim(&mut self, met: &Met<'_>) {
        if let Some(row) = met.row {
            let detail = GprimDetail {
                prim: row,
                world_from_local: self.nodes[met.node].world,
                material: self.material_path(met, ""),
            };
            self.tables.details.gprims.push(detail);
        }
        let Some(gprim) = self.parameters(met) else { return };
        let material = self.bound(met.bindings, met.path);
        let key = met.gprim_key(gprim);
        let (geometry, count) = match self.gprims.get(&key) {
            Some(&known) => known,
            None => {
                let geometry = self.build_gprim(met, gprim);
                let count = geometry.triangles.len as u32;
                let id = self.add_geometry(geometry);
                self.gprims.insert(key, (id, count));
                (id, count)
            }
        };
        let first = self.shapes.len();
        self.shapes.push(Shape { geometry, first: 0, count, material: material.id });
        self.nodes[met.node].shapes = first..first + 1;
    }

    /// The gprim's parameters; `None` (told) for curves, points and whatever else is not a simple solid.
    fn parameters(&mut self, met: &Met<'_>) -> Option<Gprim> {
        let reader = &self.reader;
        let number = |name: &str, fallback: f32| reader.float(met.prim, name).unwrap_or(fallback);
        let axis = || reader.text(met.prim, "axis").map_or(Axis::Z, |token| Axis::from_token(&token));
        let gprim = match met.kind.type_name.as_str() {
            "Cube" => Gprim::Cube(number("size", 2.0)),
            "Sphere" => Gprim::Sphere(number("radius", 1.0)),
            "Cylinder" => Gprim::Cylinder(number("radius", 1.0), number("height", 2.0), axis()),
            "Cone" => Gprim::Cone(number("radius", 1.0), number("height", 2.0), axis()),
            "Capsule" => Gprim::Capsule(number("radius", 0.5), number("height", 1.0), axis()),
            "Plane" => Gprim::Plane(number("width", 2.0), number("length", 2.0), axis()),
            _ => {
                let path = met.path.as_str();
                self.diagnoses.unsupported("a gprim other than a mesh or a simple solid", path, "it is not drawn");
                return None;
            }
        };
        if !gprim.is_finite() {
            let message = "its size is NaN or infinite and it is not drawn";
            self.diagnoses.prim(DiagnosticCode::InvalidData, met.path.as_str(), message);
            return None;
        }
        Some(gprim)
    }

    fn build_gprim(&mut self, met: &Met<'_>, gprim: Gprim) -> Geometry {
        let mut shape = gprims::build(gprim);
        let is_authored = |name: &str| met.names.iter().any(|other| other.as_str() == name);
        if is_authored("orientation")
            && self.reader.text(met.prim, "orientation").as_deref() == Some("leftHanded")
        {
            shape.triangles.iter_mut().for_each(|triangle| triangle.swap(1, 2));
        }
        // A sheet has two sides.
        let double_sided = matches!(gprim, Gprim::Plane(..))
            || (is_authored("doubleSided")
                && self.reader.flag(met.prim, "doubleSided").unwrap_or(false));
        let triangulation = Triangulation { faces: vec![0; shape.triangles.len()], corners: Vec::new() };
        let source =
            mesh::Source { prim: met.prim, names: met.names, primvars: met.primvars, subsets: &[], uv_name: "st" };
        // Only constants can be laid over points that nobody authored.
        let mut lay = mesh::Lay {
            reader: &self.reader,
            source: &source,
            shape: Counts { faces: 1, points: 1, corners: 1 },
            triangulation: &triangulation,
            arena: &mut self.arena,
            diagnoses: &mut self.diagnoses,
        };
        let color = lay.attribute("displayColor", read::vec3s, [0.18; 3]);
        let opacity = lay.attribute("displayOpacity", read::floats, 1.0);
        Geometry {
            points: self.arena.push(&shape.points),
            triangles: self.arena.push(&shape.triangles),
            normals: Attribute { domain: Domain::Point, values: self.arena.push(&shape.normals) },
            uv: Attribute { domain: Domain::Point, values: self.arena.push(&shape.uvs) },
            color: constant(color),
            opacity: constant(opacity),
            double_sided,
            bounds: Bounds::of_points(&shape.points),
        }
    }

    fn instancer(&mut self, met: &Met<'_>) {
        let instances = instances::read(&self.reader, met.prim, &mut self.diagnoses);
        let detail = met.row.map(|row| {
            self.tables.details.instancers.push(InstancerDetail {
                prim: row,
                world_from_local: self.nodes[met.node].world,
                prototypes: instances.prototypes.iter().map(|path| path.as_str().to_owned()).collect(),
                index_count: instances.index_count,
                instance_count: instances.rows.as_ref().map(|rows| rows.len() as u64),
                first_transforms: Vec::new(),
            });
            self.tables.details.instancers.len() - 1
        });
        self.nodes[met.node].instancer = Some(self.instancers.len());
        self.instancers.push(Instancer { node: met.node, path: met.path.clone(), instances, detail });
    }

    fn add_geometry(&mut self, geometry: Geometry) -> GeometryId {
        self.tables.geometries.push(geometry);
        (self.tables.geometries.len() - 1) as GeometryId
    }

    /// The material that is drawn: what is bound for previews, else for all purposes, else the fallback.
    fn bound(&mut self, bindings: Option<&Rc<Bindings>>, path: &Path) -> Bound {
        let Some(target) = binding::resolve(&self.reader, bindings, path, "preview") else {
            return Bound::default();
        };
        if !self.material_paths.contains(&self.reader, &target) {
            let message = format!("it is bound to {target}, which is not a Material: correct the binding");
            self.diagnoses.prim(DiagnosticCode::MissingTarget, path.as_str(), message);
            return Bound::default();
        }
        let mut sinks = material::Sinks {
            reader: &self.reader,
            materials: &mut self.tables.materials,
            textures: &mut self.tables.textures,
            arena: &mut self.arena,
            pictures: &mut self.pictures,
            diagnoses: &mut self.diagnoses,
        };
        self.materials.bind(&mut sinks, &target)
    }

    fn material_path(&mut self, met: &Met<'_>, purpose: &str) -> Option<MaterialPathId> {
        let target = binding::resolve(&self.reader, met.bindings, met.path, purpose)?;
        if !self.material_paths.contains(&self.reader, &target) {
            return None;
        }
        let paths = &mut self.tables.details.material_paths;
        Some(*self.material_path_ids.entry(target).or_insert_with_key(|target| {
            paths.push(target.as_str().to_owned());
            (paths.len() - 1) as MaterialPathId
        }))
    }

    fn primvar_list(&mut self, primvars: &[primvars::Primvar]) -> u32 {
        let list: Vec<PrimvarDetail> = primvars
            .iter()
            .map(|primvar| PrimvarDetail {
                name: (*primvar.name).to_owned(),
                interpolation: (*primvar.interpolation).to_owned(),
                type_name: (*primvar.type_name).to_owned(),
                indexed: primvar.indexed,
            })
            .collect();
        let lists = &mut self.tables.details.primvar_lists;
        *self.primvar_lists.entry(list).or_insert_with_key(|list| {
            lists.push(list.clone());
            (lists.len() - 1) as u32
        })
    }
}

/// A prim being visited.
struct Met<'a> {
    prim: &'a Prim,
    path: &'a Path,
    /// The path that identifies it across instances.
    home: &'a Path,
    kind: &'a Kind,
    names: &'a [Token],
    node: usize,
    /// Its row in the tables, if it has one.
    row: Option<PrimId>,
    bindings: Option<&'a Rc<Bindings>>,
    /// All that apply.
    primvars: &'a PrimvarList,
}

impl Met<'_> {
    /// Equal keys, equal geometry: the same prim of a prototype with the same inherited primvars.
    fn geometry_key(&self, uv_name: &str) -> String {
        let mut key = format!("{}|{uv_name}", self.home.as_str());
        for name in ["displayColor", "displayOpacity", "normals", uv_name] {
            let identity = self.primvars.iter().find(|p| &*p.name == name).map_or("", |p| &p.identity);
            // Its own primvars are the same wherever the prim is.
            if !identity.strip_prefix(self.home.as_str()).is_some_and(|rest| rest.starts_with('.')) {
                key.push('|');
                key.push_str(identity);
            }
        }
        key
    }

    /// Gprims without colours of their own are shared by everyone with the same parameters.
    fn gprim_key(&self, gprim: Gprim) -> String {
        let is_plain = self.primvars.iter().all(|p| !matches!(&*p.name, "displayColor" | "displayOpacity"))
            && self.names.iter().all(|name| !matches!(name.as_str(), "orientation" | "doubleSided"));
        if is_plain { format!("{gprim:?}") } else { format!("{gprim:?}|{}", self.geometry_key("")) }
    }
}

fn constant<T>(attribute: Attribute<T>) -> Attribute<T> {
    match attribute.domain {
        Domain::None => attribute,
        Domain::Constant | Domain::Triangle | Domain::Point | Domain::Corner => {
            Attribute { domain: Domain::Constant, ..attribute }
        }
    }
}

fn is_child(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).and_then(|rest| rest.strip_prefix('/')).is_some_and(|rest| !rest.contains('/'))
}

/// An unknown purpose is the default one.
fn purpose(token: &str) -> Purpose {
    match token {
        "render" => Purpose::Render,
        "proxy" => Purpose::Proxy,
        "guide" => Purpose::Guide,
        _ => Purpose::Default,
    }
}

/// Depth first without recursion: a hostile stage must not use up the thread's own stack here.
fn descend(
    stage: &Stage,
    root: &Path,
    predicate: PrimPredicate,
    paths: &mut Vec<Path>,
) -> openusd::Result<()> {
    let mut open = vec![root.clone()];
    while let Some(path) = open.pop() {
        if paths.len() >= MAX_PRIMS || !stage.prim_matches(&path, predicate)? {
            continue;
        }
        let names = stage.prim(path.clone())?.child_names()?;
        open.extend(names.iter().rev().filter_map(|name| path.append_path(name.as_str()).ok()));
        paths.push(path);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_direct_children_are_children() {
        assert!(is_child("/A/B", "/A"));
        assert!(!is_child("/A/B/C", "/A"));
        assert!(!is_child("/AB", "/A"));
        assert!(!is_child("/A", "/A"));
    }
}
