//! What the stage says beyond what is drawn: the rows behind `inspect` and the property panel.
//!
//! Counts and names as authored, before triangulation and repair. Nothing here is needed to draw a picture, and
//! nothing here is computed from pixels or viewers.

use glam::DMat4;
use serde::{Deserialize, Serialize};

use crate::arena::Span;
use crate::tables::PrimId;

/// Rows about prims, in traversal order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Details {
    /// `upAxis` as authored, or USD's default.
    pub up_axis: String,
    /// Every Mesh.
    pub meshes: Vec<MeshDetail>,
    /// What is authored on meshes; [`MeshDetail::arrays`] points here.
    pub mesh_arrays: Vec<MeshArrays>,
    /// Every other Gprim.
    pub gprims: Vec<GprimDetail>,
    /// Every PointInstancer.
    pub instancers: Vec<InstancerDetail>,
    /// Every GeomSubset.
    pub subsets: Vec<SubsetDetail>,
    /// Every Material, bound or not.
    pub materials: Vec<MaterialDetail>,
    /// Every Skeleton.
    pub skeletons: Vec<PrimId>,
    /// Prims with variant sets.
    pub variants: Vec<VariantDetail>,
    /// Prims that have a payload.
    pub payloads: Vec<PrimId>,
    /// Lists of primvars, each once; [`MeshDetail::primvars`] points here.
    pub primvar_lists: Vec<Vec<PrimvarDetail>>,
    /// Paths of bound materials, each once; `material` fields point here.
    pub material_paths: Vec<String>,
    /// Purposes that USD does not know, by prim, ascending; they count as the default one.
    pub odd_purposes: Vec<(PrimId, String)>,
}

/// Index into [`Details::material_paths`].
pub type MaterialPathId = u32;

/// Index into [`Details::mesh_arrays`].
pub type MeshArraysId = u32;

/// A Mesh in its place.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct MeshDetail {
    /// The mesh.
    pub prim: PrimId,
    /// What is authored on it; instances share it.
    pub arrays: MeshArraysId,
    /// Index into [`Details::primvar_lists`].
    pub primvars: u32,
    /// Bound for all purposes.
    pub material: Option<MaterialPathId>,
    /// Bound for previews; what is drawn.
    pub preview_material: Option<MaterialPathId>,
    /// Stage space from local space.
    pub world_from_local: DMat4,
}

/// A Mesh as authored. Counts are `None` where the attribute has no value.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MeshArrays {
    /// The authored points (the same array that the geometry uses); `None` without a value of that type.
    pub points: Option<Span<[f32; 3]>>,
    /// Number of points, whatever their type.
    pub point_count: Option<u64>,
    /// Length of `faceVertexCounts`.
    pub face_count: Option<u64>,
    /// Length of `faceVertexIndices`.
    pub corner_count: Option<u64>,
    /// Sum of `faceVertexIndices`.
    pub index_sum: Option<i64>,
    /// Length of `normals`.
    pub normal_count: Option<u64>,
    /// Interpolation of `normals`.
    pub normals_interpolation: String,
    /// `subdivisionScheme`.
    pub subdivision_scheme: String,
    /// `orientation`.
    pub orientation: String,
    /// `doubleSided`.
    pub double_sided: bool,
}

/// A primvar that applies to a prim, its own or inherited.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PrimvarDetail {
    /// Without the namespace.
    pub name: String,
    /// As authored; `constant` without a word.
    pub interpolation: String,
    /// USD's name of the value type.
    pub type_name: String,
    /// It has indices.
    pub indexed: bool,
}

/// A Gprim that is not a Mesh.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct GprimDetail {
    /// The gprim.
    pub prim: PrimId,
    /// Stage space from local space.
    pub world_from_local: DMat4,
    /// Bound for all purposes.
    pub material: Option<MaterialPathId>,
}

/// A PointInstancer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct InstancerDetail {
    /// The instancer.
    pub prim: PrimId,
    /// Stage space from local space.
    pub world_from_local: DMat4,
    /// Targets of `prototypes`.
    pub prototypes: Vec<String>,
    /// Length of `protoIndices`.
    pub index_count: Option<u64>,
    /// Instances that are not masked out; `None` where the arrays contradict each other.
    pub instance_count: Option<u64>,
    /// Instancer space from prototype space of the first few unmasked instances, the prototype's own ops included.
    pub first_transforms: Vec<DMat4>,
}

/// A GeomSubset.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SubsetDetail {
    /// The subset.
    pub prim: PrimId,
    /// Length of `indices`.
    pub index_count: Option<u64>,
    /// `familyName`.
    pub family: String,
    /// Bound for all purposes.
    pub material: Option<MaterialPathId>,
}

/// A Material's surface terminals.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MaterialDetail {
    /// The material.
    pub prim: PrimId,
    /// Shader behind the universal surface output.
    pub surface: Option<SurfaceDetail>,
    /// Shader behind `outputs:mtlx:surface`, else the universal one.
    pub mtlx_surface: Option<SurfaceDetail>,
}

/// A shader prim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurfaceDetail {
    /// The shader's path.
    pub path: String,
    /// `info:id`, if any.
    pub id: Option<String>,
}

/// The variant sets of a prim.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct VariantDetail {
    /// The prim.
    pub prim: PrimId,
    /// Its sets, strongest first.
    pub sets: Vec<VariantSet>,
}

/// One variant set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantSet {
    /// The set's name.
    pub name: String,
    /// The composed selection; empty for none.
    pub selection: String,
    /// What can be chosen.
    pub variants: Vec<String>,
}
