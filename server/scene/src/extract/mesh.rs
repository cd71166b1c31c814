//! UsdGeomMesh → geometry.
//!
//! Reads the arrays once, keeps the points as authored (also those of a mesh that cannot be drawn: `inspect` counts
//! them), and turns polygons and primvars into triangles and attributes.

use openusd::sdf::Value;
use openusd::tf::Token;
use openusd::usd::Prim;

use super::diagnostics::Diagnoses;
use super::normals;
use super::primvars::{self, Counts, Primvar, Values};
use super::read::{self, Reader};
use super::subsets::{self, Range, Subset};
use super::triangulate::{self, Triangulation};
use crate::arena::ArenaBuilder;
use crate::details::MeshArrays;
use crate::tables::{Attribute, Bounds, DiagnosticCode, Domain, Geometry};

/// A mesh without its place: what all instances share.
pub(super) struct Mesh {
    /// What `inspect` says, but for place and bindings.
    pub(super) arrays: MeshArrays,
    /// What is drawn; `None` if nothing can be.
    pub(super) geometry: Option<Geometry>,
    /// Which triangles are whose.
    pub(super) ranges: Vec<Range>,
}

/// A mesh prim with what was found out about it already.
pub(super) struct Source<'a> {
    pub(super) prim: &'a Prim,
    /// Authored property names.
    pub(super) names: &'a [Token],
    /// All that apply.
    pub(super) primvars: &'a [Primvar],
    pub(super) subsets: &'a [Subset],
    /// The primvar that the material's textures read.
    pub(super) uv_name: &'a str,
}

impl Source<'_> {
    fn is_authored(&self, name: &str) -> bool {
        self.names.iter().any(|other| other.as_str() == name)
    }

    /// The value of an attribute whose fallback is not needed.
    fn authored(&self, reader: &Reader<'_>, name: &str) -> Option<Value> {
        if self.is_authored(name) { reader.value(self.prim, name) } else { None }
    }

    fn token(&self, reader: &Reader<'_>, name: &str, fallback: &str) -> String {
        self.authored(reader, name).as_ref().and_then(read::text).unwrap_or_else(|| fallback.to_owned())
    }

    pub(super) fn primvar(&self, name: &str) -> Option<&Primvar> {
        self.primvars.iter().find(|primvar| &*primvar.name == name)
    }
}

/// Reads the mesh.
pub(super) fn read(
    reader: &Reader<'_>,
    source: &Source<'_>,
    arena: &mut ArenaBuilder,
    diagnoses: &mut Diagnoses,
) -> Mesh {
    let path = source.prim.path().as_str();
    let invalid = |diagnoses: &mut Diagnoses, message: String| {
        diagnoses.prim(DiagnosticCode::InvalidData, path, message);
    };
    let points = source.authored(reader, "points");
    let point_count = points.as_ref().and_then(Value::array_len).map(|n| n as u64);
    let points: Option<Vec<[f32; 3]>> = match points {
        Some(Value::Vec3fVec(points)) => Some(points.into_iter().map(Into::into).collect()),
        _ => None,
    };
    let span = points.as_ref().map(|points| arena.push(points));
    let int_array = |name: &str| source.authored(reader, name).and_then(read::ints);
    let (counts, indices) = (int_array("faceVertexCounts"), int_array("faceVertexIndices"));
    let normals = source.authored(reader, "normals");
    let normals_interpolation = if source.is_authored("normals") {
        source.prim.attribute("normals").get_metadata::<Token>("interpolation").ok().flatten()
    } else {
        None
    };
    let double_sided = source.authored(reader, "doubleSided").as_ref().and_then(read::number);
    let arrays = MeshArrays {
        points: span,
        point_count,
        face_count: counts.as_ref().map(|counts| counts.len() as u64),
        corner_count: indices.as_ref().map(|indices| indices.len() as u64),
        index_sum: indices.as_ref().map(|indices| indices.iter().map(|&i| i64::from(i)).sum()),
        normal_count: normals.as_ref().and_then(Value::array_len).map(|n| n as u64),
        normals_interpolation: normals_interpolation.map_or("vertex".to_owned(), |t| t.as_str().to_owned()),
        subdivision_scheme: source.token(reader, "subdivisionScheme", "catmullClark"),
        orientation: source.token(reader, "orientation", "rightHanded"),
        double_sided: double_sided.is_some_and(|flag| flag != 0.0),
    };
    let mut mesh = Mesh { arrays, geometry: None, ranges: Vec::new() };
    let (Some(points), Some(counts), Some(indices)) = (points, counts, indices) else {
        invalid(diagnoses, "the mesh has no points or no faces and is not drawn".to_owned());
        return mesh;
    };
    if points.is_empty() || counts.is_empty() {
        invalid(diagnoses, "the mesh is empty and is not drawn".to_owned());
        return mesh;
    }
    if let Err(error) = triangulate::check(&counts, &indices, points.len()) {
        invalid(diagnoses, format!("the mesh is not drawn: {error}"));
        return mesh;
    }
    if indices.iter().any(|&i| !points[i as usize].iter().all(|v| v.is_finite())) {
        invalid(diagnoses, "the mesh is not drawn: it has points that are NaN or infinite".to_owned());
        return mesh;
    }
    let holes = int_array("holeIndices").unwrap_or_default();
    let is_flipped = mesh.arrays.orientation == "leftHanded";
    let mut triangulation = triangulate::triangulate(&counts, &indices, &points, &holes, is_flipped);
    if triangulation.faces.is_empty() {
        invalid(diagnoses, "the mesh has no face of three or more corners and is not drawn".to_owned());
        return mesh;
    }
    let subset_faces = source.subsets.iter().map(|subset| subset.faces.as_slice());
    let (ranges, trouble) = subsets::sort(&mut triangulation, subset_faces, counts.len());
    if trouble.outside > 0 {
        invalid(diagnoses, format!("{} face indices of its subsets name no face", trouble.outside));
    }
    if trouble.twice > 0 {
        let message = format!("{} faces are in more than one subset: the first has them", trouble.twice);
        invalid(diagnoses, message);
    }
    mesh.ranges = ranges;
    let triangles: Vec<[u32; 3]> =
        triangulation.corners.iter().map(|corners| corners.map(|c| indices[c as usize] as u32)).collect();
    let shape = Counts { faces: counts.len(), points: points.len(), corners: indices.len() };
    let authored = authored_normals(reader, source, normals, &mesh.arrays.normals_interpolation, shape);
    let normals = match authored {
        Ok(Some(mut authored)) => {
            normals::normalize(&mut authored.values);
            push(arena, &primvars::spread(authored, &triangulation))
        }
        found => {
            if let Err(error) = found {
                invalid(diagnoses, format!("its normals are not used: {error}"));
            }
            if matches!(mesh.arrays.subdivision_scheme.as_str(), "none" | "bilinear") {
                Attribute::default()
            } else {
                let values = normals::smooth(&points, &triangles);
                push(arena, &Values { domain: Domain::Point, values })
            }
        }
    };
    let mut lay = Lay { reader, source, shape, triangulation: &triangulation, arena, diagnoses };
    let uv = lay.attribute(source.uv_name, read::vec2s, [0.0; 2]);
    let color = lay.attribute("displayColor", read::vec3s, [0.18; 3]);
    let opacity = lay.attribute("displayOpacity", read::floats, 1.0);
    tell_unsupported(source, &mesh.arrays, diagnoses);
    mesh.geometry = Some(Geometry {
        points: mesh.arrays.points.unwrap_or_default(),
        triangles: arena.push(&triangles),
        normals,
        uv,
        color,
        opacity,
        double_sided: mesh.arrays.double_sided,
        bounds: used_bounds(&points, &triangles),
    });
    mesh
}

/// The box of the points that triangles use: stray points must not push the camera away.
fn used_bounds(points: &[[f32; 3]], triangles: &[[u32; 3]]) -> Option<Bounds> {
    let mut used = vec![false; points.len()];
    triangles.iter().flatten().for_each(|&i| used[i as usize] = true);
    if used.iter().all(|&used| used) {
        return Bounds::of_points(points);
    }
    let used: Vec<[f32; 3]> = points.iter().zip(used).filter(|(_, used)| *used).map(|(p, _)| *p).collect();
    Bounds::of_points(&used)
}

fn authored_normals(
    reader: &Reader<'_>,
    source: &Source<'_>,
    normals: Option<Value>,
    interpolation: &str,
    counts: Counts,
) -> Result<Option<Values<[f32; 3]>>, primvars::PrimvarError> {
    // `primvars:normals` wins over `normals` (UsdGeomPointBased).
    if let Some(primvar) = source.primvar("normals") {
        return primvars::values(reader, primvar, counts, read::vec3s);
    }
    match normals.and_then(read::vec3s) {
        Some(values) if !values.is_empty() => primvars::lay(interpolation, values, None, counts).map(Some),
        _ => Ok(None),
    }
}

/// Primvars on their way to attributes.
pub(super) struct Lay<'a, 's> {
    pub(super) reader: &'a Reader<'s>,
    pub(super) source: &'a Source<'a>,
    pub(super) shape: Counts,
    pub(super) triangulation: &'a Triangulation,
    pub(super) arena: &'a mut ArenaBuilder,
    pub(super) diagnoses: &'a mut Diagnoses,
}

impl Lay<'_, '_> {
    /// The primvar `name` as an attribute; nothing (told) if its data contradict the mesh. Numbers that are not
    /// finite become `repair`.
    pub(super) fn attribute<T: Number>(
        &mut self,
        name: &str,
        convert: fn(Value) -> Option<Vec<T>>,
        repair: T,
    ) -> Attribute<T> {
        let Some(primvar) = self.source.primvar(name) else { return Attribute::default() };
        let path = self.source.prim.path().as_str();
        match primvars::values(self.reader, primvar, self.shape, convert) {
            Ok(None) => Attribute::default(),
            Ok(Some(mut values)) => {
                let mut broken = 0;
                for value in values.values.iter_mut().filter(|value| !value.is_number()) {
                    *value = repair;
                    broken += 1;
                }
                if broken > 0 {
                    let message = format!("{broken} values of the primvar {name} are NaN or infinite");
                    self.diagnoses.prim(DiagnosticCode::InvalidData, path, message);
                }
                push(self.arena, &primvars::spread(values, self.triangulation))
            }
            Err(error) => {
                let message = format!("the primvar {name} is not used: {error}");
                self.diagnoses.prim(DiagnosticCode::InvalidData, path, message);
                Attribute::default()
            }
        }
    }
}

/// What attributes are made of.
pub(super) trait Number: Copy + bytemuck::NoUninit {
    /// Finite in every part.
    fn is_number(&self) -> bool;
}

impl Number for f32 {
    fn is_number(&self) -> bool {
        self.is_finite()
    }
}

impl<const N: usize> Number for [f32; N]
where
    [f32; N]: bytemuck::NoUninit,
{
    fn is_number(&self) -> bool {
        self.iter().all(|v| v.is_finite())
    }
}

/// Moves values into the arena.
pub(super) fn push<T: bytemuck::NoUninit>(arena: &mut ArenaBuilder, values: &Values<T>) -> Attribute<T> {
    Attribute { domain: values.domain, values: arena.push(&values.values) }
}

fn tell_unsupported(source: &Source<'_>, arrays: &MeshArrays, diagnoses: &mut Diagnoses) {
    let path = source.prim.path().as_str();
    // What nobody authored is `catmullClark`. Bilinear surfaces look like their cage.
    if !matches!(arrays.subdivision_scheme.as_str(), "none" | "bilinear") {
        diagnoses.unsupported("subdivision", path, "the control cage is shown, smoothly shaded");
    }
    if source.primvar("skel:jointIndices").is_some() {
        diagnoses.unsupported("skinning", path, "the points are shown as authored");
    }
}
