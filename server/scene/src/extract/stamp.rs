//! Native instances: the first of each kind is walked prim by prim, the others are copied from its rows.
//!
//! A copy is exact where nothing that reaches the instance from outside makes a difference: the same prototype, the
//! same inherited primvars, the same bindings. Places, visibility and purpose are computed anew for each.

use std::ops::Range;
use std::sync::Arc;

use openusd::sdf::Path;

use super::binding;
use super::walk::{Frame, Instancer, Walk};
use crate::details::{MaterialPathId, SurfaceDetail};
use crate::tables::PrimId;

impl Walk<'_> {
    /// Fills in what lies below the instance that was visited last.
    pub(super) fn instance(&mut self, frames: &mut Vec<Frame>, is_listed: bool) {
        let Some(frame) = frames.last() else { return };
        let (path, node) = (frame.path.clone(), frame.node);
        let key = self.template_key(frame, is_listed);
        if let Some(&template) = key.as_ref().and_then(|key| self.templates.get(key)) {
            self.stamp(template, node, is_listed.then_some(&path));
            return;
        }
        let children = self.children(&path);
        self.descend(children, frames, is_listed);
        if let Some(key) = key {
            self.templates.insert(key, node);
        }
    }

    /// What the rows below an instance depend on; `None` if they cannot be copied.
    fn template_key(&self, frame: &Frame, is_listed: bool) -> Option<String> {
        if frame.odd_purpose.is_some() {
            return None;
        }
        let prim = self.reader.stage.prim(frame.path.clone()).ok()?;
        let prototype = prim.prototype().ok().flatten()?;
        let mut key = format!("{}|{is_listed}", prototype.as_str());
        for primvar in frame.primvars.iter() {
            key.extend(["|", &primvar.identity]);
        }
        binding::spell(frame.bindings.as_ref(), &frame.path, &mut key)?;
        Some(key)
    }

    /// Copies what lies below the node `template` to below the node `instance`. `to` is the instance's path if it is
    /// in the tables.
    fn stamp(&mut self, template: usize, instance: usize, to: Option<&Path>) {
        let until = self.nodes[template].end;
        let moved = |node: usize| node - template + instance;
        // Rows of instancers follow in `copy_rows`, in the same order.
        let mut detail = self.details.instancers.len();
        for at in template + 1..until {
            let node = &self.nodes[at];
            let (parent, end) = (node.parent.map(moved), moved(node.end));
            let (local, hides, purpose) = (node.local, node.is_invisible_itself, node.own_purpose);
            let (shapes, instancer) = (node.shapes.clone(), node.instancer);
            let copy = self.add_node(parent, local, hides, purpose);
            self.nodes[copy].end = end;
            self.nodes[copy].shapes = shapes;
            if let Some(instancer) = instancer {
                self.nodes[copy].instancer = Some(self.instancers.len());
                self.copy_instancer(instancer, template, copy, to);
                if let Some(copied) = self.instancers.last_mut().filter(|copied| copied.detail.is_some()) {
                    copied.detail = Some(detail);
                    detail += 1;
                }
            }
        }
        for at in range(&self.moving.places, (template + 1, until), |place| place.0 as PrimId) {
            let (node, path) = self.moving.places[at].clone();
            self.moving.places.push((moved(node), path));
        }
        if let Some(to) = to {
            self.copy_rows(template, instance, until, to.as_str());
        }
    }

    fn copy_instancer(&mut self, at: usize, template: usize, copy: usize, to: Option<&Path>) {
        let other = &self.instancers[at];
        let (mut path, mut instances) = (other.path.clone(), other.instances.clone());
        let from = self.tables.prims.get(template).and_then(|prim| Path::new(&prim.path).ok());
        if let (Some(to), Some(from)) = (to, from) {
            for path in instances.prototypes.iter_mut().chain([&mut path]) {
                if let Some(moved) = path.replace_prefix(&from, to) {
                    *path = moved;
                }
            }
        }
        let detail = other.detail;
        if let Some(original) = self.moving.instancers.iter().find(|moving| moving.0 == at) {
            self.moving.instancers.push((self.instancers.len(), original.1.clone()));
        }
        self.instancers.push(Instancer { node: copy, path, instances, detail, is_open: false });
    }

    /// Copies the tables' rows of the prims below `template`.
    fn copy_rows(&mut self, template: usize, instance: usize, until: usize, to: &str) {
        let from = self.tables.prims[template].path.clone();
        let shift = (instance - template) as PrimId;
        // Paths within the instance move with it.
        let moved = |path: &str| match path.strip_prefix(from.as_str()) {
            Some(rest) if rest.is_empty() || rest.starts_with(['/', '.']) => format!("{to}{rest}"),
            Some(_) | None => path.to_owned(),
        };
        let bounds = (template + 1, until);
        for at in bounds.0..bounds.1 {
            let mut prim = self.tables.prims[at].clone();
            let node = &self.nodes[at + shift as usize];
            prim.path = moved(&prim.path);
            prim.parent = node.parent.map(|parent| parent as PrimId);
            prim.purpose = node.purpose();
            prim.instance_proxy = true;
            Arc::make_mut(&mut self.tables.prims).push(prim);
        }
        for at in range(&self.details.meshes, bounds, |row| row.prim) {
            let mut row = self.details.meshes[at];
            row.prim += shift;
            row.world_from_local = self.nodes[row.prim as usize].world;
            row.material = self.moved_material(row.material, &moved);
            row.preview_material = self.moved_material(row.preview_material, &moved);
            self.details.meshes.push(row);
        }
        for at in range(&self.details.gprims, bounds, |row| row.prim) {
            let mut row = self.details.gprims[at];
            row.prim += shift;
            row.world_from_local = self.nodes[row.prim as usize].world;
            row.material = self.moved_material(row.material, &moved);
            self.details.gprims.push(row);
        }
        for at in range(&self.details.subsets, bounds, |row| row.prim) {
            let mut row = self.details.subsets[at].clone();
            row.prim += shift;
            row.material = self.moved_material(row.material, &moved);
            self.details.subsets.push(row);
        }
        let details = &mut self.details;
        for at in range(&details.instancers, bounds, |row| row.prim) {
            let mut row = details.instancers[at].clone();
            row.prim += shift;
            row.world_from_local = self.nodes[row.prim as usize].world;
            row.prototypes = row.prototypes.iter().map(|path| moved(path)).collect();
            details.instancers.push(row);
        }
        for at in range(&details.odd_purposes, bounds, |row| row.0) {
            let (prim, odd) = details.odd_purposes[at].clone();
            details.odd_purposes.push((prim + shift, odd));
        }
        let surface = |surface: Option<SurfaceDetail>| {
            surface.map(|surface| SurfaceDetail { path: moved(&surface.path), ..surface })
        };
        for at in range(&details.materials, bounds, |row| row.prim) {
            let mut row = details.materials[at].clone();
            row.prim += shift;
            row.surface = surface(row.surface);
            row.mtlx_surface = surface(row.mtlx_surface);
            details.materials.push(row);
        }
        for at in range(&details.variants, bounds, |row| row.prim) {
            let mut row = details.variants[at].clone();
            row.prim += shift;
            details.variants.push(row);
        }
        for list in [&mut details.skeletons, &mut details.payloads] {
            for at in range(list, bounds, |row| *row) {
                list.push(list[at] + shift);
            }
        }
        for at in range(&self.tables.lights, bounds, |row| row.prim) {
            let mut row = self.tables.lights[at].clone();
            row.prim += shift;
            let node = &self.nodes[row.prim as usize];
            (row.world_from_local, row.visible) = (node.world, node.is_visible);
            self.tables.lights.push(row);
            if self.moving.lights.contains(&at) {
                self.moving.lights.push(self.tables.lights.len() - 1);
            }
        }
        for at in range(&self.tables.cameras, bounds, |row| row.prim) {
            let mut row = self.tables.cameras[at].clone();
            row.prim += shift;
            row.world_from_local = self.nodes[row.prim as usize].world;
            self.tables.cameras.push(row);
            if self.moving.cameras.contains(&at) {
                self.moving.cameras.push(self.tables.cameras.len() - 1);
            }
        }
    }

    fn moved_material(
        &mut self,
        id: Option<MaterialPathId>,
        moved: &impl Fn(&str) -> String,
    ) -> Option<MaterialPathId> {
        let path = self.details.material_paths.get(id? as usize)?;
        let path = moved(path);
        Some(self.spell_material(&path))
    }
}

/// The rows about prims from `bounds.0` to before `bounds.1`; `rows` are in the order of their prims.
fn range<T>(rows: &[T], bounds: (usize, usize), prim: impl Fn(&T) -> PrimId) -> Range<usize> {
    let before = |limit: usize| rows.partition_point(|row| (prim(row) as usize) < limit);
    before(bounds.0)..before(bounds.1)
}
