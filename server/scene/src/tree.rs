//! The prims as a tree: who is below whom, and which prim a path names. Made once of a stage's prim table.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::tables::{Dormant, Prim, PrimId};

/// Finds prims without walking through all of them: at most 50 bytes for each.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Where the children of each prim begin in `children`; the roots come first, the end last.
    starts: Vec<u32>,
    children: Vec<PrimId>,
    /// By the hash of its path, the first prim that has it.
    by_path: HashMap<u64, PrimId>,
    /// Those whose hash another path has already.
    others: Vec<PrimId>,
    hasher: RandomState,
}

impl Tree {
    /// The tree of `prims`, and of `dormant` ones in their places: their ids follow those of `prims`. A prim whose parent
    /// is not in the table is a root.
    #[must_use]
    pub fn new(prims: &[Prim], dormant: &[Dormant]) -> Self {
        let hasher = RandomState::new();
        let place = |parent: Option<PrimId>| {
            parent
                .map(|parent| parent as usize)
                .filter(|&parent| parent < prims.len())
                .map_or(0, |parent| parent + 1)
        };
        // Counting sort by parent keeps the table's order.
        let mut starts = vec![0_u32; prims.len() + 2];
        let all = || {
            let awake = prims.iter().map(|prim| (&*prim.path, prim.parent));
            awake.chain(dormant.iter().map(|prim| (&*prim.path, prim.parent)))
        };
        all().for_each(|(_, parent)| starts[place(parent) + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let (mut next, mut children) = (starts.clone(), vec![0; prims.len() + dormant.len()]);
        let mut by_path = HashMap::with_capacity(children.len());
        let mut others = Vec::new();
        for (id, (path, parent)) in (0..).zip(all()) {
            let slot = &mut next[place(parent)];
            children[*slot as usize] = id;
            *slot += 1;
            if *by_path.entry(hasher.hash_one(path)).or_insert(id) != id {
                others.push(id);
            }
        }
        // They stand behind their siblings so far.
        for (id, prim) in (prims.len() as PrimId..).zip(dormant) {
            let at = place(prim.parent);
            let siblings = &mut children[starts[at] as usize..starts[at + 1] as usize];
            let from = siblings.iter().position(|&child| child == id).unwrap_or_default();
            let to = (prim.place as usize).min(from);
            siblings[to..=from].rotate_right(1);
        }
        Self { starts, children, by_path, others, hasher }
    }

    /// The children of a prim, or the root prims, in the stage's order.
    #[must_use]
    pub fn children(&self, parent: Option<PrimId>) -> &[PrimId] {
        let place = parent.map_or(0, |parent| parent as usize + 1);
        match (self.starts.get(place), self.starts.get(place + 1)) {
            (Some(&from), Some(&to)) => &self.children[from as usize..to as usize],
            _ => &[],
        }
    }

    /// The dormant prim at `path`, in the tables that this tree was made of.
    #[must_use]
    pub fn find_dormant(&self, prims: &[Prim], dormant: &[Dormant], path: &str) -> Option<PrimId> {
        let is_it = |id: &PrimId| {
            let at = (*id as usize).checked_sub(prims.len());
            at.and_then(|at| dormant.get(at)).is_some_and(|prim| prim.path == path)
        };
        let first = self.by_path.get(&self.hasher.hash_one(path)).copied();
        first.filter(is_it).or_else(|| self.others.iter().copied().find(|id| is_it(id)))
    }

    /// The prim at `path`, in the table that this tree was made of.
    #[must_use]
    pub fn find(&self, prims: &[Prim], path: &str) -> Option<PrimId> {
        let is_it = |id: &PrimId| prims.get(*id as usize).is_some_and(|prim| prim.path == path);
        let first = self.by_path.get(&self.hasher.hash_one(path)).copied();
        first.filter(is_it).or_else(|| self.others.iter().copied().find(|id| is_it(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prims(rows: &[(&str, Option<PrimId>)]) -> Vec<Prim> {
        rows.iter().map(|&(path, parent)| Prim { path: path.to_owned(), parent, ..Prim::default() }).collect()
    }

    #[test]
    fn everybody_has_his_children_in_order_and_is_found_by_path() {
        let prims = prims(&[
            ("/A", None),
            ("/A/x", Some(0)),
            ("/A/x/1", Some(1)),
            ("/A/y", Some(0)),
            ("/B", None),
            ("/lost", Some(99)),
        ]);
        let tree = Tree::new(&prims, &[]);
        assert_eq!(tree.children(None), [0, 4, 5]);
        assert_eq!(tree.children(Some(0)), [1, 3]);
        assert_eq!(tree.children(Some(1)), [2]);
        assert_eq!(tree.children(Some(4)), [] as [PrimId; 0]);
        assert_eq!(tree.children(Some(u32::MAX)), [] as [PrimId; 0]);
        for (id, prim) in (0..).zip(&prims) {
            assert_eq!(tree.find(&prims, &prim.path), Some(id));
        }
        assert_eq!(tree.find(&prims, "/A/z"), None);
        assert_eq!(tree.find(&prims, ""), None);
    }

    #[test]
    fn dormant_prims_stand_among_their_siblings() {
        let prims = prims(&[("/A", None), ("/A/x", Some(0)), ("/A/z", Some(0)), ("/B", None)]);
        let asleep = |path: &str, parent, place| Dormant {
            path: path.to_owned(),
            parent,
            place,
            ..Dormant::default()
        };
        let dormant = [asleep("/A/w", Some(0), 0), asleep("/A/y", Some(0), 2), asleep("/C", None, 2)];
        let tree = Tree::new(&prims, &dormant);
        assert_eq!(tree.children(Some(0)), [4, 1, 5, 2]);
        assert_eq!(tree.children(None), [0, 3, 6]);
        assert_eq!(tree.find_dormant(&prims, &dormant, "/A/y"), Some(5));
        assert_eq!((tree.find(&prims, "/A/y"), tree.find_dormant(&prims, &dormant, "/A/x")), (None, None));
    }

    #[test]
    fn two_prims_of_one_path_and_an_empty_stage_are_no_trouble() {
        let twins = prims(&[("/A", None), ("/A", None)]);
        let tree = Tree::new(&twins, &[]);
        assert_eq!(tree.find(&twins, "/A"), Some(0));
        assert_eq!(tree.children(None), [0, 1]);
        assert_eq!(Tree::new(&[], &[]).children(None), [] as [PrimId; 0]);
        assert_eq!(Tree::default().children(None), [] as [PrimId; 0]);
    }
}
