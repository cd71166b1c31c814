//! What a prim draws: shared geometry with its materials.
//!
//! Meshes and gprims that look the same share one geometry, whoever they are: the key spells out everything that the
//! geometry depends on.

use std::collections::HashMap;
use std::rc::Rc;

use openusd::sdf::Path;

use super::binding::{self, Bindings};
use super::gprims::{self, Axis, Gprim};
use super::instances;
use super::kinds::Class;
use super::material::{self, Bound};
use super::mesh;
use super::moving::{MovingGprim, MovingMesh};
use super::primvars::{self, Counts};
use super::read;
use super::subsets::{self, Range};
use super::triangulate::Triangulation;
use super::walk::{Instancer, Met, Shape, Walk};
use crate::details::{GprimDetail, InstancerDetail, MaterialPathId, MeshArraysId, MeshDetail, PrimvarDetail};
use crate::tables::{Attribute, Bounds, DiagnosticCode, Domain, Geometry, GeometryId};

/// What several prims use, by what it depends on.
#[derive(Default)]
pub(super) struct Shared {
    meshes: HashMap<String, SharedMesh>,
    gprims: HashMap<String, (GeometryId, u32)>,
    primvar_lists: HashMap<Vec<PrimvarDetail>, u32>,
    material_paths: HashMap<String, MaterialPathId>,
}

/// A mesh in the tables.
#[derive(Clone)]
struct SharedMesh {
    geometry: Option<GeometryId>,
    arrays: MeshArraysId,
    ranges: Rc<[Range]>,
}

impl Walk<'_> {
    /// What the prim draws.
    pub(super) fn shape(&mut self, met: &Met<'_>) {
        match met.kind.class {
            Class::Mesh => self.mesh(met),
            Class::Gprim => self.gprim(met),
            Class::PointInstancer => self.instancer(met),
            Class::Camera | Class::Subset | Class::Material | Class::Skeleton | Class::Other => {}
        }
        if met.kind.has_geom_model
            && let Some(mode) = self.reader.text(met.prim, "model:drawMode")
            && !matches!(mode.as_str(), "default" | "inherited")
        {
            self.diagnoses.unsupported("model:drawMode", met.path.as_str(), "the full geometry is shown");
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
        let shared = match self.shared.meshes.get(&key) {
            Some(shared) => shared.clone(),
            None => {
                let source = mesh::Source {
                    prim: met.prim,
                    names: met.names,
                    primvars: met.primvars,
                    subsets: &subsets,
                    uv_name,
                };
                self.reader.take_animated();
                let mesh = mesh::read(&self.reader, &source, &mut self.arena, &mut self.diagnoses);
                let is_moving = self.reader.take_animated();
                self.details.mesh_arrays.push(mesh.arrays);
                let shared = SharedMesh {
                    geometry: mesh.geometry.map(|geometry| self.add_geometry(geometry)),
                    arrays: (self.details.mesh_arrays.len() - 1) as MeshArraysId,
                    ranges: mesh.ranges.into(),
                };
                if is_moving && let Some(geometry) = shared.geometry {
                    let ranges = shared.ranges.clone();
                    self.moving.meshes.push(MovingMesh {
                        geometry,
                        ranges,
                        kept: met.keep(),
                        uv_name: uv_name.to_owned(),
                    });
                }
                self.shared.meshes.insert(key, shared.clone());
                shared
            }
        };
        let first = self.shapes.len();
        if let Some(geometry) = shared.geometry {
            self.shapes.extend(shared.ranges.iter().map(|range| Shape {
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
                arrays: shared.arrays,
                world_from_local: self.nodes[met.node].world,
                primvars: self.primvar_list(met.primvars),
                material: self.material_path(met, ""),
                preview_material: self.material_path(met, "preview"),
            };
            self.details.meshes.push(detail);
        }
    }

    fn gprim(&mut self, met: &Met<'_>) {
        if let Some(row) = met.row {
            let detail = GprimDetail {
                prim: row,
                world_from_local: self.nodes[met.node].world,
                material: self.material_path(met, ""),
            };
            self.details.gprims.push(detail);
        }
        self.reader.take_animated();
        let Some(gprim) = self.parameters(met) else { return };
        let is_moving = self.reader.take_animated() || met.has_moving_color(&self.reader);
        let material = self.bound(met.bindings, met.path);
        let mut key = met.gprim_key(gprim);
        if is_moving {
            // It looks like others now, and not for long.
            key.extend(["|moving|", met.home.as_str()]);
        }
        let (geometry, count) = match self.shared.gprims.get(&key) {
            Some(&known) => known,
            None => {
                let geometry = self.build_gprim(met, gprim);
                let count = geometry.triangles.len as u32;
                let id = self.add_geometry(geometry);
                self.shared.gprims.insert(key, (id, count));
                if is_moving {
                    self.moving.gprims.push(MovingGprim { geometry: id, count, kept: met.keep() });
                }
                (id, count)
            }
        };
        let first = self.shapes.len();
        self.shapes.push(Shape { geometry, first: 0, count, material: material.id });
        self.nodes[met.node].shapes = first..first + 1;
    }

    /// The gprim's parameters; `None` (told) for curves, points and whatever else is not a simple solid.
    pub(super) fn parameters(&mut self, met: &Met<'_>) -> Option<Gprim> {
        let reader = &self.reader;
        let authored = |name: &str| if met.is_authored(name) { reader.value(met.prim, name) } else { None };
        let number = |name: &str, fallback: f32| {
            authored(name).as_ref().and_then(read::number).map_or(fallback, |value| value as f32)
        };
        let axis =
            || authored("axis").as_ref().and_then(read::text).map_or(Axis::Z, |t| Axis::from_token(&t));
        let gprim = match met.kind.type_name.as_str() {
            "Cube" => Gprim::Cube(number("size", 2.0)),
            "Sphere" => Gprim::Sphere(number("radius", 1.0)),
            "Cylinder" => Gprim::Cylinder(number("radius", 1.0), number("height", 2.0), axis()),
            "Cone" => Gprim::Cone(number("radius", 1.0), number("height", 2.0), axis()),
            "Capsule" => Gprim::Capsule(number("radius", 0.5), number("height", 1.0), axis()),
            "Plane" => Gprim::Plane(number("width", 2.0), number("length", 2.0), axis()),
            _ => {
                let path = met.path.as_str();
                self.diagnoses.unsupported(
                    "a gprim other than a mesh or a simple solid",
                    path,
                    "it is not drawn",
                );
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

    pub(super) fn build_gprim(&mut self, met: &Met<'_>, gprim: Gprim) -> Geometry {
        let mut shape = gprims::build(gprim);
        if met.is_authored("orientation")
            && self.reader.text(met.prim, "orientation").as_deref() == Some("leftHanded")
        {
            shape.triangles.iter_mut().for_each(|triangle| triangle.swap(1, 2));
        }
        // A sheet has two sides.
        let double_sided = matches!(gprim, Gprim::Plane(..))
            || (met.is_authored("doubleSided") && self.reader.flag(met.prim, "doubleSided").unwrap_or(false));
        let triangulation = Triangulation { faces: vec![0; shape.triangles.len()], corners: Vec::new() };
        let source = mesh::Source {
            prim: met.prim,
            names: met.names,
            primvars: met.primvars,
            subsets: &[],
            uv_name: "st",
        };
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
        self.reader.take_animated();
        let instances = instances::read(&self.reader, met.prim, &mut self.diagnoses);
        if self.reader.take_animated() {
            self.moving.instancers.push((self.instancers.len(), met.path.clone()));
        }
        let detail = met.row.map(|row| {
            self.details.instancers.push(InstancerDetail {
                prim: row,
                world_from_local: self.nodes[met.node].world,
                prototypes: instances.prototypes.iter().map(|path| path.as_str().to_owned()).collect(),
                index_count: instances.index_count,
                instance_count: instances.rows.as_ref().map(|rows| rows.len() as u64),
                first_transforms: Vec::new(),
            });
            self.details.instancers.len() - 1
        });
        self.nodes[met.node].instancer = Some(self.instancers.len());
        self.instancers.push(Instancer {
            node: met.node,
            path: met.path.clone(),
            instances,
            detail,
            is_open: false,
        });
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

    pub(super) fn material_path(&mut self, met: &Met<'_>, purpose: &str) -> Option<MaterialPathId> {
        let target = binding::resolve(&self.reader, met.bindings, met.path, purpose)?;
        self.material_paths.contains(&self.reader, &target).then(|| self.spell_material(target.as_str()))
    }

    /// The number of a material's path.
    pub(super) fn spell_material(&mut self, path: &str) -> MaterialPathId {
        if let Some(&known) = self.shared.material_paths.get(path) {
            return known;
        }
        let paths = &mut self.details.material_paths;
        paths.push(path.to_owned());
        let id = (paths.len() - 1) as MaterialPathId;
        self.shared.material_paths.insert(path.to_owned(), id);
        id
    }

    fn primvar_list(&mut self, primvars: &[primvars::Primvar]) -> u32 {
        let list: Vec<PrimvarDetail> = primvars
            .iter()
            .map(|primvar| PrimvarDetail {
                name: (*primvar.name).to_owned(),
                interpolation: (*primvar.interpolation).to_owned(),
                type_name: primvar.type_name(),
                indexed: primvar.indexed,
            })
            .collect();
        let lists = &mut self.details.primvar_lists;
        *self.shared.primvar_lists.entry(list).or_insert_with_key(|list| {
            lists.push(list.clone());
            (lists.len() - 1) as u32
        })
    }
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

    /// Equal keys, equal geometry: the same parameters and the same colours.
    fn gprim_key(&self, gprim: Gprim) -> String {
        let mut key = format!("{gprim:?}");
        for primvar in self.primvars.iter() {
            if matches!(&*primvar.name, "displayColor" | "displayOpacity") {
                key.extend(["|", &primvar.identity]);
            }
        }
        if self.is_authored("orientation") || self.is_authored("doubleSided") {
            key.extend(["|", self.home.as_str()]);
        }
        key
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
