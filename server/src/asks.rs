//! What viewers ask of the stage's process, in that process's words, and its answers in the session's.

use std::collections::HashMap;

use telestage_protocol::{ClientMessage, ErrorCode, TransformSpace, VariantChoice, ViewerError};
use telestage_scene::details::VariantSet;
use telestage_scene::edit::{Edit, EditRefused, Edited, Given, Place, Space};
use telestage_scene::worker::{Question, Refused, Reply, Ticket};
use telestage_session::{AskOrder, Asked};

/// The ticket of every evaluation: there is one at a time.
pub const EVALUATION: Ticket = 0;

/// Questions that the worker has not answered.
#[derive(Default)]
pub struct Asks {
    open: HashMap<Ticket, AskOrder>,
    last: Ticket,
}

impl Asks {
    /// A ticket for a question.
    pub fn open(&mut self, order: AskOrder) -> Ticket {
        self.last = self.last.wrapping_add(1).max(EVALUATION + 1);
        self.open.insert(self.last, order);
        self.last
    }

    /// The question of a ticket; it is not open any more.
    pub fn close(&mut self, ticket: Ticket) -> Option<AskOrder> {
        self.open.remove(&ticket)
    }

    /// Questions about a stage that nobody answers any more.
    pub fn close_all(&mut self, generation: u32) -> Vec<AskOrder> {
        self.open.extract_if(|_, order| order.generation == generation).map(|(_, order)| order).collect()
    }
}

/// The question of a request; an error if it is none.
///
/// # Errors
/// `bad_request` for a value of a kind that no attribute has.
pub fn question(order: &AskOrder) -> Result<Question, ViewerError> {
    let edit = match order.request.clone() {
        ClientMessage::SetVisibility(request) => {
            Edit::Visibility { paths: request.paths, visible: request.visible }
        }
        ClientMessage::SetActive(request) => Edit::Active { paths: request.paths, active: request.active },
        ClientMessage::SetPayload(request) => Edit::Loaded { paths: request.paths, loaded: request.loaded },
        ClientMessage::SetVariant(request) => Edit::Variant {
            path: request.prim_path,
            set: request.variant_set,
            selection: request.variant_selection,
        },
        ClientMessage::RuntimeTransform(request) => Edit::Place {
            paths: request.paths,
            place: match request.matrix {
                Some(matrix) => Place::At(matrix),
                None => Place::By {
                    translate: request.translate.unwrap_or_default(),
                    rotate: request.rotate.unwrap_or_default(),
                    scale: request.scale.unwrap_or([1.0; 3]),
                },
            },
            space: match request.space {
                TransformSpace::Local => Space::Local,
                TransformSpace::World => Space::World,
            },
        },
        ClientMessage::SetAttribute(request) => {
            Edit::Attribute { value: given(&request.value)?, path: request.prim_path, name: request.name }
        }
        ClientMessage::Undo(_) => return Ok(Question::Undo { author: order.client }),
        ClientMessage::Redo(_) => return Ok(Question::Redo { author: order.client }),
        ClientMessage::GetVariants(request) => return Ok(Question::Variants { path: request.prim_path }),
        ClientMessage::ExportSession(_) => return Ok(Question::Export),
        other => {
            let message = format!("{} is no question about the stage", other.name());
            return Err(ViewerError::new(ErrorCode::Internal, message));
        }
    };
    Ok(Question::Edit { author: order.client, edit })
}

fn given(value: &serde_json::Value) -> Result<Given, ViewerError> {
    use serde_json::Value;
    let number = |value: &Value| value.as_f64();
    let given = match value {
        Value::Bool(value) => Some(Given::Bool(*value)),
        Value::Number(_) => number(value).map(Given::Number),
        Value::String(text) => Some(Given::Text(text.clone())),
        Value::Array(list) => list.iter().map(number).collect::<Option<Vec<_>>>().map(Given::Numbers),
        Value::Null | Value::Object(_) => None,
    };
    given
        .ok_or_else(|| ViewerError::bad_request("value is a boolean, a number, a text, or a list of numbers"))
}

/// The worker's answer.
///
/// # Errors
/// Why it refused.
pub fn asked(reply: Reply) -> Result<Asked, ViewerError> {
    match reply {
        Reply::Edited(Edited { resynced, changed, can_undo, can_redo }) => {
            Ok(Asked::Edited { resynced, changed, can_undo, can_redo })
        }
        Reply::Variants(sets) => Ok(Asked::Variants(sets.into_iter().map(choice).collect())),
        Reply::Layer(text) => Ok(Asked::Layer(text)),
        Reply::Done => Err(ViewerError::new(ErrorCode::Internal, "the scene worker answered something else")),
        Reply::Refused(refused) => Err(ViewerError::new(code(&refused), refused.to_string())),
    }
}

fn choice(set: VariantSet) -> (String, VariantChoice) {
    (set.name, VariantChoice { options: set.variants, selection: set.selection })
}

fn code(refused: &Refused) -> ErrorCode {
    match refused {
        Refused::NothingOpen => ErrorCode::WorkerLost,
        Refused::Fault(_) => ErrorCode::Internal,
        Refused::Edit(refused) => match refused {
            EditRefused::NoPrim(_)
            | EditRefused::NoPayload(_)
            | EditRefused::NoVariantSet { .. }
            | EditRefused::NoVariant { .. }
            | EditRefused::NoAttribute { .. }
            | EditRefused::Nothing(_) => ErrorCode::NotFound,
            EditRefused::InstanceProxy(_)
            | EditRefused::NotImageable(_)
            | EditRefused::NotXformable(_)
            | EditRefused::Overtaken(_) => ErrorCode::Refused,
            EditRefused::BadValue { .. } | EditRefused::BadPlace => ErrorCode::BadRequest,
            EditRefused::TooMany(_) => ErrorCode::TooLarge,
            EditRefused::Library(_) => ErrorCode::Internal,
        },
    }
}
