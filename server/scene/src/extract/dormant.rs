//! Prims that are there and not composed: inactive, or with a payload that is not loaded.

use std::sync::Arc;

use openusd::sdf::Path;
use openusd::usd::{PrimPredicate, PrimStatus};

use super::walk::Walk;
use crate::tables::Dormant;
use crate::tree::Tree;

/// Those that are listed at most.
const MAX_DORMANT: usize = 100_000;

impl Walk<'_> {
    /// Notes what the traversal of the stage left out because it is inactive or not loaded. `paths` are what it did not.
    pub(super) fn dormant(&mut self, paths: &[Path]) {
        let defined = PrimPredicate::new(PrimStatus::DEFINED, PrimStatus::ABSTRACT);
        let mut paths = paths.iter().peekable();
        let mut left_out = Vec::new();
        // A part of the stage that cannot be read was told of before.
        let _ = self.reader.stage.traverse(defined, |path| {
            let is_seen = path.is_abs_root() || paths.next_if(|seen| *seen == path).is_some();
            if !is_seen && left_out.len() < MAX_DORMANT {
                left_out.push(path.clone());
            }
        });
        if left_out.is_empty() {
            return;
        }
        let tree = Tree::new(&self.tables.prims, &[]);
        let dormant = left_out.iter().filter_map(|path| self.asleep(&tree, path)).collect();
        self.tables.dormant = Arc::new(dormant);
    }

    /// `None` for what is below another dormant prim: it is as little composed as that.
    fn asleep(&self, tree: &Tree, path: &Path) -> Option<Dormant> {
        let stage = self.reader.stage;
        let above = path.parent()?;
        let parent = tree.find(&self.tables.prims, above.as_str());
        if parent.is_none() && !above.is_abs_root() {
            return None;
        }
        let prim = stage.prim(path.clone()).ok()?;
        let siblings = stage.prim(above).ok().and_then(|above| above.child_names().ok()).unwrap_or_default();
        let place = siblings.iter().position(|name| Some(name.as_str()) == path.name());
        let type_name = prim.type_name().ok().flatten();
        Some(Dormant {
            path: path.as_str().to_owned(),
            parent,
            place: place.unwrap_or_default() as u32,
            type_name: type_name.map_or_else(String::new, |name| name.as_str().to_owned()),
            active: prim.is_active().unwrap_or(true),
        })
    }
}
