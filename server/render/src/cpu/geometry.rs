//! The scene as the rasterizer may trust it: every index checked, every attribute as long as its domain asks.
//!
//! Built by [`Stage::build`], and changed row by row ([`Stage::change`]); tables come from another process and may be hostile. Big arrays stay in the scene's
//! arena. Nothing here depends on a view.

use std::sync::Arc;

use glam::{DMat4, DVec3, Vec3};
use telestage_scene::{Attribute, ChangedRows, Domain, Draw, Geometry, PrimId, Purpose, Scene, Span};

use super::cluster::Clusters;
use super::material::{Pass, Surface, fallback, pass_of};
use super::pyramid::Pyramid;
use super::threads::Team;

/// A scene, checked and prepared.
pub struct Stage {
    /// The tables and their arrays.
    pub scene: Arc<Scene>,
    /// One for each geometry.
    pub meshes: Vec<Mesh>,
    /// One for each of the scene's draws.
    pub items: Vec<Item>,
    /// One for each material, and one at the end for draws that name none.
    pub surfaces: Vec<Surface>,
    /// One for each texture.
    pub pyramids: Vec<Pyramid>,
}

/// A geometry with its clusters. Attributes that do not fit their domain are left out.
#[derive(Default)]
pub struct Mesh {
    /// Subtracted from every point before anything else, so that far-off coordinates keep their digits.
    pub center: Vec3,
    /// Reach of the points from the centre, along each axis.
    pub extent: Vec3,
    /// Points.
    pub points: Span<[f32; 3]>,
    /// Triangles.
    pub triangles: Span<[u32; 3]>,
    /// Normals.
    pub normals: Attribute<[f32; 3]>,
    /// Texture coordinates.
    pub uv: Attribute<[f32; 2]>,
    /// `displayColor`.
    pub color: Attribute<[f32; 3]>,
    /// `displayOpacity`.
    pub opacity: Attribute<f32>,
    /// Back faces can be seen: authored so, or the surface has an open edge (a closed one hides them anyway).
    pub double_sided: bool,
    /// The triangles in runs.
    pub clusters: Clusters,
}

/// One thing to draw.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// False: it is hidden or cannot be drawn.
    pub is_drawn: bool,
    /// What it is for.
    pub purpose: Purpose,
    /// Index into [`Stage::meshes`].
    pub mesh: u32,
    /// Index into [`Stage::surfaces`].
    pub surface: u32,
    /// The prim that a pick names.
    pub prim: PrimId,
    /// How it meets what is behind it.
    pub pass: Pass,
    /// Range of the mesh's clusters.
    pub clusters: std::ops::Range<u32>,
    /// Stage space from points relative to the mesh's centre.
    pub world_from_centered: DMat4,
    /// Middle of the world bounds.
    pub center: DVec3,
    /// Half the size of the world bounds.
    pub extent: DVec3,
}

impl Stage {
    /// Checks and prepares `scene`.
    #[must_use]
    pub fn build(scene: Arc<Scene>, team: &mut Team) -> Self {
        let tables = &scene.tables;
        let all: Vec<u32> = (0..tables.geometries.len() as u32).collect();
        let cuts = cuts(&scene, &all);
        let meshes = team.map(cuts.len(), &|i| Mesh::build(&scene, &tables.geometries[i], &cuts[i]));
        let pyramids = team.map(tables.textures.len(), &|i| Pyramid::build(&scene, &tables.textures[i]));
        let mut surfaces: Vec<Surface> = tables.materials.iter().map(|m| Surface::build(&scene, m)).collect();
        surfaces.push(fallback());
        let mut stage = Self { scene, meshes, items: Vec::new(), surfaces, pyramids };
        stage.prepare_items();
        stage
    }

    /// Takes the same stage with other rows.
    pub fn change(&mut self, scene: Arc<Scene>, rows: &ChangedRows, team: &mut Team) {
        self.scene = scene;
        let (scene, geometries) = (&self.scene, &rows.geometries);
        let cuts = cuts(scene, geometries);
        let meshes = team.map(geometries.len(), &|i| {
            let geometry = scene.tables.geometries.get(geometries[i] as usize);
            geometry.map(|geometry| Mesh::build(scene, geometry, &cuts[i])).unwrap_or_default()
        });
        let mut is_new = vec![false; self.meshes.len()];
        for (&id, mesh) in geometries.iter().zip(meshes) {
            if let (Some(place), Some(flag)) = (self.meshes.get_mut(id as usize), is_new.get_mut(id as usize))
            {
                (*place, *flag) = (mesh, true);
            }
        }
        match &rows.draws {
            Some(draws) if self.items.len() == self.scene.tables.draws.len() => {
                let remade = |item: &Item| is_new.get(item.mesh as usize).copied().unwrap_or(false);
                let remade = if geometries.is_empty() {
                    Vec::new()
                } else {
                    (0..self.items.len() as u32).filter(|&at| remade(&self.items[at as usize])).collect()
                };
                for &at in draws.iter().chain(&remade) {
                    if let Some(draw) = self.scene.tables.draws.get(at as usize) {
                        self.items[at as usize] = self.item(draw);
                    }
                }
            }
            Some(_) | None => self.prepare_items(),
        }
    }

    fn prepare_items(&mut self) {
        self.items = self.scene.tables.draws.iter().map(|draw| self.item(draw)).collect();
    }

    fn item(&self, draw: &Draw) -> Item {
        let hidden = Item { mesh: draw.geometry, prim: draw.prim, ..Item::default() };
        if !draw.visible {
            return hidden;
        }
        let (Some(mesh), Some(end)) =
            (self.meshes.get(draw.geometry as usize), draw.first_triangle.checked_add(draw.triangle_count))
        else {
            return hidden;
        };
        let surface = (draw.material as usize).min(self.surfaces.len() - 1);
        let runs = &mesh.clusters.clusters;
        let first = runs.partition_point(|c| c.first_triangle < draw.first_triangle);
        let last = runs.partition_point(|c| c.first_triangle < end);
        if first >= last || !draw.world_from_local.is_finite() {
            return hidden;
        }
        let world_from_centered = draw.world_from_local * DMat4::from_translation(mesh.center.as_dvec3());
        let reach = mesh.extent.as_dvec3();
        let extent = world_from_centered.x_axis.truncate().abs() * reach.x
            + world_from_centered.y_axis.truncate().abs() * reach.y
            + world_from_centered.z_axis.truncate().abs() * reach.z;
        Item {
            is_drawn: true,
            purpose: draw.purpose,
            mesh: draw.geometry,
            surface: surface as u32,
            prim: draw.prim,
            pass: pass_of(&self.scene, &self.surfaces[surface], mesh),
            clusters: first as u32..last as u32,
            world_from_centered,
            center: world_from_centered.w_axis.truncate(),
            extent,
        }
    }
}

/// Where draws cut these geometries' triangles into ranges.
fn cuts(scene: &Scene, geometries: &[u32]) -> Vec<Vec<u32>> {
    let mut cuts: Vec<Vec<u32>> = vec![Vec::new(); geometries.len()];
    if geometries.is_empty() {
        return cuts;
    }
    let mut places = vec![None; scene.tables.geometries.len()];
    for (at, &id) in geometries.iter().enumerate() {
        if let Some(place) = places.get_mut(id as usize) {
            *place = Some(at);
        }
    }
    for draw in &scene.tables.draws {
        if let Some(&Some(at)) = places.get(draw.geometry as usize) {
            cuts[at].extend([draw.first_triangle, draw.first_triangle.saturating_add(draw.triangle_count)]);
        }
    }
    for cuts in &mut cuts {
        cuts.sort_unstable();
        cuts.dedup();
    }
    cuts
}

impl Mesh {
    fn build(scene: &Scene, geometry: &Geometry, cuts: &[u32]) -> Self {
        let points = scene.arena.get(geometry.points);
        let triangles = scene.arena.get(geometry.triangles);
        let finite = points.iter().map(|p| Vec3::from(*p)).filter(|p| p.is_finite());
        let (low, high) = finite.fold((Vec3::MAX, Vec3::MIN), |(low, high), p| (low.min(p), high.max(p)));
        let (center, extent) = if low.x <= high.x {
            (low * 0.5 + high * 0.5, high * 0.5 - low * 0.5)
        } else {
            (Vec3::ZERO, Vec3::ZERO)
        };
        let counts = [points.len(), triangles.len()];
        Self {
            center,
            extent,
            points: geometry.points,
            triangles: geometry.triangles,
            normals: checked(scene, &geometry.normals, counts),
            uv: checked(scene, &geometry.uv, counts),
            color: checked(scene, &geometry.color, counts),
            opacity: checked(scene, &geometry.opacity, counts),
            double_sided: geometry.double_sided || !is_closed(points, triangles),
            clusters: Clusters::build(points, triangles, center, cuts),
        }
    }
}

/// True if every edge has as many triangles on one side as on the other, and the whole is turned outwards.
///
/// Edges are summed up as signed hashes, so a false yes has a chance of 2^-64 and no table is built.
fn is_closed(points: &[[f32; 3]], triangles: &[[u32; 3]]) -> bool {
    let mut edges = 0u64;
    let mut volume = 0.0f64;
    for triangle in triangles {
        for (a, b) in [(0, 1), (1, 2), (2, 0)].map(|(i, j)| (triangle[i], triangle[j])) {
            let key = (u64::from(a.min(b)) << 32 | u64::from(a.max(b))).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let hash = (key ^ key >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let hash = hash ^ hash >> 32;
            edges = if a < b { edges.wrapping_add(hash) } else { edges.wrapping_sub(hash) };
        }
        let corner = |i: u32| points.get(i as usize).map_or(DVec3::NAN, |p| Vec3::from(*p).as_dvec3());
        let [a, b, c] = triangle.map(corner);
        volume += a.dot(b.cross(c));
    }
    edges == 0 && volume > 0.0
}

/// The attribute, if it has a value for each of its domain's elements.
fn checked<T: Clone + bytemuck::AnyBitPattern>(
    scene: &Scene,
    attribute: &Attribute<T>,
    [points, triangles]: [usize; 2],
) -> Attribute<T> {
    let needed = match attribute.domain {
        Domain::None => return Attribute { domain: Domain::None, values: Span::default() },
        Domain::Constant => 1,
        Domain::Triangle => triangles,
        Domain::Point => points,
        Domain::Corner => triangles.saturating_mul(3),
    };
    if scene.arena.get(attribute.values).len() >= needed {
        Attribute { domain: attribute.domain, values: attribute.values }
    } else {
        Attribute { domain: Domain::None, values: Span::default() }
    }
}
