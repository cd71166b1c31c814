//! Edits → opinions, checked before the first is written.

use std::collections::BTreeSet;

use glam::{DMat3, DMat4, DVec3, EulerRot};
use openusd::sdf::Value;
use openusd::tf::Token;
use openusd::usd::{Prim, Stage};

use super::history::{History, Step, Swap, Way};
use super::opinions::{Key, Opinion, Opinions, visibility};
use super::value::fitting;
use super::{Edit, EditRefused, Edited, MAX_PATHS, Place, Space};
use crate::extract::variants;

/// The op that an edit of a place writes; it alone is in the order then.
const PLACE_OP: &str = "xformOp:transform:session";
/// No stage that can be read has longer paths…
const MAX_PATH_BYTES: usize = 4096;
/// …or deeper ones.
const MAX_DEPTH: usize = 512;
const RESET: &str = "!resetXformStack!";

/// Where a prim is now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// The parent's space from the prim's.
    pub local: DMat4,
    /// The stage's space from the parent's.
    pub outer: DMat4,
    /// The parent's transform does not apply.
    pub resets_stack: bool,
}

/// What an edit came to, for whoever shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// What the author is told.
    pub edited: Edited,
    /// Prims of which more is other than where they are and whether they are seen.
    pub valued: Vec<String>,
}

/// Everything that was edited on one stage.
#[derive(Default)]
pub struct Editor {
    opinions: Opinions,
    history: History,
}

impl Editor {
    /// Does it. `placed` says where a prim is. The stage's edit target must be its session layer.
    ///
    /// # Errors
    /// Why not; then nothing has changed.
    pub fn edit(
        &mut self,
        stage: &Stage,
        author: u32,
        edit: &Edit,
        placed: &dyn Fn(&str) -> Option<Placed>,
    ) -> Result<Made, EditRefused> {
        let step = self.plan(stage, edit, placed)?;
        self.perform(stage, &step)?;
        let mut made = summary(&step);
        if !step.is_empty() {
            self.history.did(author, step);
        }
        self.note_ways(author, &mut made.edited);
        Ok(made)
    }

    /// Takes back what this author did last.
    ///
    /// # Errors
    /// As [`Editor::edit`]; somebody else may have changed the same since.
    pub fn undo(&mut self, stage: &Stage, author: u32) -> Result<Made, EditRefused> {
        self.travel(stage, author, Way::Undo)
    }

    /// Does again what this author took back last.
    ///
    /// # Errors
    /// As [`Editor::undo`].
    pub fn redo(&mut self, stage: &Stage, author: u32) -> Result<Made, EditRefused> {
        self.travel(stage, author, Way::Redo)
    }

    fn travel(&mut self, stage: &Stage, author: u32, way: Way) -> Result<Made, EditRefused> {
        let word = if way == Way::Undo { "undo" } else { "redo" };
        let step = self.history.next(author, way).ok_or_else(|| EditRefused::Nothing(word.to_owned()))?;
        if let Some(swap) = step.iter().find(|swap| self.opinions.get(&swap.key) != swap.before.as_ref()) {
            return Err(EditRefused::Overtaken(swap.key.prim().to_owned()));
        }
        self.perform(stage, &step)?;
        self.history.went(author, way);
        let mut made = summary(&step);
        self.note_ways(author, &mut made.edited);
        Ok(made)
    }

    fn note_ways(&self, author: u32, edited: &mut Edited) {
        edited.can_undo = self.history.has(author, Way::Undo);
        edited.can_redo = self.history.has(author, Way::Redo);
    }

    /// All or nothing.
    fn perform(&mut self, stage: &Stage, step: &Step) -> Result<(), EditRefused> {
        for (done, swap) in step.iter().enumerate() {
            if let Err(error) = self.opinions.put(stage, &swap.key, swap.after.clone()) {
                for swap in step[..done].iter().rev() {
                    // What was there before can be there again.
                    let _ = self.opinions.put(stage, &swap.key, swap.before.clone());
                }
                return Err(EditRefused::Library(error.to_string()));
            }
        }
        Ok(())
    }

    fn plan(
        &self,
        stage: &Stage,
        edit: &Edit,
        placed: &dyn Fn(&str) -> Option<Placed>,
    ) -> Result<Step, EditRefused> {
        let mut step = Step::new();
        let mut swap = |key: Key, after: Option<Opinion>| {
            let before = self.opinions.get(&key).cloned();
            if before != after {
                step.push(Swap { key, before, after });
            }
        };
        match edit {
            Edit::Visibility { paths, visible } => {
                for (path, prim) in prims(stage, paths)? {
                    if !prim.is_a("Imageable").unwrap_or(false) {
                        return Err(EditRefused::NotImageable(path.to_owned()));
                    }
                    swap(Key::Attribute(format!("{path}.visibility")), Some(visibility(*visible)));
                }
            }
            Edit::Active { paths, active } => {
                for (path, _) in prims(stage, paths)? {
                    swap(Key::Active(path.to_owned()), Some(Opinion::of(*active)));
                }
            }
            Edit::Loaded { paths, loaded } => {
                for (path, prim) in prims(stage, paths)? {
                    if !variants::has_payload(stage, prim.path()) {
                        return Err(EditRefused::NoPayload(path.to_owned()));
                    }
                    swap(Key::Loaded(path.to_owned()), Some(Opinion::of(*loaded)));
                }
            }
            Edit::Variant { path, set, selection } => {
                let (path, set) = (path.clone(), set.clone());
                let prim = prim(stage, &path)?;
                let sets = variants::read(stage, &prim);
                let Some(known) = sets.into_iter().find(|known| known.name == set) else {
                    return Err(EditRefused::NoVariantSet { path, set });
                };
                if !selection.is_empty() && !known.variants.contains(selection) {
                    return Err(EditRefused::NoVariant { path, set, selection: selection.clone() });
                }
                let after = (!selection.is_empty()).then(|| Opinion::of(selection.clone()));
                swap(Key::Variant(path, set), after);
            }
            Edit::Place { paths, place, space } => {
                for (path, prim) in prims(stage, paths)? {
                    let xformable = prim.is_a("Xformable").unwrap_or(false);
                    let Some(now) = placed(path).filter(|_| xformable) else {
                        return Err(EditRefused::NotXformable(path.to_owned()));
                    };
                    let local = moved(now, place, *space).ok_or(EditRefused::BadPlace)?;
                    let matrix = openusd::gf::Matrix4d(local.to_cols_array());
                    let ops = now.resets_stack.then_some(RESET).into_iter().chain([PLACE_OP]);
                    let order = Value::TokenVec(ops.map(Token::new).collect());
                    let op = Opinion { value: Value::Matrix4d(matrix), type_name: "matrix4d".to_owned() };
                    let order = Opinion { value: order, type_name: "token[]".to_owned() };
                    swap(Key::Attribute(format!("{path}.{PLACE_OP}")), Some(op));
                    swap(Key::Attribute(format!("{path}.xformOpOrder")), Some(order));
                }
            }
            Edit::Attribute { path, name, value } => {
                let prim = prim(stage, path)?;
                let missing = || EditRefused::NoAttribute { path: path.clone(), name: name.clone() };
                let is_known =
                    prim.property_names().unwrap_or_default().iter().any(|known| known.as_str() == name);
                let attribute = prim.attribute(name.as_str());
                let declared = attribute.type_name().ok().flatten().filter(|_| is_known);
                let type_name = declared.ok_or_else(missing)?;
                let like = type_name.default_value().ok_or_else(missing)?;
                let type_name = type_name.as_str().to_owned();
                let value = fitting(&like, value).map_err(|reason| EditRefused::BadValue {
                    name: name.clone(),
                    type_name: type_name.clone(),
                    reason,
                })?;
                swap(Key::Attribute(format!("{path}.{name}")), Some(Opinion { value, type_name }));
            }
        }
        Ok(step)
    }
}

fn summary(step: &Step) -> Made {
    let of = |is_meant: &dyn Fn(&Key) -> bool| -> Vec<String> {
        let keys = step.iter().map(|swap| &swap.key).filter(|key| is_meant(key));
        keys.map(|key| key.prim().to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let edited = Edited {
        resynced: of(&Key::is_structural),
        changed: of(&|key| !key.is_structural()),
        ..Edited::default()
    };
    Made { edited, valued: of(&|key| !key.is_structural() && !key.is_place()) }
}

fn prims<'p>(stage: &Stage, paths: &'p [String]) -> Result<Vec<(&'p str, Prim)>, EditRefused> {
    if paths.len() > MAX_PATHS {
        return Err(EditRefused::TooMany(paths.len()));
    }
    let mut seen = BTreeSet::new();
    let paths = paths.iter().filter(|path| seen.insert(path.as_str()));
    paths.map(|path| Ok((path.as_str(), prim(stage, path)?))).collect()
}

fn prim(stage: &Stage, path: &str) -> Result<Prim, EditRefused> {
    let missing = || EditRefused::NoPrim(path.chars().take(200).collect());
    if !is_prim_path(path) {
        return Err(missing());
    }
    let prim = stage.prim(path).map_err(|_| missing())?;
    if !prim.is_valid().unwrap_or(false) {
        return Err(missing());
    }
    if prim.is_instance_proxy().unwrap_or(false) || prim.is_in_prototype().unwrap_or(false) {
        return Err(EditRefused::InstanceProxy(path.to_owned()));
    }
    Ok(prim)
}

/// False for what no prim is called; the library takes its time for what nests without end.
pub(crate) fn is_prim_path(path: &str) -> bool {
    path.starts_with('/')
        && path != "/"
        && !path.contains('.')
        && path.len() <= MAX_PATH_BYTES
        && path.matches('/').count() <= MAX_DEPTH
}

/// The new local matrix; `None` if it is none.
fn moved(now: Placed, place: &Place, space: Space) -> Option<DMat4> {
    let outer = if now.resets_stack { DMat4::IDENTITY } else { now.outer };
    let from = match space {
        Space::Local => now.local,
        Space::World => outer * now.local,
    };
    let to = match place {
        Place::At(matrix) => DMat4::from_cols_array(matrix),
        Place::By { translate, rotate, scale } => {
            let origin = from.w_axis.truncate();
            let [x, y, z] = rotate.map(f64::to_radians);
            // X first, then Y, then Z.
            let turn = DMat4::from_mat3(DMat3::from_euler(EulerRot::ZYX, z, y, x));
            let around = DMat4::from_translation(origin) * turn * DMat4::from_translation(-origin);
            DMat4::from_translation(DVec3::from_array(*translate))
                * around
                * from
                * DMat4::from_scale(DVec3::from_array(*scale))
        }
    };
    let local = match space {
        Space::Local => to,
        Space::World => outer.inverse() * to,
    };
    let is_place = local.is_finite()
        && local.determinant().abs() > f64::MIN_POSITIVE
        && local.row(3).abs_diff_eq(glam::DVec4::W, 1e-9);
    is_place.then_some(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_by_turns_and_scales_about_the_own_origin() {
        let outer = DMat4::from_translation(DVec3::new(0.0, 10.0, 0.0));
        let now =
            Placed { local: DMat4::from_translation(DVec3::new(5.0, 0.0, 0.0)), outer, resets_stack: false };
        let by = Place::By { translate: [1.0, 0.0, 0.0], rotate: [0.0, 0.0, 90.0], scale: [2.0, 1.0, 1.0] };
        for space in [Space::Local, Space::World] {
            let local = moved(now, &by, space).unwrap();
            assert!(local.transform_point3(DVec3::ZERO).distance(DVec3::new(6.0, 0.0, 0.0)) < 1e-12);
            assert!(local.transform_point3(DVec3::X).distance(DVec3::new(6.0, 2.0, 0.0)) < 1e-12);
        }
        let at = Place::At(DMat4::from_translation(DVec3::new(1.0, 2.0, 3.0)).to_cols_array());
        let local = moved(now, &at, Space::World).unwrap();
        assert_eq!(local.w_axis.truncate(), DVec3::new(1.0, -8.0, 3.0));
    }

    #[test]
    fn what_is_no_place_is_refused() {
        let now = Placed { local: DMat4::IDENTITY, outer: DMat4::IDENTITY, resets_stack: false };
        let mut skewed = DMat4::IDENTITY.to_cols_array();
        skewed[3] = 0.5;
        for matrix in [[0.0; 16], [f64::NAN; 16], skewed] {
            assert_eq!(moved(now, &Place::At(matrix), Space::Local), None);
        }
        let flat = Place::By { translate: [0.0; 3], rotate: [0.0; 3], scale: [1.0, 0.0, 1.0] };
        assert_eq!(moved(now, &flat, Space::Local), None);
    }
}
