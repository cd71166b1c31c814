//! Nodes → draws: each prim in its own place, and each point instance of each prototype in its place.
//!
//! Geometry is never copied: an instance is a row with another matrix. Prototypes that the traversal left out (`over`s
//! and classes) are walked here when an instancer first names them.

use std::collections::HashMap;
use std::rc::Rc;

use glam::DMat4;

use super::bounds::is_drawable;
use super::walk::{Node, Shape, Walk};
use crate::tables::{DiagnosticCode, Draw, PrimId, Purpose};

/// More draws than this do not fit memory and patience; what comes later is not drawn (told).
const MAX_DRAWS: usize = 4_000_000;
/// Instancers within instancers; beyond this they contain themselves.
const MAX_DEPTH: usize = 8;
/// Rows of `InstancerDetail::first_transforms`.
const FIRST_TRANSFORMS: usize = 4;

/// Where an instancer's instances go.
#[derive(Clone, Copy)]
struct Place {
    /// Stage space from instancer space.
    base: DMat4,
    /// What picks name: the outermost instancer…
    prim: PrimId,
    /// …and the index within it, once known.
    index: Option<u32>,
    visible: bool,
    purpose: Purpose,
    depth: usize,
}

/// Something in a prototype.
struct Part<T> {
    what: T,
    /// Prototype space (outside the root's own ops) from local space.
    relative: DMat4,
    visible: bool,
    purpose: Purpose,
}

/// A prototype, flattened.
#[derive(Default)]
struct Prototype {
    shapes: Vec<Part<Shape>>,
    /// Positions in [`Walk::instancers`].
    instancers: Vec<Part<usize>>,
}

/// Makes all draws.
pub(super) fn expand(walk: &mut Walk<'_>) {
    for (row, node) in walk.nodes.iter().enumerate().take(walk.tables.prims.len()) {
        if node.is_inside_instancer || node.shapes.is_empty() {
            continue;
        }
        if !is_drawable(&node.world) {
            let message = "its transform is NaN or infinite and it is not drawn";
            walk.diagnoses.prim(DiagnosticCode::InvalidData, &walk.tables.prims[row].path, message);
            continue;
        }
        for shape in &walk.shapes[node.shapes.clone()] {
            walk.tables.draws.push(draw(
                shape,
                node.world,
                row as PrimId,
                None,
                node.is_visible,
                node.purpose(),
            ));
        }
    }
    let outermost: Vec<usize> =
        (0..walk.instancers.len()).filter(|&at| walk.instancers[at].detail.is_some()).collect();
    let mut prototypes = HashMap::new();
    for &at in &outermost {
        let roots = roots(walk, at);
        first_transforms(walk, at, &roots);
        let instancer = walk.instancers[at].node;
        let node = &walk.nodes[instancer];
        if node.is_inside_instancer {
            continue;
        }
        let place = Place {
            base: node.world,
            prim: instancer as PrimId,
            index: None,
            visible: node.is_visible,
            purpose: node.purpose(),
            depth: 0,
        };
        if !put(walk, at, place, &mut prototypes) {
            let message = format!("more than {MAX_DRAWS} draws: some point instances are not drawn");
            walk.diagnoses.stage(DiagnosticCode::Limit, message);
            break;
        }
    }
}

fn draw(
    shape: &Shape,
    world: DMat4,
    prim: PrimId,
    instance_index: Option<u32>,
    visible: bool,
    purpose: Purpose,
) -> Draw {
    Draw {
        geometry: shape.geometry,
        first_triangle: shape.first,
        triangle_count: shape.count,
        material: shape.material,
        prim,
        instance_index,
        world_from_local: world,
        purpose,
        visible,
    }
}

/// The nodes of an instancer's prototypes; `None` (told) for those that do not exist.
fn roots(walk: &mut Walk<'_>, at: usize) -> Vec<Option<usize>> {
    if walk.rows.is_empty() {
        walk.rows =
            walk.tables.prims.iter().enumerate().map(|(row, prim)| (prim.path.clone(), row)).collect();
    }
    let targets = walk.instancers[at].instances.prototypes.clone();
    targets
        .iter()
        .map(|target| {
            if let Some(&node) = walk.rows.get(target.as_str()) {
                return Some(node);
            }
            let node = walk.prototype(target);
            match node {
                Some(node) => {
                    walk.rows.insert(target.as_str().to_owned(), node);
                }
                None => {
                    let message = format!("its prototype {target} does not exist");
                    let path = walk.instancers[at].path.as_str();
                    walk.diagnoses.prim(DiagnosticCode::MissingTarget, path, message);
                }
            }
            node
        })
        .collect()
}

fn first_transforms(walk: &mut Walk<'_>, at: usize, roots: &[Option<usize>]) {
    let instancer = &walk.instancers[at];
    let (Some(detail), Some(rows)) = (instancer.detail, &instancer.instances.rows) else { return };
    let matrices = rows.iter().take(FIRST_TRANSFORMS).map(|instance| {
        let root = roots.get(instance.prototype as usize).copied().flatten();
        instance.matrix * root.map_or(DMat4::IDENTITY, |root| walk.nodes[root].local.matrix)
    });
    let matrices = matrices.collect();
    if let Some(detail) = walk.details.instancers.get_mut(detail) {
        detail.first_transforms = matrices;
    }
}

/// Draws all instances of an instancer; false if the limit is reached.
fn put(walk: &mut Walk<'_>, at: usize, place: Place, prototypes: &mut HashMap<usize, Rc<Prototype>>) -> bool {
    if place.depth >= MAX_DEPTH {
        let path = walk.instancers[at].path.as_str();
        let message =
            format!("point instancers are nested more than {MAX_DEPTH} deep: the rest is not drawn");
        walk.diagnoses.prim(DiagnosticCode::Limit, path, message);
        return true;
    }
    if std::mem::replace(&mut walk.instancers[at].is_open, true) {
        let message = "it is its own prototype, which is not drawn: remove it from its prototypes";
        let path = walk.instancers[at].path.as_str();
        walk.diagnoses.prim(DiagnosticCode::InvalidData, path, message);
        return true;
    }
    let fits = put_all(walk, at, place, prototypes);
    walk.instancers[at].is_open = false;
    fits
}

fn put_all(
    walk: &mut Walk<'_>,
    at: usize,
    place: Place,
    prototypes: &mut HashMap<usize, Rc<Prototype>>,
) -> bool {
    let flat: Vec<_> = roots(walk, at)
        .into_iter()
        .map(|root| {
            let root = root?;
            let flatten = || Rc::new(flatten(&walk.nodes, &walk.shapes, root));
            Some(prototypes.entry(root).or_insert_with(flatten).clone())
        })
        .collect();
    let Some(rows) = walk.instancers[at].instances.rows.clone() else { return true };
    let mut broken = 0usize;
    let mut fits = true;
    'instances: for instance in rows.iter() {
        let Some(Some(prototype)) = flat.get(instance.prototype as usize) else { continue };
        let base = place.base * instance.matrix;
        if !is_drawable(&base) {
            broken += 1;
            continue;
        }
        let index = place.index.or(Some(instance.index));
        for part in &prototype.shapes {
            if walk.tables.draws.len() >= MAX_DRAWS {
                fits = false;
                break 'instances;
            }
            let purpose = inherit(part.purpose, place.purpose);
            let (world, visible) = (base * part.relative, place.visible && part.visible);
            walk.tables.draws.push(draw(&part.what, world, place.prim, index, visible, purpose));
        }
        for part in &prototype.instancers {
            let nested = Place {
                base: base * part.relative,
                index,
                visible: place.visible && part.visible,
                purpose: inherit(part.purpose, place.purpose),
                depth: place.depth + 1,
                ..place
            };
            if !put(walk, part.what, nested, prototypes) {
                fits = false;
                break 'instances;
            }
        }
    }
    if broken > 0 {
        let message = format!("{broken} of its instances have transforms that are NaN or infinite");
        let path = walk.instancers[at].path.as_str();
        walk.diagnoses.prim(DiagnosticCode::InvalidData, path, message);
    }
    fits
}

fn inherit(own: Purpose, above: Purpose) -> Purpose {
    match own {
        Purpose::Default => above,
        Purpose::Render | Purpose::Proxy | Purpose::Guide => own,
    }
}

/// Everything below `root` in the root's outer space, with visibility as if nothing were above the root.
fn flatten(nodes: &[Node], shapes: &[Shape], root: usize) -> Prototype {
    let mut prototype = Prototype::default();
    let end = nodes[root].end;
    let mut state: Vec<(DMat4, bool)> = Vec::with_capacity(end - root);
    let mut at = root;
    // Nodes below a nested instancer are its own business, so state is filled in for them too.
    let mut nested_until = root;
    while at < end {
        let node = &nodes[at];
        let above = node.parent.filter(|&parent| at != root && parent >= root).map(|p| state[p - root]);
        let (matrix, visible) = above.unwrap_or((DMat4::IDENTITY, true));
        let local = node.local;
        let relative = if local.resets_stack { local.matrix } else { matrix * local.matrix };
        let visible = visible && !node.is_invisible_itself;
        state.push((relative, visible));
        if at >= nested_until {
            let purpose = node.purpose();
            for shape in &shapes[node.shapes.clone()] {
                prototype.shapes.push(Part { what: *shape, relative, visible, purpose });
            }
            if let Some(instancer) = node.instancer {
                prototype.instancers.push(Part { what: instancer, relative, visible, purpose });
                nested_until = node.end;
            }
        }
        at += 1;
    }
    prototype
}
