//! What must hold in a scene before anybody indexes by it.
//!
//! A worker that a hostile file took over can send any tables. The host checks every index, span and count here,
//! once; behind it, `scene.tables.draws[i].geometry` and its like are safe. Floats are not judged.

use crate::arena::{Arena, Span};
use crate::change::ChangedRows;
use crate::tables::{
    Attribute, Domain, Draw, Geometry, Input, Light, LightKind, Material, Scene, Tables, TextureInput,
};

/// Checks all of `scene`; the error names the table.
pub(super) fn verify(scene: &Scene) -> Result<(), &'static str> {
    let Scene { tables, arena } = scene;
    let prims = tables.prims.len();
    require(tables.prims.len() <= u32::MAX as usize && tables.draws.len() <= u32::MAX as usize, "counts")?;
    require(
        tables.prims.iter().enumerate().all(|(row, prim)| prim.parent.is_none_or(|p| (p as usize) < row)),
        "prims",
    )?;
    require(tables.geometries.iter().all(|geometry| is_geometry(geometry, arena)), "geometries")?;
    require(tables.draws.iter().all(|draw| is_draw(draw, tables)), "draws")?;
    require(tables.materials.iter().all(|m| is_material(m, tables.textures.len())), "materials")?;
    let is_texture = |size: [u32; 2], texels| {
        let count = u64::from(size[0]) * u64::from(size[1]);
        count > 0 && length(arena, texels) == Some(count)
    };
    require(tables.textures.iter().all(|t| is_texture(t.size, t.texels)), "textures")?;
    require(tables.states.len() == prims, "states")?;
    require(tables.dormant.iter().all(|d| d.parent.is_none_or(|p| (p as usize) < prims)), "dormant")?;
    require(tables.lights.iter().all(|l| is_light(l, tables)), "lights")?;
    require(tables.cameras.iter().all(|camera| (camera.prim as usize) < prims), "cameras")?;
    require(are_details(tables, arena), "details")
}

/// Checks the rows of a scene that are new; the others were checked before.
pub(super) fn verify_rows(scene: &Scene, rows: &ChangedRows) -> Result<(), &'static str> {
    let Scene { tables, arena } = scene;
    let geometries = rows.geometries.iter().filter_map(|&id| tables.geometries.get(id as usize));
    require(geometries.clone().all(|geometry| is_geometry(geometry, arena)), "geometries")?;
    // A draw may be too long for a geometry that has become shorter.
    require(tables.draws.len() <= u32::MAX as usize, "counts")?;
    require(tables.draws.iter().all(|draw| is_draw(draw, tables)), "draws")?;
    require(tables.lights.iter().all(|light| is_light(light, tables)), "lights")?;
    require(tables.cameras.iter().all(|camera| (camera.prim as usize) < tables.prims.len()), "cameras")
}

fn require(holds: bool, table: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(table) }
}

/// The length of a span that lies in the arena.
fn length<T: bytemuck::AnyBitPattern>(arena: &Arena, span: Span<T>) -> Option<u64> {
    (arena.get(span).len() as u64 == span.len).then_some(span.len)
}

fn is_geometry(geometry: &Geometry, arena: &Arena) -> bool {
    let (Some(points), Some(triangles)) = (length(arena, geometry.points), length(arena, geometry.triangles))
    else {
        return false;
    };
    // One pass without a branch in it: this is the only check that grows with the scene's size.
    let highest =
        arena.get(geometry.triangles).iter().flatten().fold(0, |highest, &index| index.max(highest));
    (triangles == 0 || u64::from(highest) < points)
        && is_attribute(&geometry.normals, arena, points, triangles)
        && is_attribute(&geometry.uv, arena, points, triangles)
        && is_attribute(&geometry.color, arena, points, triangles)
        && is_attribute(&geometry.opacity, arena, points, triangles)
}

fn is_attribute<T: bytemuck::AnyBitPattern>(
    attribute: &Attribute<T>,
    arena: &Arena,
    points: u64,
    triangles: u64,
) -> bool {
    let Some(len) = length(arena, attribute.values) else { return false };
    match attribute.domain {
        Domain::None => true,
        Domain::Constant => len >= 1,
        Domain::Triangle => len >= triangles,
        Domain::Point => len >= points,
        Domain::Corner => len / 3 >= triangles,
    }
}

fn is_draw(draw: &Draw, tables: &Tables) -> bool {
    let Some(geometry) = tables.geometries.get(draw.geometry as usize) else { return false };
    u64::from(draw.first_triangle) + u64::from(draw.triangle_count) <= geometry.triangles.len
        && (draw.material as usize) < tables.materials.len()
        && (draw.prim as usize) < tables.prims.len()
}

fn is_material(material: &Material, textures: usize) -> bool {
    let known = |input: &TextureInput| (input.texture as usize) < textures;
    let colour = |input: &Input<[f32; 3]>| match input {
        Input::Constant(_) => true,
        Input::Texture(input) => known(input),
    };
    let scalar = |input: &Input<f32>| match input {
        Input::Constant(_) => true,
        Input::Texture(input) => known(input),
    };
    material.diffuse.as_ref().is_none_or(colour)
        && colour(&material.emissive)
        && scalar(&material.metallic)
        && material.specular.as_ref().is_none_or(colour)
        && scalar(&material.roughness)
        && scalar(&material.opacity)
        && scalar(&material.occlusion)
        && material.normal.as_ref().is_none_or(known)
}

fn is_light(light: &Light, tables: &Tables) -> bool {
    let has_picture = match light.kind {
        LightKind::Dome { texture } => texture.is_none_or(|t| (t as usize) < tables.textures.len()),
        LightKind::Distant { .. }
        | LightKind::Sphere { .. }
        | LightKind::Rect { .. }
        | LightKind::Disk { .. }
        | LightKind::Cylinder { .. }
        | LightKind::Other => true,
    };
    has_picture && (light.prim as usize) < tables.prims.len()
}

fn are_details(tables: &Tables, arena: &Arena) -> bool {
    let details = &tables.details;
    let prim = |id: u32| (id as usize) < tables.prims.len();
    let material = |id: Option<u32>| id.is_none_or(|id| (id as usize) < details.material_paths.len());
    details.meshes.iter().all(|mesh| {
        prim(mesh.prim)
            && (mesh.arrays as usize) < details.mesh_arrays.len()
            && (mesh.primvars as usize) < details.primvar_lists.len()
            && material(mesh.material)
            && material(mesh.preview_material)
    }) && details.mesh_arrays.iter().all(|a| a.points.is_none_or(|points| length(arena, points).is_some()))
        && details.odd_purposes.iter().all(|(id, _)| prim(*id))
        && details.gprims.iter().all(|gprim| prim(gprim.prim) && material(gprim.material))
        && details.instancers.iter().all(|instancer| prim(instancer.prim))
        && details.subsets.iter().all(|subset| prim(subset.prim) && material(subset.material))
        && details.materials.iter().all(|material| prim(material.prim))
        && details.variants.iter().all(|variant| prim(variant.prim))
        && details.skeletons.iter().chain(&details.payloads).all(|&id| prim(id))
}

#[cfg(test)]
mod tests {
    use glam::DMat4;

    use super::*;
    use crate::arena::ArenaBuilder;
    use std::sync::Arc;

    use crate::tables::{Prim, PrimState, Purpose, Texture};

    fn material() -> Material {
        Material {
            path: String::new(),
            diffuse: None,
            emissive: Input::Constant([0.0; 3]),
            metallic: Input::Constant(0.0),
            specular: None,
            roughness: Input::Constant(0.5),
            opacity: Input::Constant(1.0),
            opacity_threshold: 0.0,
            occlusion: Input::Constant(1.0),
            normal: None,
            ior: 1.5,
            clearcoat: 0.0,
            clearcoat_roughness: 0.0,
        }
    }

    /// One prim, one triangle, one texture.
    fn sound() -> Scene {
        let mut arena = ArenaBuilder::default();
        let geometry = Geometry {
            points: arena.push(&[[0.0; 3]; 3]),
            triangles: arena.push(&[[0, 1, 2]]),
            color: Attribute { domain: Domain::Corner, values: arena.push(&[[1.0; 3]; 3]) },
            ..Geometry::default()
        };
        let draw = Draw {
            geometry: 0,
            first_triangle: 0,
            triangle_count: 1,
            material: 0,
            prim: 0,
            instance_index: None,
            world_from_local: DMat4::IDENTITY,
            purpose: Purpose::Default,
            visible: true,
        };
        let texels = arena.push(&[[0; 4]; 4]);
        let tables = Tables {
            prims: Arc::new(vec![Prim::default()]),
            states: vec![PrimState::default()],
            geometries: vec![geometry],
            draws: vec![draw],
            materials: vec![material()],
            textures: vec![Texture { size: [2, 2], texels, ..Texture::default() }],
            ..Tables::default()
        };
        Scene { tables, arena: arena.finish() }
    }

    #[test]
    fn a_sound_scene_and_an_empty_one_pass() {
        assert_eq!(verify(&sound()), Ok(()));
        assert_eq!(verify(&Scene::default()), Ok(()));
    }

    #[test]
    fn every_wrong_index_is_found() {
        type Damage = fn(&mut Tables);
        let damages: [(&str, Damage); 13] = [
            ("prims", |t| Arc::make_mut(&mut t.prims)[0].parent = Some(0)),
            ("states", |t| t.states.clear()),
            ("geometries", |t| t.geometries[0].points.len = 2),
            ("geometries", |t| t.geometries[0].points.len = u64::MAX),
            ("geometries", |t| t.geometries[0].color.values.len = 2),
            ("geometries", |t| t.geometries[0].triangles.block = 1),
            ("draws", |t| t.draws[0].geometry = 1),
            ("draws", |t| t.draws[0].first_triangle = u32::MAX),
            ("draws", |t| t.draws[0].material = 1),
            ("draws", |t| t.draws[0].prim = 1),
            ("textures", |t| t.textures[0].size = [2, 3]),
            ("textures", |t| t.textures[0].texels.offset = 1 << 40),
            ("details", |t| Arc::make_mut(&mut t.details).payloads.push(1)),
        ];
        for (row, (table, damage)) in damages.into_iter().enumerate() {
            let mut scene = sound();
            damage(&mut scene.tables);
            assert_eq!(verify(&scene), Err(table), "damage {row}");
        }
    }
}
