//! Who drives the shared view, who watches, and views of one's own.

use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;
use crate::link::{Outcome, Role};

/// `controlRequest`: about who drives the shared view. Answered by `controlState`, or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct ControlRequest {
    /// What to do.
    pub action: ControlAction,
    /// To whom a `grant` gives control; without it, to the one who has waited longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<u32>,
}

/// `action` of a `controlRequest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ControlAction {
    /// Asks for control; whoever has it may answer for 10 s, and silence grants it.
    Request,
    /// Gives control back, or takes one's own request back.
    Release,
    /// Gives control to another; to oneself: keeps it, and all requests end.
    Grant,
    /// Takes control from whoever has not used it for 5 s.
    Take,
}

/// `detail` of a refused `take`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RetryDetail {
    /// In how many milliseconds it may work.
    pub retry_in_ms: f64,
}

impl From<RetryDetail> for serde_json::Value {
    fn from(RetryDetail { retry_in_ms }: RetryDetail) -> Self {
        serde_json::json!({ "retry_in_ms": retry_in_ms })
    }
}

/// `controlState`, to all: who drives, who waits, who is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct ControlState {
    /// Who drives the shared view; absent: whoever moves it next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<u32>,
    /// Who asked for control, the longest wait first.
    pub waiting: Vec<u32>,
    /// In how many milliseconds the first of them gets it, if the controller says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted_in_ms: Option<f64>,
    /// Everybody who said hello, in order of arrival.
    pub viewers: Vec<ViewerRow>,
}

/// One client in `controlState`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ViewerRow {
    /// As in `welcome`.
    pub client_id: u32,
    /// As it calls itself, or a number.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Which picture it gets.
    pub view: ViewKind,
}

/// `viewRequest`: which picture this client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ViewRequest {
    /// What to do.
    pub action: ViewAction,
}

/// `action` of a `viewRequest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ViewAction {
    /// A view of one's own: own camera and size, same stage and time. Begins where the shared one is.
    Own,
    /// The view that all share.
    Shared,
    /// No pictures until `resume`: nobody looks. Messages go on.
    Pause,
    /// Pictures again.
    Resume,
}

/// `viewResult`: what this client gets now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct ViewResult {
    /// Whose picture.
    pub view: ViewKind,
    /// Whether the request was done.
    pub result: Outcome,
    /// Why not, for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// Why not, for people: the cause and the remedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Whose picture a client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ViewKind {
    /// The one that all share.
    Shared,
    /// Its own.
    Own,
}
