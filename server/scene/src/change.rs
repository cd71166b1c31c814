//! What changes in a scene while its stage stays open: another time, an edit.
//!
//! The worker says the new rows ([`Delta`]); the host puts them into a copy of the scene ([`Scene::apply`]) and hands
//! on which rows those are ([`Changes`]), so that a renderer touches nothing else.

use serde::{Deserialize, Serialize};

use crate::arena::Arena;
use crate::tables::{
    Attribute, Bounds, Camera, Draw, Geometry, GeometryId, Light, PrimId, PrimState, Scene, Tables,
};

/// New rows for tables that keep their length, but for the draws. Spans point into the arena that comes with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// The time code that the scene shows then; `None` is USD's default time.
    pub time: Option<f64>,
    /// Rows of [`Tables::states`].
    pub states: Vec<(PrimId, PrimState)>,
    /// Rows of [`Tables::draws`].
    pub draws: NewDraws,
    /// Rows of [`Tables::geometries`].
    pub geometries: Vec<(GeometryId, Geometry)>,
    /// Rows of [`Tables::lights`].
    pub lights: Vec<(u32, Light)>,
    /// Rows of [`Tables::cameras`].
    pub cameras: Vec<(u32, Camera)>,
    /// [`Tables::bounds`].
    pub bounds: Option<Bounds>,
}

/// New draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NewDraws {
    /// These rows.
    Rows(Vec<(u32, Draw)>),
    /// All of them: their number has changed.
    All(Vec<Draw>),
}

impl Default for NewDraws {
    fn default() -> Self {
        Self::Rows(Vec::new())
    }
}

/// Which rows of a scene are other than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// Any: nothing is known of the scene before.
    All,
    /// These.
    Rows(ChangedRows),
}

/// Rows that are other than before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedRows {
    /// Rows of [`Tables::draws`]; `None`: any, and there may be more or fewer of them.
    pub draws: Option<Vec<u32>>,
    /// Rows of [`Tables::geometries`].
    pub geometries: Vec<GeometryId>,
    /// Some of the lights.
    pub lights: bool,
}

impl Changes {
    /// Makes this what has changed after both.
    pub fn merge(&mut self, later: Self) {
        match (&mut *self, later) {
            (Self::All, _) => {}
            (Self::Rows(_), Self::All) => *self = Self::All,
            (Self::Rows(rows), Self::Rows(later)) => {
                rows.draws = match (rows.draws.take(), later.draws) {
                    (Some(draws), Some(more)) => Some(union(draws, more)),
                    (None, _) | (_, None) => None,
                };
                rows.geometries = union(std::mem::take(&mut rows.geometries), later.geometries);
                rows.lights |= later.lights;
            }
        }
    }
}

fn union(mut rows: Vec<u32>, more: Vec<u32>) -> Vec<u32> {
    rows.extend(more);
    rows.sort_unstable();
    rows.dedup();
    rows
}

impl Delta {
    /// What has to be said to make `new` of `old`, which must be of the same stage. `geometries` are given, as their
    /// arrays are not compared.
    #[must_use]
    pub fn between(old: &Tables, new: &Tables, geometries: Vec<(GeometryId, Geometry)>) -> Self {
        Self {
            time: new.stage.time,
            states: changed(&old.states, &new.states),
            draws: if old.draws.len() == new.draws.len() {
                NewDraws::Rows(changed(&old.draws, &new.draws))
            } else {
                NewDraws::All(new.draws.clone())
            },
            geometries,
            lights: changed(&old.lights, &new.lights),
            cameras: changed(&old.cameras, &new.cameras),
            bounds: new.bounds,
        }
    }
}

fn changed<T: Clone + PartialEq>(old: &[T], new: &[T]) -> Vec<(u32, T)> {
    let pairs = (0..).zip(old.iter().zip(new));
    pairs.filter(|(_, (old, new))| old != new).map(|(row, (_, new))| (row, new.clone())).collect()
}

impl Scene {
    /// Puts the new rows in. `arena` came with them: its arrays stay as long as some geometry uses them.
    /// Rows that do not exist are left out.
    pub fn apply(&mut self, delta: Delta, arena: &Arena) -> ChangedRows {
        let tables = &mut self.tables;
        let mut rows = ChangedRows { draws: Some(Vec::new()), ..ChangedRows::default() };
        tables.stage.time = delta.time;
        tables.bounds = delta.bounds;
        put(&mut tables.states, delta.states);
        put(&mut tables.cameras, delta.cameras);
        rows.lights = !put(&mut tables.lights, delta.lights).is_empty();
        rows.draws = match delta.draws {
            NewDraws::Rows(new) => Some(put(&mut tables.draws, new)),
            NewDraws::All(draws) => {
                tables.draws = draws;
                None
            }
        };
        if !delta.geometries.is_empty() {
            let block = self.arena.admit(arena);
            let moved = delta.geometries.into_iter().map(|(id, geometry)| (id, in_block(geometry, block)));
            rows.geometries = put(&mut tables.geometries, moved.collect());
            self.arena.keep(tables.geometries.iter().flat_map(blocks));
        }
        rows
    }
}

/// Replaces rows and says which.
fn put<T>(table: &mut [T], rows: Vec<(u32, T)>) -> Vec<u32> {
    let mut replaced = Vec::with_capacity(rows.len());
    for (row, new) in rows {
        if let Some(old) = table.get_mut(row as usize) {
            *old = new;
            replaced.push(row);
        }
    }
    replaced
}

fn in_block(mut geometry: Geometry, block: u32) -> Geometry {
    fn turn<T>(attribute: &mut Attribute<T>, block: u32) {
        attribute.values.block = block;
    }
    geometry.points.block = block;
    geometry.triangles.block = block;
    turn(&mut geometry.normals, block);
    turn(&mut geometry.uv, block);
    turn(&mut geometry.color, block);
    turn(&mut geometry.opacity, block);
    geometry
}

fn blocks(geometry: &Geometry) -> [u32; 6] {
    [
        geometry.points.block,
        geometry.triangles.block,
        geometry.normals.values.block,
        geometry.uv.values.block,
        geometry.color.values.block,
        geometry.opacity.values.block,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::ArenaBuilder;

    fn points(values: &[[f32; 3]]) -> (Geometry, Arena) {
        let mut builder = ArenaBuilder::default();
        let geometry = Geometry { points: builder.push(values), ..Geometry::default() };
        (geometry, builder.finish())
    }

    #[test]
    fn new_arrays_replace_old_ones_and_those_that_nobody_uses_are_let_go() {
        let (geometry, arena) = points(&[[0.0; 3]]);
        let tables = Tables { geometries: vec![geometry], ..Tables::default() };
        let mut scene = Scene { tables, arena };
        for step in 1..=50_u16 {
            let (geometry, arena) = points(&[[f32::from(step); 3]; 64]);
            let delta =
                Delta { geometries: vec![(0, geometry), (9, Geometry::default())], ..Delta::default() };
            let rows = scene.apply(delta, &arena);
            assert_eq!(rows.geometries, [0], "a row that does not exist is left out");
            assert_eq!(scene.arena.get(scene.tables.geometries[0].points), [[f32::from(step); 3]; 64]);
        }
        // The first block stays (textures lie there), and one more.
        assert!(scene.arena.byte_len() <= 2 * 64 * 12 + 64, "{:?}", scene.arena);
    }

    #[test]
    fn what_is_between_two_tables_makes_one_of_the_other() {
        let state = |visible| PrimState { visible, shown: visible, bounds: None };
        let old = Tables { states: vec![state(true); 3], ..Tables::default() };
        let mut new = old.clone();
        new.states[1] = state(false);
        new.stage.time = Some(3.0);
        let delta = Delta::between(&old, &new, Vec::new());
        assert_eq!(delta.states, [(1, state(false))]);
        assert_eq!(delta.draws, NewDraws::Rows(Vec::new()));
        let mut scene = Scene { tables: old, arena: Arena::default() };
        let rows = scene.apply(delta, &Arena::default());
        assert_eq!((scene.tables.states, scene.tables.stage.time), (new.states, Some(3.0)));
        assert_eq!(rows, ChangedRows { draws: Some(Vec::new()), ..ChangedRows::default() });
    }

    #[test]
    fn changes_add_up() {
        let rows = |draws: Option<&[u32]>, lights| {
            Changes::Rows(ChangedRows { draws: draws.map(<[u32]>::to_vec), geometries: vec![2], lights })
        };
        let mut changes = rows(Some(&[3, 1]), false);
        changes.merge(rows(Some(&[1, 2]), true));
        assert_eq!(changes, rows(Some(&[1, 2, 3]), true));
        changes.merge(rows(None, false));
        assert_eq!(changes, rows(None, true));
        changes.merge(Changes::All);
        changes.merge(rows(Some(&[1]), false));
        assert_eq!(changes, Changes::All);
    }
}
