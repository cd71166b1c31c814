//! Which prims are selected: one selection for the stage, seen by all, changed by whoever drives.

use std::collections::HashSet;

use telestage_protocol::{
    Capability, ErrorCode, PickMode, PickRequest, PickResult, SelectPrimsRequest, SelectionChanged,
    ServerMessage, ViewerError,
};

use crate::bounded::{LIST_BYTES, json_bytes};
use crate::input::{ClientId, PickHit, PrimId};
use crate::output::{Output, PickOrder, ViewPose};
use crate::session::Session;
use crate::stages::find;
use crate::views::ViewId;

/// What is selected, in the order in which it was.
#[derive(Debug, Default)]
pub struct Selection(Vec<(PrimId, String)>);

impl Selection {
    /// As it would be with `hits` besides, without those that are in, or with them alone. Each of them comes once.
    pub(crate) fn after(&self, mode: PickMode, hits: Vec<(PrimId, String)>) -> Self {
        let without = |some: &[(PrimId, String)], others: &[(PrimId, String)]| -> Vec<(PrimId, String)> {
            let others: HashSet<PrimId> = others.iter().map(|&(prim, _)| prim).collect();
            some.iter().filter(|(prim, _)| !others.contains(prim)).cloned().collect()
        };
        let (stay, come) = match mode {
            PickMode::None => (self.0.clone(), Vec::new()),
            PickMode::Replace => (Vec::new(), hits),
            PickMode::Add => (self.0.clone(), without(&hits, &self.0)),
            PickMode::Toggle => (without(&self.0, &hits), without(&hits, &self.0)),
        };
        Self([stay, come].concat())
    }

    /// Where they are.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.0.iter().map(|(_, path)| path.clone()).collect()
    }

    /// What can be told in one message.
    pub(crate) fn check(&self) -> Result<(), ViewerError> {
        let bytes: usize = self.0.iter().map(|(_, path)| json_bytes(path) + 1).sum();
        if bytes <= LIST_BYTES {
            return Ok(());
        }
        let message =
            format!("{} prims are too many to select one by one: select what they are in", self.0.len());
        Err(ViewerError::new(ErrorCode::TooLarge, message))
    }
}

impl Session {
    pub(crate) fn select_prims(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: &SelectPrimsRequest,
    ) -> Result<(), ViewerError> {
        self.check_selectable(request.stage_generation)?;
        let prims = self.stages.prims()?;
        let mut next = Selection::default();
        let mut seen = HashSet::new();
        for path in &request.paths {
            let prim = find(prims, path)?;
            if seen.insert(prim) {
                next.0.push((prim, path.clone()));
            }
        }
        next.check()?;
        self.drive(client)?;
        self.select(next);
        let message = self.selection_message();
        self.answer_and_tell(client, id, &message, self.clients.welcomed());
        Ok(())
    }

    pub(crate) fn pick(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: &PickRequest,
    ) -> Result<(), ViewerError> {
        self.check_selectable(request.stage_generation)?;
        self.stages.prims()?;
        let (view, pose) = self.pointed_at(client, request.frame);
        let within = |value: f64, side: u32| (0.0..f64::from(side)).contains(&value).then_some(value as u32);
        let at = within(request.x, pose.size[0]).zip(within(request.y, pose.size[1]));
        let Some((x, y)) = at else {
            return Err(ViewerError::bad_request(format!(
                "{}, {} is outside the picture of {} x {}",
                request.x, request.y, pose.size[0], pose.size[1]
            )));
        };
        if request.mode != PickMode::None {
            self.drive(client)?;
        }
        self.begin_pick(client)?;
        let order = PickOrder { client, id, mode: request.mode, view, pose, at: [x, y] };
        self.out.push(Output::Pick(order));
        Ok(())
    }

    /// The view that a client points at, and what it showed then: in that frame if it is known, else now.
    pub(crate) fn pointed_at(&self, client: ClientId, frame: Option<u32>) -> (ViewId, ViewPose) {
        let view = self.view_of(client);
        let sight = self.views.get(view);
        let seen = frame.and_then(|frame| sight.history.of_frame(frame));
        let seen = seen.filter(|pose| pose.generation == self.stages.generation());
        (view, seen.unwrap_or_else(|| sight.view.pose()))
    }

    /// Counts a question about the picture.
    pub(crate) fn begin_pick(&mut self, client: ClientId) -> Result<(), ViewerError> {
        if self.clients.begin_errand(client) {
            return Ok(());
        }
        Err(ViewerError::new(ErrorCode::Busy, "too many picks at once: wait for an answer"))
    }

    pub(crate) fn picked(&mut self, order: PickOrder, result: Result<Option<PickHit>, ViewerError>) {
        let PickOrder { client, id, mode, pose, .. } = order;
        self.clients.end_errand(client);
        if let Err(error) = self.answer_pick(client, id.clone(), mode, pose.generation, result) {
            self.refuse(client, id, error);
        }
    }

    fn answer_pick(
        &mut self,
        client: ClientId,
        id: Option<String>,
        mode: PickMode,
        generation: u32,
        result: Result<Option<PickHit>, ViewerError>,
    ) -> Result<(), ViewerError> {
        self.stages.check_generation(Some(generation))?;
        let prims = self.stages.prims()?;
        let hit = result?.and_then(|hit| Some((hit, self.pickable(client, prims, hit.prim)?)));
        let next = self.selection.after(mode, hit.iter().map(|(_, prim)| prim.clone()).collect());
        next.check()?;
        let (hit, path) = hit.map(|(hit, (_, path))| (hit, path)).unzip();
        let answer = PickResult {
            path,
            instance_index: hit.and_then(|hit| hit.instance_index),
            position: hit.map(|hit| hit.position),
            normal: hit.map(|hit| hit.normal),
            stage_generation: generation,
        };
        if self.clients.contains(client) {
            self.tell(client, id, ServerMessage::PickResult(answer));
        }
        if mode != PickMode::None {
            self.select(next);
            self.tell_all(self.selection_message());
        }
        Ok(())
    }

    /// Another stage: what was selected is there again if the same paths are, and they were selected on the same one.
    pub(crate) fn reselect(&mut self, is_same_stage: bool) {
        let kept = std::mem::take(&mut self.selection);
        let mut next = Selection::default();
        if is_same_stage && let Ok(prims) = self.stages.prims() {
            next.0 = kept.0.into_iter().filter_map(|(_, path)| Some((prims.find(&path)?, path))).collect();
        }
        if !is_same_stage {
            self.clients.make_all_pickable();
        }
        self.select(next);
        self.tell_all(self.selection_message());
    }

    pub(crate) fn select(&mut self, next: Selection) {
        self.out.push(Output::Select { prims: next.0.iter().map(|&(prim, _)| prim).collect() });
        self.selection = next;
    }

    /// `stageSelectionChanged`.
    pub(crate) fn selection_message(&self) -> ServerMessage {
        ServerMessage::SelectionChanged(SelectionChanged {
            prims: self.selection.paths(),
            stage_generation: self.stages.generation(),
        })
    }

    pub(crate) fn check_selectable(&self, meant: Option<u32>) -> Result<(), ViewerError> {
        self.check_able(Capability::Select, "what this server shows has nothing to select")?;
        self.stages.check_generation(meant)
    }
}
