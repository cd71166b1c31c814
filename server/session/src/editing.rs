//! Questions to the process that has the stage open: edits, variants, properties.
//!
//! Edits go into one session layer that lies over the stage for all viewers; who drives edits. What an edit changes comes
//! as [`crate::StageEvent::Changed`] before the answer, and everybody is told.

use std::collections::BTreeMap;

use telestage_protocol::{
    Capability, ClientMessage, EditResult, ErrorCode, ExportSessionResult, GetPropertiesResponse,
    GetVariantsRequest, GetVariantsResponse, Outcome, ServerMessage, StageChanged, VariantChoice,
    ViewerError,
};

use crate::bounded::{LIST_BYTES, SENTENCE_BYTES, cut, json_bytes};
use crate::input::ClientId;
use crate::output::Output;
use crate::session::Session;

/// Questions that wait for the worker at most; more are refused.
const MAX_OPEN: usize = 32;

/// A question to the worker.
#[derive(Clone, Debug, PartialEq)]
pub struct AskOrder {
    /// Who asks.
    pub client: ClientId,
    /// The request's `id`.
    pub id: Option<String>,
    /// About which stage.
    pub generation: u32,
    /// What is asked.
    pub request: ClientMessage,
}

/// What came of an [`AskOrder`].
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// An edit was made.
    Edited {
        /// Prims below which others may have come or gone.
        resynced: Vec<String>,
        /// Prims with other values.
        changed: Vec<String>,
        /// The author can take something back.
        can_undo: bool,
        /// The author can do something again.
        can_redo: bool,
    },
    /// The variant sets of a prim.
    Variants(BTreeMap<String, VariantChoice>),
    /// The session layer.
    Layer(String),
    /// What the stage says of a prim; the generation is filled in here.
    Properties(Box<GetPropertiesResponse>),
}

impl Session {
    /// Sends a request on to the worker.
    pub(crate) fn ask(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: ClientMessage,
    ) -> Result<(), ViewerError> {
        match request {
            ClientMessage::GetProperties(_) => {
                self.check_able(Capability::Properties, "what this server shows has no properties")?;
            }
            _ => self.check_able(Capability::Edit, "what this server shows cannot be edited")?,
        }
        self.stages.check_generation(meant(&request))?;
        self.stages.prims()?;
        let is_edit = !matches!(
            request,
            ClientMessage::GetProperties(_) | ClientMessage::GetVariants(_) | ClientMessage::ExportSession(_)
        );
        if is_edit {
            self.drive(client)?;
        }
        if self.open_asks >= MAX_OPEN || !self.clients.begin_errand(client) {
            return Err(ViewerError::new(ErrorCode::Busy, "too many requests at once: wait for an answer"));
        }
        self.open_asks += 1;
        let generation = self.stages.generation();
        self.out.push(Output::Ask(AskOrder { client, id, generation, request }));
        Ok(())
    }

    /// The worker has answered.
    pub(crate) fn asked(&mut self, order: AskOrder, result: Result<Asked, ViewerError>) {
        self.open_asks = self.open_asks.saturating_sub(1);
        self.clients.end_errand(order.client);
        let AskOrder { client, id, generation, request } = order;
        let result = self.stages.check_generation(Some(generation)).and(result);
        let message = match result {
            Ok(Asked::Edited { resynced, changed, can_undo, can_redo }) => {
                if !resynced.is_empty() || !changed.is_empty() {
                    self.tell_all(stage_changed(resynced, changed, generation));
                }
                if let ClientMessage::SetVariant(set) = request {
                    // The sets may be others now.
                    let request = GetVariantsRequest { prim_path: set.prim_path, stage_generation: None };
                    let again = self.ask(client, id.clone(), ClientMessage::GetVariants(request));
                    return again.unwrap_or_else(|error| self.refuse(client, id, error));
                }
                let result =
                    EditResult { result: Outcome::Success, error: None, code: None, can_undo, can_redo };
                edit_result(&request, result)
            }
            Ok(Asked::Variants(variants)) => variants_response(&request, variants, generation),
            Ok(Asked::Properties(mut sheet)) => {
                sheet.stage_generation = generation;
                let prims = self.stages.prims().ok();
                let bounds = prims.and_then(|prims| prims.bounds(prims.find(&sheet.prim_path)?));
                sheet.prim.bounds = bounds.map(|bounds| [bounds.min.to_array(), bounds.max.to_array()]);
                Some(ServerMessage::GetPropertiesResponse(*sheet))
            }
            Ok(Asked::Layer(usda)) => Some(ServerMessage::ExportSessionResult(ExportSessionResult {
                result: Outcome::Success,
                usda: Some(usda),
                error: None,
                code: None,
            })),
            Err(error) => refused(&request, &error).or_else(|| {
                self.refuse(client, id.clone(), error);
                None
            }),
        };
        if let Some(message) = message.filter(|_| self.clients.contains(client)) {
            self.tell(client, id, message);
        }
    }
}

/// The stage that a question is about, if it says so.
fn meant(request: &ClientMessage) -> Option<u32> {
    match request {
        ClientMessage::SetVisibility(request) => request.stage_generation,
        ClientMessage::SetActive(request) => request.stage_generation,
        ClientMessage::SetPayload(request) => request.stage_generation,
        ClientMessage::GetProperties(request) => request.stage_generation,
        ClientMessage::GetVariants(request) => request.stage_generation,
        ClientMessage::SetVariant(request) => request.stage_generation,
        ClientMessage::RuntimeTransform(request) => request.stage_generation,
        ClientMessage::SetAttribute(request) => request.stage_generation,
        _ => None,
    }
}

fn stage_changed(
    mut resynced: Vec<String>,
    mut changed: Vec<String>,
    stage_generation: u32,
) -> ServerMessage {
    let bytes: usize = resynced.iter().chain(&changed).map(|path| json_bytes(path) + 1).sum();
    let is_too_long = bytes > LIST_BYTES;
    if is_too_long {
        resynced.clear();
        changed.clear();
    }
    let truncated = is_too_long.then_some(true);
    ServerMessage::StageChanged(StageChanged { resynced, changed, truncated, stage_generation })
}

fn variants_response(
    request: &ClientMessage,
    variants: BTreeMap<String, VariantChoice>,
    stage_generation: u32,
) -> Option<ServerMessage> {
    let ClientMessage::GetVariants(request) = request else { return None };
    let prim_path = request.prim_path.clone();
    Some(ServerMessage::GetVariantsResponse(GetVariantsResponse { prim_path, variants, stage_generation }))
}

/// The answer to an edit, by the edit's own name.
fn edit_result(request: &ClientMessage, result: EditResult) -> Option<ServerMessage> {
    match request {
        ClientMessage::SetVisibility(_) => Some(ServerMessage::SetVisibilityResult(result)),
        ClientMessage::SetActive(_) => Some(ServerMessage::SetActiveResult(result)),
        ClientMessage::SetPayload(_) => Some(ServerMessage::SetPayloadResult(result)),
        ClientMessage::RuntimeTransform(_) => Some(ServerMessage::RuntimeTransformResult(result)),
        ClientMessage::SetAttribute(_) => Some(ServerMessage::SetAttributeResult(result)),
        ClientMessage::Undo(_) => Some(ServerMessage::UndoResult(result)),
        ClientMessage::Redo(_) => Some(ServerMessage::RedoResult(result)),
        _ => None,
    }
}

/// Edits have results that say why not; everything else is refused by `viewerError`.
fn refused(request: &ClientMessage, error: &ViewerError) -> Option<ServerMessage> {
    let (text, code) = (Some(cut(&error.message, SENTENCE_BYTES)), Some(error.code));
    if matches!(request, ClientMessage::ExportSession(_)) {
        let result = ExportSessionResult { result: Outcome::Error, usda: None, error: text, code };
        return Some(ServerMessage::ExportSessionResult(result));
    }
    let result = EditResult { result: Outcome::Error, error: text, code, can_undo: false, can_redo: false };
    edit_result(request, result)
}
