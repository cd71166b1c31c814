//! What a client may pick: everything, or the prims that it listed with `makePrimsPickable`.
//!
//! Kit's clients list the rows of their tree, after every branch that they open: so lists add up, and a hit counts as the
//! nearest listed prim above it.

use telestage_protocol::{MakePrimsPickable, ViewerError};

use crate::input::{ClientId, PrimId, Prims};
use crate::session::Session;
use crate::stages::find;

impl Session {
    pub(crate) fn make_pickable(
        &mut self,
        client: ClientId,
        request: &MakePrimsPickable,
    ) -> Result<(), ViewerError> {
        self.check_selectable(request.stage_generation)?;
        let prims = self.stages.prims()?;
        for path in &request.paths {
            find(prims, path)?;
        }
        if let Some(known) = self.clients.get_mut(client) {
            if request.paths.is_empty() {
                known.pickable.clear();
            }
            known.pickable.extend(request.paths.iter().cloned());
        }
        Ok(())
    }

    /// What a client's hit counts as, with its path; `None`: a miss.
    pub(crate) fn pickable(
        &self,
        client: ClientId,
        prims: &dyn Prims,
        prim: PrimId,
    ) -> Option<(PrimId, String)> {
        let path = prims.path(prim)?;
        let listed =
            self.clients.get(client).map(|known| &known.pickable).filter(|listed| !listed.is_empty());
        let Some(listed) = listed else { return Some((prim, path.to_owned())) };
        let mut above = Some(path);
        while let Some(path) = above.filter(|path| !path.is_empty()) {
            if listed.contains(path) {
                return Some((prims.find(path)?, path.to_owned()));
            }
            above = path.rsplit_once('/').map(|(parent, _)| parent);
        }
        None
    }
}
