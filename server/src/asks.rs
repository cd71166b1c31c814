//! What viewers ask of the stage's process, in that process's words, and its answers in the session's.

use std::collections::HashMap;

use telestage_protocol::{
    ClientMessage, ErrorCode, GetPropertiesResponse, MetadataRow, OpinionRow, PrimSheet, PropertyRow,
    TransformSpace, VariantChoice, ViewerError,
};
use telestage_scene::details::VariantSet;
use telestage_scene::edit::{Edit, EditRefused, Edited, Given, Place, Space};
use telestage_scene::properties::{self, Wish};
use telestage_scene::worker::{Question, Refused, Reply, Ticket};
use telestage_session::{AskOrder, Asked};

/// The ticket of every evaluation: there is one at a time.
pub const EVALUATION: Ticket = 0;

/// Elements of each array that are told without a wish.
const ELEMENTS: u32 = 8;
/// Bytes of properties that are told without a wish.
const USUAL_BYTES: u32 = 48 << 10;
/// Bytes of properties that are told at most.
const MOST_BYTES: u32 = 256 << 10;

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
        ClientMessage::GetProperties(request) => {
            let wish = Wish {
                path: request.prim_path,
                name: request.name,
                offset: request.offset.unwrap_or(0).into(),
                elements: request.limit.unwrap_or(ELEMENTS).into(),
                max_bytes: request.max_bytes.unwrap_or(USUAL_BYTES).min(MOST_BYTES).into(),
            };
            return Ok(Question::Properties { wish, time: request.time });
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
pub fn asked(order: &AskOrder, reply: Reply) -> Result<Asked, ViewerError> {
    let path = match &order.request {
        ClientMessage::GetProperties(request) => request.prim_path.clone(),
        _ => String::new(),
    };
    match reply {
        Reply::Edited(Edited { resynced, changed, can_undo, can_redo }) => {
            Ok(Asked::Edited { resynced, changed, can_undo, can_redo })
        }
        Reply::Variants(sets) => Ok(Asked::Variants(sets.into_iter().map(choice).collect())),
        Reply::Properties(sheet) => Ok(Asked::Properties(Box::new(properties(path, *sheet)))),
        Reply::Layer(text) => Ok(Asked::Layer(text)),
        Reply::Done => Err(ViewerError::new(ErrorCode::Internal, "the scene worker answered something else")),
        Reply::Refused(refused) => Err(ViewerError::new(code(&refused), refused.to_string())),
    }
}

fn properties(prim_path: String, sheet: properties::PrimSheet) -> GetPropertiesResponse {
    let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let prim = PrimSheet {
        type_name: sheet.type_name,
        specifier: sheet.specifier,
        kind: sheet.kind,
        api_schemas: sheet.api_schemas,
        metadata: sheet.metadata.into_iter().map(metadata).collect(),
        stack: sheet.stack.into_iter().map(opinion).collect(),
        material: sheet.material,
        bounds: None,
        points: sheet.points.map(number),
        faces: sheet.faces.map(number),
    };
    let row = |property: properties::Property| PropertyRow {
        value: json(&property.value),
        name: property.name,
        type_name: property.type_name,
        time_sampled: property.time_samples > 0,
        time_samples: (property.time_samples > 0).then(|| number(property.time_samples)),
        custom: property.custom,
        authored: property.authored,
        uniform: property.uniform,
        interpolation: property.interpolation,
        targets: (!property.targets.is_empty()).then_some(property.targets),
        stack: (!property.stack.is_empty()).then(|| property.stack.into_iter().map(opinion).collect()),
        metadata: property.metadata.into_iter().map(metadata).collect(),
    };
    GetPropertiesResponse {
        prim_path,
        prim,
        properties: sheet.properties.into_iter().map(row).collect(),
        truncated: (sheet.omitted > 0).then_some(true),
        omitted_count: (sheet.omitted > 0).then(|| number(sheet.omitted)),
        stage_generation: 0,
    }
}

/// What the worker wrote; a worker that writes something else has said nothing.
fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn metadata((name, value): (String, String)) -> MetadataRow {
    MetadataRow { value: json(&value), name }
}

fn opinion(opinion: properties::Opinion) -> OpinionRow {
    OpinionRow { layer: opinion.layer, path: opinion.path, arc: opinion.arc }
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
