//! Reading the last picture back: what lies under a pixel, or under all of them.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use glam::Vec3;
use telestage_scene::PrimId;

use super::bin::TILE;
use super::frame::Frame;
use super::geometry::Stage;
use super::instance::Instance;
use super::visibility::NOTHING;
use crate::source::Hit;

/// What each pixel of a picture shows at its centre, top row first.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Columns and rows.
    pub size: [u32; 2],
    /// [`PrimId`] plus 1; 0 is nothing.
    pub prims: Vec<u32>,
    /// Distance along the view axis in stage units; infinite for nothing.
    pub depth: Vec<f32>,
    /// Of the triangle's own plane, unit length, turned towards the eye, in stage space; zero for nothing.
    pub normals: Vec<[f32; 3]>,
}

/// A surface under a pixel.
struct Sample<'a> {
    instance: &'a Instance,
    prim: PrimId,
    distance: f64,
    normal: Vec3,
}

impl Frame {
    fn sample<'a>(&'a self, stage: &Stage, x: u32, y: u32) -> Option<Sample<'a>> {
        let camera = self.sheet.camera.as_ref()?;
        if x >= camera.size[0] || y >= camera.size[1] {
            return None;
        }
        let tile = TILE as u32;
        let tile_index = (y / tile) * camera.size[0].div_ceil(tile) + x / tile;
        let state = self.sheet.tiles.get(tile_index as usize)?.lock().unwrap_or_else(PoisonError::into_inner);
        let pixel = ((y % tile) * tile + x % tile) as usize;
        let (slot, triangle) = (state.planes.slots[pixel], state.planes.triangles[pixel]);
        if slot == NOTHING {
            return None;
        }
        let distance = camera.distance(state.planes.keys[pixel]);
        drop(state);
        let instance = self.sheet.instances.get(slot as usize)?;
        let item = stage.items.get(instance.item as usize)?;
        let mesh = stage.meshes.get(instance.mesh as usize)?;
        let points = stage.scene.arena.get(mesh.points);
        let corners = stage.scene.arena.get(mesh.triangles).get(triangle as usize)?;
        let [a, b, c] = corners.map(|i| points.get(i as usize).map_or(Vec3::ZERO, |p| Vec3::from(*p)));
        let local = (b - a).cross(c - a);
        let normal = Vec3::from(instance.normal.map(|row| Vec3::from(row).dot(local))).normalize_or_zero();
        let to_eye = if camera.perspective {
            camera.eye - camera.unproject([f64::from(x) + 0.5, f64::from(y) + 0.5], distance)
        } else {
            camera.world_from_view.z_axis.truncate()
        };
        let normal = if normal.as_dvec3().dot(to_eye) < 0.0 { -normal } else { normal };
        Some(Sample { instance, prim: item.prim, distance, normal })
    }

    /// What lies under the centre of a pixel of the last picture.
    #[must_use]
    pub fn pick(&self, stage: &Stage, [x, y]: [u32; 2]) -> Option<Hit> {
        let sample = self.sample(stage, x, y)?;
        let position =
            self.sheet.camera.as_ref()?.unproject([f64::from(x) + 0.5, f64::from(y) + 0.5], sample.distance);
        let draw = stage.scene.tables.draws.get(sample.instance.item as usize)?;
        Some(Hit {
            prim: sample.prim,
            instance_index: draw.instance_index,
            position: position.to_array(),
            normal: sample.normal.to_array(),
        })
    }

    /// The prims that the centres of at least one of these pixels show, in the stage's order. `corners` are the first
    /// and the last column and row.
    #[must_use]
    pub fn within(&self, stage: &Stage, [first, last]: [[u32; 2]; 2]) -> Vec<PrimId> {
        let Some(camera) = self.sheet.camera.as_ref() else { return Vec::new() };
        let tile = TILE as u32;
        let across = camera.size[0].div_ceil(tile);
        let last = [0, 1].map(|axis| last[axis].min(camera.size[axis].saturating_sub(1)));
        let mut is_seen = vec![false; self.sheet.instances.len()];
        for row in first[1] / tile..=last[1] / tile {
            for column in first[0] / tile..=last[0] / tile {
                let Some(state) = self.sheet.tiles.get((row * across + column) as usize) else { continue };
                let state = state.lock().unwrap_or_else(PoisonError::into_inner);
                // The part of the tile that is meant.
                let part = |axis: usize, place: u32| {
                    let start = place * tile;
                    let end = (last[axis] + 1).min(start + tile).saturating_sub(start);
                    first[axis].saturating_sub(start) as usize..end as usize
                };
                let columns = part(0, column);
                for y in part(1, row) {
                    for slot in
                        state.planes.slots.get(y * TILE..).and_then(|r| r.get(columns.clone())).unwrap_or(&[])
                    {
                        if let Some(seen) = is_seen.get_mut(*slot as usize) {
                            *seen = true;
                        }
                    }
                }
            }
        }
        let seen = self.sheet.instances.iter().zip(is_seen).filter(|(_, is_seen)| *is_seen);
        let prims = seen.filter_map(|(instance, _)| Some(stage.items.get(instance.item as usize)?.prim));
        prims.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What lies under the centre of every pixel.
    #[must_use]
    pub fn plane(&self, stage: &Stage) -> Option<Plane> {
        let size = self.sheet.camera.as_ref()?.size;
        let count = size[0] as usize * size[1] as usize;
        let mut plane = Plane {
            size,
            prims: vec![0; count],
            depth: vec![f32::INFINITY; count],
            normals: vec![[0.0; 3]; count],
        };
        for y in 0..size[1] {
            for x in 0..size[0] {
                if let Some(sample) = self.sample(stage, x, y) {
                    let at = y as usize * size[0] as usize + x as usize;
                    plane.prims[at] = sample.prim.wrapping_add(1);
                    plane.depth[at] = sample.distance as f32;
                    plane.normals[at] = sample.normal.to_array();
                }
            }
        }
        Some(plane)
    }
}
