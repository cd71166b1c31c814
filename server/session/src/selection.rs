//! Which prims are selected: one selection for the stage, seen by all, changed by whoever drives.

use telestage_protocol::{
    Capability, ErrorCode, PickMode, PickRequest, PickResult, SelectPrimsRequest, SelectionChanged,
    ServerMessage, ViewerError,
};

use crate::bounded::{LIST_BYTES, json_bytes};
use crate::input::{ClientId, PickHit, PrimId};
use crate::output::{Output, PickOrder};
use crate::session::Session;
use crate::stages::find;

/// What is selected, in the order in which it was.
#[derive(Debug, Default)]
pub struct Selection(Vec<(PrimId, String)>);

impl Selection {
    /// As it would be with `prim` besides, without it, or with it alone.
    fn after(&self, mode: PickMode, hit: Option<(PrimId, &str)>) -> Self {
        let mut next = if mode == PickMode::Replace { Vec::new() } else { self.0.clone() };
        if let Some((prim, path)) = hit {
            let place = next.iter().position(|&(selected, _)| selected == prim);
            match (mode, place) {
                (PickMode::None, _) | (PickMode::Add, Some(_)) => {}
                (PickMode::Toggle, Some(place)) => drop(next.remove(place)),
                (PickMode::Replace, _) | (PickMode::Toggle | PickMode::Add, None) => {
                    next.push((prim, path.to_owned()));
                }
            }
        }
        Self(next)
    }

    /// What can be told in one message.
    fn check(&self) -> Result<(), ViewerError> {
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
        let mut seen = std::collections::HashSet::new();
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
        let view = self.view_of(client);
        let sight = self.views.get(view);
        let generation = self.stages.generation();
        let seen = request.frame.and_then(|frame| sight.history.of_frame(frame));
        let pose = seen.filter(|pose| pose.generation == generation).unwrap_or_else(|| sight.view.pose());
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
        if !self.clients.begin_errand(client) {
            return Err(ViewerError::new(ErrorCode::Busy, "too many picks at once: wait for an answer"));
        }
        let order = PickOrder { client, id, mode: request.mode, view, pose, at: [x, y] };
        self.out.push(Output::Pick(order));
        Ok(())
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
        let hit = result?.and_then(|hit| prims.path(hit.prim).map(|path| (hit, path.to_owned())));
        let selected = hit.as_ref().map(|(hit, path)| (hit.prim, path.as_str()));
        let next = self.selection.after(mode, selected);
        next.check()?;
        let (hit, path) = hit.unzip();
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
        self.select(next);
        self.tell_all(self.selection_message());
    }

    fn select(&mut self, next: Selection) {
        self.out.push(Output::Select { prims: next.0.iter().map(|&(prim, _)| prim).collect() });
        self.selection = next;
    }

    /// `stageSelectionChanged`.
    pub(crate) fn selection_message(&self) -> ServerMessage {
        ServerMessage::SelectionChanged(SelectionChanged {
            prims: self.selection.0.iter().map(|(_, path)| path.clone()).collect(),
            stage_generation: self.stages.generation(),
        })
    }

    fn check_selectable(&self, meant: Option<u32>) -> Result<(), ViewerError> {
        self.check_able(Capability::Select, "what this server shows has nothing to select")?;
        self.stages.check_generation(meant)
    }
}
