//! The tables as JSON: what is on the stage, in the keys and numbers of `shared/truth/usd_truth.py`.
//!
//! Reads tables and arena only, so what it prints is what rendering uses. Numbers that JSON does not have are the
//! strings "nan", "inf" and "-inf".

use std::collections::BTreeMap;

use glam::DMat4;
use serde_json::{Map, Value, json};

use crate::Scene;
use crate::details::{Details, MaterialPathId, MeshArrays, MeshDetail, SurfaceDetail};
use crate::tables::{PrimId, Purpose, Tables};

/// Everything about the scene. The key `file` is the caller's to add.
#[must_use]
pub fn inspect(scene: &Scene) -> Value {
    let tables = &scene.tables;
    let details = &tables.details;
    let stage = &tables.stage;
    let mut types: BTreeMap<&str, u64> = BTreeMap::new();
    tables.prims.iter().for_each(|prim| *types.entry(&prim.type_name).or_default() += 1);
    let path = |prim: PrimId| tables.prims.get(prim as usize).map_or("", |prim| &prim.path).to_owned();
    let by_path = |rows: &mut dyn Iterator<Item = (PrimId, Value)>| {
        Value::Object(rows.map(|(prim, value)| (path(prim), value)).collect())
    };
    json!({
        "ok": true,
        "upAxis": details.up_axis,
        "metersPerUnit": number(stage.meters_per_unit),
        "timeCodesPerSecond": number(stage.time_codes_per_second),
        "startTimeCode": number(stage.start_time_code),
        "endTimeCode": number(stage.end_time_code),
        "defaultPrim": stage.default_prim,
        "primCount": tables.prims.len(),
        "instanceCount": tables.prims.iter().filter(|prim| prim.instance).count(),
        "instanceProxyCount": tables.prims.iter().filter(|prim| prim.instance_proxy).count(),
        "prototypeCount": stage.prototype_count,
        "types": types,
        "meshes": by_path(&mut details.meshes.iter().map(|mesh| (mesh.prim, self::mesh(scene, mesh)))),
        "gprims": by_path(&mut details.gprims.iter().map(|gprim| {
            (gprim.prim, json!({
                "type": tables.prims.get(gprim.prim as usize).map(|prim| &prim.type_name),
                "world": matrix(&gprim.world_from_local),
                "visibility": visibility(tables, gprim.prim),
                "purpose": purpose(tables, gprim.prim),
                "material": material(details, gprim.material),
            }))
        })),
        "lights": by_path(&mut tables.lights.iter().map(|light| {
            (light.prim, json!({
                "type": tables.prims.get(light.prim as usize).map(|prim| &prim.type_name),
                "world": matrix(&light.world_from_local),
                "visibility": visibility(tables, light.prim),
                "intensity": number(light.intensity.into()),
                "exposure": number(light.exposure.into()),
                "color": numbers(&light.color),
            }))
        })),
        "cameras": by_path(&mut tables.cameras.iter().map(|camera| {
            (camera.prim, json!({
                "world": matrix(&camera.world_from_local),
                "projection": if camera.orthographic { "orthographic" } else { "perspective" },
                "focalLength": number(camera.focal_length.into()),
                "horizontalAperture": number(camera.horizontal_aperture.into()),
                "verticalAperture": number(camera.vertical_aperture.into()),
                "clippingRange": numbers(&camera.clipping_range),
            }))
        })),
        "pointInstancers": by_path(&mut details.instancers.iter().map(|instancer| {
            (instancer.prim, json!({
                "world": matrix(&instancer.world_from_local),
                "visibility": visibility(tables, instancer.prim),
                "prototypes": instancer.prototypes,
                "protoIndices": instancer.index_count,
                "instances": instancer.instance_count,
                "firstTransforms": instancer.first_transforms.iter().map(matrix).collect::<Vec<_>>(),
            }))
        })),
        "skeletons": details.skeletons.iter().map(|&prim| path(prim)).collect::<Vec<_>>(),
        "geomSubsets": by_path(&mut details.subsets.iter().map(|subset| {
            (subset.prim, json!({
                "indices": subset.index_count,
                "family": subset.family,
                "material": material(details, subset.material),
            }))
        })),
        "materials": by_path(&mut details.materials.iter().map(|material| {
            let path = |surface: &Option<SurfaceDetail>| surface.as_ref().map(|s| s.path.clone());
            (material.prim, json!({
                "surface": path(&material.surface),
                "surfaceId": shader_id(material.surface.as_ref()),
                "mtlxSurface": path(&material.mtlx_surface),
                "mtlxSurfaceId": shader_id(material.mtlx_surface.as_ref()),
            }))
        })),
        "variantSets": by_path(&mut details.variants.iter().map(|row| {
            let sets = row.sets.iter().map(|set| {
                (set.name.clone(), json!({ "selection": set.selection, "variants": set.variants }))
            });
            (row.prim, Value::Object(sets.collect()))
        })),
        "payloads": details.payloads.iter().map(|&prim| path(prim)).collect::<Vec<_>>(),
    })
}

fn mesh(scene: &Scene, mesh: &MeshDetail) -> Value {
    let details = &scene.tables.details;
    let nothing = MeshArrays::default();
    let arrays = details.mesh_arrays.get(mesh.arrays as usize).unwrap_or(&nothing);
    let points = arrays.points.map(|points| scene.arena.get(points));
    let range = points.filter(|points| !points.is_empty()).map(|points| {
        // As UsdGeomPointBased::ComputeExtent: NaN never wins a comparison.
        let start = ([f32::MAX; 3], [-f32::MAX; 3]);
        let (min, max) = points.iter().fold(start, |(mut min, mut max), point| {
            for k in 0..3 {
                if point[k] < min[k] {
                    min[k] = point[k];
                }
                if point[k] > max[k] {
                    max[k] = point[k];
                }
            }
            (min, max)
        });
        json!([numbers(&min), numbers(&max)])
    });
    let sums = points.map(|points| {
        let sum = |k: usize| number(points.iter().map(|point| f64::from(point[k]).abs()).sum());
        json!([sum(0), sum(1), sum(2)])
    });
    let primvars = details.primvar_lists.get(mesh.primvars as usize).map(Vec::as_slice).unwrap_or_default();
    let primvars: Map<String, Value> = primvars
        .iter()
        .map(|primvar| {
            (primvar.name.clone(), json!([primvar.interpolation, primvar.type_name, primvar.indexed]))
        })
        .collect();
    json!({
        "points": arrays.point_count,
        "pointsRange": range,
        "pointsAbsSum": sums,
        "faceVertexIndicesSum": arrays.index_sum,
        "faceVertexCounts": arrays.face_count,
        "faceVertexIndices": arrays.corner_count,
        "normals": arrays.normal_count,
        "normalsInterpolation": arrays.normals_interpolation,
        "subdivisionScheme": arrays.subdivision_scheme,
        "orientation": arrays.orientation,
        "doubleSided": arrays.double_sided,
        "primvars": primvars,
        "world": matrix(&mesh.world_from_local),
        "visibility": visibility(&scene.tables, mesh.prim),
        "purpose": purpose(&scene.tables, mesh.prim),
        "material": material(details, mesh.material),
        "materialPreview": material(details, mesh.preview_material),
    })
}

fn number(value: f64) -> Value {
    if value.is_finite() {
        json!(value)
    } else if value.is_nan() {
        json!("nan")
    } else if value > 0.0 {
        json!("inf")
    } else {
        json!("-inf")
    }
}

fn numbers(values: &[f32]) -> Value {
    values.iter().map(|&value| number(value.into())).collect()
}

fn matrix(matrix: &DMat4) -> Value {
    matrix.to_cols_array().into_iter().map(number).collect()
}

fn visibility(tables: &Tables, prim: PrimId) -> &'static str {
    match tables.states.get(prim as usize) {
        Some(state) if !state.visible => "invisible",
        Some(_) | None => "inherited",
    }
}

fn purpose(tables: &Tables, prim: PrimId) -> &str {
    let odd = &tables.details.odd_purposes;
    if let Ok(at) = odd.binary_search_by_key(&prim, |(prim, _)| *prim) {
        return &odd[at].1;
    }
    match tables.prims.get(prim as usize).map(|prim| prim.purpose).unwrap_or_default() {
        Purpose::Default => "default",
        Purpose::Render => "render",
        Purpose::Proxy => "proxy",
        Purpose::Guide => "guide",
    }
}

fn material(details: &Details, id: Option<MaterialPathId>) -> Option<&String> {
    id.and_then(|id| details.material_paths.get(id as usize))
}

/// A shader without an id has the id "None", as Python spells nothing.
fn shader_id(surface: Option<&SurfaceDetail>) -> Option<&str> {
    surface.map(|surface| surface.id.as_deref().unwrap_or("None"))
}
