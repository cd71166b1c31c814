//! The one walk over the stage: every prim once, parents first, each turned into rows as it is met.
//!
//! What flows down namespace (transforms, visibility, purpose, primvars, bindings) is carried on a stack instead of
//! being asked of each prim's ancestors again, and only what a prim authors is read. Draws are made afterwards
//! (`expand`), because a point instancer may name prototypes that come later; what lies in instances is walked once
//! and copied (`stamp`).

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use glam::DMat4;
use openusd::sdf::Path;
use openusd::tf::Token;
use openusd::usd::{Prim, PrimPredicate, PrimStatus, Stage};

use super::binding::{self, Bindings, MaterialPaths};
use super::diagnostics::Diagnoses;
use super::instances::Instances;
use super::kinds::{Class, Kind, Kinds};
use super::material::{self, Materials};
use super::moving::Moving;
use super::pictures::Pictures;
use super::primvars::{self, PrimvarList};
use super::read::Reader;
use super::shapes::Shared;
use super::texture_source::TextureSource;
use super::transform::{self, Local};
use super::{camera, light, variants};
use crate::arena::ArenaBuilder;
use crate::details::{Details, SubsetDetail, VariantDetail};
use crate::tables::{
    DiagnosticCode, GeometryId, LightKind, MaterialId, Prim as PrimRow, PrimId, Purpose, Tables,
};

/// More prims than this are not read: the tables would not fit a browser's patience.
const MAX_PRIMS: usize = 5_000_000;

/// A prim on its way to draws. The first rows are those of [`Tables::prims`]; prototypes that are not part of the
/// traversal (`over`s and classes that an instancer names) follow.
pub(super) struct Node {
    pub(super) parent: Option<usize>,
    /// One past the last descendant.
    pub(super) end: usize,
    pub(super) local: Local,
    pub(super) world: DMat4,
    pub(super) is_invisible_itself: bool,
    pub(super) is_visible: bool,
    /// Authored here.
    pub(super) own_purpose: Option<Purpose>,
    /// Authored here or above.
    pub(super) known_purpose: Option<Purpose>,
    /// Range of [`Walk::shapes`].
    pub(super) shapes: std::ops::Range<usize>,
    /// Position in [`Walk::instancers`].
    pub(super) instancer: Option<usize>,
    /// Below a point instancer, so not drawn in its own place.
    pub(super) is_inside_instancer: bool,
}

impl Node {
    /// Computed purpose.
    pub(super) fn purpose(&self) -> Purpose {
        self.known_purpose.unwrap_or_default()
    }
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
    /// Its instances are being placed right now.
    pub(super) is_open: bool,
}

/// What a prim hands down to its children, besides what its node knows.
pub(super) struct Frame {
    pub(super) path: Path,
    pub(super) node: usize,
    pub(super) primvars: PrimvarList,
    pub(super) bindings: Option<Rc<Bindings>>,
    pub(super) is_in_instance: bool,
    /// A purpose that USD does not know.
    pub(super) odd_purpose: Option<Rc<str>>,
}

/// What a walk leaves behind for the next one.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) tables: Tables,
    pub(super) nodes: Vec<Node>,
    pub(super) shapes: Vec<Shape>,
    pub(super) instancers: Vec<Instancer>,
    pub(super) rows: HashMap<String, usize>,
    pub(super) kinds: Kinds,
    pub(super) moving: Moving,
}

/// The walk and everything it has gathered.
pub(super) struct Walk<'s> {
    pub(super) reader: Reader<'s>,
    pub(super) tables: Tables,
    pub(super) details: Details,
    pub(super) arena: ArenaBuilder,
    pub(super) diagnoses: Diagnoses,
    pub(super) nodes: Vec<Node>,
    pub(super) shapes: Vec<Shape>,
    pub(super) instancers: Vec<Instancer>,
    /// Where each path is in `nodes`; filled when the first instancer asks.
    pub(super) rows: HashMap<String, usize>,
    pub(super) pictures: Pictures<'s>,
    pub(super) materials: Materials,
    pub(super) material_paths: MaterialPaths,
    pub(super) kinds: Kinds,
    pub(super) shared: Shared,
    /// Instances that were walked prim by prim, for others to be copied from.
    pub(super) templates: HashMap<String, usize>,
    /// What may be different at another time.
    pub(super) moving: Moving,
}

impl<'s> Walk<'s> {
    pub(super) fn new(stage: &'s Stage, time: Option<f64>, textures: &'s mut dyn TextureSource) -> Self {
        Self {
            reader: Reader::new(stage, time),
            tables: Tables { materials: vec![material::fallback("")], ..Tables::default() },
            details: Details::default(),
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
            shared: Shared::default(),
            templates: HashMap::new(),
            moving: Moving::default(),
        }
    }

    /// A walk that goes on where another ended, at another time. What only a whole walk needs is empty.
    pub(super) fn resume(
        stage: &'s Stage,
        time: Option<f64>,
        textures: &'s mut dyn TextureSource,
        kept: Kept,
    ) -> Self {
        let Kept { tables, nodes, shapes, instancers, rows, kinds, moving } = kept;
        Self { tables, nodes, shapes, instancers, rows, kinds, moving, ..Self::new(stage, time, textures) }
    }

    /// What another walk needs to go on.
    pub(super) fn keep(self) -> Kept {
        let Self { tables, nodes, shapes, instancers, rows, kinds, moving, .. } = self;
        Kept { tables, nodes, shapes, instancers, rows, kinds, moving }
    }

    /// Walks the whole stage.
    pub(super) fn stage(&mut self, progress: &mut dyn FnMut(f32, &str)) {
        let paths = self.paths(progress);
        let total = paths.len().max(1);
        let mut frames = Vec::new();
        for (row, path) in paths.iter().enumerate() {
            // Every row: one may be a mesh of millions, and who watches takes silence for a hang.
            progress(super::COMPOSING_ENDS + 0.6 * row as f32 / total as f32, "reading prims");
            if self.visit(path, &mut frames, true) {
                self.instance(&mut frames, true);
            }
            if self.is_full() {
                break;
            }
        }
        self.close(&mut frames);
        self.dormant(&paths);
    }

    /// Walks the prototype at `root`, which the traversal of the stage left out; answers with its node.
    pub(super) fn prototype(&mut self, root: &Path) -> Option<usize> {
        self.reader.prim(root)?;
        let first = self.nodes.len();
        let mut frames = Vec::new();
        self.descend(vec![root.clone()], &mut frames, false);
        self.close(&mut frames);
        (self.nodes.len() > first).then_some(first)
    }

    /// True (told) once there are more prims than the tables may hold.
    pub(super) fn is_full(&mut self) -> bool {
        let is_full = self.nodes.len() >= MAX_PRIMS;
        if is_full {
            let message = format!("only the first {MAX_PRIMS} prims are read");
            self.diagnoses.stage(DiagnosticCode::Limit, message);
        }
        is_full
    }

    /// Paths of the stage in USD's order, without what lies in instances. Composes most of the stage on the way:
    /// `progress` hears of every [`COMPOSED`](super::COMPOSED) prims, of a total that nobody knows yet.
    fn paths(&mut self, progress: &mut dyn FnMut(f32, &str)) -> Vec<Path> {
        let mut paths = Vec::new();
        let result = self.reader.stage.traverse(PrimPredicate::DEFAULT, |path| {
            if !path.is_abs_root() && paths.len() < MAX_PRIMS {
                paths.push(path.clone());
                if paths.len() % super::COMPOSED == 0 {
                    let seen = paths.len() as f32;
                    progress(super::COMPOSING_ENDS * seen / (seen + 20_000.0), "composing");
                }
            }
        });
        if let Err(error) = result {
            self.diagnoses
                .stage(DiagnosticCode::InvalidData, format!("the stage is read only in part: {error}"));
        }
        paths
    }

    /// Visits `open` (the next one last) and everything below, depth first.
    pub(super) fn descend(&mut self, mut open: Vec<Path>, frames: &mut Vec<Frame>, is_listed: bool) {
        // A class is abstract and an over is not defined: both serve as prototypes of instancers.
        let required = PrimStatus::ACTIVE.union(PrimStatus::LOADED);
        let unlisted = PrimPredicate::new(required, PrimStatus::empty()).with_instance_proxies(true);
        let predicate = if is_listed { PrimPredicate::DEFAULT_PROXIES } else { unlisted };
        // A list of its own instead of recursion: a hostile stage must not use up the thread's stack here.
        while let Some(path) = open.pop() {
            if self.is_full() || !self.reader.stage.prim_matches(&path, predicate).unwrap_or(false) {
                continue;
            }
            if self.visit(&path, frames, is_listed) {
                self.instance(frames, is_listed);
            } else {
                open.extend(self.children(&path));
            }
        }
    }

    /// Paths of the children, the last one first.
    pub(super) fn children(&self, path: &Path) -> Vec<Path> {
        let prim = self.reader.stage.prim(path.clone());
        let names = prim.ok().and_then(|prim| prim.child_names().ok()).unwrap_or_default();
        names.iter().rev().filter_map(|name| path.append_path(name.as_str()).ok()).collect()
    }

    /// Ends every open frame.
    fn close(&mut self, frames: &mut Vec<Frame>) {
        for frame in frames.drain(..) {
            self.nodes[frame.node].end = self.nodes.len();
        }
    }

    /// Turns the prim at `path` into rows; true if it is an instance, whose children nobody has visited yet.
    fn visit(&mut self, path: &Path, frames: &mut Vec<Frame>, is_listed: bool) -> bool {
        while frames.last().is_some_and(|frame| !is_child(path.as_str(), frame.path.as_str())) {
            if let Some(frame) = frames.pop() {
                self.nodes[frame.node].end = self.nodes.len();
            }
        }
        let Ok(prim) = self.reader.stage.prim(path.clone()) else { return false };
        let Some(kind) = self.kinds.of(&prim, self.reader.stage.schema_registry()) else { return false };
        let names = prim.authored_property_names().unwrap_or_default();
        let is_authored = |name: &str| names.iter().any(|other| other.as_str() == name);
        let above = frames.last();
        let is_proxy = above.is_some_and(|frame| frame.is_in_instance);
        let is_instance = prim.is_instance().unwrap_or(false);
        self.reader.take_animated();
        let (local, is_invisible_itself) = self.own_place(&prim, &kind, &names);
        let is_moving = self.reader.take_animated();
        let token = if kind.is_imageable && is_authored("purpose") {
            self.reader.text(&prim, "purpose")
        } else {
            None
        };
        let own_purpose = token.as_deref().map(|token| Purpose::from_token(token).unwrap_or_default());
        let odd_purpose: Option<Rc<str>> = match &token {
            Some(token) => Purpose::from_token(token).is_none().then(|| token.as_str().into()),
            None => above.and_then(|frame| frame.odd_purpose.clone()),
        };
        let home = if is_proxy { prim.prim_in_prototype().ok().flatten() } else { None };
        let home = home.map_or_else(|| path.clone(), |prim| prim.path().clone());
        let own_primvars = primvars::own(&self.reader, &prim, home.as_str(), &names);
        let none = || Rc::from(Vec::new());
        let inherited = above.map_or_else(none, |frame| frame.primvars.clone());
        let above_bindings = above.and_then(|frame| frame.bindings.as_ref());
        let bindings = binding::gather(&self.reader, &prim, &names, above_bindings);
        let parent = above.map(|frame| frame.node);
        let node = self.add_node(parent, local, is_invisible_itself, own_purpose);
        if is_moving {
            self.moving.places.push((node, path.clone()));
        }
        let row = is_listed.then_some(node as PrimId);
        if let Some(row) = row {
            Arc::make_mut(&mut self.tables.prims).push(PrimRow {
                path: path.as_str().to_owned(),
                parent: parent.map(|parent| parent as PrimId),
                type_name: kind.type_name.clone(),
                instance: is_instance,
                instance_proxy: is_proxy,
                purpose: self.nodes[node].purpose(),
            });
            if let Some(odd) = odd_purpose.as_ref().filter(|_| kind.is_imageable) {
                self.details.odd_purposes.push((row, (**odd).to_owned()));
            }
        }
        let handed_down = primvars::inherit(&inherited, &own_primvars, false);
        let met = Met {
            prim: &prim,
            path,
            home: &home,
            kind: &kind,
            names: &names,
            node,
            row,
            bindings: bindings.as_ref(),
            primvars: &primvars::inherit(&inherited, &own_primvars, true),
        };
        self.shape(&met);
        self.describe(&met);
        frames.push(Frame {
            path: path.clone(),
            node,
            primvars: handed_down,
            bindings,
            is_in_instance: is_proxy || is_instance,
            odd_purpose,
        });
        is_instance
    }

    /// A prim's own transform, and whether it is invisible itself.
    pub(super) fn own_place(&mut self, prim: &Prim, kind: &Kind, names: &[Token]) -> (Local, bool) {
        let is_authored = |name: &str| names.iter().any(|other| other.as_str() == name);
        let is_invisible_itself = kind.is_imageable
            && is_authored("visibility")
            && self.reader.text(prim, "visibility").as_deref() == Some("invisible");
        let local = if kind.is_xformable && is_authored("xformOpOrder") {
            transform::read(&self.reader, prim).unwrap_or_else(|error| {
                let message = format!("its transform is not used: {error}");
                self.diagnoses.prim(DiagnosticCode::InvalidData, prim.path().as_str(), message);
                Local::default()
            })
        } else {
            Local::default()
        };
        (local, is_invisible_itself)
    }

    /// Adds a node below `parent`.
    pub(super) fn add_node(
        &mut self,
        parent: Option<usize>,
        local: Local,
        is_invisible_itself: bool,
        own_purpose: Option<Purpose>,
    ) -> usize {
        let above = parent.map(|parent| &self.nodes[parent]);
        let outer = above.map_or(DMat4::IDENTITY, |above| above.world);
        let node = Node {
            parent,
            end: self.nodes.len() + 1,
            local,
            world: if local.resets_stack { local.matrix } else { outer * local.matrix },
            is_invisible_itself,
            is_visible: above.is_none_or(|above| above.is_visible) && !is_invisible_itself,
            own_purpose,
            known_purpose: own_purpose.or_else(|| above.and_then(|above| above.known_purpose)),
            shapes: 0..0,
            instancer: None,
            is_inside_instancer: above
                .is_some_and(|above| above.is_inside_instancer || above.instancer.is_some()),
        };
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Rows that are about the prim rather than its picture.
    fn describe(&mut self, met: &Met<'_>) {
        let Some(row) = met.row else { return };
        let reader = &self.reader;
        reader.take_animated();
        match met.kind.class {
            Class::Camera => {
                let world = self.nodes[met.node].world;
                self.tables.cameras.push(camera::read(reader, met.prim, row, world));
                if reader.take_animated() {
                    self.moving.cameras.push(self.tables.cameras.len() - 1);
                }
            }
            Class::Subset => {
                let indices = reader.value(met.prim, "indices");
                let detail = SubsetDetail {
                    prim: row,
                    index_count: indices.and_then(|v| v.array_len()).map(|n| n as u64),
                    family: reader.text(met.prim, "familyName").unwrap_or_default(),
                    material: self.material_path(met, ""),
                };
                self.details.subsets.push(detail);
            }
            Class::Material => {
                let detail = material::detail(reader, met.prim, row);
                self.details.materials.push(detail);
            }
            Class::Skeleton => self.details.skeletons.push(row),
            Class::Mesh | Class::Gprim | Class::PointInstancer | Class::Other => {}
        }
        if met.kind.is_light {
            let node = &self.nodes[met.node];
            let (world, visible) = (node.world, node.is_visible);
            self.reader.take_animated();
            let diagnoses = &mut self.diagnoses;
            let type_name = &met.kind.type_name;
            let mut light = light::read(&self.reader, met.prim, type_name, row, world, visible, diagnoses);
            let is_moving = self.reader.take_animated();
            let mut sinks = light::Sinks {
                pictures: &mut self.pictures,
                textures: &mut self.tables.textures,
                arena: &mut self.arena,
                diagnoses: &mut self.diagnoses,
            };
            if let LightKind::Dome { texture } = &mut light.kind {
                *texture = light::picture(&self.reader, met.prim, &mut sinks);
            }
            self.tables.lights.push(light);
            if is_moving {
                self.moving.lights.push(self.tables.lights.len() - 1);
            }
        }
        let sets = variants::read(self.reader.stage, met.prim);
        if !sets.is_empty() {
            self.details.variants.push(VariantDetail { prim: row, sets });
        }
        if variants::has_payload(self.reader.stage, met.path) {
            self.details.payloads.push(row);
        }
    }
}

/// A prim being visited.
pub(super) struct Met<'a> {
    pub(super) prim: &'a Prim,
    pub(super) path: &'a Path,
    /// The path that identifies it across instances.
    pub(super) home: &'a Path,
    pub(super) kind: &'a Rc<Kind>,
    /// Authored properties.
    pub(super) names: &'a [Token],
    pub(super) node: usize,
    /// Its row in the tables, if it has one.
    pub(super) row: Option<PrimId>,
    pub(super) bindings: Option<&'a Rc<Bindings>>,
    /// All that apply.
    pub(super) primvars: &'a PrimvarList,
}

impl Met<'_> {
    /// True if the prim authors this property.
    pub(super) fn is_authored(&self, name: &str) -> bool {
        self.names.iter().any(|other| other.as_str() == name)
    }
}

fn is_child(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).and_then(|rest| rest.strip_prefix('/')).is_some_and(|rest| !rest.contains('/'))
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
