//! Untrusted text in, a checked message or a reasoned refusal out.
//!
//! Limits: the text's length, JSON's depth (serde_json stops at 128), the length of `id`, and the size of numbers.
//! JSON has no NaN and no infinity; what overflows a double is refused by the parser.

use serde::Deserialize;
use serde_json::Value;

use crate::camera::{AdjustCameraRequest, CameraCommandRequest, SetCameraRequest};
use crate::client::ClientMessage;
use crate::edit::RuntimeTransformRequest;
use crate::envelope::Envelope;
use crate::error::{ErrorCode, ViewerError};
use crate::link::Hello;
use crate::prims::{MarqueeRequest, PickMode};
use crate::time::{TimelineAction, TimelineControlRequest};

/// Longest text of one message from a client, in bytes: what one data channel message surely carries.
pub const MAX_CLIENT_MESSAGE_BYTES: usize = 65_535;
/// Longest `id`, in bytes.
pub const MAX_ID_BYTES: usize = 128;
/// Longest name of a client, in characters.
pub const MAX_NAME_CHARS: usize = 64;
/// Largest total or velocity of a camera command, either way.
pub const MAX_TOTAL: f64 = 1e4;
/// Largest coordinate, either way, in stage units.
pub const MAX_COORDINATE: f64 = 1e15;

/// Names of the contract that this version does not serve yet: refused as `unsupported`, not as unknown.
pub const NOT_BUILT: &[&str] = &["getPrimCountRequest"];

/// Why a text is no message, and whom to tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    /// The request's `id`, if it could be read.
    pub id: Option<String>,
    /// What to answer.
    pub error: ViewerError,
}

#[derive(Deserialize)]
struct Raw {
    event_type: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    payload: Option<Value>,
}

/// Reads one message of a client.
///
/// # Errors
/// What to answer: `too_large`, `unsupported` for a name that is not built yet, `bad_request` for everything else.
pub fn decode_client(text: &str) -> Result<Envelope<ClientMessage>, Rejection> {
    let reject = |id: Option<String>, error| Err(Rejection { id, error });
    if text.len() > MAX_CLIENT_MESSAGE_BYTES {
        let message =
            format!("message of {} bytes is too large: {MAX_CLIENT_MESSAGE_BYTES} are allowed", text.len());
        return reject(None, ViewerError::new(ErrorCode::TooLarge, message));
    }
    let raw: Raw = match serde_json::from_str(text) {
        Ok(raw) => raw,
        Err(cause) => {
            let message = format!(
                "not a message: expected JSON of the form {{\"event_type\": text, \"id\"?: text, \"payload\": {{…}}}}: {cause}"
            );
            return reject(None, ViewerError::bad_request(message));
        }
    };
    if raw.id.as_ref().is_some_and(|id| id.len() > MAX_ID_BYTES) {
        return reject(None, ViewerError::bad_request(format!("id is longer than {MAX_ID_BYTES} bytes")));
    }
    let name = raw.event_type;
    let is_known = ClientMessage::NAMES.contains(&&*name)
        || ClientMessage::ALIASES.iter().any(|(alias, _)| *alias == name);
    if !is_known {
        let error = if NOT_BUILT.contains(&&*name) {
            let message = format!("{name} is not available in this version of the server");
            ViewerError::new(ErrorCode::Unsupported, message)
        } else {
            ViewerError::bad_request(format!("unknown event_type {}", quoted(&name)))
        };
        return reject(raw.id, error);
    }
    let payload = raw.payload.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let message: ClientMessage =
        match serde_json::from_value(serde_json::json!({ "event_type": name, "payload": payload })) {
            Ok(message) => message,
            Err(cause) => return reject(raw.id, ViewerError::bad_request(format!("{name}: {cause}"))),
        };
    match message.check() {
        Ok(()) => Ok(Envelope { message, id: raw.id }),
        Err(error) => reject(raw.id, error),
    }
}

/// At most 64 characters of a stranger's text, with its control characters escaped.
fn quoted(text: &str) -> String {
    let short: String = text.chars().take(64).collect();
    format!("{short:?}")
}

impl ClientMessage {
    /// Checks what types cannot say: finite numbers within their limits.
    ///
    /// # Errors
    /// `bad_request` that names the field.
    pub fn check(&self) -> Result<(), ViewerError> {
        match self {
            Self::CameraCommand(request) => check_command(request),
            Self::SetCameraPose(request) => check_pose(request),
            Self::AdjustCamera(request) => check_adjustment(request),
            Self::FitCamera(request) => check_transition(request.transition_ms),
            Self::ResetCamera(request) => check_transition(request.transition_ms),
            Self::SetCamera(request) => check_transition(request.transition_ms),
            Self::Ping(ping) => check_within("t", ping.t, f64::MAX),
            Self::Hello(hello) => check_hello(hello),
            Self::Pick(request) => {
                check_within("x", request.x, MAX_COORDINATE)?;
                check_within("y", request.y, MAX_COORDINATE)
            }
            Self::TimelineControl(request) => check_timeline(request),
            Self::RuntimeTransform(request) => check_transform(request),
            Self::GetProperties(request) => check_within("time", request.time.unwrap_or(0.0), MAX_COORDINATE),
            Self::Marquee(request) => check_marquee(request),
            Self::OpenStage(_)
            | Self::GetAvailableAovs(_)
            | Self::ChangeAov(_)
            | Self::GetRenderSettings(_)
            | Self::SetRenderSetting(_)
            | Self::SetVisibility(_)
            | Self::SetActive(_)
            | Self::SetPayload(_)
            | Self::GetVariants(_)
            | Self::SetVariant(_)
            | Self::SetAttribute(_)
            | Self::Undo(_)
            | Self::Redo(_)
            | Self::ExportSession(_)
            | Self::ResetStage(_)
            | Self::LoadingStateQuery(_)
            | Self::ListStages(_)
            | Self::GetChildren(_)
            | Self::SearchPrims(_)
            | Self::SelectPrims(_)
            | Self::MakePrimsPickable(_)
            | Self::ResizeViewport(_)
            | Self::View(_)
            | Self::Control(_)
            | Self::Record(_)
            | Self::ListBookmarks(_)
            | Self::SaveBookmark(_)
            | Self::DeleteBookmark(_)
            | Self::GetStats(_) => Ok(()),
        }
    }
}

fn check_hello(hello: &Hello) -> Result<(), ViewerError> {
    let fields = [("name", &hello.name, MAX_NAME_CHARS), ("session", &hello.session, MAX_ID_BYTES)];
    for (field, value, most) in fields {
        if value.as_ref().is_some_and(|value| value.chars().count() > most) {
            return Err(ViewerError::bad_request(format!("{field} is longer than {most} characters")));
        }
    }
    Ok(())
}

fn check_within(field: &str, value: f64, limit: f64) -> Result<(), ViewerError> {
    if value.is_finite() && value.abs() <= limit {
        return Ok(());
    }
    Err(ViewerError::bad_request(format!(
        "{field} is {value}: a number between -{limit:e} and {limit:e} is expected"
    )))
}

fn check_transition(transition_ms: Option<f64>) -> Result<(), ViewerError> {
    transition_ms.map_or(Ok(()), |ms| check_within("transition_ms", ms, 60_000.0))
}

fn check_command(request: &CameraCommandRequest) -> Result<(), ViewerError> {
    check_within("x", request.x, MAX_TOTAL)?;
    check_within("y", request.y, MAX_TOTAL)?;
    check_within("z", request.z.unwrap_or(0.0), MAX_TOTAL)?;
    check_within("cx", request.cx.unwrap_or(0.0), 2.0)?;
    check_within("cy", request.cy.unwrap_or(0.0), 2.0)?;
    for value in request.pivot.into_iter().flatten() {
        check_within("pivot", value, MAX_COORDINATE)?;
    }
    for value in request.pivot_from.into_iter().flatten() {
        check_within("pivot_from", value, MAX_TOTAL)?;
    }
    Ok(())
}

fn check_adjustment(request: &AdjustCameraRequest) -> Result<(), ViewerError> {
    check_fov(request.fov_y)?;
    check_transition(request.transition_ms)
}

fn check_fov(fov_y: Option<f64>) -> Result<(), ViewerError> {
    match fov_y {
        Some(fov_y) if !(0.01..=179.0).contains(&fov_y) => {
            Err(ViewerError::bad_request(format!("fov_y is {fov_y}: 0.01 to 179 degrees are expected")))
        }
        Some(_) | None => Ok(()),
    }
}

fn check_transform(request: &RuntimeTransformRequest) -> Result<(), ViewerError> {
    let steps = [("translate", request.translate), ("rotate", request.rotate), ("scale", request.scale)];
    let has_step = steps.iter().any(|(_, step)| step.is_some());
    if request.matrix.is_some() == has_step {
        return Err(ViewerError::bad_request(
            "either matrix, or some of translate, rotate and scale is expected",
        ));
    }
    for value in request.matrix.into_iter().flatten() {
        check_within("matrix", value, MAX_COORDINATE)?;
    }
    for (name, step) in steps {
        for value in step.into_iter().flatten() {
            check_within(name, value, MAX_COORDINATE)?;
        }
    }
    Ok(())
}

fn check_marquee(request: &MarqueeRequest) -> Result<(), ViewerError> {
    let corners = [("x0", request.x0), ("y0", request.y0), ("x1", request.x1), ("y1", request.y1)];
    for (field, value) in corners {
        check_within(field, value, MAX_COORDINATE)?;
    }
    if request.mode == PickMode::None {
        return Err(ViewerError::bad_request("mode is none: a marquee selects, by replace, toggle or add"));
    }
    Ok(())
}

fn check_timeline(request: &TimelineControlRequest) -> Result<(), ViewerError> {
    check_within("time", request.time.unwrap_or(0.0), MAX_COORDINATE)?;
    if request.action == TimelineAction::Seek && request.time.is_none() {
        return Err(ViewerError::bad_request("seek needs a time"));
    }
    match request.rate {
        Some(rate) if !(0.01..=100.0).contains(&rate) => {
            Err(ViewerError::bad_request(format!("rate is {rate}: 0.01 to 100 is expected")))
        }
        Some(_) | None => Ok(()),
    }
}

fn check_pose(request: &SetCameraRequest) -> Result<(), ViewerError> {
    for (field, vector) in [("eye", request.eye), ("target", request.target), ("up", request.up)] {
        for value in vector {
            check_within(field, value, MAX_COORDINATE)?;
        }
    }
    check_fov(request.fov_y)?;
    for value in request.shift.into_iter().flatten() {
        check_within("shift", value, 1e3)?;
    }
    if let Some(height) = request.ortho_height
        && !(height > 0.0 && height <= MAX_COORDINATE)
    {
        return Err(ViewerError::bad_request(format!(
            "ortho_height is {height}: a length above 0 is expected"
        )));
    }
    check_transition(request.transition_ms)
}
